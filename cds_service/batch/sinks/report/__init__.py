"""The review of a population as one HTML page that needs nothing else: no script, no request."""

from importlib.util import find_spec
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from cds_service.batch.row import Row
from cds_service.batch.sinks.base import URGENCY, Header, Sink, SinkError
from cds_service.batch.sinks.report.faults import list_faults
from cds_service.batch.sinks.report.pages import rendered, style
from cds_service.batch.sinks.report.tally import Tally, patients
from cds_service.batch.sinks.report.worklist import Worklist

_CHARTS = ("altair", "vl_convert")
_BYTES_A_PATIENT = 1_000
_LEAST_BYTES = 1_000_000
_CHUNK = 1 << 20


class HtmlSink(Sink):
    """Keeps counts, and the worklist on disk; the page is written at the end.

    The page stays below 1 MB for every 1,000 patients: when timelines do not fit, the least urgent
    patients have only their line, and the page says so.
    """

    @classmethod
    def check(cls) -> None:
        """Raise `SinkError` when the chart library is not installed."""
        if not all(map(find_spec, _CHARTS)):
            raise SinkError("the HTML report needs its chart library: pip install 'leg-soreness-cds[report]'")

    def __init__(self, out: BinaryIO, header: Header) -> None:
        super().__init__(out, header)
        self._tally = Tally(header)
        self._worklist = Worklist(header)

    def write(self, row: Row) -> None:
        """Count the row, and keep it for the worklist when it has cards."""
        self._tally.count(row)
        self._worklist.add(row)

    def finish(self) -> None:
        """The page."""
        words = self._words()
        bottom = rendered("bottom.html", **words).encode()
        fixed = len(rendered("top.html", drawn=0, **words).encode()) + len(bottom)
        room = max(_LEAST_BYTES, _BYTES_A_PATIENT * self._tally.patients) - fixed - self._worklist.size
        with TemporaryFile() as rows:
            drawn = self._worklist.write(rows, room)
            self.out.write(rendered("top.html", drawn=drawn, **words).encode())
            rows.seek(0)
            while chunk := rows.read(_CHUNK):
                self.out.write(chunk)
        self.out.write(bottom)

    def release(self) -> None:
        """Remove the worklist from the disk."""
        self._worklist.close()

    def _words(self) -> dict[str, Any]:
        from cds_service.batch.sinks.report.figures import draw_figures  # noqa: PLC0415 - takes seconds

        sheet, digest = style()
        return {
            "header": self.header,
            "knowledge": self.header.knowledge,
            "day": self.header.as_of.date(),
            "urgencies": URGENCY,
            "style": sheet,
            "style_hash": digest,
            "tally": self._tally,
            "patients": patients,
            "figures": list(draw_figures(self._tally, self.header.knowledge)),
            "entries": self._worklist.entries,
            "worklist": self._worklist,
            "gates": sorted(self._tally.gates.items(), key=lambda gate: (-gate[1], gate[0])),
            "faults": list_faults(self.faults, self._tally.records, identified=self.header.identified),
            "not_used": sorted(self.not_used.items()),
        }
