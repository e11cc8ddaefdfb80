"""OpenTelemetry spans of hook calls, where the operator switches them on.

A span holds the service, how the call ended and how many cards it got: no address, header, id or message of
an exception. So nothing is instrumented automatically: that would put URLs with patient ids into spans. Where
spans go is said by OpenTelemetry's own variables, OTEL_EXPORTER_OTLP_ENDPOINT above all.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import request
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from cds_service.web.visit import Visit

_PARENT = "traceparent"


class Tracing:
    """The spans of one process; made in the process itself, because a thread sends them."""

    def __init__(self, exporter: SpanExporter | None = None) -> None:
        self._provider = TracerProvider(resource=Resource.create({"service.name": "leg-soreness-cds"}))
        self._provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("cds_service")

    @contextmanager
    def watching(self, visit: Visit) -> Iterator[None]:
        """A span around a call, a part of the caller's trace if it names one."""
        parent = TraceContextTextMapPropagator().extract({_PARENT: request.headers.get(_PARENT, "")})
        with self._tracer.start_as_current_span(
            "POST /cds-services/{id}",
            parent,
            SpanKind.SERVER,
            {"cds.service": visit.service},
            record_exception=False,  # its message may hold data
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            finally:
                span.set_attribute("cds.outcome", visit.outcome)
                span.set_attribute("http.response.status_code", visit.status.value)
                span.set_attribute("cds.cards", visit.cards)

    def end(self) -> None:
        """Send what waits."""
        self._provider.shutdown()
