"""What became of one clause: its truth, what it rests on, and the words it offers to the texts."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from cds_service.chart import Exposure
from cds_service.truth import Truth
from cds_service.when import When

Points = Mapping[str, When | tuple[When, ...] | None]


class Held(msgspec.Struct, frozen=True):
    """The outcome of a clause.

    `facts` are the words for templates and always hold `truth`; `points` are points in time other
    clauses measure from; `why` says what is missing when the truth is not known.
    """

    truth: Truth
    evidence: tuple[str, ...] = ()
    facts: dict[str, Any] = {}
    points: Points = {}
    why: str = ""
    exposure: Exposure | None = None


def held(
    truth: Truth,
    evidence: tuple[str, ...] = (),
    facts: Mapping[str, object] | None = None,
    *,
    points: Points | None = None,
    why: str = "",
    exposure: Exposure | None = None,
) -> Held:
    """A `Held` whose facts include its truth."""
    if facts is None:
        return Held(truth, evidence, _BARE[truth], points or _NO_POINTS, why, exposure)
    return Held(truth, evidence, {**facts, "truth": truth}, points or _NO_POINTS, why, exposure)


_BARE: dict[Truth, dict[str, Any]] = {truth: {"truth": truth} for truth in (True, False, None)}
_NO_POINTS: Points = {}


@lru_cache(maxsize=1024)
def _unknown(why: str) -> Held:
    return Held(None, facts={"truth": None}, why=why)


def unknown(why: str, facts: Mapping[str, object] | None = None) -> Held:
    """A clause that cannot be decided, and why."""
    return held(None, facts=facts, why=why) if facts else _unknown(why)
