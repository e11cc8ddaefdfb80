"""Is the audit trail still what was written? Every link of its chain is computed again."""

from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, func, select

from cds_service.store.audit import HEAD, link
from cds_service.store.schema import audit, audit_head

_AT_ONCE = 1000


class Broken(msgspec.Struct, frozen=True):
    """The first line that does not fit: where, and what is wrong."""

    sequence: int
    why: str


class Verdict(msgspec.Struct, frozen=True):
    """What the check found. `sequence` and `hash` are the end of the chain: note them elsewhere."""

    lines: int
    sequence: int
    hash: str
    broken: Broken | None


def verify(connection: Connection, *, since: str = "", noted: tuple[int, str] | None = None) -> Verdict:
    """Check every line, or those since a day (2026-11-22), and that none is missing.

    `noted` is the end of the chain as it was seen before, sequence and hash: whoever can write the
    database can compute a new chain, but not one that still contains that link.
    """
    chain = _Chain(connection)
    broken = _not_as_noted(connection, noted) or chain.walk(since)
    head = connection.execute(select(audit_head).where(audit_head.c.id == HEAD)).one_or_none()
    if broken is None:
        broken = chain.check_end(head)
    return Verdict(chain.lines, chain.sequence, chain.hash, broken)


class _Chain:
    """Walks the lines in their order and remembers the last one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.lines = 0
        self.sequence = 0
        self.hash = ""

    def walk(self, since: str) -> Broken | None:
        """The first line that does not fit, of all or of those since a day."""
        query = select(audit).order_by(audit.c.sequence).execution_options(yield_per=_AT_ONCE)
        if since:
            first = select(func.min(audit.c.sequence)).where(audit.c.day >= since).scalar_subquery()
            query = query.where(audit.c.sequence >= first)
        with self._connection.execute(query) as found:
            for row in found.mappings():
                if self.lines == 0:
                    self._stand_before(row["sequence"], row["previous_hash"])
                if why := self._wrong_with(row):
                    return Broken(row["sequence"], why)
                self.lines, self.sequence, self.hash = self.lines + 1, row["sequence"], row["hash"]
        if since and self.lines == 0:
            last = self._connection.scalar(select(func.max(audit.c.sequence))) or 0
            self._stand_before(last + 1, "")
        return None

    def _stand_before(self, sequence: int, said: str) -> None:
        """Find what a line must follow: the line before it or, where retention took that, what it `said`."""
        kept = self._connection.scalar(select(audit.c.hash).where(audit.c.sequence == sequence - 1))
        if kept is not None:
            self.sequence, self.hash = sequence - 1, kept
        elif _was_removed(self._connection, sequence - 1):
            self.sequence, self.hash = sequence - 1, said

    def _wrong_with(self, row: RowMapping) -> str:
        if row["sequence"] != self.sequence + 1:
            return f"the lines {self.sequence + 1} to {row['sequence'] - 1} before it are missing"
        if row["previous_hash"] != self.hash:
            return "it does not follow from the line before it"
        if link(row) != row["hash"]:
            return "its content was changed"
        return ""

    def check_end(self, head: Any) -> Broken | None:
        """Whether the last line is the one that was written last."""
        if head is None:
            return Broken(self.sequence, "the record of the last line is gone")
        if (head.sequence, head.hash) != (self.sequence, self.hash):
            return Broken(self.sequence + 1, f"the last line written was {head.sequence}; lines are missing")
        return None


def _was_removed(connection: Connection, sequence: int) -> bool:
    """Whether a retention line of this chain says that lines up to here were deleted."""
    removals = connection.scalars(select(audit.c.details).where(audit.c.event == "retention"))
    return any(msgspec.json.decode(text).get("through", 0) >= sequence for text in removals)


def _not_as_noted(connection: Connection, noted: tuple[int, str] | None) -> Broken | None:
    if noted is None:
        return None
    sequence, expected = noted
    found = connection.scalar(select(audit.c.hash).where(audit.c.sequence == sequence))
    if found == expected or (found is None and _was_removed(connection, sequence)):
        return None
    return Broken(sequence, "it is not the line that was noted")
