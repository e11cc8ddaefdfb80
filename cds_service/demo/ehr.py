"""The EHR page: pick a patient, see the chart and the cards, accept or override them, open the app."""

import hmac
import json
import secrets
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request

from cds_service.demo.addresses import Addresses
from cds_service.demo.authorization import SmartServer
from cds_service.demo.chart import age_text, name_of, read_chart
from cds_service.demo.exchange import Exchange
from cds_service.demo.fhir_client import FhirClient, FhirError
from cds_service.demo.hook_client import HookClient
from cds_service.demo.openings import Opening, Openings, Reply
from cds_service.demo.pages import ehr_page
from cds_service.demo.permits import Context
from cds_service.demo.records import Resource
from cds_service.demo.smart_pages import USER
from cds_service.fixtures import FixturePatient
from cds_service.forms import Form
from cds_service.web.pages.language import gettext
from cds_service.wording import translatable


class PageRefused(Exception):  # noqa: N818 - it is answered with a page
    """Answered with a page that says why."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


class Ehr:
    """What the pages of the EHR share."""

    def __init__(
        self,
        stories: Sequence[FixturePatient],
        addresses: Addresses,
        fhir: FhirClient,
        hooks: HookClient,
        form: Form,
    ) -> None:
        self.stories = {story.id: story for story in stories}
        self.addresses = addresses
        self.fhir = fhir
        self.hooks = hooks
        self.form = form
        self.openings = Openings()
        self.form_key = secrets.token_urlsafe(32)

    def patient(self, identifier: str) -> Resource:
        """A patient of the demo. Raises `PageRefused` 404."""
        if identifier not in self.stories:
            raise PageRefused(HTTPStatus.NOT_FOUND, translatable("There is no such patient here."))
        found = self.fhir.read(f"Patient/{identifier}")
        assert found is not None, "every story has a Patient"
        return found

    def context(self, patient: str) -> Context:
        """What the user has open with the chart of a patient."""
        visits = (visit["id"] for visit in self.fhir.search(f"Encounter?patient={patient}"))
        return Context(patient, next(visits, ""), USER)

    def check_form(self) -> None:
        """That a POST comes from a page of ours. Raises `PageRefused` 403."""
        if not hmac.compare_digest(request.form.get("key", "").encode(), self.form_key.encode()):
            text = translatable("This form did not come from a page of the demo.")
            raise PageRefused(HTTPStatus.FORBIDDEN, text)

    def show(self, template: str, **values: Any) -> Response:
        """A page, with what every page needs."""
        return ehr_page(template, form_key=self.form_key, service=self.addresses.service, **values)


class _Charts:
    """Answers the addresses of lists and charts."""

    def __init__(self, ehr: Ehr, smart: SmartServer) -> None:
        self._ehr = ehr
        self._smart = smart

    def patients(self) -> Response:
        found = {patient["id"]: patient for patient in self._ehr.fhir.search("Patient?_count=20")}
        listed = [
            (story, name_of(found[story.id]), age_text(found[story.id]), found[story.id].get("gender", ""))
            for story in self._ehr.stories.values()
        ]
        return self._ehr.show("patients.html", patients=listed)

    def open_chart(self, patient: str) -> Any:
        """Call the service as at every opening of a chart, and show what came back."""
        self._ehr.patient(patient)
        languages = request.headers.get("Accept-Language", "")
        exchange = self._ehr.hooks.call(self._ehr.context(patient), languages)
        instance = exchange.sent.get("hookInstance") or secrets.token_urlsafe(12)
        self._ehr.openings.add(instance, patient, exchange)
        return redirect(f"/openings/{instance}", HTTPStatus.SEE_OTHER)

    def chart(self, instance: str) -> Response:
        opening = self._find(instance)
        patient = self._ehr.patient(opening.patient)
        exchange = opening.exchange
        return self._ehr.show(
            "chart.html",
            opening=opening,
            story=self._ehr.stories[opening.patient],
            chart=read_chart(self._ehr.fhir, patient, self._ehr.form),
            request_text=json.dumps(exchange.sent, indent=2, ensure_ascii=False),
            answer_text=_pretty(exchange),
        )

    def answer(self, instance: str) -> Response:
        """The answer of the service, letter for letter."""
        return Response(self._find(instance).exchange.answer, mimetype="application/json")

    def override(self, instance: str, card: str) -> Any:
        self._ehr.check_form()
        opening = self._find(instance)
        shown = self._card(opening, card)
        given = request.form.get("reason", "")
        reasons = shown.get("overrideReasons", [])
        reason = next((reason for reason in reasons if reason["code"] == given), None)
        if reason is None:
            raise PageRefused(HTTPStatus.BAD_REQUEST, translatable("Choose one of the reasons of the card."))
        status = self._ehr.hooks.override(opening.exchange, card, reason)
        said = gettext("Overridden") + f": {reason['display']}"
        self._ehr.openings.note(opening, card, Reply(said, status))
        return self._back(instance)

    def accept(self, instance: str, card: str) -> Any:
        """Do what the suggestion proposes, then say so to the service."""
        self._ehr.check_form()
        opening = self._find(instance)
        given = request.form.get("suggestion", "")
        offers = self._card(opening, card).get("suggestions", [])
        offer = next((offer for offer in offers if offer["uuid"] == given), None)
        if offer is None:
            text = translatable("Choose one of the suggestions of the card.")
            raise PageRefused(HTTPStatus.BAD_REQUEST, text)
        for action in offer.get("actions", []):
            self._ehr.fhir.create(action["resource"])
        status = self._ehr.hooks.accept(opening.exchange, card, given)
        said = gettext("Accepted") + f": {offer['label']}"
        self._ehr.openings.note(opening, card, Reply(said, status, given))
        return self._back(instance)

    def launch(self, patient: str) -> Any:
        """Open the app of the service, in the context of this chart."""
        self._ehr.patient(patient)
        app = f"{self._ehr.addresses.service}/smart/launch"
        if request.args.get("url", app) != app:
            text = translatable("Only the app of the service may be opened from here.")
            raise PageRefused(HTTPStatus.FORBIDDEN, text)
        launch = self._smart.launch(self._ehr.context(patient))
        asked = urlencode({"iss": self._ehr.addresses.fhir, "launch": launch})
        return redirect(f"{app}?{asked}", HTTPStatus.SEE_OTHER)

    def _find(self, instance: str) -> Opening:
        opening = self._ehr.openings.find(instance)
        if opening is None:
            text = translatable("This opening of a chart is forgotten. Open the chart again.")
            raise PageRefused(HTTPStatus.NOT_FOUND, text)
        return opening

    def _card(self, opening: Opening, uuid: str) -> dict[str, Any]:
        card = opening.find(uuid)
        if card is None:
            raise PageRefused(HTTPStatus.NOT_FOUND, translatable("There is no such card on this chart."))
        return card

    def _back(self, instance: str) -> Any:
        return redirect(f"/openings/{instance}#cards", HTTPStatus.SEE_OTHER)


def blueprint(ehr: Ehr, smart: SmartServer) -> Blueprint:
    """The pages of lists and charts."""
    pages = Blueprint("ehr", __name__)
    charts = _Charts(ehr, smart)
    for rule, answer, method in (
        ("/", charts.patients, "GET"),
        ("/patients/<patient>", charts.open_chart, "GET"),
        ("/patients/<patient>/launch", charts.launch, "GET"),
        ("/openings/<instance>", charts.chart, "GET"),
        ("/openings/<instance>/answer.json", charts.answer, "GET"),
        ("/openings/<instance>/cards/<card>/override", charts.override, "POST"),
        ("/openings/<instance>/cards/<card>/accept", charts.accept, "POST"),
    ):
        pages.add_url_rule(rule, answer.__name__, answer, methods=[method])
    pages.app_errorhandler(PageRefused)(_refuse)
    pages.app_errorhandler(FhirError)(_no_fhir)
    return pages


def _refuse(refused: PageRefused) -> Response:
    return ehr_page("refused.html", status=refused.status, text=str(refused))


def _no_fhir(error: FhirError) -> Response:
    return ehr_page("refused.html", status=HTTPStatus.BAD_GATEWAY, text=str(error))


def _pretty(exchange: Exchange) -> str:
    """The answer with line breaks and indents; what is no JSON as it is."""
    try:
        return json.dumps(json.loads(exchange.answer), indent=2, ensure_ascii=False)
    except ValueError:
        return exchange.text
