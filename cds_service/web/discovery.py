"""`GET /cds-services`: the services, as the knowledge defines them."""

from collections.abc import Iterable

import msgspec
from flask import Blueprint, Response

from cds_service.knowledge.services import ServiceDefinition


def blueprint(services: Iterable[ServiceDefinition]) -> Blueprint:
    """The discovery endpoint; its answer is written once, at start."""
    listing = msgspec.json.encode({"services": [_entry(service) for service in services]})
    pages = Blueprint("discovery", __name__)

    @pages.get("/cds-services")
    def discovery() -> Response:
        return Response(listing, mimetype="application/json")

    return pages


def _entry(service: ServiceDefinition) -> dict[str, object]:
    entry: dict[str, object] = msgspec.to_builtins(service)
    del entry["cards"]  # our own rule, no member of the protocol
    return entry
