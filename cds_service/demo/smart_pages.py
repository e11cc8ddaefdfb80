"""The addresses of the authorization server: discovery, keys, authorize, token."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]
from flask import Blueprint, Response, jsonify, request

from cds_service.demo.addresses import Addresses
from cds_service.demo.authorization import SCOPES, SmartServer
from cds_service.demo.keys import ALGORITHM, SigningKey
from cds_service.demo.pages import ehr_page
from cds_service.demo.permits import Context
from cds_service.demo.records import Records, Resource, patient_of
from cds_service.wording import translatable

USER = "Practitioner/demo"


class RefusedLaunch(Exception):  # noqa: N818 - it is told to the user
    """The authorization request cannot be granted; the message says why."""


class _Pages:
    """Answers the addresses of the authorization server."""

    def __init__(self, server: SmartServer, addresses: Addresses, key: SigningKey, records: Records) -> None:
        self._server = server
        self._addresses = addresses
        self._key = key
        self._records = records

    def configuration(self) -> Response:
        ehr = self._addresses.ehr
        return jsonify(
            issuer=self._addresses.fhir,
            jwks_uri=self._addresses.key_set,
            authorization_endpoint=f"{ehr}/oauth/authorize",
            token_endpoint=f"{ehr}/oauth/token",
            grant_types_supported=["authorization_code"],
            response_types_supported=["code"],
            code_challenge_methods_supported=["S256"],
            token_endpoint_auth_methods_supported=["none"],
            id_token_signing_alg_values_supported=[ALGORITHM],
            scopes_supported=SCOPES,
            capabilities=[
                "launch-ehr",
                "launch-standalone",
                "client-public",
                "sso-openid-connect",
                "context-ehr-patient",
                "context-ehr-encounter",
                "context-standalone-patient",
                "permission-patient",
                "permission-v2",
            ],
        )

    def key_set(self) -> Response:
        return jsonify(self._key.key_set())

    def authorize(self) -> Any:
        """A code for the patient of the launch; without a launch the user picks a patient first."""
        try:
            grant = self._server.begin(None)
        except OAuth2Error as error:
            raise RefusedLaunch(error.description or error.error) from error
        if request.args.get("aud", "").rstrip("/") != self._addresses.fhir:
            raise RefusedLaunch(translatable("The request is not meant for this EHR (aud)."))
        if "launch" not in request.args and "picked" not in request.args:
            return self._let_pick()
        context = self._context()
        if context is None:
            raise RefusedLaunch(
                translatable("The launch is over or was used before. Open the app from the chart again.")
            )
        return self._server.agree(grant, context)

    def token(self) -> Any:
        answer = self._server.token()
        answer.headers["Pragma"] = "no-cache"
        return answer

    def _context(self) -> Context | None:
        launch = request.args.get("launch")
        if launch is not None:
            return self._server.launched(launch)
        picked = self._records.read("Patient", request.args["picked"])
        return context_of(self._records, picked) if picked else None

    def _let_pick(self) -> Response:
        asked = list(request.args.items(multi=True))
        address = f"{self._addresses.ehr}/oauth/authorize"
        choices = [
            (f"{address}?{urlencode([*asked, ('picked', patient['id'])])}", patient)
            for patient in self._records.all_of("Patient")
        ]
        return ehr_page("pick-patient.html", choices=choices)


def context_of(records: Records, patient: Resource) -> Context:
    """What the demo's user has open when the chart of a patient is."""
    visits = (visit["id"] for visit in records.all_of("Encounter") if patient_of(visit) == patient["id"])
    return Context(patient["id"], next(visits, ""), USER)


def blueprint(server: SmartServer, addresses: Addresses, key: SigningKey, records: Records) -> Blueprint:
    """The authorization server of the demo."""
    pages = Blueprint("smart", __name__)
    answers = _Pages(server, addresses, key, records)
    for rule, answer, method in (
        ("/fhir/.well-known/smart-configuration", answers.configuration, "GET"),
        ("/jwks.json", answers.key_set, "GET"),
        ("/oauth/authorize", answers.authorize, "GET"),
        ("/oauth/token", answers.token, "POST"),
    ):
        pages.add_url_rule(rule, answer.__name__, answer, methods=[method])
    pages.register_error_handler(RefusedLaunch, _refuse)
    return pages


def _refuse(refused: RefusedLaunch) -> Response:
    return ehr_page("refused.html", status=HTTPStatus.BAD_REQUEST, text=str(refused))
