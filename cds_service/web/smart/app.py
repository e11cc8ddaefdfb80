"""The pages of a visit: the form, the cards, the timeline."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import msgspec
from flask import Blueprint, Response, request

from cds_service.ehr.authorization import LaunchRefused
from cds_service.ehr.fhir_server import FhirServers
from cds_service.forms import (
    Answers,
    Form,
    Problem,
    answers_of,
    enabled_items,
    fields_of,
    questionnaire_response,
    read_submission,
)
from cds_service.knowledge import Knowledge
from cds_service.picture import draw_timeline, render_svg, render_table
from cds_service.reason import ChartView
from cds_service.settings import Issuer, Settings
from cds_service.store import Store
from cds_service.web.pages import page
from cds_service.web.pages.language import prefer, spoken_knowledge
from cds_service.web.smart.launching import Launcher, add_launching, see
from cds_service.web.smart.patient import Patients, SaveFailed
from cds_service.web.smart.session import PageRefused, Sessions, SmartVisit, check_form

_RANKING = "example.leg-soreness.ranking"


class _FormView(msgspec.Struct, frozen=True):
    """What the macros of questionnaire.html show."""

    form: Form
    asked: frozenset[str]
    typed: Mapping[str, Sequence[str]]
    problems: Mapping[str, Problem] = {}


class _App:
    """Answers the addresses of a visit."""

    def __init__(
        self, knowledge: Knowledge, form: Form, sessions: Sessions, patients: Patients, own_base: str
    ) -> None:
        self._knowledge = knowledge
        self._form = form
        self._sessions = sessions
        self._patients = patients
        self._own_base = own_base
        parts = urlsplit(own_base)
        self._origin = f"{parts.scheme}://{parts.netloc}"

    def show_form(self, launch: str) -> Response:
        """The form with what the chart knows filled in."""
        visit, issuer = self._visit(launch)
        answers = answers_of(self._patients.review(visit, issuer).chart, self._form)
        return self._form_page(visit, issuer, self._view(answers, fields_of(self._form, answers)))

    def take_form(self, launch: str) -> Response:
        """Save the answers, or show the questions that follow from them."""
        visit, issuer = self._visit(launch)
        check_form(visit, self._origin)
        now = datetime.now(UTC)
        submission = read_submission(self._form, request.form, now.date())
        view = self._view(submission.answers, submission.typed, submission.problems)
        if "update" in request.form:
            return self._form_page(visit, issuer, msgspec.structs.replace(view, problems={}))
        if submission.problems:
            return self._form_page(visit, issuer, view, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        subject = f"Patient/{visit.patient}"
        response = questionnaire_response(self._form, submission.answers, subject, now, visit.user)
        try:
            self._patients.save(visit, issuer, response, _submission_id())
        except SaveFailed:
            return self._form_page(visit, issuer, view, status=HTTPStatus.BAD_GATEWAY, failed=True)
        return see(f"{self._own_base}/smart/{launch}/cards")

    def show_cards(self, launch: str) -> Response:
        """The cards that follow from the chart as it is now."""
        visit, issuer = self._visit(launch)
        if visit.is_lay:
            return self._page("smart-thanks.html", visit, issuer)
        found = self._patients.review(visit, issuer)
        return self._page(
            "smart-cards.html",
            visit,
            issuer,
            cards=msgspec.to_builtins(found.cards),
            closed_by=spoken_knowledge(self._knowledge).phrases.told(found.closed_by),
        )

    def show_timeline(self, launch: str) -> Response:
        """The timeline, and the ranked causes beside it."""
        visit, issuer = self._visit(launch)
        if visit.is_lay:
            return self._page("smart-thanks.html", visit, issuer)
        found = self._patients.review(visit, issuer)
        knowledge = spoken_knowledge(self._knowledge)
        timeline = draw_timeline(ChartView(found.chart, knowledge), found.findings)
        return self._page(
            "smart-timeline.html",
            visit,
            issuer,
            timeline=timeline,
            picture=render_svg(timeline),
            table=render_table(timeline),
            causes=list(_ranked(msgspec.to_builtins(found.cards))),
            titles={cause.id: cause.title for cause in knowledge.causes.values()},
        )

    def end(self, launch: str) -> Response:
        """Leave the app."""
        visit, _ = self._visit(launch)
        check_form(visit, self._origin)
        answer = page("smart-ended.html")
        self._sessions.end(answer, launch)
        return answer

    def _visit(self, launch: str) -> tuple[SmartVisit, Issuer]:
        visit = self._sessions.visit(launch)
        issuer = self._sessions.issuer(visit.issuer)
        prefer(issuer.language)
        return visit, issuer

    def _view(
        self,
        answers: Answers,
        typed: Mapping[str, Sequence[str]],
        problems: Mapping[str, Problem] | None = None,
    ) -> _FormView:
        return _FormView(self._form, enabled_items(self._form, answers), typed, problems or {})

    def _form_page(
        self,
        visit: SmartVisit,
        issuer: Issuer,
        view: _FormView,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        failed: bool = False,
    ) -> Response:
        return self._page(
            "smart-form.html",
            visit,
            issuer,
            status=status,
            view=view,
            failed=failed,
            submission=_submission_id(),
        )

    def _page(
        self,
        template: str,
        visit: SmartVisit,
        issuer: Issuer,
        status: HTTPStatus = HTTPStatus.OK,
        **values: Any,
    ) -> Response:
        framed_by = issuer.smart.framed_by if issuer.smart else ()
        here = f"{self._own_base}/smart/{visit.launch}"
        return page(template, status=status, framed_by=framed_by, here=here, visit=visit, **values)


def _submission_id() -> str:
    """The id the form carries, so that sending it twice saves it once; a new one for a new form."""
    try:
        return str(uuid.UUID(request.form["submission"]))
    except (KeyError, ValueError):
        return str(uuid.uuid4())


def _ranked(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The causes of the card that ranks them, if there is one."""
    rankings = [card["extension"][_RANKING] for card in cards if _RANKING in card["extension"]]
    causes: list[dict[str, Any]] = rankings[0]["causes"] if rankings else []
    return causes


def blueprint(
    knowledge: Knowledge, form: Form, settings: Settings, store: Store, servers: FhirServers
) -> Blueprint:
    """The app. Raises `StoreError` when the store has no key to seal sessions with."""
    pages = Blueprint("smart", __name__)
    own_base = settings.public_base_url
    sessions = Sessions(settings, store)
    app = _App(knowledge, form, sessions, Patients(knowledge, servers, settings.limits), own_base)
    add_launching(pages, Launcher(settings, sessions, own_base))
    for rule, answer, method in (
        ("form", app.show_form, "GET"),
        ("form", app.take_form, "POST"),
        ("cards", app.show_cards, "GET"),
        ("timeline", app.show_timeline, "GET"),
        ("end", app.end, "POST"),
    ):
        pages.add_url_rule(f"/smart/<launch>/{rule}", answer.__name__, answer, methods=[method])
    pages.register_error_handler(PageRefused, _refuse_page)
    pages.register_error_handler(LaunchRefused, _refuse_launch)
    return pages


def _refuse_page(refused: PageRefused) -> Response:
    return page("smart-refused.html", status=refused.status, text=refused.text, detail=refused.detail)


def _refuse_launch(refused: LaunchRefused) -> Response:
    return page("smart-refused.html", status=HTTPStatus.BAD_REQUEST, text=refused.text, detail=refused.detail)
