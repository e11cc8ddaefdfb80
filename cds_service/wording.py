"""Words for cards: every text taken from a record is cleaned, and escaped where Markdown is read.

A card is rendered by software we do not know, often as GitHub-Flavoured Markdown with raw HTML. So
text from a record must come out as visible, dead text: no tag, no link, no image, no autolink.
"""

import re
import unicodedata
from collections.abc import Iterable

SUMMARY_LIMIT = 139  # CDS Hooks 2.0.1: `summary` is shorter than 140 characters
_SPACE = re.compile(r"\s+")
_SPECIAL = re.compile(r"([\\\[\]*_`~|])")
_TAG_START = re.compile(r"<(?![\s\d=])")
_AUTOLINK = re.compile(r"://|\bwww\.|@", re.IGNORECASE)
_HARMLESS = re.compile(r"[A-Za-z0-9.,;%()/+ -]*")  # no character that Markdown reads
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


class Rendered(str):
    """Text that has been through a template already and must not be escaped again."""

    __slots__ = ()


def clean(text: str) -> str:
    """One line without control, format (bidi), surrogate or private-use characters."""
    if not text.isascii() or not text.isprintable():
        text = "".join(" " if char.isspace() else char for char in text if _visible(char))
    return _SPACE.sub(" ", text).strip()


def _visible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) not in _UNSEEN


def _break_link(match: re.Match[str]) -> str:
    found = match[0]
    return {"://": ": //", "@": " @ "}.get(found, found[:-1] + " .")


def plain(text: str) -> str:
    """Text of a record for a place that shows plain text: no tag and no address that could link."""
    return _AUTOLINK.sub(_break_link, _TAG_START.sub("(", clean(text)))


def escape_markdown(text: str) -> str:
    """Text of a record for a place that renders Markdown; `<3.5` stays readable, `<b>` is dead."""
    if isinstance(text, Rendered):
        return text
    if _HARMLESS.fullmatch(text) and "  " not in text and "www." not in text.lower():
        return text.strip()
    dead = _AUTOLINK.sub(_break_link, clean(text)).replace("&", "&amp;")
    return _SPECIAL.sub(r"\\\1", _TAG_START.sub("&lt;", dead).replace(">", "&gt;"))


def listed(words: Iterable[str], conjunction: str = " and ") -> str:
    """`a`, `a and b`, `a, b and c`."""
    known = list(words)
    return conjunction.join([", ".join(known[:-1]), known[-1]]) if len(known) > 1 else "".join(known)


def fit(text: str, limit: int = SUMMARY_LIMIT) -> str:
    """At most `limit` characters, cut at a word where possible."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    head, _, _ = cut.rpartition(" ")
    return (head if len(head) > limit // 2 else cut).rstrip(" ,;:") + "\u2026"


def translatable(text: str) -> str:
    """Marks a text that is translated later, where it is shown, so that it is found for the catalogues."""
    return text
