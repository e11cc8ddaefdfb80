"""`/feedback`: what became of the cards, for operators who sign in with HTTP Basic over TLS."""

import time
from datetime import UTC, datetime
from http import HTTPStatus

from flask import Blueprint, Response, request
from werkzeug.security import check_password_hash, generate_password_hash

from cds_service.knowledge import Knowledge
from cds_service.settings import Settings
from cds_service.store import Store, StoreUnavailableError
from cds_service.store.feedback_report import report_feedback
from cds_service.store.feedback_weeks import WEEK_MICROSECONDS, count_by_week
from cds_service.web.errors import Problem, Refusal
from cds_service.web.pages import page
from cds_service.web.pages.language import spoken_knowledge
from cds_service.web.rate import Rates

_WEEKS = 26
_TRIES_PER_SECOND = 1.0  # of one address; checking a password is costly on purpose
_TRIES = 20
_REALM = {"WWW-Authenticate": 'Basic realm="leg-cds operators", charset="UTF-8"'}


class _Lobby:
    """Lets operators in, and makes whoever guesses wait."""

    def __init__(self, settings: Settings) -> None:
        self._hashes = {operator.name: operator.password_hash for operator in settings.operators}
        self._nobody = generate_password_hash("nobody has this one")  # so that a wrong name takes as long
        self._rates = Rates()

    def admits(self) -> bool:
        """Whether the request shows the name and password of an operator. Raises `Refusal` 429."""
        shown = request.authorization
        if shown is None or shown.type != "basic" or not shown.username or not shown.password:
            return False
        wait = self._rates.take(request.remote_addr or "", _TRIES_PER_SECOND, _TRIES)
        if wait:
            problem = Problem("throttled", "Too many tries to sign in came from this address.")
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, problem, retry_after=int(wait) + 1)
        known = self._hashes.get(shown.username)
        return check_password_hash(known or self._nobody, shown.password) and known is not None


def blueprint(knowledge: Knowledge, settings: Settings, store: Store) -> Blueprint:
    """The page of operators."""
    pages = Blueprint("operators", __name__)
    lobby = _Lobby(settings)

    @pages.get("/feedback")
    def show_feedback() -> Response:
        if not lobby.admits():
            answer = page("sign-in.html", status=HTTPStatus.UNAUTHORIZED)
            answer.headers.update(_REALM)
            return answer
        since = time.time_ns() // 1000 - _WEEKS * WEEK_MICROSECONDS
        try:
            with store.reading() as connection:
                report = report_feedback(connection, knowledge.alarms.review, since)
                weeks = count_by_week(connection, since)
        except StoreUnavailableError as error:
            problem = Problem("transient", "The store cannot be read now. Try again in a moment.")
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, problem, retry_after=5) from error
        spoken = spoken_knowledge(knowledge)
        titles = {rule.id: rule.title for rule in (*spoken.causes.values(), *spoken.signs.values())}
        titles |= {card.id: card.title for card in (spoken.ranking, spoken.notice)}
        return page("feedback.html", report=report, weeks=weeks, titles=titles, now=datetime.now(UTC))

    return pages
