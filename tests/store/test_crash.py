"""kill -9 while writing: what was acknowledged is stored, exactly once, and the store is sound."""

import subprocess
from collections import Counter

import pytest
from sqlalchemy import select

from cds_service.settings import Database
from cds_service.store import open_store
from cds_service.store.chain import verify
from cds_service.store.opening import questions
from cds_service.store.schema import audit, card_shown, feedback
from tests.support import store_process

ACKNOWLEDGED = 60  # lines of each process before it is killed


def kill_while_writing(process: "subprocess.Popen[str]") -> list[str]:
    """All that the process had said when it was killed."""
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(ACKNOWLEDGED)]
    process.kill()
    said += process.stdout.readlines()
    process.wait()
    process.stdout.close()
    assert process.stdin is not None
    process.stdin.close()
    return [line.strip() for line in said if line.endswith("\n")]


def stored(database: Database) -> Counter[str]:
    with questions(database) as connection:
        calls = connection.scalars(select(audit.c.hook_instance).where(audit.c.event == "hook")).all()
        items = connection.scalars(select(feedback.c.card_uuid)).all()
        cards = connection.scalars(select(card_shown.c.hook_instance)).all()
        assert sorted(cards) == sorted(calls), "a call and its card are written together"
        assert verify(connection).broken is None
    return Counter([f"call {name}" for name in calls] + [f"feedback {name}" for name in items])


@pytest.mark.parametrize("processes", [1, 3])
def test_every_acknowledged_row_is_stored_exactly_once(database: Database, processes: int) -> None:
    acknowledged: set[str] = set()
    for _round in range(2):
        writers = [
            store_process.start(database, "write", "4", str(store_process.FOREVER)) for _ in range(processes)
        ]
        for writer in writers:
            acknowledged.update(kill_while_writing(writer))
        open_store(database)  # a start after the crash: every check passes
        kept = stored(database)
        assert acknowledged <= kept.keys()
        assert set(kept.values()) == {1}
    assert len(acknowledged) >= 2 * processes * (ACKNOWLEDGED - 1)


def test_writers_of_several_processes_make_one_chain(database: Database) -> None:
    writers = [store_process.start(database, "write", "2", "25") for _ in range(3)]
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    with questions(database) as connection:
        verdict = verify(connection)
    assert verdict.broken is None
    assert verdict.lines == verdict.sequence == 3 * 2 * 25 * 2  # a line a call and a line a feedback
