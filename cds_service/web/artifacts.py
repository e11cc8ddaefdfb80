"""`GET /fhir/{type}/{id}`: the knowledge as FHIR R4 resources."""

from functools import cache
from http import HTTPStatus

from flask import Blueprint, Response

from cds_service.artifacts import artifacts_of
from cds_service.knowledge import Knowledge
from cds_service.knowledge.files import cards_dir
from cds_service.web.errors import Problem, Refusal


def blueprint(knowledge: Knowledge) -> Blueprint:
    """The resources `leg-cds export-fhir` writes; made when the first one is asked for."""
    pages = Blueprint("artifacts", __name__)

    @cache
    def artifacts() -> dict[str, str]:
        return artifacts_of(knowledge, cards_dir())

    @pages.get("/fhir/<kind>/<identifier>")
    def read(kind: str, identifier: str) -> Response:
        found = artifacts().get(f"{kind}/{identifier}")
        if found is None:
            text = "There is no such resource. `leg-cds export-fhir` lists what is published."
            raise Refusal(HTTPStatus.NOT_FOUND, Problem("not-found", text))
        return Response(found, mimetype="application/fhir+json")

    return pages
