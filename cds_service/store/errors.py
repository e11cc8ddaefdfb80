"""The two ways the store fails, and how the failures of the drivers become one of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
    SQLAlchemyError,
    TimeoutError,  # noqa: A004 the pool's own
)

Reason = Literal["locked", "full", "slow", "down"]

_OURS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)  # bugs: never told as an outage
_REASONS: tuple[tuple[str, Reason], ...] = (
    ("database is locked", "locked"),
    ("lock timeout", "locked"),
    ("statement timeout", "slow"),
    ("is full", "full"),
    ("No space left", "full"),
)


class StoreError(Exception):
    """The store cannot be used at all; the message is one line that says what to do."""


class StoreUnavailableError(Exception):
    """The store cannot be read or written at this moment. `reason` is one of a closed set, for logs."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"the store is not available ({reason})")
        self.reason = reason


def outage(error: SQLAlchemyError) -> StoreUnavailableError | None:
    """The outage behind a failure of the database, or None when the statement itself is wrong."""
    if isinstance(error, TimeoutError):
        return StoreUnavailableError("slow")
    if not isinstance(error, DBAPIError) or (isinstance(error, _OURS) and not _forbidden(error)):
        return None
    text = str(error.orig)
    return StoreUnavailableError(next((reason for words, reason in _REASONS if words in text), "down"))


def _forbidden(error: DBAPIError) -> bool:
    """Whether PostgreSQL keeps a table from our user: the operator can mend that, we cannot."""
    return getattr(error.orig, "sqlstate", "") == "42501"


@contextmanager
def outages_told() -> Iterator[None]:
    """Raises `StoreUnavailableError` in place of what the database raises while it cannot be used."""
    try:
        yield
    except SQLAlchemyError as error:
        told = outage(error)
        if told is None:
            raise
        raise told from error
