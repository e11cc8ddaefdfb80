"""One JSON line an event on stderr. Lines hold ids, counts and code places, never patient data."""

import sys
import time
import traceback
from pathlib import PurePath

import structlog
from flask import g, request

_logger = structlog.get_logger()


def configure() -> None:
    """Write events as JSON lines to stderr, with the time in UTC."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def log_call(service: str, instance: str, cards: int, closed_by: str, started: float) -> None:
    """One line an answered hook call; `started` is a `time.perf_counter` reading in seconds."""
    took = round((time.perf_counter() - started) * 1000, 1)
    _logger.info("hook", service=service, instance=instance, cards=cards, closed_by=closed_by, ms=took)


def log_refusal(status: int, about: list[str]) -> None:
    """One line a refused call; `about` names members of the request."""
    _logger.info("refused", status=int(status), about=about, instance=g.get("hook_instance", ""))


def log_bug(error: BaseException) -> None:
    """A failure of ours: its type and the places passed, not its message, which may hold data."""
    frames = [
        f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    instance = g.get("hook_instance", "")
    _logger.error(
        "bug", exception=type(error).__name__, at=frames, instance=instance, endpoint=request.endpoint
    )
