"""kill -9 of the service under feedback load: what it acknowledged is stored, exactly once, batches whole."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Self
from uuid import uuid4

import pytest
import requests
from sqlalchemy import select

from cds_service.settings import Database
from cds_service.store.chain import verify
from cds_service.store.opening import questions
from cds_service.store.schema import feedback
from tests.support.processes import START_LIMIT

SENDERS = 6
MORE = 40  # batches acknowledged between one kill and the next
SECONDS = 20
PAUSE = 0.1  # s before a batch is sent again, unless another came through
LARGEST_BATCH = 4

Batch = tuple[str, ...]  # names of cards


class Load:
    """EHRs that send batches of feedback without end; a batch nobody answered is sent again."""

    def __init__(self) -> None:
        self.url = ""
        self.sent: set[Batch] = set()
        self.acknowledged: list[Batch] = []
        self._changed = threading.Condition()
        self._ended = False
        self._threads = [threading.Thread(target=self._run, args=(size,)) for size in range(SENDERS)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def start(self) -> None:
        """Begin to send to `url`."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Send no more."""
        self._ended = True
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def await_more(self, count: int) -> None:
        """Wait until so many more batches are acknowledged."""
        with self._changed:
            wanted = len(self.acknowledged) + count
            assert self._changed.wait_for(lambda: len(self.acknowledged) >= wanted, START_LIMIT)

    def _run(self, number: int) -> None:
        size = 1 + number % LARGEST_BATCH
        while not self._ended:
            batch = tuple(f"{uuid4()}" for _ in range(size))
            self.sent.add(batch)
            while not self._ended and not self._send(batch):
                with self._changed:
                    self._changed.wait(PAUSE)
            if number == 0:
                self._send(batch)  # an EHR that did not hear the answer

    def _send(self, batch: Batch) -> bool:
        if not post(self.url, batch):
            return False
        with self._changed:
            self.acknowledged.append(batch)
            self._changed.notify_all()
        return True


def post(url: str, batch: Batch) -> bool:
    """Whether the service acknowledged the batch."""
    at = "2026-11-22T10:00:00Z"
    items = [{"card": card, "outcome": "overridden", "outcomeTimestamp": at} for card in batch]
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.post(
                f"{url}/cds-services/leg-soreness/feedback", json={"feedback": items}, timeout=SECONDS
            )
        except requests.RequestException:
            return False
    assert answer.status_code in {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}, answer.text
    return answer.status_code == HTTPStatus.OK


@contextmanager
def serving(config: Path) -> Iterator["tuple[str, subprocess.Popen[str]]"]:
    """A service with two workers in a process group of its own, which is killed at the end."""
    command = [sys.executable, "-m", "cds_service", "serve", "--port", "0", "--workers", "2"]
    with (
        config.with_name("log").open("ab") as log,
        subprocess.Popen(
            [*command, "--config", str(config)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        assert process.stdout
        try:
            ready = re.fullmatch(r"Ready: (http://\S+)/cds-services\n", process.stdout.readline())
            assert ready, config.with_name("log").read_text()
            yield ready[1], process
        finally:
            kill(process)


def kill(process: "subprocess.Popen[str]") -> None:
    """kill -9 the master and its workers at once."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def workers_of(process: "subprocess.Popen[str]") -> list[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(child) for child in children.split()]


@pytest.fixture
def config(database: Database, tmp_path: Path) -> Path:
    file = tmp_path / "leg-cds.yaml"
    key = database.pseudonym_key_file
    file.write_text(f"database:\n  url: {database.url!r}\n  pseudonym_key_file: {key}\n")
    return file


def stored(database: Database) -> Counter[str]:
    with questions(database) as connection:
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        assert verify(connection).broken is None
        return Counter(connection.scalars(select(feedback.c.card_uuid)))


def assert_kept(load: Load, found: Counter[str]) -> None:
    """Every acknowledged card once, every batch whole or not at all, and nothing nobody sent."""
    assert {card for batch in load.acknowledged for card in batch} <= found.keys()
    assert set(found.values()) == {1}
    assert {sum(card in found for card in batch) / len(batch) for batch in load.sent} <= {0.0, 1.0}
    assert found.keys() <= {card for batch in load.sent for card in batch}


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="workers are found in /proc, as on Linux")
def test_kill_9_of_workers_and_master_loses_no_acknowledged_item(database: Database, config: Path) -> None:
    with Load() as load:
        with serving(config) as (load.url, process):
            load.start()
            load.await_more(MORE)
            for _ in range(3):
                os.kill(workers_of(process)[-1], signal.SIGKILL)
                load.await_more(MORE)
            kill(process)
        with serving(config) as (load.url, _):
            load.await_more(MORE)
            load.end()
            assert all(post(load.url, batch) for batch in load.acknowledged[:MORE])
    assert_kept(load, stored(database))
    assert len(load.acknowledged) >= 5 * MORE
