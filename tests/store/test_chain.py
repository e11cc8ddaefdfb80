"""The audit trail notices every line that was changed, removed, added or moved by hand."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from cds_service.store import AuditLine, Store, append
from cds_service.store.audit import HASHED, link
from cds_service.store.chain import Verdict, verify
from cds_service.store.schema import audit, audit_head
from tests.support.calls import hook_call

Tamper = Callable[[Connection], Any]


def check(store: Store, **options: Any) -> Verdict:
    with store.reading() as connection:
        return verify(connection, **options)


@pytest.fixture
def trail(any_store: Store) -> Store:
    """A store with six lines."""
    for _ in range(6):
        any_store.record_call(hook_call())
    return any_store


def test_a_trail_that_nobody_touched_holds(trail: Store) -> None:
    verdict = check(trail)
    assert (verdict.lines, verdict.sequence, verdict.broken) == (6, 6, None)
    with trail.reading() as connection:
        assert verdict.hash == connection.scalar(select(audit.c.hash).where(audit.c.sequence == 6))


def test_an_empty_trail_holds(any_store: Store) -> None:
    assert check(any_store) == Verdict(0, 0, "", None)


def set_in(line: int, **values: object) -> Tamper:
    return lambda connection: connection.execute(
        update(audit).where(audit.c.sequence == line).values(**values)
    )


def remove(*lines: int) -> Tamper:
    return lambda connection: connection.execute(delete(audit).where(audit.c.sequence.in_(lines)))


def rewrite(connection: Connection) -> None:
    """Change a line and give it a hash that fits: the next line then no longer follows."""
    row = dict(connection.execute(select(audit).where(audit.c.sequence == 3)).mappings().one())
    row["outcome"] = "no-cards"
    set_in(3, outcome="no-cards", hash=link(row))(connection)


def swap(connection: Connection) -> None:
    for old, new in ((3, 100), (4, 3), (100, 4)):
        set_in(old, sequence=new)(connection)


def forge_at_the_end(connection: Connection) -> None:
    row = dict(connection.execute(select(audit).where(audit.c.sequence == 6)).mappings().one())
    row |= {"sequence": 7, "previous_hash": row["hash"]}
    connection.execute(insert(audit), row | {"hash": link(row)})


def test_a_change_of_any_member_is_noticed(trail: Store) -> None:
    with trail.reading() as connection:
        row = connection.execute(select(audit).where(audit.c.sequence == 4)).mappings().one()
    for member in set(HASHED) - {"sequence"}:
        value = 9 if isinstance(row[member], int) else "changed"
        trail.writer.submit(set_in(4, **{member: value}))
        broken = check(trail).broken
        assert broken is not None, member
        assert broken.sequence == 4, member
        trail.writer.submit(set_in(4, **{member: row[member]}))
        assert check(trail).broken is None, member


@pytest.mark.parametrize(
    ("tamper", "line", "why"),
    [
        (remove(3), 4, "the lines 3 to 3 before it are missing"),
        (remove(1), 2, "the lines 1 to 1 before it are missing"),
        (remove(1, 2, 3), 4, "the lines 1 to 3 before it are missing"),
        (remove(6), 6, "the last line written was 6; lines are missing"),
        (remove(1, 2, 3, 4, 5, 6), 1, "the last line written was 6; lines are missing"),
        (rewrite, 4, "it does not follow from the line before it"),
        (swap, 3, "it does not follow from the line before it"),
        (set_in(5, hash="0" * 64), 5, "its content was changed"),
        (forge_at_the_end, 8, "the last line written was 6; lines are missing"),
        (lambda connection: connection.execute(delete(audit_head)), 6, "the record of the last line is gone"),
    ],
)  # fmt: skip
def test_the_first_broken_link_is_named(trail: Store, tamper: Tamper, line: int, why: str) -> None:
    trail.writer.submit(tamper)
    broken = check(trail).broken
    assert broken is not None
    assert (broken.sequence, broken.why) == (line, why)


def rewrite_all(connection: Connection) -> None:
    """What somebody can do who can write the database and knows how the chain is made."""
    set_in(3, outcome="no-cards")(connection)
    before = ""
    for row in connection.execute(select(audit).order_by(audit.c.sequence)).mappings().all():
        changed = dict(row) | {"previous_hash": before}
        before = link(changed)
        set_in(row["sequence"], previous_hash=changed["previous_hash"], hash=before)(connection)
    connection.execute(update(audit_head).values(hash=before))


def test_a_whole_new_chain_does_not_have_the_link_that_was_noted(trail: Store) -> None:
    seen = check(trail)
    noted = (seen.sequence, seen.hash)
    trail.record_call(hook_call())
    assert check(trail, noted=noted).broken is None
    trail.writer.submit(rewrite_all)
    assert check(trail).broken is None
    broken = check(trail, noted=noted).broken
    assert broken is not None
    assert (broken.sequence, broken.why) == (6, "it is not the line that was noted")


def test_only_the_lines_since_a_day(any_store: Store) -> None:
    for day in (20, 21, 22):
        at = (1_795_132_800 + (day - 20) * 86_400) * 1_000_000  # 2026-11-20T00:00:00Z and on
        any_store.writer.submit(
            lambda connection, at=at: append(connection, AuditLine(event="hook", outcome="cards", at=at))
        )
    assert check(any_store, since="2026-11-21").lines == 2
    any_store.writer.submit(set_in(1, outcome="changed"))
    assert check(any_store, since="2026-11-21").broken is None
    assert check(any_store).broken is not None
    any_store.writer.submit(set_in(2, outcome="changed"))
    assert check(any_store, since="2026-11-21").broken is not None


def test_since_a_day_without_lines(trail: Store) -> None:
    verdict = check(trail, since="9999-01-01")
    assert (verdict.lines, verdict.sequence, verdict.broken) == (0, 6, None)
