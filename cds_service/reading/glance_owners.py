"""Whose the records of a first look are: their Patients, and the patients they name."""

from collections import Counter
from typing import Any

import msgspec
from msgspec import Struct

from cds_service.reading.glance_structs import KIND_OF, OWNED, PATIENT, SAID
from cds_service.reading.records import name_of
from cds_service.reading.references import subject_key
from cds_service.reading.tellings import Telling

_NOBODY = ("", "#")
"""How a reference begins that names nobody: what is contained has no identity outside."""


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
    """One patient's records: counted by type, and what they could tell."""

    counts: dict[str, int]
    telling: Telling = msgspec.field(default_factory=Telling)


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
    telling: dict[str, Telling] = {}
    passed_over: Counter[str] = msgspec.field(default_factory=Counter)
    loose: int = 0


def by_patient(resources: list[Any], structs: Counter[Any]) -> dict[str, Seen]:
    """The resources by the patient they name; in most Bundles all name the same.

    Raises `AttributeError` or `KeyError` where one names nobody.
    """
    names = {one.subject.reference for one in resources if type(one) in OWNED}
    if len(names) == 1:
        counts = {kind: structs[struct] for struct, kind in OWNED.items() if struct in structs}
        return {key_of(names.pop()): Seen(counts)}
    seen: dict[str, Seen] = {}
    for struct in structs.keys() & OWNED.keys():
        for name, count in Counter(named(resources, struct, structs)).items():
            counts = seen.setdefault(key_of(name), Seen({})).counts
            counts[OWNED[struct]] = counts.get(OWNED[struct], 0) + count
    return seen


def named(resources: list[Any], struct: Any, structs: Counter[Any]) -> list[str]:
    """The references of the resources of one type to their patients. Raises as `by_patient` does."""
    alike = resources if len(structs) == 1 else [one for one in resources if type(one) is struct]
    references = [one.subject.reference for one in alike]
    names = set(references)
    if None in names or min(names)[:1] <= _NOBODY[-1]:  # what means nobody comes first in order
        raise KeyError
    return references


def key_of(reference: str | None) -> str:
    """What the patient of a reference is looked up by. Raises `KeyError` where it means nobody."""
    if reference is None or reference[:1] in _NOBODY:
        raise KeyError(reference)
    return subject_key(reference)


def read_person(patient: Any, url: str) -> Person | None:
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


def count_said(patient: tuple[Any, str]) -> int:
    """How many members of a Patient were told of those that are read."""
    return sum(getattr(patient[0], name) is not None for name in SAID)
