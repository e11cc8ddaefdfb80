"""The web front: CDS Hooks over HTTP."""

from urllib.parse import urlsplit

from flask import Flask, Response

from cds_service.forms import read_questionnaire
from cds_service.knowledge import Knowledge
from cds_service.knowledge.files import cards_dir, questionnaire_file
from cds_service.review import review as review_patient
from cds_service.settings import Settings
from cds_service.web import (
    admission,
    artifacts,
    basis,
    cors,
    discovery,
    errors,
    feedback,
    health,
    home,
    hooks,
    operators,
    pages,
    smart,
    version,
)
from cds_service.web.doors import Doors
from cds_service.web.headers import HEADERS
from cds_service.web.lobby import Lobby
from cds_service.web.process import Process


def create_app(
    knowledge: Knowledge,
    settings: Settings,
    review: hooks.Reviewer = review_patient,
    process: Process | None = None,
) -> Flask:
    """The WSGI application. What it keeps between two calls is in `process`."""
    process = process or Process(knowledge, settings)
    app = Flask(__name__, static_folder=None)
    pages.install(app, knowledge, cards_dir())
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # a redirect would repeat the caller's path
    errors.register(app)
    admission.register(app)
    cors.register(app, settings)
    app.after_request(_add_headers)
    doors = Doors(settings, process.admission)
    app.register_blueprint(home.blueprint(knowledge))
    app.register_blueprint(health.blueprint(knowledge.version, process.watchdog, process.store_answers))
    app.register_blueprint(discovery.blueprint(knowledge, doors.to_discovery))
    app.register_blueprint(hooks.blueprint(knowledge, settings, process, doors.to_service, review))
    if process.store and settings.features.feedback:
        limit = settings.limits.body_bytes
        app.register_blueprint(feedback.blueprint(knowledge, limit, process.store, doors.to_feedback))
    lobby = Lobby(settings) if settings.operators else None
    app.register_blueprint(version.blueprint(knowledge.version, process.store, doors, lobby))
    _add_pages(app, knowledge, settings, process, lobby)
    return app


def _add_pages(
    app: Flask, knowledge: Knowledge, settings: Settings, process: Process, lobby: Lobby | None
) -> None:
    """What people look at in a browser."""
    app.config[pages.ROOT] = urlsplit(settings.public_base_url).path
    app.register_blueprint(pages.blueprint())
    app.register_blueprint(basis.blueprint(knowledge))
    app.register_blueprint(artifacts.blueprint(knowledge))
    if process.store and any(issuer.smart for issuer in settings.issuers):
        form = read_questionnaire(questionnaire_file().read_bytes())
        servers = process.fhir_servers
        app.register_blueprint(smart.blueprint(knowledge, form, settings, process.store, servers))
    if process.store and lobby:
        app.register_blueprint(operators.blueprint(knowledge, process.store, lobby))


def _add_headers(response: Response) -> Response:
    own = {name.casefold() for name, _ in response.headers}  # a page for people needs other ones
    for name, value in HEADERS.items():
        if name.casefold() not in own:
            response.headers.add(name, value)
    return response
