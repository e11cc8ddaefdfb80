"""The Markdown of a card as HTML: no HTML of its own, no image, and links that say nothing about us."""

from markdown_it import MarkdownIt
from markupsafe import Markup

_READER = MarkdownIt("commonmark", {"html": False}).disable("image")


def render_markdown(text: str) -> Markup:
    """The text as HTML that may stand in a page; HTML in it is shown as it was typed."""
    tokens = _READER.parse(text)
    for token in (child for outer in tokens for child in outer.children or ()):
        if token.type == "link_open":
            token.attrSet("rel", "noreferrer")
    return Markup(_READER.renderer.render(tokens, _READER.options, {}))  # noqa: S704 - html is off
