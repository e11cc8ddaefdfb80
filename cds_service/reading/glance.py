"""A first look at records: whose they are, and whether they could report soreness of the legs.

Most patients of a population have nothing to say about their legs. To know that, only the members
declared in `glance_structs` are decoded; everything else is skipped, but its JSON is checked. A look
errs to the careful side only: what it calls quiet cannot open a gate in the full reading, and where it
meets anything it does not expect it gives up, so that the full reading decides.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from cds_service.json_object import Key
from cds_service.knowledge.vocabulary import Vocabulary
from cds_service.reading.bundles import UNREADABLE
from cds_service.reading.glance_owners import (
    Glance,
    Lines,
    Person,
    by_patient,
    count_said,
    named,
    read_person,
)
from cds_service.reading.glance_structs import (
    CONDITION,
    ENCOUNTER,
    FORM,
    MEDICATION,
    MEMBER,
    OBSERVATION,
    OWNED,
    PATIENT,
    RESOURCE,
    RESOURCES,
    Meta,
    Said,
)
from cds_service.reading.passed_over import UNREAD
from cds_service.reading.references import subject_key
from cds_service.reading.stamps import BUNDLE
from cds_service.reading.tellings import Telling, Tellings


class Glancer:
    """Looks at documents and lines with one vocabulary. Not to be shared by threads."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._tellings = Tellings(vocabulary)
        self._readers: dict[Any, Callable[[Any], Telling | None]] = {
            OBSERVATION: self._tellings.of_observation,
            CONDITION: self._tellings.of_condition,
            ENCOUNTER: self._tellings.of_encounter,
            FORM: self._tellings.of_form,
        }
        self._said: list[Said] = []
        self._resource = msgspec.json.Decoder(RESOURCE, dec_hook=self._hear)
        self._members = msgspec.json.Decoder(dict[Key, MEMBER], dec_hook=self._hear)

    def lines(self, block: bytes, into: Lines) -> bool:
        """Whole lines with one resource each.

        False, and nothing is entered, where one of them wants care or is no JSON.
        """
        self._said.clear()
        try:
            resources = self._resource.decode_lines(block)
        except UNREADABLE:
            return False
        return is_utf8(block) and self._enter(resources, into)

    def resource(self, raw: bytes, into: Lines) -> bool:
        """A single resource, which stands for itself as a line does."""
        self._said.clear()
        try:
            resource = self._resource.decode(raw)
        except UNREADABLE:
            return False
        return is_utf8(raw) and self._enter([resource], into)

    def bundle(self, raw: bytes) -> Glance | None:
        """A Bundle of resources; None for anything else and where it wants care."""
        self._said.clear()
        try:
            named = self._members.decode(raw)
        except UNREADABLE:
            return None
        members = {key.text: value for key, value in named.items()}
        entries = members.get("entry", [])
        if len(members) < len(named) or members.get("resourceType") != BUNDLE or type(entries) is not list:
            return None
        if "hook" in members or _has_next_page(members.get("link")) or not is_utf8(raw):
            return None
        patients = [
            (entry.resource, entry.fullUrl or "") for entry in entries if type(entry.resource) is PATIENT
        ]
        return self._tally([entry.resource for entry in entries], patients, _time(members))

    def _hear(self, kind: type, value: Any) -> Any:
        if kind is not Said:
            return Key(value)
        said = Said(value)
        self._said.append(said)
        return said

    def _tally(self, resources: list[Any], patients: list[tuple[Any, str]], time: str) -> Glance | None:
        persons = self._persons(patients)
        structs = Counter(map(type, resources))
        if persons is None or not structs.keys() <= RESOURCES:
            return None
        try:
            seen = by_patient(resources, structs)
        except (AttributeError, KeyError):  # one names nobody
            return None
        for one, telling in self._tellings_of(resources, structs):
            seen[subject_key(one.subject.reference)].telling.add(telling)
        return Glance(persons, seen, _passed_over(structs), structs.get(MEDICATION, 0), time)

    def _enter(self, resources: list[Any], into: Lines) -> bool:
        structs = Counter(map(type, resources))
        patients = [(one, "") for one in resources if type(one) is PATIENT] if PATIENT in structs else []
        persons = self._persons(patients)
        if persons is None:
            return False
        try:
            references = {
                OWNED[struct]: named(resources, struct, structs) for struct in structs if struct in OWNED
            }
        except (AttributeError, KeyError):  # one names nobody
            return False
        for one, telling in self._tellings_of(resources, structs):
            into.telling.setdefault(one.subject.reference, Telling()).add(telling)
        for kind, names in references.items():
            into.references.setdefault(kind, Counter()).update(names)
        into.passed_over.update(_passed_over(structs))
        into.persons += persons
        into.loose += structs.get(MEDICATION, 0)
        return True

    def _persons(self, patients: list[tuple[Any, str]]) -> list[Person] | None:
        """Who the Patients are; None where one is not as FHIR says, or says something twice."""
        persons = [person for patient in patients if (person := read_person(*patient)) is not None]
        if len(persons) < len(patients) or sum(map(count_said, patients)) < len(self._said):
            return None
        return persons

    def _tellings_of(self, resources: list[Any], structs: Counter[Any]) -> Iterator[tuple[Any, Telling]]:
        """Those that could report soreness, with what they could tell."""
        for struct, read in self._readers.items():
            if struct in structs and not (struct is OBSERVATION and self._are_quiet(resources)):
                alike = (one for one in resources if type(one) is struct)
                yield from [(one, telling) for one in alike if (telling := read(one)) is not None]

    def _are_quiet(self, resources: list[Any]) -> bool:
        """Whether no code of all Observations together tells; False is no answer."""
        any_of = self._tellings.any_of
        observations = [one for one in resources if type(one) is OBSERVATION]
        try:
            if any_of({coding.code for one in observations for coding in one.code.coding}):
                return False
        except AttributeError:  # one has no code
            return False
        parts = [part.code for one in observations if one.component for part in one.component]
        return not any_of({coding.code for code in parts if code is not None for coding in code.coding})


def is_utf8(text: bytes) -> bool:
    """Whether a text is UTF-8, which msgspec does not look at in what it skips."""
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _passed_over(structs: Counter[Any]) -> dict[str, int]:
    return {UNREAD[struct]: count for struct, count in structs.items() if struct in UNREAD}


def _has_next_page(links: Any) -> bool:
    if type(links) is list:
        return any(link.relation == "next" for link in links)
    return links is not None


def _time(members: dict[str, Any]) -> str:
    """When a Bundle was made: its timestamp, else when it was last changed."""
    stamp, meta = members.get("timestamp"), members.get("meta")
    if type(stamp) is str:
        return stamp
    return (meta.lastUpdated or "") if type(meta) is Meta else ""
