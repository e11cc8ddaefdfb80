"""Where a store is: the database URL taken apart."""

from pathlib import Path

from sqlalchemy import URL, make_url

from cds_service.store.errors import StoreError

PARTS = ("-wal", "-shm", "")
"""The ends of the names of an SQLite database's files: its log goes where it goes."""


class Address:
    """A database URL. `file` is the SQLite file, None for PostgreSQL. Raises `StoreError`."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.file = _file(parsed) if parsed.get_backend_name() == "sqlite" else None
        self.url: URL = parsed.set(drivername="sqlite+pysqlite" if self.file else "postgresql+psycopg")

    @property
    def is_sqlite(self) -> bool:
        """Whether the store is one file on this machine."""
        return self.file is not None

    def __str__(self) -> str:
        """For people: the file, or the URL without its password."""
        return str(self.file) if self.file else self.url.render_as_string(hide_password=True)


def _file(url: URL) -> Path:
    name = url.database or ""
    if name in {"", ":memory:"} or name.startswith("file:") or url.query:
        raise StoreError(
            "the database URL must name one SQLite file, as in sqlite:////var/lib/leg-cds/store.db"
        )
    return Path(name).absolute()
