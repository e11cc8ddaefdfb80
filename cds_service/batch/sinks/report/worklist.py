"""The patients with cards, most urgent first, on disk until the page is written."""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

import msgspec

from cds_service.batch.row import Row
from cds_service.batch.sinks.base import URGENCY, Header, most_urgent
from cds_service.batch.sinks.patients import Patients
from cds_service.batch.sinks.report.pages import rendered
from cds_service.knowledge import Knowledge
from cds_service.picture import Timeline, render_svg, render_table

_IN_MEMORY = 1 << 20  # bytes of a list before it goes to disk
_NO_CAUSE = ""
_SUPPORTED = ("strong", "moderate", "weak")


class Entry(msgspec.Struct, frozen=True):
    """A patient of the worklist; `cards` pairs urgency and summary, `causes` title and tier."""

    number: int
    patient: str
    urgency: str
    cards: list[tuple[str, str]]
    causes: list[tuple[str, str]]
    timeline: Timeline | None

    def line(self) -> bytes:
        """The row of the table without its end."""
        return rendered("row.html", entry=self).encode()

    def details(self) -> bytes:
        """The timeline and the causes, folded away."""
        svg = render_svg(self.timeline, f"t{self.number}") if self.timeline else ""
        table = render_table(self.timeline) if self.timeline else ""
        return rendered("details.html", entry=self, svg=svg, table=table).encode()


_decode = msgspec.json.Decoder(Entry).decode


class Worklist:
    """Takes rows in their order and gives them back by urgency; within one, the order stays."""

    def __init__(self, header: Header) -> None:
        self._knowledge = header.knowledge
        self._patients = Patients(header)
        self._rows = 0
        self._by_urgency = {level: _spool() for level in URGENCY}
        self._by_patient = _spool()
        self._by_cause = {cause: _spool() for cause in [*header.knowledge.causes, _NO_CAUSE]}
        self.entries = 0
        self.size = 0  # bytes of all lines and links

    def add(self, row: Row) -> None:
        """Take a row in; one without cards only has its number."""
        self._rows += 1
        patient, urgency = self._patients.name(row), most_urgent(row)
        if urgency is None:
            return
        entry = _entry(row, self._rows, patient, urgency, self._knowledge)
        self._by_urgency[urgency].write(msgspec.json.encode(entry) + b"\n")
        link = rendered("link.html", entry=entry).encode()
        self._by_patient.write(link)
        self._by_cause[_top(row)].write(link)
        self.entries += 1
        self.size += len(entry.line()) + 2 * len(link)

    def write(self, out: IO[bytes], room: int) -> int:
        """All rows into `out`, with details while there is `room` for them; returns how many have them."""
        drawn, full = 0, False
        for entry in self._sorted():
            details = b"" if full else entry.details()
            full = full or len(details) > room
            out.write(entry.line() + (b"" if full else details) + b"</td></tr>\n")
            room -= len(details)
            drawn += not full
        return drawn

    def by_patient(self) -> Iterator[str]:
        """Links to the rows, in the order of the patients."""
        return _read(self._by_patient)

    def by_cause(self) -> Iterator[tuple[str, Iterator[str]]]:
        """Links to the rows under the title of the cause that is best supported, "" for none."""
        for cause, links in self._by_cause.items():
            if links.tell():
                title = self._knowledge.causes[cause].title if cause else ""
                yield title, _read(links)

    def close(self) -> None:
        """Let go of the files."""
        for spool in (*self._by_urgency.values(), *self._by_cause.values(), self._by_patient):
            spool.close()

    def _sorted(self) -> Iterator[Entry]:
        for spool in self._by_urgency.values():
            spool.seek(0)
            yield from map(_decode, spool)


def _entry(row: Row, number: int, patient: str, urgency: str, knowledge: Knowledge) -> Entry:
    causes = [(knowledge.causes[entry["cause"]].title, entry["tier"]) for entry in row.ranking]
    return Entry(
        number=number,
        patient=patient or "(no id)",
        urgency=urgency,
        cards=[(card.indicator, card.summary) for card in row.cards],
        causes=[(title, tier) for title, tier in causes if tier in _SUPPORTED],
        timeline=row.facts.timeline if row.facts else None,
    )


def _top(row: Row) -> str:
    first = row.ranking[0] if row.ranking else None
    return str(first["cause"]) if first and first["tier"] in _SUPPORTED else _NO_CAUSE


def _spool() -> IO[bytes]:
    return SpooledTemporaryFile(_IN_MEMORY)


def _read(spool: IO[bytes]) -> Iterator[str]:
    spool.seek(0)
    return (line.decode() for line in spool)
