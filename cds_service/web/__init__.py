"""The web front: CDS Hooks over HTTP."""

from flask import Flask, Response

from cds_service.knowledge import Knowledge
from cds_service.review import review as review_patient
from cds_service.settings import Settings
from cds_service.web import cors, discovery, errors, health, home, hooks

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_app(knowledge: Knowledge, settings: Settings, review: hooks.Reviewer = review_patient) -> Flask:
    """The WSGI application; it keeps nothing between two calls."""
    app = Flask(__name__, static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # a redirect would repeat the caller's path
    errors.register(app)
    cors.register(app, settings)
    app.after_request(_add_headers)
    services = knowledge.services.values()
    app.register_blueprint(home.blueprint(services))
    app.register_blueprint(health.blueprint(knowledge.version))
    app.register_blueprint(discovery.blueprint(services))
    app.register_blueprint(hooks.blueprint(knowledge, settings, review))
    return app


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers[name] = value
    return response
