"""`GET /`: what a newcomer sees who opens the service in a browser."""

from flask import Blueprint, Response

from cds_service.knowledge import Knowledge
from cds_service.web.pages import page
from cds_service.web.pages.language import spoken_knowledge


def blueprint(knowledge: Knowledge) -> Blueprint:
    """The start page; it holds no patient data."""
    pages = Blueprint("home", __name__)

    @pages.get("/")
    def home() -> Response:
        return page("home.html", services=list(spoken_knowledge(knowledge).services.values()))

    return pages
