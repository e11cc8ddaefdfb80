"""What was not used, and where: the books every stage writes into."""

from collections import Counter

from msgspec import Struct

from cds_service.reading.text import clean

_LABEL_LENGTH = 4096  # the longest path Linux knows


class Fault(Struct, frozen=True, order=True):
    """Something that could not be read or used: where, why, and what to do. Never content.

    `line` is 0 where the whole file is meant, `source` "" where no one file is.
    """

    source: str
    line: int
    error: str

    def __str__(self) -> str:
        place = f"{self.source} line {self.line}" if self.line else self.source
        return f"{place}: {self.error}" if place else self.error


class Books:
    """Faults (the answer is incomplete), notes (nothing is missing), and resources of no use by type."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self.not_used: Counter[str] = Counter()

    def fault(self, source: str, error: str, line: int = 0) -> None:
        """Enter something that could not be read or used."""
        self.faults.append(Fault(source, line, error))


def label(path: object) -> str:
    """A file name as it may be shown: no control characters, no bytes that are not UTF-8."""
    return clean(str(path), _LABEL_LENGTH)
