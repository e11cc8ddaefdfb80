"""What one unit of the input holds, without what it says: who is there, and whose the records are."""

from msgspec import Struct

from cds_service.batch.books import Fault
from cds_service.reading.glance import Person

ODD = 2
"""The weight of what a first look did not understand: it is read in full, whatever the gates say."""

LINES = -1
"""Stands for the place of records that came one a line."""

_INDEX_BITS = 24


def place_of(line: int, index: int) -> int:
    """Where in a part a document stands: the line, and which of the values on it."""
    return (line << _INDEX_BITS) + index


class PersonSeen(Struct, frozen=True, array_like=True, gc=False):
    """A Patient where it was seen.

    A `whole` one has a document of its own, with nothing of anybody else in it; then `counts` and
    `weight` are of all of it.
    """

    person: Person
    source: int
    place: int
    whole: bool
    weight: int
    counts: dict[str, int]


class Mention(Struct, frozen=True, array_like=True, gc=False):
    """Records of one type that name a patient: in one document, or in all lines of a unit."""

    subject: str
    source: int
    place: int
    weight: int
    kind: str
    count: int


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
