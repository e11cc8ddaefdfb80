"""What a clause may ask of the rule it stands in, and points in time."""

from collections.abc import Callable
from typing import Protocol, cast

from cds_service.reason.held import Held
from cds_service.reason.tiers import Tiers
from cds_service.reason.view import ChartView
from cds_service.truth import Truth
from cds_service.when import When


class CaseLike(Protocol):
    """The rule on one chart, as its clauses see it."""

    view: ChartView
    tiers: Tiers

    def held(self, name: str) -> Held:
        """The outcome of a clause."""

    def decide(self, sentence: str) -> Truth:
        """The truth of a sentence."""

    def evidence(self, sentence: str) -> tuple[str, ...]:
        """What the true clauses of a sentence rest on."""

    def moment(self, point: str) -> When | None:
        """A single point in time."""


Moment = When | tuple[When, ...] | None


def pointed(point: str) -> Callable[[CaseLike], Moment]:
    """Finds a point in time, or several: `today`, `soreness.onset`, or `clause.attribute`."""
    name, _, attribute = point.partition(".")
    if name == "today":
        return lambda case: case.view.chart.today
    if name == "soreness":
        return _onset if attribute == "onset" else _recorded
    return lambda case: case.held(name).points.get(attribute)


def pointed_once(point: str) -> Callable[[CaseLike], When | None]:
    """Finds a single point in time; the loading of rules has refused where there may be several."""
    return cast("Callable[[CaseLike], When | None]", pointed(point))


def _onset(case: CaseLike) -> When | None:
    return case.view.chart.soreness.onset


def _recorded(case: CaseLike) -> When | None:
    return case.view.chart.soreness.recorded


def behind(point: str) -> Callable[[CaseLike], tuple[str, ...]]:
    """Finds the records a point in time comes from."""
    name, _, _ = point.partition(".")
    if name == "soreness":
        return _behind_onset
    return (lambda _: ()) if name == "today" else (lambda case: case.held(name).evidence)


def _behind_onset(case: CaseLike) -> tuple[str, ...]:
    onset = case.view.chart.answers.get(case.view.knowledge.vocabulary.items.rules.onset)
    return (onset.ref,) if onset else ()
