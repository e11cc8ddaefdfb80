"""Health of the service, for container engines and load balancers. Says nothing about any EHR."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint

from cds_service.web.errors import Problem, Refusal
from cds_service.web.watchdog import Watchdog

Probe = Callable[[], bool]
"""Whether the store can be written; asked at every call, so it remembers its answer for a while."""


def blueprint(knowledge_version: str, watchdog: Watchdog, store_answers: Probe) -> Blueprint:
    """`/healthz/live`: no call is stuck. `/healthz/ready`: the store can be written, hooks are welcome."""
    pages = Blueprint("health", __name__, url_prefix="/healthz")

    @pages.get("/live")
    def live() -> dict[str, str]:
        if watchdog.is_stuck():
            raise Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, Problem("timeout", "A call is stuck."))
        return {"status": "live"}

    @pages.get("/ready")
    def ready() -> dict[str, str]:
        if watchdog.is_draining:
            raise _not_ready("The service is about to end.")
        if not store_answers():
            raise _not_ready("The store cannot be written.")
        return {"status": "ready", "knowledgeVersion": knowledge_version}

    return pages


def _not_ready(why: str) -> Refusal:
    return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, Problem("transient", why))
