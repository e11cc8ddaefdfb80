"""What a run knows, on disk: the surveys as they come in, who is who, and the reviews that are done.

One SQLite file holds it, so that memory stays flat and an interrupted run can go on. Of the records
themselves it holds nothing but the names of patients, what the first gates ask for, and reviews.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic

import msgspec

from cds_service.batch.books import Fault
from cds_service.batch.bounds import DATABASE_CACHE
from cds_service.batch.survey import Mention, PersonSeen, Survey
from cds_service.batch.units import Unit

REQUEST, DOCUMENT, MEDICATION = "request", "document", "medication"
"""Kinds of values to come back to."""
BEFORE = -1
"""Stands for the unit of what was found before any was looked at."""

_TABLES = {
    "run": "name TEXT PRIMARY KEY, value TEXT",
    "unit": "unit INTEGER PRIMARY KEY, first INTEGER, lines INTEGER, untimed INTEGER",
    "source": "source INTEGER PRIMARY KEY, label TEXT, named INTEGER",
    "person": "unit INTEGER, source INTEGER, place INTEGER, odd INTEGER, told INTEGER, begun INTEGER, "
    "counts BLOB, name TEXT, full_url TEXT, identifiers BLOB, born TEXT, gender TEXT, deceased INTEGER",
    "mention": "unit INTEGER, source INTEGER, place INTEGER, odd INTEGER, told INTEGER, begun INTEGER, "
    "kind TEXT, count INTEGER, subject TEXT",
    "value": "unit INTEGER, source INTEGER, place INTEGER, kind TEXT",
    "loose": "unit INTEGER, source INTEGER, count INTEGER",
    "held": "unit INTEGER, source INTEGER",
    "no_fhir": "unit INTEGER, source INTEGER, line INTEGER",
    "fault": "unit INTEGER, source TEXT, line INTEGER, error TEXT",
    "note": "unit INTEGER, text TEXT",
    "unused": "unit INTEGER, kind TEXT, count INTEGER",
    "time": "unit INTEGER, source INTEGER, exported INTEGER, text TEXT",
    "reviewed": "number INTEGER PRIMARY KEY, row BLOB",
}
_STARTED = "started"
_UNCOUNTED = """
SELECT unit.unit FROM unit JOIN (
  SELECT unit.first, max(unit.unit) AS last FROM unit JOIN (
    SELECT unit FROM fault WHERE line > 0 UNION SELECT unit FROM no_fhir WHERE line > 0
  ) USING (unit) WHERE unit.unit <> unit.first GROUP BY unit.first
) AS named ON unit.first = named.first AND unit.unit < named.last
WHERE unit.lines IS NULL ORDER BY unit.unit
"""
_COMMIT_SECONDS = 1.0
_encode = msgspec.json.encode


class ChangedError(Exception):
    """A run cannot go on because it would not be the same run; `str()` says why."""


class NoRoomError(Exception):
    """The disk with the workspace is full, or cannot be written any more."""


class Workspace:
    """The tables of one run. What comes in together is kept together, or not at all."""

    def __init__(self, path: Path, *, durable: bool) -> None:
        """`durable` makes what is committed outlive a crash, at the price of waiting for the disk."""
        self._database = _open(path)
        self._inserts: dict[str, str] = {}
        self.execute("PRAGMA journal_mode = WAL")
        self.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
        self.execute(f"PRAGMA cache_size = -{DATABASE_CACHE >> 10}")
        self._begin()
        for table, columns in _TABLES.items():
            self.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")

    def insert_new(self, table: str, rows: Iterable[Sequence[object]]) -> None:
        """Rows of a table of one column, unless they are there."""
        self._database.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?)", rows)  # noqa: S608 - a name of ours

    def begin(self, identity: dict[str, str], started: datetime) -> datetime:
        """Begin a run, or go on with the one that is here; when it began.

        Raises `ChangedError` when that one was another.
        """
        known: dict[str, str] = dict(self.execute("SELECT name, value FROM run"))
        if not known:
            self.insert("run", [*identity.items(), (_STARTED, started.isoformat())])
            self.commit()
            return started
        changed = [name for name, value in identity.items() if known.get(name) != value]
        if changed:
            raise ChangedError(f"{' and '.join(changed)} changed since the run began")
        self.execute("DELETE FROM fault WHERE unit = ?", (BEFORE,))
        self.execute("DELETE FROM note WHERE unit = ?", (BEFORE,))
        return datetime.fromisoformat(known[_STARTED])

    def known_units(self) -> set[int]:
        """The units that were looked at."""
        return {unit for (unit,) in self.execute("SELECT unit FROM unit")}

    def renew(self, tables: dict[str, str]) -> None:
        """Make tables that are filled from the others, empty, by name and columns."""
        for table, columns in tables.items():
            self.execute(f"DROP TABLE IF EXISTS {table}")
            self.execute(f"CREATE TABLE {table} ({columns})")

    def execute(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """One SQL statement; a cursor over its rows."""
        return self._database.execute(statement, values)

    def insert(self, table: str, rows: Iterable[Sequence[object]]) -> None:
        """Rows of a table, all its columns."""
        statement = self._inserts.get(table)
        if statement is None:
            marks = ", ".join("?" * len(self.execute(f"PRAGMA table_info ({table})").fetchall()))
            statement = self._inserts[table] = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608 - as above
        self._database.executemany(statement, rows)

    def enter(self, unit: Unit, survey: Survey) -> None:
        """What a unit holds."""
        number, source = unit.number, unit.source
        named = frozenset(survey.named)
        labels = [(source(index), label, index in named) for index, label in enumerate(survey.labels)]
        self._database.executemany("INSERT OR IGNORE INTO source VALUES (?, ?, ?)", labels)
        self.insert("unit", [(number, unit.first, None, survey.untimed)])
        for table, rows in _tables_of(survey, number, source).items():
            self.insert(table, rows)
        self.enter_faults(number, survey.faults)
        self.commit_when_due()

    def enter_faults(self, unit: int, faults: Iterable[Fault]) -> None:
        """Faults found in a unit, or `BEFORE` all; their lines are counted from where the unit begins."""
        self.insert("fault", ((unit, fault.source, fault.line, fault.error) for fault in faults))

    def enter_new_faults(self, unit: int, faults: Iterable[Fault]) -> None:
        """Faults found in a unit that was looked at before: only those that were not told then."""
        for fault in faults:
            place = (unit, fault.source, fault.line, fault.error)
            known = "SELECT 1 FROM fault WHERE unit = ? AND source = ? AND line = ? AND error = ?"
            if self.execute(known, place).fetchone() is None:
                self.insert("fault", [place])

    def uncounted(self) -> list[int]:
        """Units whose lines have to be counted: a later unit of their file names a line by its number."""
        return [unit for (unit,) in self.execute(_UNCOUNTED)]

    def count_lines(self, unit: int, lines: int) -> None:
        """So many lines has a unit."""
        self.execute("UPDATE unit SET lines = ? WHERE unit = ?", (lines, unit))

    def commit_when_due(self) -> None:
        """Make what was entered outlive a crash, not more often than it pays."""
        if monotonic() - self._begun > _COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Make what was entered outlive a crash."""
        self.execute("COMMIT")
        self._begin()

    def close(self) -> None:
        """Keep everything and let go of the file."""
        self.execute("COMMIT")
        self._database.close()

    def _begin(self) -> None:
        self.execute("BEGIN")
        self._begun = monotonic()


