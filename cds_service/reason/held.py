"""What became of one clause: its truth, what it rests on, and the words it offers to the texts."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from cds_service.chart import Exposure
from cds_service.truth import Truth
from cds_service.when import When

Points = Mapping[str, When | tuple[When, ...] | None]
Facts = Mapping[str, Any]
_NO_POINTS: Points = {}


class Held(msgspec.Struct):
    """The outcome of a clause.

    `points` are points in time other clauses measure from. `words` gives the words for templates and
    `because` says, piece by piece, what is missing when the truth is not known: most are never asked
    for, so both are put together when they are. `words` must hold no view, which would be a cycle.
    """

    truth: Truth
    evidence: tuple[str, ...] = ()
    points: Points = _NO_POINTS
    exposure: Exposure | None = None
    words: Callable[[], dict[str, Any]] | None = None
    because: tuple[object, ...] = ()
    known_facts: Facts | None = None

    @property
    def facts(self) -> Facts:
        """The words for templates; they always hold `truth`."""
        if self.known_facts is None:
            self.known_facts = {**(self.words() if self.words else {}), "truth": self.truth}
        return self.known_facts

    @property
    def why(self) -> str:
        """What is missing, in words."""
        return "".join(map(str, self.because))


TRUE, FALSE, UNKNOWN = Held(True), Held(False), Held(None)
"""Outcomes with nothing to say."""


def unknown(*because: object) -> Held:
    """A clause that cannot be decided, and why."""
    return Held(None, because=because)
