"""Which units to walk once more, and for what; then whose records are complete to be reviewed."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cds_service.batch.errand import Brought, Errand, Source
from cds_service.batch.shares import Slice
from cds_service.batch.survey import LINES, ODD
from cds_service.batch.tasks import ErrandTask, ReviewTask
from cds_service.batch.units import Unit, index_of
from cds_service.batch.workspace import DOCUMENT, MEDICATION, REQUEST, Workspace

_A_PARTITION = 10_000  # records, about 15 MB of them
_TABLES = {
    "slice": "partition INTEGER, file TEXT, start INTEGER, end INTEGER",
    "left_over": "source TEXT, count INTEGER",
}


class Errands:
    """The second walk over the input, for the patients in `wanted`."""

    def __init__(self, space: Workspace, units: list[Unit], folder: Path, now: datetime) -> None:
        self._space = space
        self._units = units
        self._folder = folder
        self._now = now
        wanted, records = space.execute("SELECT count(*), ifnull(sum(records), 0) FROM wanted").fetchone()
        (patients,) = space.execute("SELECT count(*) FROM patient").fetchone()
        self.wanted: int = wanted
        self.partitions: int = records // _A_PARTITION + 1
        self._only = 1 if patients == 1 and wanted else None  # the number of the only patient
        space.renew(_TABLES)
        for table in ("owned", "value"):
            space.execute(f"CREATE INDEX IF NOT EXISTS {table}_unit ON {table} (unit)")
        for table in ("person", "mention"):
            space.execute(
                f"CREATE INDEX IF NOT EXISTS {table}_unit ON {table} (unit) WHERE place <> {LINES}"
            )

    def tasks(self) -> Iterator[ErrandTask]:
        """A task for every unit that has something wanted."""
        kinds = [REQUEST, DOCUMENT, *([MEDICATION] if self.wanted else [])]
        marks = ", ".join("?" * len(kinds))
        statement = f"SELECT unit FROM owned UNION SELECT unit FROM value WHERE kind IN ({marks})"  # noqa: S608
        if self._only is not None:
            statement += " UNION SELECT unit FROM loose"
        for (unit,) in self._space.execute(f"{statement} ORDER BY unit", kinds).fetchall():
            file = str(self._folder / f"{unit}.records")
            errand = Errand(self._sources(unit), self._only, file, self.partitions)
            yield ErrandTask(self._units[unit], errand, self._now)
