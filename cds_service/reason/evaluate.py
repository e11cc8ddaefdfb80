"""The truth of a clause, by kind. Each kind of clause registers its function here."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from cds_service.chart import Exposure
from cds_service.knowledge.clauses import Clause
from cds_service.reason.held import Held
from cds_service.reason.tiers import Tiers
from cds_service.reason.view import ChartView
from cds_service.truth import Truth
from cds_service.when import When


class CaseLike(Protocol):
    """What a clause may ask of the rule it stands in."""

    view: ChartView
    tiers: Tiers
    bound: Mapping[str, Exposure]

    def held(self, name: str) -> Held:
        """The outcome of a clause."""

    def decide(self, sentence: str) -> Truth:
        """The truth of a sentence."""

    def evidence(self, sentence: str) -> tuple[str, ...]:
        """What the true clauses of a sentence rest on."""

    def point(self, point: str) -> When | tuple[When, ...] | None:
        """A point in time, or several."""

    def moment(self, point: str) -> When | None:
        """A single point in time."""


Evaluator = Callable[[Any, str, CaseLike], Held]
EVALUATORS: dict[type, Evaluator] = {}
"""Kind of clause -> the function that decides it."""
E = TypeVar("E", bound=Evaluator)


def decides(kind: type[Clause]) -> Callable[[E], E]:
    """Register the function that decides a kind of clause."""

    def register(evaluator: E) -> E:
        EVALUATORS[kind] = evaluator
        return evaluator

    return register
