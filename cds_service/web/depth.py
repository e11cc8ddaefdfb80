"""How deep JSON is nested, found without reading it: a guard before anything walks through the data."""

import re
from array import array
from itertools import accumulate

DEEPEST = 100
_NO_BRACKET = bytes(set(range(256)) - set(b"{}[]"))
_DOWN, _UP = b"\x01", b"\xff"  # 1 and -1, as levels
_STEPS = bytes.maketrans(b"{[}]", _DOWN * 2 + _UP * 2)
_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


def is_too_deep(json: bytes, deepest: int = DEEPEST) -> bool:
    """Whether the objects and arrays of valid JSON are nested deeper than `deepest`.

    Texts are looked at only where it seems so, for speed. Texts made up to hide brackets get past this;
    the decoder has a limit of its own.
    """
    steps = _steps(json)
    plausible = steps.count(_DOWN) == steps.count(_UP)
    if plausible and _depth(steps) <= deepest:
        return False
    return _depth(_steps(_TEXT.sub(b"", json))) > deepest


def _steps(json: bytes) -> bytes:
    return json.translate(_STEPS, _NO_BRACKET)


def _depth(steps: bytes) -> int:
    return max(accumulate(array("b", steps)), default=0)
