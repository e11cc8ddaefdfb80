"""Text taken from a record, made safe to keep and to show."""

import re

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]+"
)
"""Control, zero-width and bidirectional-override characters, lone surrogates and tag characters."""


def clean(text: str, length: int) -> str:
    """The text without control and bidi characters, on one line, at most `length` characters."""
    if len(text) <= length and text.isprintable() and "  " not in text:
        return text.strip()
    text = _UNSAFE.sub(" ", text)
    text = " ".join(text[: 4 * length].split())
    return text if len(text) <= length else text[: length - 1] + "…"
