"""What one unit of the input holds, without what it says: who is there, and whose the records are."""

from msgspec import Struct

from cds_service.batch.books import Fault
from cds_service.reading.glance_owners import Person
from cds_service.reading.tellings import Telling

LINES = -1
"""Stands for the place of records that came one a line."""

_INDEX_BITS = 24


def place_of(line: int, index: int) -> int:
    """Where in a part a document stands: the line, and which of the values on it."""
    return (line << _INDEX_BITS) + index


class PersonSeen(Struct, frozen=True, array_like=True, gc=False):
    """A Patient where it was seen.

    One with a document of its own has nothing of anybody else in it; then `counts` and `telling` are of
    all of it, and else of the Patient itself. What is `odd` was not understood at a first look, and is
    read in full whatever the gates say.
    """

    person: Person
    source: int
    place: int
    odd: bool
    counts: dict[str, int]
    telling: Telling


class Mention(Struct, frozen=True, array_like=True, gc=False):
    """Records of one type that name a patient: in one document, or in all lines of a unit."""

    subject: str
    source: int
    place: int
    odd: bool
    kind: str
    count: int
    telling: Telling


class Survey(Struct, array_like=True):
    """What a unit holds; `source` is an index of `labels` everywhere, a pair is a source and a place in it.

    `requests` and `documents` are values to come back to: hook requests, and Bundles with gaps or with
    records of nobody. `medications` are where Medications of nobody are, `loose` counts other records of
    nobody in lines. `foreign` are values that are no FHIR data, by line, `held` the sources that hold any.
    `exported` says when the export was made, `made` when its Bundles were; `untimed` tells that something
    does not say, as resources by themselves do not. `named` are the sources the user named. `lines` is how
    many there are, where that was asked.
    """

    labels: list[str] = []
    named: list[int] = []
    persons: list[PersonSeen] = []
    mentions: list[Mention] = []
    requests: list[tuple[int, int]] = []
    documents: list[tuple[int, int]] = []
    loose: dict[int, int] = {}
    medications: list[tuple[int, int]] = []
    faults: list[Fault] = []
    foreign: list[tuple[int, int]] = []
    held: list[int] = []
    notes: list[str] = []
    not_used: dict[str, int] = {}
    exported: list[tuple[int, str]] = []
    made: list[tuple[int, str]] = []
    untimed: bool = False
    lines: int = 0
