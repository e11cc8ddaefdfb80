"""What the commands of an operator write never costs the store, its key, or the way back to it."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cds_service.cli import DONE, FINDINGS, NO_ROOM, USAGE, commands
from cds_service.settings import Database
from cds_service.store import migrate_store, open_store
from cds_service.store.backup import back_up, restore
from tests.support.calls import hook_call

Run = Callable[..., Result]
NO_ROOM_AFTER = """
from cds_service.batch import output
from cds_service.cli import main

def sync(folder):
    raise OSError(28, "No space left on device")

output.os.fsync = sync
"""
WRITING = [("feedback", "report"), ("feedback", "export"), ("audit", "export")]


@pytest.fixture
def store(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a store with some calls in it; the commands find it."""
    migrate_store(sqlite_database)
    opened = open_store(sqlite_database)
    opened.record_call(hook_call())
    opened.close()
    monkeypatch.setenv("LEG_CDS_DATABASE_URL", sqlite_database.url)
    monkeypatch.setenv("LEG_CDS_PSEUDONYM_KEY_FILE", str(sqlite_database.pseudonym_key_file))
    return Path(sqlite_database.url.removeprefix("sqlite:///"))


def run(*words: str) -> Result:
    return CliRunner().invoke(commands, list(words), catch_exceptions=False)


@pytest.mark.parametrize("command", WRITING)
def test_no_output_takes_the_place_of_the_store(
    store: Path, tmp_path: Path, command: tuple[str, str]
) -> None:
    key = Path(os.environ["LEG_CDS_PSEUDONYM_KEY_FILE"])
    link = tmp_path / "link"
    link.symlink_to(store)
    before = store.read_bytes(), key.read_bytes()
    log = store.with_name(f"{store.name}-wal")
    for output in (store, key, link, log, store.parent / "." / store.name):
        ended = run(*command, "-o", str(output))
        assert ended.exit_code == USAGE, output
        assert "of the store itself" in ended.stderr
    assert (store.read_bytes(), key.read_bytes()) == before
    assert run("audit", "verify").exit_code == DONE


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("command", WRITING)
def test_an_output_without_a_folder_is_wrong_usage(tmp_path: Path, command: tuple[str, str]) -> None:
    ended = run(*command, "-o", str(tmp_path / "nowhere" / "x"))
    assert ended.exit_code == USAGE
    assert "nowhere" in ended.stderr


@pytest.mark.usefixtures("store")
def test_an_export_replaces_a_file_and_is_private(tmp_path: Path) -> None:
    file = tmp_path / "audit.ndjson"
    file.write_text("old")
    file.chmod(0o644)
    assert run("audit", "export", "-o", str(file)).exit_code == DONE
    assert file.read_text().startswith('{"resourceType":"AuditEvent"')
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("command", WRITING)
def test_a_pipe_is_written_to_and_never_replaced(tmp_path: Path, command: tuple[str, str]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run(*command, "-o", str(pipe)).exit_code == DONE
        assert os.read(reader, 10)
    finally:
        os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.usefixtures("store")
def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old")
    link.symlink_to(real)
    assert run("feedback", "report", "--format", "csv", "-o", str(link)).exit_code == DONE
    assert link.is_symlink()
    assert real.read_text().startswith('"rule"')


@pytest.mark.usefixtures("store")
def test_days_the_wrong_way_round_are_wrong_usage() -> None:
    ended = run("audit", "export", "--since", "2026-12-01", "--until", "2026-11-01")
    assert ended.exit_code == USAGE
    assert "--since is after --until" in ended.stderr


def test_the_store_itself_is_no_backup(store: Path) -> None:
    for replace in ([], ["--replace"]):
        ended = run("database", "restore", str(store), *replace)
        assert ended.exit_code == FINDINGS
        assert "is the store itself" in ended.stderr
    assert run("audit", "verify").exit_code == DONE


class FullDisk(sqlite3.Connection):
    """A connection whose copies find no room."""

    def backup(self, *_arguments: object, **_options: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error


def test_a_full_disk_leaves_the_old_store_and_is_told(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, second = tmp_path / "copy.db", tmp_path / "second.db"
    assert run("database", "backup", str(copy)).exit_code == DONE
    before, real = set(tmp_path.iterdir()), sqlite3.connect
    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", lambda *words, **more: real(*words, factory=FullDisk, **more))
        with pytest.raises(OSError, match=f"No space left on device: '{store}'"):
            restore(copy, store, replace=True)
        with pytest.raises(OSError, match=f"No space left on device: '{second}'"):
            back_up(store, second)
    assert run("audit", "verify").exit_code == DONE
    assert {
        file for file in tmp_path.iterdir() if file.suffix not in {".sqlite-wal", ".sqlite-shm"}
    } <= before


@pytest.mark.parametrize("command", WRITING)
def test_an_output_without_room_is_told_and_leaves_the_old_one(
    store: Path, tmp_path: Path, command: tuple[str, str]
) -> None:
    file = tmp_path / "report.csv"
    file.write_text("old")
    words = f"{NO_ROOM_AFTER}import sys; sys.argv = ['leg-cds', *{[*command, '-o', str(file)]}]; main()"
    ended = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=False)
    assert ended.stderr == f"{file} cannot be written: No space left on device\n"
    assert ended.returncode == NO_ROOM
    assert file.read_text() == "old"
    assert store.exists()


@pytest.mark.parametrize("command", [*WRITING, ("audit", "verify"), ("database", "accept-key", "--yes")])
def test_a_file_that_is_no_database_is_told_with_the_way_back(store: Path, command: tuple[str, ...]) -> None:
    for end in ("-wal", "-shm"):
        store.with_name(store.name + end).unlink(missing_ok=True)
    store.write_bytes(b"rule,version,shown\n" * 9)
    ended = run(*command)
    assert ended.exit_code == FINDINGS
    assert f"{store} is damaged" in ended.stderr
    assert "leg-cds database restore FILE" in ended.stderr


@pytest.mark.parametrize(
    "command", [("feedback", "export"), ("audit", "export"), ("database", "backup", "b")]
)
def test_a_store_that_is_not_there_is_told_with_the_way_back(store: Path, command: tuple[str, ...]) -> None:
    store.unlink()
    ended = run(*command)
    assert ended.exit_code == FINDINGS
    assert "leg-cds database migrate" in ended.stderr
