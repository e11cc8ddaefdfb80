"""Faults as the report lists them: by reason, without what could name a patient unless that is wanted."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

from cds_service.batch.books import Fault

_LISTED = 500
_WHOSE = re.compile(r" of .*: ")
_PLACE = re.compile(r"\Aentry \d+[^:]*: |\A[^\s:]+/\S*: |\A\d+ (?=resources )")
_REFERENCE = re.compile(r"(?:\b[A-Za-z]+/|urn:|https?://)\S+")


class FaultList(Struct, frozen=True):
    """`lines` are reasons with how often they occur; `more` counts the reasons that are not listed."""

    count: int
    lines: list[tuple[str, int]]
    more: int


def list_faults(faults: Iterable[Fault], records: Mapping[str, int], *, identified: bool) -> FaultList:
    """Faults, and records not or not fully read, by reason; the most frequent first."""
    found = Counter(str(fault) if identified else without_names(fault.error) for fault in faults)
    for reason, count in records.items():
        found[f"a record: {reason}"] += count
    lines = sorted(found.items(), key=lambda line: (-line[1], line[0]))
    return FaultList(found.total(), lines[:_LISTED], len(lines[_LISTED:]))


def without_names(error: str) -> str:
    """A reason without the references and names in it; a file name often has the patient's."""
    return _REFERENCE.sub("a record", _PLACE.sub("", _WHOSE.sub(" of a patient: ", error)))
