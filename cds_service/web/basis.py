"""`/source-attributes` and `/rules`: the basis of every card, for those who are asked to rely on it."""

from functools import cache

import msgspec
from flask import Blueprint, Response

from cds_service.knowledge import Knowledge
from cds_service.knowledge.files import cards_dir
from cds_service.rulebook.book import style_source, write_translated_page
from cds_service.rulebook.source_attributes import Basis, basis_of
from cds_service.web.pages import page
from cds_service.web.pages.language import gettext, language, spoken_knowledge

_BOOK_POLICY = (
    "default-src 'none'; style-src '{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def blueprint(knowledge: Knowledge) -> Blueprint:
    """The pages; each is made when it is first asked for, because all of them are made from the rules."""
    pages = Blueprint("basis", __name__)

    @cache
    def basis(spoken: Knowledge) -> Basis:
        return basis_of(spoken, cards_dir(), gettext)

    @cache
    def book(spoken: Knowledge) -> str:
        return write_translated_page(knowledge, spoken, cards_dir(), gettext)

    @pages.get("/source-attributes")
    def source_attributes() -> Response:
        return page("source-attributes.html", basis=basis(spoken_knowledge(knowledge)))

    @pages.get("/source-attributes.json")
    def source_attributes_as_json() -> Response:
        body = msgspec.json.encode(basis(spoken_knowledge(knowledge)))
        return Response(body, mimetype="application/json", headers={"Content-Language": language()})

    @pages.get("/rules")
    def rules() -> Response:
        book_of = book(spoken_knowledge(knowledge))
        answer = Response(book_of, mimetype="text/html", headers={"Content-Language": language()})
        answer.vary.add("Accept-Language")
        answer.headers["Content-Security-Policy"] = _BOOK_POLICY.format(style=style_source())
        return answer

    return pages
