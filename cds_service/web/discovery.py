"""`GET /cds-services`: the services, as the knowledge defines them."""

from collections.abc import Callable
from functools import cache

import msgspec
from flask import Blueprint, Response

from cds_service.knowledge import Knowledge
from cds_service.knowledge.services import ServiceDefinition
from cds_service.web.pages.language import language, spoken_knowledge

VERSION = "2.0.1"
"""Of CDS Hooks, as implemented. It and `hookVersion` are members of 3.0, which older clients ignore."""

_HOOK_VERSIONS = {"patient-view": "1.0", "encounter-start": "1.0", "order-select": "1.0", "order-sign": "1.0"}


def blueprint(knowledge: Knowledge, check_token: Callable[[], None]) -> Blueprint:
    """The discovery endpoint; its answer is written once in each language.

    `check_token` raises when a token is shown that is not right.
    """
    pages = Blueprint("discovery", __name__)

    @cache
    def listing(spoken: Knowledge) -> bytes:
        return msgspec.json.encode({"services": [_entry(service) for service in spoken.services.values()]})

    @pages.get("/cds-services")
    def discovery() -> Response:
        check_token()
        body = listing(spoken_knowledge(knowledge))
        return Response(body, mimetype="application/json", headers={"Content-Language": language()})

    return pages


def _entry(service: ServiceDefinition) -> dict[str, object]:
    entry: dict[str, object] = msgspec.to_builtins(service)
    del entry["cards"]  # our own rule, no member of the protocol
    return {**entry, "version": VERSION, "hookVersion": _HOOK_VERSIONS[service.hook]}
