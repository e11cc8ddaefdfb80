"""Pages for people: one look, one set of headers, no script but our own files, nothing from elsewhere."""

from collections.abc import Sequence

from flask import Blueprint, Response, current_app, send_from_directory
from jinja2 import Environment, PackageLoader, StrictUndefined

from cds_service.picture import STYLE
from cds_service.web.pages.language import gettext, install, language
from cds_service.web.pages.markdown import render_markdown

__all__ = ["blueprint", "environment", "install", "page"]

ROOT = "PAGES_ROOT"
"""Name of the configuration value that holds the path before all addresses of the application."""
_STATIC = "static"
_ONE_HOUR = 3600
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors {ancestors}"
)


def _plural(one: str, several: str, number: int) -> str:
    return gettext(one if number == 1 else several)


environment = Environment(
    loader=PackageLoader("cds_service.web.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)
environment.install_gettext_callables(gettext, _plural)  # type: ignore[attr-defined]
environment.filters["markdown"] = render_markdown


def page(
    template: str,
    *,
    status: int = 200,
    framed_by: Sequence[str] = (),
    templates: Environment = environment,
    **values: object,
) -> Response:
    """A page from a template; only origins in `framed_by` may show it in a frame."""
    root = current_app.config.get(ROOT, "")
    text = templates.get_template(template).render(language=language(), root=root, **values)
    answer = Response(text, status, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = _POLICY.format(ancestors=" ".join(framed_by) or "'none'")
    answer.headers["Content-Language"] = language()
    answer.vary.add("Accept-Language")
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    answer.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    return answer


def blueprint() -> Blueprint:
    """The style sheet and scripts of all pages, under `/static/`."""
    pages = Blueprint("pages", __name__)

    @pages.get("/static/timeline.css")
    def timeline_style() -> Response:
        return Response(STYLE, mimetype="text/css", headers={"Cache-Control": f"max-age={_ONE_HOUR}"})

    @pages.get("/static/<path:name>")
    def static_file(name: str) -> Response:
        return send_from_directory(f"{pages.root_path}/{_STATIC}", name, max_age=_ONE_HOUR)

    return pages
