"""Which units to walk once more, and for what; then the patients whose records are complete."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from cds_service.batch.bounds import RECORDS_OF_A_PARTITION, RECORDS_OF_A_ROW
from cds_service.batch.errand import Brought, Errand, Source
from cds_service.batch.shares import Slice
from cds_service.batch.survey import LINES
from cds_service.batch.tasks import ErrandTask, ReviewTask
from cds_service.batch.units import Unit, index_of
from cds_service.batch.workspace import DOCUMENT, MEDICATION, REQUEST, Workspace

_TABLES = {
    "slice": "partition INTEGER, unit INTEGER, file TEXT, start INTEGER, stop INTEGER",
    "left_over": "source TEXT, count INTEGER",
    "shelf": "reference TEXT, source TEXT, full_url TEXT, raw BLOB",
    "answered": "source TEXT, digest TEXT, row BLOB",
    "failed": "number INTEGER PRIMARY KEY",
}
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS owned_unit ON owned (unit)",
    "CREATE INDEX IF NOT EXISTS value_unit ON value (unit)",
    f"CREATE INDEX IF NOT EXISTS person_document ON person (unit) WHERE place <> {LINES}",
    f"CREATE INDEX IF NOT EXISTS mention_document ON mention (unit) WHERE place <> {LINES}",
    "CREATE INDEX IF NOT EXISTS shelf_reference ON shelf (reference)",
    "CREATE INDEX IF NOT EXISTS fault_place ON fault (unit, source, line)",
)
_OWNERS_IN_DOCUMENTS = f"""
SELECT mention.source, mention.subject, owner.number FROM mention
JOIN owner ON owner.subject = mention.subject AND owner.source IN (-1, mention.source)
WHERE mention.unit = ? AND mention.place <> {LINES}
"""  # noqa: S608 - a number of ours
_TOLD = f"""
SELECT source, place FROM person WHERE unit = ?1 AND place <> {LINES} AND odd
UNION SELECT source, place FROM mention WHERE unit = ?1 AND place <> {LINES} AND odd
UNION SELECT source, place FROM value WHERE unit = ?1 AND kind = '{DOCUMENT}'
"""  # noqa: S608
_OWNED = "SELECT source, place, key, number FROM owned WHERE unit = ?"
_OPEN = "number NOT IN (SELECT number FROM reviewed) AND number NOT IN (SELECT number FROM failed)"
_TO_REVIEW = f"""
SELECT number, name FROM wanted JOIN patient USING (number) WHERE wanted.number % {{count}} = ? AND {_OPEN}
"""  # noqa: S608
_SLICES = "SELECT file, start, stop FROM slice WHERE partition = ? ORDER BY unit, start"
_BY_PARTITION = (
    "CREATE INDEX slice_partition ON slice (partition, unit, start)",
    "CREATE INDEX wanted_partition ON wanted (number % {count})",
)


class Errands:
    """The second walk over the input, for the patients in `wanted`."""

    def __init__(self, space: Workspace, units: list[Unit], folder: Path, now: datetime) -> None:
        self._space = space
        self._units = units
        self._folder = folder
        self._now = now
        space.renew(_TABLES)
        for statement in _INDEXES:
            space.execute(statement)
        space.execute("DELETE FROM owned WHERE number IN (SELECT number FROM reviewed)")
        wanted, records = space.execute("SELECT count(*), ifnull(sum(records), 0) FROM wanted").fetchone()
        (patients,) = space.execute("SELECT count(*) FROM patient").fetchone()
        self._wanted: int = wanted
        weight = records + wanted * RECORDS_OF_A_ROW
        self._partitions: int = weight // RECORDS_OF_A_PARTITION + 1
        self._only = 1 if patients == 1 and wanted else None

    def units(self) -> list[Unit]:
        """The units that have something wanted."""
        kinds = [REQUEST, DOCUMENT, MEDICATION] if self._wanted else [REQUEST, DOCUMENT]
        marks = ", ".join("?" * len(kinds))
        asked = f"SELECT unit FROM owned UNION SELECT unit FROM value WHERE kind IN ({marks})"  # noqa: S608
        if self._only is not None:
            asked += " UNION SELECT unit FROM loose"
        return [self._units[unit] for (unit,) in self._space.execute(f"{asked} ORDER BY unit", kinds)]

    def task(self, unit: Unit) -> ErrandTask:
        """What to bring from a unit."""
        file = str(self._folder / f"{unit.number}.records")
        errand = Errand(self._sources(unit.number), self._only, file, self._partitions)
        return ErrandTask(unit, errand, self._now)

    def enter(self, unit: Unit, brought: Brought) -> None:
        """What came of it."""
        space, number = self._space, unit.number
        space.insert(
            "slice", ((one.partition, number, one.file, one.start, one.end) for one in brought.slices)
        )
        space.insert("shelf", ((one.reference, one.source, one.full_url, one.raw) for one in brought.shelved))
        space.insert("answered", ((one.source, one.digest, one.row) for one in brought.answered))
        space.insert("left_over", brought.loose.items())
        space.enter_new_faults(number, brought.faults)

    def fail(self, task: ErrandTask | ReviewTask) -> int:
        """Give up the patients of a task; how many these are."""
        if isinstance(task, ReviewTask):
            numbers = set(task.names)
        else:
            numbers = {number for source in task.errand.sources.values() for number in source.wanted}
        self.give_up(numbers)
        return len(numbers)

    def give_up(self, numbers: Iterable[int]) -> None:
        """Patients who cannot be reviewed; the reason is told elsewhere."""
        self._space.insert_new("failed", ((number,) for number in sorted(numbers)))

    def reviews(self) -> Iterator[ReviewTask]:
        """A task for every partition with patients who were not reviewed yet."""
        count = self._partitions
        for statement in _BY_PARTITION:
            self._space.execute(statement.format(count=count))
        partitions = self._space.execute("SELECT DISTINCT partition FROM slice ORDER BY partition").fetchall()
        for (partition,) in partitions:
            names = dict(self._space.execute(_TO_REVIEW.format(count=count), (partition,)))
            slices = self._space.execute(_SLICES, (partition,))
            if names:
                yield ReviewTask([Slice(partition, *one) for one in slices], names, self._now)

    def missed(self) -> int:
        """How many patients were neither reviewed nor given up: their records were not found again."""
        (count,) = self._space.execute(f"SELECT count(*) FROM wanted WHERE {_OPEN}").fetchone()  # noqa: S608
        found: int = count
        return found

    def _sources(self, unit: int) -> dict[int, Source]:
        sources: dict[int, Source] = defaultdict(Source)
        execute = self._space.execute
        for source, place, key, number in execute(_OWNED, (unit,)):
            one = sources[index_of(source)]
            one.owners[key] = number
            one.wanted.add(number)
            _want(one, place)
        self._want_values(unit, sources)
        for source, subject, number in execute(_OWNERS_IN_DOCUMENTS, (unit,)):
            if index_of(source) in sources:
                sources[index_of(source)].owners.setdefault(subject, number)
        for source, place in execute(_TOLD, (unit,)):
            if index_of(source) in sources:
                sources[index_of(source)].told.add(place)
        return dict(sources)

    def _want_values(self, unit: int, sources: dict[int, Source]) -> None:
        """Hook requests, Bundles with gaps, Medications of nobody; what else is nobody's, if one gets it."""
        rows = self._space.execute("SELECT source, place, kind FROM value WHERE unit = ?", (unit,))
        for source, place, kind in rows:
            if kind == REQUEST:
                sources[index_of(source)].requests.add(place)
            elif kind == DOCUMENT or self._wanted:
                _want(sources[index_of(source)], place)
        if self._only is not None:
            for (source,) in self._space.execute("SELECT source FROM loose WHERE unit = ?", (unit,)):
                sources[index_of(source)].lines = True


def _want(source: Source, place: int) -> None:
    if place == LINES:
        source.lines = True
    else:
        source.places.add(place)
