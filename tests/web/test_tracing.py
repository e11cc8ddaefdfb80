"""Spans of hook calls: what is in them, and what never is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from cds_service.knowledge import Knowledge
from cds_service.settings import Settings
from cds_service.web import create_app, tracing
from cds_service.web.process import Process
from tests.web.calls import MARK, Remembering, hook_call, with_context

URL = "/cds-services/leg-soreness"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    memory = InMemorySpanExporter()
    monkeypatch.setattr(tracing, "OTLPSpanExporter", lambda: memory)
    return memory


@contextmanager
def traced(knowledge: Knowledge, review: Any) -> Iterator[FlaskClient]:
    """A client of a process with spans; they are exported at the end."""
    settings = Settings.model_validate({"features": {"tracing": True}})
    process = Process(knowledge, settings)
    process.begin()
    yield create_app(knowledge, settings, review, process).test_client()
    process.end()


def test_a_call_is_a_span_of_the_callers_trace(knowledge: Knowledge, exporter: InMemorySpanExporter) -> None:
    parent = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    with traced(knowledge, Remembering()) as client:
        assert client.post(URL, json=hook_call(), headers=parent).status_code == 200
    (span,) = exporter.get_finished_spans()
    assert span.name == "POST /cds-services/{id}"
    assert dict(span.attributes or {}) == {
        "cds.service": "leg-soreness",
        "cds.outcome": "cards",
        "cds.cards": 1,
        "http.response.status_code": 200,
    }
    assert span.context
    assert format(span.context.trace_id, "032x") == TRACE


def test_nothing_of_the_request_or_an_exception_is_in_a_span(
    knowledge: Knowledge, exporter: InMemorySpanExporter
) -> None:
    def failing(*_: Any, **__: Any) -> None:
        raise KeyError(MARK)

    headers = {"Authorization": f"Bearer {MARK}", "Cookie": MARK}
    bodies: list[Any] = [
        with_context(patientId=MARK),
        hook_call(hookInstance=MARK),
        hook_call(prefetch={}),
        hook_call(),
    ]
    with traced(knowledge, failing) as client:
        for body in bodies:
            client.post(f"{URL}?{MARK}={MARK}", json=body, headers=headers)
    spans = exporter.get_finished_spans()
    outcomes = [(span.attributes or {})["cds.outcome"] for span in spans]
    assert outcomes == ["incomplete", "refused", "incomplete", "failed"]
    for span in spans:
        assert MARK not in span.to_json()
        assert not span.events


def test_without_the_setting_nothing_is_imported() -> None:
    source = (Path(tracing.__file__).parent / "process.py").read_text()
    before_typing = source.split("if TYPE_CHECKING:", maxsplit=1)[0]
    assert "tracing" not in before_typing
