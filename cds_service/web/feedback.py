"""`POST /cds-services/{id}/feedback`: what users did with the cards, acknowledged once it is stored."""

import time
from collections.abc import Callable, Collection, Iterable
from functools import partial
from http import HTTPStatus

from flask import Blueprint, Response, request

from cds_service.knowledge import Knowledge
from cds_service.store import Store, StoreUnavailableError
from cds_service.store.audit import microseconds_now
from cds_service.store.feedback import Kept, Receipt, Sender, record_feedback
from cds_service.web import metrics
from cds_service.web.body import read_body
from cds_service.web.errors import Problem, Refusal
from cds_service.web.feedback_items import read_feedback
from cds_service.web.hooks import Admit, find_service
from cds_service.web.log import log_event


def blueprint(knowledge: Knowledge, body_bytes: int, store: Store, admit: Admit) -> Blueprint:
    """The feedback endpoints, all behind one address pattern. `body_bytes` is the largest body read."""
    pages = Blueprint("feedback", __name__)

    @pages.post("/cds-services/<service_id>/feedback")
    def take_feedback(service_id: str) -> Response:
        started = time.perf_counter()
        find_service(knowledge, service_id)
        caller = admit(service_id)
        items = read_feedback(read_body(request, body_bytes))
        sender = Sender(caller.name, caller.tenant, service_id)
        receipt = _store(store, partial(record_feedback, sender=sender, items=items, now=microseconds_now()))
        _count(service_id, receipt.new, knowledge.override_reasons.reasons)
        took = round((time.perf_counter() - started) * 1000, 1)
        log_event(
            "feedback",
            service=service_id,
            issuer=caller.name,
            tenant=caller.tenant,
            count=len(receipt.new),
            ms=took,
        )
        return Response(b"{}", mimetype="application/json")

    return pages


def _store(store: Store, work: Callable[..., Receipt]) -> Receipt:
    """Returns once the items are committed: only then they may be acknowledged."""
    try:
        return store.writer.submit(work)
    except StoreUnavailableError as error:
        text = "The feedback could not be stored now. Send it again in a second."
        raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, Problem("transient", text)) from error


def _count(service: str, new: Iterable[Kept], reasons: Collection[str]) -> None:
    """Labels of closed sets: what an EHR made up is `other`, a card we do not know `unknown`."""
    for item in new:
        reason = item.reason_code if item.reason_code in reasons else "other" if item.reason_code else "none"
        metrics.feedback.labels(service, item.rule or "unknown", item.outcome, reason).inc()
