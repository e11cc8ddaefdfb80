"""The templates of the report; every value is escaped where it is printed."""

from base64 import b64encode
from hashlib import sha256
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cds_service.picture import STYLE

_ENVIRONMENT = Environment(
    loader=PackageLoader("cds_service.batch.sinks", "report"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def rendered(template: str, **words: Any) -> str:
    """A template filled with words."""
    return _ENVIRONMENT.get_template(template).render(words)


def style() -> tuple[Markup, str]:
    """The style sheet of the page, and its hash for the Content-Security-Policy."""
    own = resources.files(__package__).joinpath("report.css").read_text(encoding="utf-8")
    sheet = own + STYLE
    digest = b64encode(sha256(sheet.encode()).digest()).decode()
    return Markup(sheet), f"sha256-{digest}"  # noqa: S704 - our own file
