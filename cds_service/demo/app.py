"""The demo EHR as one WSGI application: pages, FHIR server, authorization server."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlsplit

from flask import Flask, Response
from werkzeug.exceptions import SecurityError

from cds_service.demo import ehr, fhir, pages, smart_pages, soreness
from cds_service.demo.addresses import Addresses
from cds_service.demo.authorization import SmartServer
from cds_service.demo.fhir_client import FhirClient
from cds_service.demo.hook_client import HookClient
from cds_service.demo.keys import SigningKey
from cds_service.demo.permits import Passes, Permit
from cds_service.demo.records import Records
from cds_service.fixtures import FixturePatient
from cds_service.forms import read_questionnaire
from cds_service.knowledge import load
from cds_service.knowledge.files import cards_dir, questionnaire_file
from cds_service.web import pages as web_pages
from cds_service.web.headers import HEADERS

_TOKEN_SECONDS = 3600
_knowledge = cache(load)  # its words, for the pages
_LARGEST = 1_000_000  # bytes of a request


def create_ehr(stories: Sequence[FixturePatient], addresses: Addresses) -> Flask:
    """The EHR with the records of these patients, as of today."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST
    app.config["TRUSTED_HOSTS"] = [urlsplit(addresses.ehr).netloc]
    today = datetime.now(UTC).date()
    records = Records(resource for story in stories for resource in story.resources(today))
    permits: Passes[Permit] = Passes(_TOKEN_SECONDS)
    key = SigningKey()
    smart = SmartServer(app, addresses, key, permits)
    client = FhirClient(addresses.fhir, permits)
    form = read_questionnaire(questionnaire_file().read_bytes())
    hooks = HookClient(addresses, key, permits, client)
    office = ehr.Ehr(stories, addresses, client, hooks, form)
    for blueprint in (
        web_pages.blueprint(),
        pages.blueprint(),
        fhir.blueprint(records, permits, addresses.fhir),
        smart_pages.blueprint(smart, addresses, key, records),
        ehr.blueprint(office, smart),
        soreness.blueprint(office),
    ):
        app.register_blueprint(blueprint)
    web_pages.install(app, _knowledge(), cards_dir())
    app.register_error_handler(SecurityError, lambda _: _elsewhere(addresses))
    app.after_request(_add_headers)
    return app


def _elsewhere(addresses: Addresses) -> Response:
    """The answer under another host name: a page of somebody else may have chosen it (DNS rebinding)."""
    return Response(
        f"Open {addresses.ehr}/ : the demo EHR answers at this address only.\n", 400, mimetype="text/plain"
    )


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
