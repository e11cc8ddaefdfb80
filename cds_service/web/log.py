"""One JSON line an event on stderr. Lines hold ids, counts and code places, never patient data.

Only the fields named here are written. One with another name is a mistake of ours: strict logs (those of
the tests) refuse it, others leave it out and say so.
"""

import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import PurePath

import structlog
from flask import g, request
from structlog.typing import EventDict, WrappedLogger

from cds_service.web.log_writer import LineWriter

FIELDS = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "service",
        "instance",  # hookInstance
        "issuer",  # its alias
        "tenant",
        "status",
        "outcome",
        "reason",  # a code of a closed set
        "about",  # members of a request, by name
        "cards",  # how many
        "closed_by",
        "count",
        "ms",
        "exception",  # its type
        "at",  # places in the code
        "endpoint",
        "left_out",  # names of fields that are not in this list
    }
)

_logger = structlog.get_logger()


class UnknownFieldError(Exception):
    """A log line has a field that is not in the list."""


def only_known_fields(*, strict: bool) -> structlog.typing.Processor:
    """A processor that lets the fields of the list through; `strict`: raises `UnknownFieldError`."""

    def keep(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        unknown = sorted(event.keys() - FIELDS)
        if unknown and strict:
            raise UnknownFieldError(", ".join(unknown))
        kept = {name: value for name, value in event.items() if name in FIELDS} if unknown else event
        return {**kept, "left_out": unknown} if unknown else kept

    return keep


def configure(*, strict: bool = False) -> LineWriter:
    """Write events as JSON lines to stderr, with the time in UTC; returns what writes them."""
    writer = LineWriter(sys.stderr.fileno())
    structlog.configure(
        processors=[
            only_known_fields(strict=strict),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: writer,
        cache_logger_on_first_use=True,
    )
    return writer


def log_call(service: str, cards: int, closed_by: str, started: float) -> None:
    """One line an answered hook call; `started` is a `time.perf_counter` reading in seconds."""
    told_too = {"cards": cards, "closed_by": closed_by, "ms": _milliseconds(started)}
    _logger.info("hook", service=service, **told_too, **_about_the_call())


def log_refusal(status: int, about: Sequence[str]) -> None:
    """One line a refused call; `about` names members of the request."""
    _logger.info("refused", status=int(status), about=about, **_about_the_call())


def log_not_admitted(reason: str, issuer: str) -> None:
    """One line a caller that is not admitted; `issuer` is the alias of whom it claims to be."""
    _logger.info("not admitted", reason=reason, issuer=issuer)


def log_event(event: str, **fields: object) -> None:
    """One line about the service itself: what it does or cannot do just now."""
    _logger.info(event, **fields)


def log_bug(error: BaseException) -> None:
    """A failure of ours: its type and the places passed, not its message, which may hold data."""
    _logger.error("bug", endpoint=request.endpoint, **told(error), **_about_the_call())


def told(error: BaseException) -> dict[str, object]:
    """What a log line says of an exception."""
    frames = [
        f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return {"exception": type(error).__name__, "at": frames}


def _milliseconds(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)


def _about_the_call() -> dict[str, object]:
    """What is known of the call under way."""
    return {
        "instance": g.get("hook_instance", ""),
        "issuer": g.get("issuer", ""),
        "tenant": g.get("tenant", ""),
    }
