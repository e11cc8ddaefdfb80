"""Statements of every call, compiled once, and on SQLite run by the driver itself.

To look a statement up and to wrap what it finds costs SQLAlchemy several times what SQLite needs to run it.
What is bound goes to the driver as it is, so text must be `storable` before.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import CompilerElement

Row = Mapping[str, Any]
Found = Sequence[Sequence[Any]]
"""The rows a statement gives, their columns in its order."""

_DIALECTS: dict[str, Any] = {"sqlite": sqlite.dialect, "postgresql": psycopg.dialect}


class Prepared:
    """A statement. `columns` are those an UPDATE sets; `other` is PostgreSQL's form where it differs."""

    def __init__(
        self, statement: CompilerElement, *columns: str, other: CompilerElement | None = None
    ) -> None:
        forms = {"sqlite": statement, "postgresql": statement if other is None else other}
        compiled: dict[str, Any] = {
            name: form.compile(dialect=_DIALECTS[name](), column_keys=columns or None)
            for name, form in forms.items()
        }
        self._texts = {name: str(form) for name, form in compiled.items()}
        self._places: list[str] = compiled["sqlite"].positiontup

    def run(self, connection: Connection, *rows: Row) -> Found:
        """Run it with the values of one row, or once for each of several, within a transaction begun before.

        On SQLite it begins none, so there a question asked outside one is answered from a moment of its own.
        """
        if connection.dialect.name == "sqlite":
            return self._run_sqlite(connection, [self._in_place(row) for row in rows])
        bound = [dict(row) for row in rows]
        result = connection.exec_driver_sql(
            self._texts[connection.dialect.name], bound if len(bound) > 1 else bound[0]
        )
        return result.all() if result.returns_rows else []

    def _run_sqlite(self, connection: Connection, rows: list[tuple[Any, ...]]) -> Found:
        text = self._texts["sqlite"]
        with driver_of(connection, text) as driver:
            if len(rows) > 1:
                driver.executemany(text, rows)
                return []
            return driver.execute(text, rows[0]).fetchall()

    def _in_place(self, row: Row) -> tuple[Any, ...]:
        return tuple([row[name] for name in self._places])


class driver_of:  # noqa: N801 - a context manager, as a class because it costs less
    """The SQLite connection behind ours; what it raises is raised as SQLAlchemy raises it."""

    __slots__ = ("_connection", "_statement")

    def __init__(self, connection: Connection, statement: str) -> None:
        self._connection = connection
        self._statement = statement

    def __enter__(self) -> sqlite3.Connection:
        return cast("sqlite3.Connection", self._connection.connection.dbapi_connection)

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, sqlite3.Error):
            raise DBAPIError.instance(
                self._statement, None, error, sqlite3.Error, dialect=self._connection.dialect
            ) from error
