"""What other processes do to a store in its tests: `python -m tests.support.store_process ACTION ...`.

The last two arguments are the database URL and the key file. Every action says on standard output what it
has done, one line each, as soon as the store has acknowledged it.
"""

import hashlib
import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from uuid import uuid4

from cds_service.settings import Database
from cds_service.store import Store, migrate_store, open_store, schema_revision
from cds_service.store.feedback import Item, Sender, record_feedback
from tests.support.calls import hook_call

ROOT = Path(__file__).resolve().parents[2]
FOREVER = 10**9


def start(database: Database, *action: str) -> "subprocess.Popen[str]":
    """Start an action on a store in a process of its own."""
    command = [sys.executable, "-m", __name__, *action, database.url, str(database.pseudonym_key_file)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _write(store: Store, count: int) -> None:
    """Calls and feedback items by turns; says the id of each that was acknowledged."""
    sender = Sender("north", "ward", "leg-soreness")
    for _ in range(count):
        name = str(uuid4())
        store.record_call(hook_call(hook_instance=name))
        _say(f"call {name}")
        items = [Item(card=name, outcome="overridden", outcome_at=1)]
        store.writer.submit(lambda connection, items=items: record_feedback(connection, sender, items, 2))
        _say(f"feedback {name}")


def write(database: Database, threads: str, count: str) -> None:
    """Write from several threads at once."""
    store = open_store(database)
    works = [threading.Thread(target=_write, args=(store, int(count))) for _ in range(int(threads))]
    for work in works:
        work.start()
    for work in works:
        work.join()
    store.close()


def use_token(database: Database, uses: str) -> None:
    """Try to use one token several times at once."""
    store = open_store(database)
    digest = hashlib.sha256(b"one token").digest()
    _say("ready")
    sys.stdin.readline()

    def use() -> None:
        _say(str(store.use_token(digest, int(time.time()) + 60)))

    works = [threading.Thread(target=use) for _ in range(int(uses))]
    for work in works:
        work.start()
    for work in works:
        work.join()
    store.close()


def hold_lock(database: Database) -> None:
    """Hold the write lock of an SQLite store until standard input ends."""
    connection = sqlite3.connect(database.url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    _say("held")
    sys.stdin.readline()
    connection.close()


def migrate(database: Database) -> None:
    """Migrate; says the schema before and after."""
    _say(" ".join(step or "(empty)" for step in migrate_store(database)))


def migrate_and_die(database: Database, migrations: str, statements: str) -> None:
    """Migrate along a folder of migrations; be killed at a given statement of the migration."""
    from alembic import op  # noqa: PLC0415 only here

    schema_revision.MIGRATIONS = Path(migrations)
    left = itertools.count(int(statements), -1)
    create = op.create_table

    def create_or_die(*arguments: object, **options: object) -> object:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return create(*arguments, **options)  # type: ignore[arg-type]

    op.create_table = create_or_die  # type: ignore[assignment]
    migrate_store(database)


def main() -> None:
    """Run the action that is named first."""
    action, *arguments, url, key = sys.argv[1:]
    actions = {
        function.__name__: function for function in (write, use_token, hold_lock, migrate, migrate_and_die)
    }
    actions[action](Database(url=url, pseudonym_key_file=Path(key)), *arguments)  # type: ignore[operator]


if __name__ == "__main__":
    main()
