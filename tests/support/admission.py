"""Calls with tokens, for the tests of admission over HTTP."""

from collections.abc import Callable, Mapping
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds_service.web import metrics
from tests.web.calls import hook_call

PATH = "/cds-services/leg-soreness"
FEEDBACK = f"{PATH}/feedback"
Make = Callable[..., FlaskClient]
SetClock = Callable[[float], None]
"""Seconds from `NOW`."""

_ITEM = {
    "card": "7b1c6f3e-5c8e-5f1d-9d52-0c4f3a1e2b6d",
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": "s"}],
    "outcomeTimestamp": "2026-11-22T10:00:00Z",
}


def call(client: FlaskClient, token: str | None, path: str = PATH, **more: Any) -> TestResponse:
    """The answer to a right request with this token, or without one."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    body = {"feedback": [_ITEM]} if path.endswith("/feedback") else hook_call()
    return client.post(path, json=body, headers=headers, **more)


def refusals() -> Mapping[str, float]:
    """How many callers were refused so far, by reason."""
    samples = [sample for metric in metrics.auth_refused.collect() for sample in metric.samples]
    return {sample.labels["reason"]: sample.value for sample in samples if sample.name.endswith("_total")}


def can_be_sent(text: str) -> bool:
    """Whether HTTP carries it in a header."""
    return text.isascii() and text.isprintable()
