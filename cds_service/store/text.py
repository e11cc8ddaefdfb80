"""Text that every database takes."""

import re
from collections.abc import Mapping
from typing import Any

_REFUSED = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with NUL and lone surrogates, which drivers refuse, replaced by U+FFFD."""
    if text.isascii() and "\x00" not in text:  # nearly all of it
        return text
    return _REFUSED.sub("\ufffd", text)


def storable_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with all its text storable."""
    return {name: storable(value) if isinstance(value, str) else value for name, value in row.items()}
