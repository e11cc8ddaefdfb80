"""The first look at a Bundle with simdjson, where that is installed: in half the time.

It sees what `glance` sees, of Bundles about one patient in which everything is as FHIR says. Any other is
left to `glance`; so is a large one, because simdjson holds several times its bytes in memory.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from cds_service.reading.bundles import UNREADABLE
from cds_service.reading.glance_owners import Glance, Person, Seen, key_of
from cds_service.reading.glance_structs import (
    CONDITION,
    ENCOUNTER,
    FORM,
    KIND_OF,
    MEDICATION,
    OBSERVATION,
    OWNED,
    PATIENT,
)
from cds_service.reading.passed_over import PASSED_OVER
from cds_service.reading.stamps import BUNDLE
from cds_service.reading.tellings import ALWAYS, Telling, Tellings

_LIBRARY = "simdjson"
_LARGEST = 1 << 22  # bytes
_NOT_AS_EXPECTED = (*UNREADABLE, ValueError, TypeError, KeyError, AttributeError, RuntimeError)
_OBSERVATION, _PATIENT, _MEDICATION = (KIND_OF[struct] for struct in (OBSERVATION, PATIENT, MEDICATION))
_IN_FULL = frozenset({CONDITION, ENCOUNTER, FORM})
_OWNED = {kind: struct for struct, kind in OWNED.items()}
_UNREAD = frozenset({*PASSED_OVER, _MEDICATION})

Full = Callable[[bytes], tuple[Any, Telling | None]]
"""Reads a single resource as `glance` does: what was decoded, and what it could tell."""
Persons = Callable[[list[tuple[Any, str]]], list[Person] | None]
"""Says who the Patients are, given each with the address of its entry."""


def quick_glancer(tellings: Tellings, full: Full, persons: Persons) -> "QuickGlancer | None":
    """One that looks at Bundles, where the library is there."""
    return QuickGlancer(tellings, full, persons) if find_spec(_LIBRARY) else None


class QuickGlancer:
    """Looks at one Bundle after the other."""

    def __init__(self, tellings: Tellings, full: Full, persons: Persons) -> None:
        self._library: Any = import_module(_LIBRARY)
        self._parser = self._library.Parser()
        self._tellings = tellings
        self._full = full
        self._persons = persons

    def bundle(self, raw: bytes) -> Glance | None:
        """A Bundle; None for what is left to `glance`."""
        if len(raw) > _LARGEST:
            return None
        try:
            return self._look(self._parser.parse(raw))
        except _NOT_AS_EXPECTED:
            self._parser = self._library.Parser()  # of the old one, parts may still be held
            return None

    def _look(self, document: Any) -> Glance | None:
        names = list(document.keys())
        if len(set(names)) < len(names) or document["resourceType"] != BUNDLE or "hook" in names:
            return None
        if "link" in names and any(link["relation"] == "next" for link in document["link"]):
            return None
        counts: dict[str, int] = {}
        references: set[str] = set()
        patients: list[tuple[Any, str]] = []
        telling = self._enter(document["entry"] if "entry" in names else (), counts, references, patients)
        persons = self._persons(patients)
        if persons is None or len(references) > 1:
            return None
        owned = {kind: count for kind, count in counts.items() if kind in _OWNED}
        seen = {key_of(reference): Seen(owned, telling) for reference in references}
        passed_over = {kind: count for kind, count in counts.items() if kind in PASSED_OVER}
        return Glance(persons, seen, passed_over, counts.get(_MEDICATION, 0), _time(document, names))

    def _enter(
        self, entries: Any, counts: dict[str, int], references: set[str], patients: list[tuple[Any, str]]
    ) -> Telling:
        """Enter every resource; what all of them could tell.

        This is the innermost loop of a population review. What it does not expect raises, a resource of
        an unknown type `KeyError`.
        """
        codes: set[str] = set()
        telling = Telling()
        for entry in entries:
            resource = entry["resource"]
            kind = resource["resourceType"]
            counts[kind] = counts.get(kind, 0) + 1
            if kind in _UNREAD:
                continue
            if kind == _PATIENT:
                patients.append((self._patient(resource), _address(entry)))
                continue
            references.add(resource["subject"]["reference"])
            if kind == _OBSERVATION:
                for coding in resource["code"]["coding"]:
                    codes.add(coding["code"])
                if "component" in list(resource.keys()):  # to ask for what is not there takes longer
                    codes.update(_codes_of_parts(resource["component"]))
            elif _OWNED[kind] in _IN_FULL and (told := self._full(resource.mini)[1]) is not None:
                telling.add(told)
        if self._tellings.any_of(codes):
            telling.add(Telling(ALWAYS))
        return telling

    def _patient(self, resource: Any) -> Any:
        """A Patient in which no member comes twice: of one where it does, `glance` says so."""
        names = list(resource.keys())
        if len(set(names)) < len(names):
            raise ValueError
        return self._full(resource.mini)[0]


def _address(entry: Any) -> Any:
    return entry["fullUrl"] if "fullUrl" in list(entry.keys()) else ""


def _codes_of_parts(components: Any) -> set[str]:
    return {coding["code"] for part in components for coding in part["code"]["coding"]}


def _time(document: Any, names: list[str]) -> str:
    """When a Bundle was made: its timestamp, else when it was last changed."""
    if "timestamp" in names:
        return str(document["timestamp"])
    meta = document["meta"] if "meta" in names else {}
    return str(meta["lastUpdated"]) if "lastUpdated" in list(meta.keys()) else ""
