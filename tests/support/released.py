"""Stores as released versions wrote them: `tests/store/released/<revision>.<database>.sql`.

They are dumps, made once when a revision is released and never changed after that:

    python -m tests.support.released REVISION

writes those of the present revision (it needs a PostgreSQL server's programs).
"""

import secrets
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import make_url

from cds_service.settings import Database
from cds_service.store import Store, migrate_store, open_store
from cds_service.store.feedback import Item, Sender, record_feedback
from cds_service.store.schema_revision import known_revisions
from tests.support.calls import hook_call
from tests.support.postgres import PostgresServer, find_programs

FOLDER = Path(__file__).resolve().parents[1] / "store" / "released"


def released_revisions() -> list[str]:
    """The revisions that are kept."""
    return sorted(path.name.removesuffix(".sqlite.sql") for path in FOLDER.glob("*.sqlite.sql"))


def load_released(database: Database, revision: str) -> Database:
    """Fill an empty place with the store of a released revision; its key is not kept, so names are plain."""
    plain = Database(url=database.url, patient_identifiers="plain")
    url = make_url(database.url)
    if url.get_backend_name() == "sqlite":
        _load_sqlite(Path(str(url.database)), (FOLDER / f"{revision}.sqlite.sql").read_text())
    else:
        _psql(database.url, (FOLDER / f"{revision}.postgresql.sql").read_text())
    return plain


def _load_sqlite(file: Path, dump: str) -> None:
    file.touch(mode=0o600)
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(dump)


def _psql(url: str, dump: str) -> None:
    programs = find_programs()
    assert programs is not None
    command = [programs / "psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", _libpq(url)]
    subprocess.run(command, input=dump, text=True, check=True, capture_output=True)


def _libpq(url: str) -> str:
    return url.replace("+psycopg", "")


def _fill(store: Store) -> None:
    for number in (1, 2):
        store.record_call(hook_call(hook_instance=f"h-{number}", patient=f"HTEST-{number}"))
    item = Item(card="c-1", outcome="overridden", outcome_at=5, comment="naïve 日本 🦵")
    sender = Sender("north", "ward", "leg-soreness")
    store.writer.submit(lambda connection: record_feedback(connection, sender, [item], 6))
    store.use_token(b"released", 2_000_000_000)
    store.close()


def _made(url: str) -> Database:
    database = Database(url=url, patient_identifiers="plain")
    migrate_store(database)
    _fill(open_store(database))
    return database


def _dump_sqlite(revision: str) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{secrets.token_hex(4)}.db"
        _made(f"sqlite:///{file}")
        with closing(sqlite3.connect(file)) as connection:
            dump = "\n".join(connection.iterdump())
    (FOLDER / f"{revision}.sqlite.sql").write_text(dump + "\n")


def _dump_postgres(revision: str) -> None:
    programs = find_programs()
    assert programs is not None
    server = PostgresServer(programs)
    try:
        url = server.new_database()
        _made(url)
        command = [programs / "pg_dump", "--inserts", "--no-owner", "--no-privileges", _libpq(url)]
        dump = subprocess.run(command, text=True, check=True, capture_output=True).stdout
    finally:
        server.remove()
    kept = [line for line in dump.splitlines() if line and not line.startswith(("--", "\\"))]
    (FOLDER / f"{revision}.postgresql.sql").write_text("\n".join(kept) + "\n")


def main() -> None:
    """Write the dumps of the present revision, unless they are there."""
    (revision,) = sys.argv[1:]
    assert revision == known_revisions()[-1], "only the present revision can be written"
    assert not list(FOLDER.glob(f"{revision}.*")), "a released schema never changes"
    FOLDER.mkdir(exist_ok=True)
    _dump_sqlite(revision)
    _dump_postgres(revision)


if __name__ == "__main__":
    main()
