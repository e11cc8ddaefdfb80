"""The reported soreness, edited in the chart: the Questionnaire as a form, saved as a new response."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import msgspec
from flask import Blueprint, Response, redirect, request

from cds_service.demo.chart import answers_in, name_of, newest_answers
from cds_service.demo.ehr import Ehr
from cds_service.demo.smart_pages import USER
from cds_service.forms import (
    Answers,
    Form,
    Problem,
    enabled_items,
    fields_of,
    questionnaire_response,
    read_submission,
)


class _FormView(msgspec.Struct, frozen=True):
    """What the macros of questionnaire.html show."""

    form: Form
    asked: frozenset[str]
    typed: Mapping[str, Sequence[str]]
    problems: Mapping[str, Problem] = {}


class _Soreness:
    """Answers the address of the form."""

    def __init__(self, ehr: Ehr) -> None:
        self._ehr = ehr

    def show(self, patient: str) -> Response:
        found = self._ehr.patient(patient)
        known = self._ehr.form.by_link_id()
        said = answers_in(newest_answers(self._ehr.fhir, patient))
        answers = {link: values for link, values in said.items() if link in known}
        return self._page(found, self._view(answers, fields_of(self._ehr.form, answers)))

    def save(self, patient: str) -> Any:
        self._ehr.check_form()
        found = self._ehr.patient(patient)
        now = datetime.now(UTC)
        given = read_submission(self._ehr.form, request.form, now.date())
        if "update" in request.form:
            return self._page(found, self._view(given.answers, given.typed))
        if given.problems:
            view = self._view(given.answers, given.typed, given.problems)
            return self._page(found, view, HTTPStatus.UNPROCESSABLE_ENTITY)
        subject = f"Patient/{patient}"
        response = questionnaire_response(self._ehr.form, given.answers, subject, now, USER)
        self._ehr.fhir.create(msgspec.json.decode(response))
        return redirect(f"/patients/{patient}", HTTPStatus.SEE_OTHER)

    def _view(
        self,
        answers: Answers,
        typed: Mapping[str, Sequence[str]],
        problems: Mapping[str, Problem] | None = None,
    ) -> _FormView:
        form = self._ehr.form
        return _FormView(form, enabled_items(form, answers), typed, problems or {})

    def _page(
        self, patient: Mapping[str, Any], view: _FormView, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        name = name_of(dict(patient))
        return self._ehr.show("soreness.html", status=status, patient=patient["id"], name=name, view=view)


def blueprint(ehr: Ehr) -> Blueprint:
    """The form in the chart."""
    pages = Blueprint("soreness", __name__)
    soreness = _Soreness(ehr)
    pages.add_url_rule("/patients/<patient>/soreness", "show", soreness.show, methods=["GET"])
    pages.add_url_rule("/patients/<patient>/soreness", "save", soreness.save, methods=["POST"])
    return pages
