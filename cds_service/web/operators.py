"""`/feedback`: what became of the cards, for operators who sign in."""

import time
from datetime import UTC, datetime
from http import HTTPStatus

from flask import Blueprint, Response

from cds_service.knowledge import Knowledge
from cds_service.store import Store, StoreUnavailableError
from cds_service.store.feedback_report import report_feedback
from cds_service.store.feedback_weeks import WEEK_MICROSECONDS, count_by_week
from cds_service.web.errors import Problem, Refusal
from cds_service.web.lobby import Lobby
from cds_service.web.pages import page
from cds_service.web.pages.language import spoken_knowledge

_WEEKS = 26
_REALM = {"WWW-Authenticate": 'Basic realm="leg-cds operators", charset="UTF-8"'}


def blueprint(knowledge: Knowledge, store: Store, lobby: Lobby) -> Blueprint:
    """The page of operators."""
    pages = Blueprint("operators", __name__)

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
