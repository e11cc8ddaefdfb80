"""`POST /cds-services/{id}`: one hook call, from the bytes of its body to the bytes of its cards."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from threading import BoundedSemaphore

import msgspec
from flask import Blueprint, Response, g, request

from cds_service.ehr.callers import Caller
from cds_service.ehr.epic import one_action_each
from cds_service.knowledge import Knowledge
from cds_service.knowledge.services import ServiceDefinition
from cds_service.review import Review
from cds_service.settings import Settings
from cds_service.web import metrics
from cds_service.web.body import read_body
from cds_service.web.card_links import with_addresses
from cds_service.web.envelope import HookCall, read_call
from cds_service.web.errors import Problem, Refusal
from cds_service.web.gathering import Gathered
from cds_service.web.log import log_call
from cds_service.web.memory import Card
from cds_service.web.pages.language import language, prefer, spoken_knowledge
from cds_service.web.process import Process
from cds_service.web.visit import Visit

Reviewer = Callable[..., Review]
"""`cds_service.review.review`, or what a test puts in its place."""
Admit = Callable[[str], Caller]
"""The caller of the present request, by the id of the service; raises when it is not admitted."""

_RESERVE_SECONDS = 0.25  # of a call's time, for reviewing and recording


def blueprint(
    knowledge: Knowledge, settings: Settings, process: Process, admit: Admit, review: Reviewer
) -> Blueprint:
    """The service endpoints, all four behind one address pattern."""
    pages = Blueprint("hooks", __name__)
    room = BoundedSemaphore(settings.in_flight)
    desk = _Desk(knowledge, settings, process, review)

    @pages.post("/cds-services/<service_id>")
    def call_service(service_id: str) -> Response:
        service = find_service(knowledge, service_id)
        visit = Visit(service.id)
        with desk.recorded(visit):
            visit.caller = admit(service.id)
            prefer(visit.caller.issuer.language if visit.caller.issuer else None)
            visit.call = read_call(read_body(request, settings.limits.body_bytes), service)
            g.hook_instance = visit.call.instance
            with _taking(room), process.watchdog.watching():
                body = desk.answer(visit, visit.caller, visit.call, service)
        return Response(body, mimetype="application/json", headers={"Content-Language": language()})

    return pages


def find_service(knowledge: Knowledge, service_id: str) -> ServiceDefinition:
    """The service of this id. Raises `Refusal` 404."""
    service = knowledge.services.get(service_id)
    if service is None:
        text = "There is no such service. GET /cds-services lists the services."
        raise Refusal(HTTPStatus.NOT_FOUND, Problem("not-found", text))
    return service


class _Desk:
    """Answers calls about patients."""

    def __init__(self, knowledge: Knowledge, settings: Settings, process: Process, review: Reviewer) -> None:
        self._knowledge = knowledge
        self._limits = settings.limits
        self._own_address = settings.own_address if settings.on_loopback else settings.public_base_url
        self._process = process
        self._review = review

    @contextmanager
    def recorded(self, visit: Visit) -> Iterator[None]:
        """Count the call and leave its audit line, however it ends; before the answer goes out."""
        try:
            with self._process.traced(visit), visit.measured():
                yield
        finally:
            record = visit.record(self._knowledge.version)
            if record is not None:
                self._process.record(record)

    def answer(self, visit: Visit, caller: Caller, call: HookCall, service: ServiceDefinition) -> bytes:
        """The cards of a call. Raises `Refusal` 412 where nobody can be reviewed."""
        servers = self._process.fhir_servers
        gathered = Gathered(call, service)
        gathered.fill(caller, servers, self._seconds_to_fetch(visit))
        visit.sources = tuple(gathered.sources())
        gathered.check(servers)
        now = datetime.now(UTC)
        knowledge = spoken_knowledge(self._knowledge)
        review = self._review(gathered.pool, now, knowledge, service=service.id, instance=call.instance)
        cards = self._keep(visit, caller, review)
        if caller.issuer and caller.issuer.dialect == "epic":
            cards = one_action_each(cards)
        cards = with_addresses(cards, self._own_address, caller.issuer)
        body = msgspec.json.encode({"cards": cards})
        metrics.count_cards(service.id, cards)
        log_call(service.id, len(cards), review.closed_by, visit.started)
        return body

    def _seconds_to_fetch(self, visit: Visit) -> float:
        left = self._limits.hook_seconds - _RESERVE_SECONDS - (time.perf_counter() - visit.started)
        return max(0.0, min(self._limits.fhir_seconds, left))

    def _keep(self, visit: Visit, caller: Caller, review: Review) -> list[Card]:
        """The cards to send; the others stay away because the like of them was overridden before."""
        cards = review.cards
        if self._process.memory:
            kept = self._process.memory.keep(review.cards, review.chart, caller)
            cards, visit.split = kept.cards, kept.split
        quiet = visit.split.quiet
        for card in quiet:
            metrics.cards_held_back.labels(visit.service, card.rule).inc()
        outcome = "cards" if cards else "all-quiet" if quiet else "no-cards"
        visit.end(outcome, HTTPStatus.OK)
        visit.cards = len(cards)
        return cards


@contextmanager
def _taking(room: BoundedSemaphore) -> Iterator[None]:
    if not room.acquire(blocking=False):
        text = "The service is reviewing as many patients as it can. Call again in a second."
        raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, Problem("throttled", text))
    try:
        yield
    finally:
        room.release()
