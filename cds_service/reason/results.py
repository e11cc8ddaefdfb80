"""The results of a chart by analyte, with those derived from others."""

import math
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from cds_service.chart import Chart, Result
from cds_service.knowledge import Knowledge
from cds_service.knowledge.amounts import Amount, parse_age
from cds_service.knowledge.catalogue import Derived
from cds_service.knowledge.thresholds import Thresholds
from cds_service.measure import Measure
from cds_service.truth import Truth
from cds_service.when import When, days_between, within

_NO_CLOCK = -1.0


class Derivation(Result, frozen=True, kw_only=True):
    """A result computed from others; `refs` names all of them."""

    refs: tuple[str, ...]


class Newest(msgspec.Struct, frozen=True):
    """The newest usable result of an analyte, and how old it is today.

    It is at most `days` old, infinity when that is not sure; `seconds` counts from its time of day,
    negative when it has none.
    """

    result: Result
    value: Measure
    days: float
    seconds: float

    def recent(self, days: int, seconds: int) -> bool:
        """Whether it surely is at most so many days old; by the clock where `seconds` are given."""
        if seconds and self.seconds >= 0:
            return self.seconds <= seconds
        return self.days <= days


class Results(dict[str, Newest | None]):
    """The newest usable result of each analyte, None for those without; looked up when asked for."""

    def __init__(self, chart: Chart, knowledge: Knowledge) -> None:
        super().__init__()
        self._today = chart.today
        self._derived = knowledge.derived
        self._usable: dict[str, list[Result]] = {}
        self._all: dict[str, list[Result]] = {}
        for result in chart.results:
            self._all.setdefault(result.analyte, []).append(result)

    def __missing__(self, analyte: str) -> Newest | None:
        usable = self.usable(analyte)
        found = self[analyte] = _aged(usable[0], self._today) if usable else None
        return found

    def analytes(self) -> Iterable[str]:
        """The analytes of which there is a result, usable or not."""
        return self._all

    def unusable(self) -> dict[str, Result]:
        """The newest results of those analytes whose newest one cannot be used."""
        return {analyte: results[0] for analyte, results in self._all.items() if results[0].unusable}

    def all(self, analyte: str) -> list[Result]:
        """Usable and unusable results, newest first."""
        return self._all.get(analyte, [])

    def usable(self, analyte: str) -> list[Result]:
        """Usable results of an analyte, newest first; of a derived one, at most one."""
        known = self._usable.get(analyte)
        if known is None:
            derived = self._derived.get(analyte)
            found = self.all(analyte) if derived is None else self._derive(derived)
            known = self._usable[analyte] = [result for result in found if not result.unusable]
        return known

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
            recent = is_recent(result.taken, derived.newer_than, self._today)
            if recent is True and (exact or derived.without):
                return result
        return None


def is_recent(taken: When | None, limit: str, now: When) -> Truth:
    """Whether something dated `taken` is at most `limit` old (`30 days`, `72 hours`)."""
    if taken is None:
        return None
    days, seconds = parse_age(limit)
    if seconds and taken.instant is not None and now.instant is not None:
        return now.instant - taken.instant <= seconds
    return within(days_between(taken, now), 0, days)


def _aged(result: Result, now: When) -> Newest:
    taken = result.taken
    assert result.value is not None  # usable results have one
    if taken is None:
        return Newest(result, result.value, math.inf, _NO_CLOCK)
    fewest, most = days_between(taken, now)
    seconds = _NO_CLOCK
    if taken.instant is not None and now.instant is not None:
        seconds = max(now.instant - taken.instant, 0)  # the clock of a laboratory may be ahead
    return Newest(result, result.value, most if fewest >= 0 else math.inf, seconds)


def limits_of(result: Result, thresholds: Thresholds) -> tuple[Amount | None, Amount | None, bool]:
    """Lower and upper limit of a result, and whether a default stood in for one of them."""
    default = thresholds.default_limits.get(result.analyte)
    lower, lower_default = _limit(result.low, default.lower if default else None)
    upper, upper_default = _limit(result.high, default.upper if default else None)
    return lower, upper, lower_default or upper_default


def _limit(own: float | None, default: str | None) -> tuple[Amount | None, bool]:
    if own is not None:
        return Amount(own), False
    if default is None:
        return None, False
    return _parsed(default), True


@lru_cache(maxsize=256)
def _parsed(limit: str) -> Amount:
    number, _, unit = limit.partition(" ")
    return Amount(float(number), unit)


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
