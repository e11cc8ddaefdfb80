"""A first look at records: whose they are, and whether they could report soreness of the legs.

Most patients of a population have nothing to say about their legs. To know that, only the members
declared in `glance_structs` are decoded; everything else is skipped, but its JSON is checked. A look
errs to the careful side only: what it calls quiet cannot open a gate in the full reading, and where it
meets anything it does not expect it gives up, so that the full reading decides.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from cds_service.json_object import Key
from cds_service.knowledge.vocabulary import Vocabulary
from cds_service.reading.bundles import UNREADABLE
from cds_service.reading.forms import is_ours
from cds_service.reading.glance_structs import (
    CODED,
    CONDITION,
    ENCOUNTER,
    FORM,
    KIND_OF,
    MEDICATION,
    MEMBER,
    OBSERVATION,
    OWNED,
    PATIENT,
    RESOURCE,
    RESOURCES,
    SAID,
    Meta,
    Said,
)
from cds_service.reading.passed_over import UNREAD
from cds_service.reading.problems import is_active
from cds_service.reading.records import name_of
from cds_service.reading.references import subject_key
from cds_service.reading.tellings import Tellings

QUIET, TELLING = 0, 1
"""The weight of a record that cannot open a gate, and of one that might."""


class Person(Struct, frozen=True, gc=False):
    """A Patient: its name (id, else address), its other names, and what the first gates ask for."""

    name: str
    full_url: str
    identifiers: list[str]
    born: str | None
    gender: str | None
    deceased: bool

    @property
    def keys(self) -> frozenset[str]:
        """What a record may be found to name when it means this Patient; identifiers are not among them."""
        name = self.name
        return frozenset({name, f"Patient/{name}", f"urn:uuid:{name}", subject_key(self.full_url)})


class Seen(Struct, gc=False):
    """One patient's records: counted by type, and the weight of the heaviest."""

    counts: dict[str, int]
    weight: int = QUIET


class Glance(Struct, frozen=True, gc=False):
    """A Bundle looked at: its Patients, the records by the patient they name, the others by type.

    `loose` counts Medications, which name nobody; `time` is when the Bundle was made, as it says itself.
    """

    persons: list[Person]
    seen: dict[str, Seen]
    passed_over: dict[str, int]
    loose: int
    time: str


class Lines(Struct):
    """Resources looked at that stand for themselves; records by type and by reference as written."""

    persons: list[Person] = []
    references: dict[str, Counter[str]] = {}
    telling: set[str] = set()
    passed_over: Counter[str] = msgspec.field(default_factory=Counter)
    loose: int = 0


