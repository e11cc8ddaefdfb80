"""Retention deletes what is older than the limits, nothing else, and the trail still holds after it."""

import json
import time
from typing import Any

import pytest
from sqlalchemy import Table, func, select

from cds_service.settings import Database, KeepDays
from cds_service.store import AuditLine, Store, append, open_store, retention
from cds_service.store.chain import verify
from cds_service.store.feedback import Item, Sender, record_feedback
from cds_service.store.opening import questions
from cds_service.store.retention import Removed, retain
from cds_service.store.schema import audit, card_shown, feedback, used_token
from tests.support.calls import hook_call

NOW = int(time.time())
DAY = 86_400
KEEP = KeepDays(audit=100, feedback=50, shown=20)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 4)


@pytest.fixture
def keeping(database: Database) -> Database:
    return database.model_copy(update={"keep_days": KEEP})


def micro(days_ago: float) -> int:
    return int((NOW - days_ago * DAY) * 1_000_000)


def write_call(store: Store, days_ago: float) -> None:
    store.record_call(hook_call(at=micro(days_ago)))


def write_feedback(store: Store, days_ago: float) -> None:
    item = Item(card=str(days_ago), outcome="overridden", outcome_at=1)
    sender = Sender("north", "ward", "leg-soreness")

    def work(connection: Any) -> None:
        record_feedback(connection, sender, [item], micro(days_ago))

    store.writer.submit(work)


def count(database: Database, table: Table) -> int:
    with questions(database) as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def test_only_what_is_older_goes(keeping: Database) -> None:
    store = open_store(keeping)
    for days_ago in (300, 200, 101, 99, 21, 19, 0):
        write_call(store, days_ago)
    store.use_token(b"old", NOW - DAY)
    store.use_token(b"new", NOW + DAY)
    store.close()
    removed = retain(keeping, NOW, by="tester")
    assert removed == Removed(audit=3, feedback=0, shown=5, tokens=1)
    assert (count(keeping, audit), count(keeping, card_shown)) == (4 + 1, 2)
    assert count(keeping, used_token) == 1


def test_feedback_by_its_receipt(keeping: Database) -> None:
    store = open_store(keeping)
    for days_ago in (90, 51, 49, 1):
        write_feedback(store, days_ago)
    store.close()
    assert retain(keeping, NOW, by="tester").feedback == 2
    assert count(keeping, feedback) == 2


def test_many_rows_go_in_batches(keeping: Database) -> None:
    store = open_store(keeping)
    for _ in range(13):
        write_call(store, 150)
    write_call(store, 1)
    store.close()
    assert retain(keeping, NOW, by="tester") == Removed(audit=13, feedback=0, shown=13, tokens=0)
    assert retain(keeping, NOW, by="tester") == Removed(audit=0, feedback=0, shown=0, tokens=0)


def test_the_trail_tells_and_still_holds(keeping: Database) -> None:
    store = open_store(keeping)
    for days_ago in (300, 200, 1):
        write_call(store, days_ago)
    store.close()
    retain(keeping, NOW, by="tester")
    with questions(keeping) as connection:
        verdict = verify(connection)
        (line,) = connection.execute(select(audit).where(audit.c.event == "retention")).mappings().all()
    assert (verdict.broken, verdict.lines, verdict.sequence) == (None, 2, 4)
    assert json.loads(line["details"]) == {
        "by": "tester", "through": 2, "audit": 2, "feedback": 0, "shown": 2
    }  # fmt: skip


def test_a_line_cut_after_retention_is_noticed(keeping: Database) -> None:
    store = open_store(keeping)
    for days_ago in (300, 2, 1):
        write_call(store, days_ago)
    retain(keeping, NOW, by="tester")
    store.writer.submit(lambda connection: connection.execute(audit.delete().where(audit.c.sequence == 2)))
    store.close()
    with questions(keeping) as connection:
        broken = verify(connection).broken
    assert broken is not None
    assert broken.sequence == 3


def test_an_old_clock_does_not_take_young_lines_along(keeping: Database) -> None:
    store = open_store(keeping)
    for days_ago in (1, 300, 2):  # the second line comes from a node whose clock is wrong
        write_call(store, days_ago)
    store.close()
    assert retain(keeping, NOW, by="tester").audit == 0


def test_a_job_that_was_killed_is_completed_by_the_next(
    keeping: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(keeping)
    for _ in range(10):
        write_call(store, 150)
    write_call(store, 1)
    store.close()

    class KilledError(Exception):
        pass

    def die(_seconds: float) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(retention.time, "sleep", die)  # between the first two batches
        with pytest.raises(KilledError):
            retain(keeping, NOW, by="tester")
    with questions(keeping) as connection:
        assert verify(connection).broken is None
    assert retain(keeping, NOW, by="tester").audit == 10 - 4
    with questions(keeping) as connection:
        assert verify(connection).broken is None


def test_the_service_writes_meanwhile(keeping: Database) -> None:
    store = open_store(keeping)
    for _ in range(9):
        write_call(store, 150)
    store.writer.submit(lambda connection: append(connection, AuditLine(event="hook", outcome="cards")))
    retain(keeping, NOW, by="tester")
    write_call(store, 0)
    store.close()
    with questions(keeping) as connection:
        assert verify(connection).broken is None
