"""A chart indexed for the rules, with results derived from others. Made once a patient."""

from collections import defaultdict
from collections.abc import Iterable

from cds_service.chart import Chart, Exposure, Problem, Result
from cds_service.knowledge import Knowledge
from cds_service.knowledge.amounts import Amount, parse_hours
from cds_service.knowledge.catalogue import Derived
from cds_service.measure import Measure
from cds_service.reason.held import Held
from cds_service.truth import Truth
from cds_service.when import When, days_between, within

_SECONDS_AN_HOUR = 3600
_HOURS_A_DAY = 24


class Derivation(Result, frozen=True, kw_only=True):
    """A result computed from others; `refs` names all of them."""

    refs: tuple[str, ...]


class ChartView:
    """Lookups over one chart. Everything is computed at most once."""

    def __init__(self, chart: Chart, knowledge: Knowledge) -> None:
        self.chart = chart
        self.knowledge = knowledge
        self._results: dict[str, list[Result]] = defaultdict(list)
        for result in chart.results:
            self._results[result.analyte].append(result)
        self._usable: dict[str, list[Result]] = {}
        self.shared: dict[int, Held] = {}  # outcomes of shared clauses, by the identity of the clause
        self.present = frozenset(_present(chart, self._results))

    def usable(self, analyte: str) -> list[Result]:
        """Usable results of an analyte, newest first; of a derived one, at most one."""
        known = self._usable.get(analyte)
        if known is None:
            known = self._usable[analyte] = self._find_usable(analyte)
        return known

    def _find_usable(self, analyte: str) -> list[Result]:
        if analyte in self.knowledge.derived:
            return list(self._derive(self.knowledge.derived[analyte]))
        return [result for result in self._results.get(analyte, ()) if not result.unusable]

    def all_results(self, analyte: str) -> list[Result]:
        """Usable and unusable results, newest first."""
        return self._results.get(analyte, [])

    def exposures(self, words: Iterable[str]) -> list[Exposure]:
        """The exposures to any of these ingredients."""
        wanted = frozenset(words)
        return [exposure for exposure in self.chart.exposures if exposure.ingredient in wanted]

    def problems(self, findings: str | list[str]) -> list[Problem]:
        """The problems with any of these findings."""
        wanted = {findings} if isinstance(findings, str) else set(findings)
        return [problem for problem in self.chart.problems if problem.findings & wanted]

    def recent(self, taken: When | None, limit: str) -> Truth:
        """Whether something dated `taken` is at most `limit` old today (`30 days`, `72 hours`)."""
        if taken is None:
            return None
        hours = parse_hours(limit)
        now = self.chart.today
        if hours % _HOURS_A_DAY == 0 and not limit.endswith("hours"):
            return within(days_between(taken, now), 0, hours // _HOURS_A_DAY)
        if taken.instant is not None and now.instant is not None:
            return now.instant - taken.instant <= hours * _SECONDS_AN_HOUR
        return within(days_between(taken, now), 0, hours // _HOURS_A_DAY)

    def limits(self, result: Result) -> tuple[Amount | None, Amount | None, bool]:
        """Lower and upper limit of a result, and whether a default stood in for one of them."""
        default = self.knowledge.thresholds.default_limits.get(result.analyte)
        lower, lower_default = _limit(result.low, default.lower if default else None)
        upper, upper_default = _limit(result.high, default.upper if default else None)
        return lower, upper, lower_default or upper_default

    def _derive(self, derived: Derived) -> Iterable[Result]:
        inputs = {name: self._input(analyte, derived) for name, analyte in derived.inputs.items()}
        missing = [name for name, result in inputs.items() if result is None]
        if any(name not in derived.without for name in missing):
            return
        if missing:
            substitute = inputs[derived.without[missing[0]]]
            if substitute is not None:
                yield substitute
            return
        yield from _computed(derived, [result for result in inputs.values() if result], inputs)

    def _input(self, analyte: str, derived: Derived) -> Result | None:
        for result in self.usable(analyte)[:1]:
            exact = result.value is not None and result.value.exact
            if self.recent(result.taken, derived.newer_than) is True and (exact or derived.without):
                return result
        return None


def _present(chart: Chart, analytes: Iterable[str]) -> Iterable[str]:
    """What the chart has, in the words of `cds_service.knowledge.needs`."""
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


def _limit(own: float | None, default: str | None) -> tuple[Amount | None, bool]:
    if own is not None:
        return Amount(own), False
    if default is None:
        return None, False
    number, _, unit = default.partition(" ")
    return Amount(float(number), unit), True


def _computed(derived: Derived, results: list[Result], inputs: dict[str, Result | None]) -> Iterable[Result]:
    values = {name: result.value.low for name, result in inputs.items() if result and result.value}
    if not all(result.value and result.value.exact for result in results):
        return
    try:
        value = round(derived.compute(values), 6)
    except ZeroDivisionError:
        return
    dating = inputs.get(derived.dated_by) if derived.dated_by else None
    dated = [dating] if dating else results
    taken = min((result.taken for result in dated if result.taken), key=lambda when: when.last)
    unit = "" if derived.unit == "1" else f" {derived.unit}"
    yield Derivation(
        analyte=derived.name,
        label=derived.name,
        shown=f"{value:.4g}{unit}",
        taken=taken,
        ref=results[0].ref,
        refs=tuple(result.ref for result in results),
        value=Measure.of(value),
    )
