"""What every sink has in common: what it is told first, and what it is told of each patient."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import BinaryIO

from msgspec import Struct

from cds_service.batch.books import Fault
from cds_service.batch.row import Row
from cds_service.knowledge import Knowledge

URGENCY = ("critical", "warning", "info")
"""The indicators of cards, the most urgent first."""


class SinkError(Exception):
    """A sink cannot be opened; says what to do."""


class Header(Struct, frozen=True, kw_only=True):
    """What a population was reviewed with.

    `chosen` tells in words where `as_of` comes from; without `identified` the formats for analysts and
    readers (CSV, Parquet, HTML) show a running number in place of the patient.
    """

    knowledge: Knowledge
    as_of: datetime
    chosen: str
    identified: bool = False


class Sink(ABC):
    """Takes rows one at a time, in a deterministic order, and keeps none of them in memory.

    Faults and what was of no use may come at any time; `finish` writes what has to come last.
    """

    def __init__(self, out: BinaryIO, header: Header) -> None:
        self.out = out
        self.header = header
        self.faults: list[Fault] = []
        self.not_used: dict[str, int] = {}

    @classmethod
    def check(cls) -> None:
        """Raise `SinkError` when something is missing that the format needs."""
        return

    @abstractmethod
    def write(self, row: Row) -> None:
        """Take the review of one patient."""

    def fault(self, fault: Fault) -> None:
        """Take something that could not be read or used."""
        self.faults.append(fault)

    def unused(self, counts: Mapping[str, int]) -> None:
        """Take how many resources of each type are of no use to any rule."""
        self.not_used = dict(counts)

    @abstractmethod
    def finish(self) -> None:
        """Write the end."""

    def release(self) -> None:
        """Let go of what was held on disk, whether or not the end was reached."""
        return


def most_urgent(row: Row) -> str | None:
    """The indicator of the most urgent card, None without a card."""
    found = {card.indicator for card in row.cards}
    return next((level for level in URGENCY if level in found), None)
