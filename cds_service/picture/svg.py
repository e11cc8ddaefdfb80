"""A timeline as inline SVG, and the same facts as an HTML table. Every text of a record is escaped."""

from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cds_service.picture.layout import lay_out
from cds_service.picture.scale import WIDTH
from cds_service.picture.timeline import Timeline

_ENVIRONMENT = Environment(
    loader=PackageLoader("cds_service", "picture"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)
_ENVIRONMENT.filters["short"] = lambda number: f"{number:.1f}".removesuffix(".0")
STYLE = resources.files(__package__).joinpath("timeline.css").read_text(encoding="utf-8")
"""The style sheet of both; a page has it once. No `style` attribute is used, so a strict policy holds."""


def render_svg(timeline: Timeline, name: str = "tl") -> Markup:
    """The picture. `name` is a word that no other picture of the page has: ids begin with it."""
    return _rendered("timeline.svg", timeline=timeline, layout=lay_out(timeline), width=WIDTH, id=name)


def render_table(timeline: Timeline) -> Markup:
    """The same facts as a table."""
    return _rendered("timeline_table.html", timeline=timeline)


def _rendered(template: str, **words: Any) -> Markup:
    return Markup(_ENVIRONMENT.get_template(template).render(words).strip())  # noqa: S704 - autoescaped