class Glancer:
    """Looks at documents and lines with one vocabulary. Not to be shared by threads."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._items = vocabulary.items
        self._tellings = Tellings(vocabulary)
        self._said: list[Said] = []
        self._resource = msgspec.json.Decoder(RESOURCE, dec_hook=self._hear)
        self._members = msgspec.json.Decoder(dict[Key, MEMBER], dec_hook=self._hear)

    def lines(self, block: bytes, into: Lines) -> bool:
        """Whole lines with one resource each, known to be UTF-8.

        False, and nothing is entered, where one of them wants care or is no JSON.
        """
        self._said.clear()
        try:
            resources = self._resource.decode_lines(block)
        except UNREADABLE:
            return False
        return self._enter(resources, into)

    def resource(self, raw: bytes, into: Lines) -> bool:
        """A single resource, which stands for itself as a line does."""
        self._said.clear()
        try:
            resource = self._resource.decode(raw)
        except UNREADABLE:
            return False
        return self._enter([resource], into)

    def bundle(self, raw: bytes) -> Glance | None:
        """A Bundle of resources; None for anything else and where it wants care."""
        self._said.clear()
        try:
            named = self._members.decode(raw)
        except UNREADABLE:
            return None
        members = {key.text: value for key, value in named.items()}
        entries = members.get("entry", [])
        if len(members) < len(named) or members.get("resourceType") != "Bundle" or type(entries) is not list:
            return None
        if "hook" in members or _has_next_page(members.get("link")):
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
            seen = _by_patient(resources, structs)
        except (AttributeError, KeyError):  # one names nobody
            return None
        for one in self._telling(resources, structs):
            seen[subject_key(one.subject.reference)].weight = TELLING
        return Glance(persons, seen, _passed_over(structs), structs.get(MEDICATION, 0), time)

    def _enter(self, resources: list[Any], into: Lines) -> bool:
        structs = Counter(map(type, resources))
        persons = self._persons([(one, "") for one in resources if type(one) is PATIENT])
        if persons is None:
            return False
        try:
            references = {
                OWNED[struct]: _named(resources, struct, structs) for struct in structs if struct in OWNED
            }
        except (AttributeError, KeyError):  # one names nobody
            return False
        into.telling.update(one.subject.reference for one in self._telling(resources, structs))
        for kind, named in references.items():
            into.references.setdefault(kind, Counter()).update(named)
        into.passed_over.update(_passed_over(structs))
        into.persons += persons
        into.loose += structs.get(MEDICATION, 0)
        return True

    def _persons(self, patients: list[tuple[Any, str]]) -> list[Person] | None:
        """Who the Patients are; None where one is not as FHIR says, or says something twice."""
        persons = [person for patient in patients if (person := _person(*patient)) is not None]
        if len(persons) < len(patients) or sum(map(_count_said, patients)) < len(self._said):
            return None
        return persons

    def _telling(self, resources: list[Any], structs: Counter[Any]) -> Iterator[Any]:
        """Those that could report soreness, found by the codes of all together where none of them tells."""
        if not CODED.isdisjoint(structs) and not self._is_quiet(resources):
            yield from (one for one in resources if type(one) in CODED and self._in_code(one))
        if ENCOUNTER in structs:
            in_encounter = self._tellings.in_encounter
            yield from [one for one in resources if type(one) is ENCOUNTER and in_encounter(one)]
        if FORM in structs:
            yield from (one for one in resources if type(one) is FORM and is_ours(one, self._items))

    def _is_quiet(self, resources: list[Any]) -> bool:
        """Whether no code of all Observations and Conditions tells; False is no answer."""
        any_of = self._tellings.any_of
        try:
            if any_of({code.code for one in resources if type(one) in CODED for code in one.code.coding}):
                return False
        except AttributeError:  # one has no code
            return False
        with_parts = [one for one in resources if type(one) is OBSERVATION and one.component]
        return not any(any_of(_codes_of_parts(one)) for one in with_parts)

    def _in_code(self, one: Any) -> bool:
        if type(one) is CONDITION:
            return self._tellings.in_concept(one.code) and is_active(one)
        return self._tellings.in_concept(one.code) or self._tellings.any_of(_codes_of_parts(one))


def _by_patient(resources: list[Any], structs: Counter[Any]) -> dict[str, Seen]:
    """The resources by the patient they name; in most Bundles all name the same.

    Raises `AttributeError` or `KeyError` where one names nobody.
    """
    names = {one.subject.reference for one in resources if type(one) in OWNED}
    if len(names) == 1:
        counts = {kind: structs[struct] for struct, kind in OWNED.items() if struct in structs}
        return {_key(names.pop()): Seen(counts)}
    seen: dict[str, Seen] = {}
    for struct in structs.keys() & OWNED.keys():
        for name, count in Counter(_named(resources, struct, structs)).items():
            counts = seen.setdefault(_key(name), Seen({})).counts
            counts[OWNED[struct]] = counts.get(OWNED[struct], 0) + count
    return seen


def _named(resources: list[Any], struct: Any, structs: Counter[Any]) -> list[str]:
    """The references of the resources of one type to their patients. Raises as `_by_patient` does."""
    alike = resources if len(structs) == 1 else [one for one in resources if type(one) is struct]
    references = [one.subject.reference for one in alike]
    for reference in set(references):
        _key(reference)
    return references


def _key(reference: str | None) -> str:
    if not reference or reference.startswith("#"):  # contained: it has no identity outside
        raise KeyError(reference)
    return subject_key(reference)


def _passed_over(structs: Counter[Any]) -> dict[str, int]:
    return {UNREAD[struct]: count for struct, count in structs.items() if struct in UNREAD}


def _codes_of_parts(observation: Any) -> set[str | None]:
    return {code.code for part in observation.component if part.code for code in part.code.coding}


def _person(patient: Any, url: str) -> Person | None:
    """A Patient by what was said of it; None where that is not what FHIR says it is."""
    said = {name: one.value for name in SAID if (one := getattr(patient, name)) is not None}
    flag = said.pop("deceasedBoolean", False)
    name = name_of(said.get("id"), KIND_OF[PATIENT], url)
    if not name or type(flag) is not bool or not all(type(text) is str for text in said.values()):
        return None
    return Person(
        name=name,
        full_url=url,
        identifiers=[f"{one.system or ''}|{one.value}" for one in patient.identifier if one.value],
        born=said.get("birthDate"),
        gender=said.get("gender"),
        deceased=flag or "deceasedDateTime" in said,
    )


def _count_said(patient: tuple[Any, str]) -> int:
    return sum(getattr(patient[0], name) is not None for name in SAID)


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