def _open(path: Path) -> sqlite3.Connection:
    """The database; one that was never written to its end begins anew."""
    try:
        database = sqlite3.connect(path, isolation_level=None)
        database.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:  # a file, and no database
        for stale in path.parent.glob(f"{path.name}*"):
            stale.unlink()
        return sqlite3.connect(path, isolation_level=None)
    return database


def _tables_of(
    survey: Survey, number: int, source: Callable[[int], int]
) -> dict[str, Iterable[Sequence[object]]]:
    """A survey as rows, by table; each is made when it is entered."""
    kinds = {REQUEST: survey.requests, DOCUMENT: survey.documents, MEDICATION: survey.medications}
    times = enumerate((survey.made, survey.exported))
    return {
        "person": (_person(number, source(seen.source), seen) for seen in survey.persons),
        "mention": (_mention(number, source(one.source), one) for one in survey.mentions),
        "value": (
            (number, source(index), place, kind) for kind, places in kinds.items() for index, place in places
        ),
        "loose": ((number, source(index), count) for index, count in survey.loose.items()),
        "held": ((number, source(index)) for index in survey.held),
        "no_fhir": ((number, source(index), line) for index, line in survey.foreign),
        "note": ((number, text) for text in survey.notes),
        "unused": ((number, *item) for item in survey.not_used.items()),
        "time": ((number, source(index), exported, text) for exported, told in times for index, text in told),
    }


def _person(unit: int, source: int, seen: PersonSeen) -> tuple[object, ...]:
    who, telling = seen.person, seen.telling
    return (
        unit, source, seen.place, seen.odd, telling.told, telling.begun, _encode(seen.counts),
        who.name, who.full_url, _encode(who.identifiers), who.born, who.gender, who.deceased,
    )  # fmt: skip


def _mention(unit: int, source: int, one: Mention) -> tuple[object, ...]:
    told, begun = one.telling.told, one.telling.begun
    return unit, source, one.place, one.odd, told, begun, one.kind, one.count, one.subject
