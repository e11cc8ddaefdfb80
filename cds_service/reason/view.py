"""A chart indexed for the rules. Made once a patient."""

from collections.abc import Iterable
from functools import cached_property

from cds_service.chart import Chart, Exposure, Result
from cds_service.knowledge import Knowledge
from cds_service.knowledge.amounts import Amount
from cds_service.knowledge.data import present
from cds_service.reason.plan import plan_of
from cds_service.reason.results import Results, is_recent, limits_of
from cds_service.truth import Truth
from cds_service.when import When


class ChartView:
    """Lookups over one chart. Everything is computed at most once."""

    def __init__(self, chart: Chart, knowledge: Knowledge) -> None:
        self.chart = chart
        self.knowledge = knowledge
        self.plan = plan_of(knowledge)

    @cached_property
    def newest(self) -> Results:
        """The newest usable result of each analyte."""
        return Results(self.chart, self.knowledge)

    @cached_property
    def present(self) -> int:
        """What the chart has, as `cds_service.knowledge.data` numbers it."""
        return present(_data(self.chart, self.newest.analytes()))

    @cached_property
    def _ingredients(self) -> frozenset[str]:
        return frozenset([exposure.ingredient for exposure in self.chart.exposures])

    def usable(self, analyte: str) -> list[Result]:
        """Usable results of an analyte, newest first; of a derived one, at most one."""
        return self.newest.usable(analyte)

    def all_results(self, analyte: str) -> list[Result]:
        """Usable and unusable results, newest first."""
        return self.newest.all(analyte)

    def exposures(self, words: frozenset[str]) -> list[Exposure]:
        """The exposures to any of these ingredients."""
        if self._ingredients.isdisjoint(words):
            return []
        return [exposure for exposure in self.chart.exposures if exposure.ingredient in words]

    def recent(self, taken: When | None, limit: str) -> Truth:
        """Whether something dated `taken` is at most `limit` old today (`30 days`, `72 hours`)."""
        return is_recent(taken, limit, self.chart.today)

    def limits(self, result: Result) -> tuple[Amount | None, Amount | None, bool]:
        """Lower and upper limit of a result, and whether a default stood in for one of them."""
        return limits_of(result, self.knowledge.thresholds)


def _data(chart: Chart, analytes: Iterable[str]) -> Iterable[str]:
    """What the chart has, in the words of `cds_service.knowledge.data`."""
    if chart.soreness.onset is not None:
        yield "onset"
    if chart.pregnant:
        yield "pregnant"
    for item in chart.answers:
        yield f"answer:{item}"
    for analyte in analytes:
        yield f"lab:{analyte}"
    for exposure in chart.exposures:
        yield f"drug:{exposure.ingredient}"
    for problem in chart.problems:
        for finding in problem.findings:
            yield f"problem:{finding}"
