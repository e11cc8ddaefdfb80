"""A real PostgreSQL server for the tests: its own folder, a Unix socket, no network, fsync on.

Import the fixtures where they are needed:

    from tests.support.postgres import postgres_server, postgres_url  # noqa: F401

`postgres_url` is an empty database for one test. Without the server's programs the tests are
skipped and say so. PostgreSQL refuses to run as root, so root starts it as the user `postgres`.
"""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

START_LIMIT = 60.0  # s until the server must answer
_STOP_LIMIT = 30.0
_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "16MB",
    "fsync": "on",
    "logging_collector": "off",
}


def find_programs() -> Path | None:
    """The newest folder with `initdb` and `postgres`, or None."""
    on_path = shutil.which("initdb")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: path.parts[-3].zfill(4))
    candidates = [*([Path(on_path)] if on_path else []), *found]
    return candidates[-1].parent if candidates else None


def _server_user() -> str | None:
    """The user the server runs as: None for ourselves."""
    return "postgres" if os.geteuid() == 0 else None


class PostgresServer:
    """One cluster in a temporary folder. `stop`, `kill` and `start` again keep its data."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self._user = _server_user()
        self._folder = Path(tempfile.mkdtemp(prefix="leg-cds-pg-"))
        self._data = self._folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)
        if self._user:
            owner = pwd.getpwnam(self._user)
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
        self._run(
            "initdb", "-D", str(self._data), "-A", "trust", "-U", "cds", "-E", "UTF8", "--locale=C", "-N"
        )
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        done = subprocess.run(
            command, user=self._user, cwd=self._folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{program}: {done.stderr}"

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database of this server."""
        return f"postgresql+psycopg://cds@/{database}?host={self._folder}"

    def new_database(self) -> str:
        """The URL of a fresh, empty database."""
        name = f"test{next(self._numbers)}"
        with self._connect() as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    @cached_property
    def shared_database(self) -> str:
        """The URL of the database that tests use one after the other."""
        return self.new_database()

    def empty_database(self, url: str) -> None:
        """Remove all that is in a database, and whoever is still connected to it."""
        with self._connect(make_url(url).database or "") as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public AUTHORIZATION pg_database_owner")
            connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")

    def _connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host=str(self._folder), user="cds", dbname=database, autocommit=True, connect_timeout=5
        )

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = [word for name, value in _OPTIONS.items() for word in ("-c", f"{name}={value}")]
        command = [
            str(self.programs / "postgres"), "-D", str(self._data), "-k", str(self._folder), *options
        ]  # fmt: skip
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, user=self._user, cwd=self._folder, stdout=log, stderr=log, start_new_session=True
            )
        self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        limit = time.monotonic() + START_LIMIT
        while True:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                assert self._process is not None
                assert self._process.poll() is None, (self._folder / "log").read_text()
                assert time.monotonic() < limit, "the PostgreSQL server does not answer"
                time.sleep(0.05)  # between two attempts to connect
            else:
                return

    def stop(self) -> None:
        """Stop at once, as a restart of the machine's service would (connections are cut)."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Stop as in a crash: nothing is written any more (PostgreSQL's immediate shutdown)."""
        self._end(signal.SIGQUIT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(_STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def remove(self) -> None:
        """Stop and delete everything."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The server of this session (one for each xdist worker)."""
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server on this machine (initdb not found)")
    server = PostgresServer(programs)
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """An empty database for one test: the same one for all, emptied before each."""
    postgres_server.empty_database(postgres_server.shared_database)
    return postgres_server.shared_database
