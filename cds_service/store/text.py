"""Text that every database takes."""

import re

_REFUSED = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with NUL and lone surrogates, which drivers refuse, replaced by U+FFFD."""
    return _REFUSED.sub("\ufffd", text)
