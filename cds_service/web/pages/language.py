"""The language of an answer: the issuer's, else what the request asks for, else English."""

from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app, g, has_request_context, request

from cds_service.knowledge import ENGLISH, Knowledge, in_language
from cds_service.knowledge.language import Catalogue, catalogue_of, languages, read_catalogue

_EXTENSION = "languages"


class Languages:
    """The knowledge, and the texts of pages, in every language there is a catalogue for."""

    def __init__(self, knowledge: Knowledge, cards: Path) -> None:
        """Raises `KnowledgeError` for a catalogue that cannot be used."""
        self.catalogues = {tag: read_catalogue(cards, tag) for tag in languages(cards)}
        self.knowledge = {
            tag: knowledge if tag == ENGLISH else in_language(knowledge, catalogue)
            for tag, catalogue in self.catalogues.items()
        }


_languages_of = lru_cache(maxsize=2)(Languages)


def install(app: Flask, knowledge: Knowledge, cards: Path) -> None:
    """Let the answers of an application be in the languages of `cards`.

    Raises `KnowledgeError` for a catalogue that cannot be used.
    """
    app.extensions[_EXTENSION] = _languages_of(knowledge, cards)


def prefer(tag: str | None) -> None:
    """Answer the present request in a language; None, or one there is not, changes nothing."""
    known = _languages()
    if known is None or not tag:
        return
    g.language = catalogue_of(tag, known.catalogues)


def language() -> str:
    """The BCP 47 tag of the language the present request is answered in."""
    known = _languages()
    if known is None:
        return ENGLISH
    chosen: str | None = g.get("language")
    if chosen is None:
        chosen = g.language = _asked_for(known)
    return chosen


def _asked_for(known: Languages) -> str:
    if "Accept-Language" not in request.headers:  # an EHR sends none
        return ENGLISH
    return request.accept_languages.best_match(list(known.catalogues), ENGLISH) or ENGLISH


def spoken_knowledge(knowledge: Knowledge) -> Knowledge:
    """The knowledge in the language of the present request; `knowledge` where there are no others."""
    known = _languages()
    return knowledge if known is None else known.knowledge[language()]


def gettext(text: str) -> str:
    """A text of a page in the language of the present request."""
    known = _languages()
    catalogue: Catalogue | None = None if known is None else known.catalogues[language()]
    return catalogue.say(text) if catalogue else text


def _languages() -> Languages | None:
    found: Languages | None = current_app.extensions.get(_EXTENSION) if has_request_context() else None
    return found
