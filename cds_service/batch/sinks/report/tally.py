"""Running counts of a population: all that its pictures need, whatever its size."""

from collections import Counter
from math import floor

from cds_service.batch.facts import Facts
from cds_service.batch.row import Row
from cds_service.batch.sinks.base import Header, most_urgent
from cds_service.knowledge.pictures import Pictures

NO_MEDICINE, NO_DAY, FIRST, NO_BAR = "no medicine", "no day", "soreness first", "more than one bar"


class Tally:
    """Counts rows as they pass by. Bars of a distribution are numbered from the value 0 on."""

    def __init__(self, header: Header) -> None:
        self._pictures = header.knowledge.pictures
        self.patients = 0
        self.open = 0
        self.urgency: Counter[str] = Counter()
        self.gates: Counter[str] = Counter()
        self.cards: Counter[tuple[str, str]] = Counter()  # card, indicator
        self.causes: Counter[tuple[str, str]] = Counter()  # cause, tier
        self.kinds: Counter[str] = Counter()
        self.records: Counter[str] = Counter()  # not or not fully read, by reason
        self.unread = 0
        self.incomplete = 0
        self.onset_known = 0
        self.onset: Counter[int] = Counter()
        self.onset_within: Counter[int] = Counter()
        self.onset_left_out: Counter[str] = Counter()
        self.limits = {name: _limits(name, self._pictures) for name in self._pictures.levels}
        self.levels: dict[str, Counter[int]] = {name: Counter() for name in self._pictures.levels}
        self.levels_below: Counter[tuple[str, float]] = Counter()
        self.levels_left_out: Counter[str] = Counter()

    def count(self, row: Row) -> None:
        """Take in the review of one patient."""
        self.patients += 1
        self.gates.update([row.closed_by] if row.closed_by else ())
        self.urgency.update(filter(None, [most_urgent(row)]))
        self.cards.update((card.id, card.indicator) for card in row.cards)
        self.causes.update((entry["cause"], entry["tier"]) for entry in row.ranking)
        self.kinds.update(row.resources.read.keys())
        self.records.update(row.resources.skipped)
        self.unread += bool(row.skipped)
        self.incomplete += bool(row.incomplete)
        if row.facts:
            self._count_facts(row.facts)

    @property
    def with_cards(self) -> int:
        """Patients with a card."""
        return self.urgency.total()

    def _count_facts(self, facts: Facts) -> None:
        self.open += 1
        self.onset_known += facts.onset is not None
        place = self._onset_bar(facts)
        if isinstance(place, str):
            self.onset_left_out[place] += 1
        else:
            self.onset[place] += 1
            self._count_within(facts)
        for name, level in facts.levels.items():
            self._count_level(name, level.value)

    def _count_within(self, facts: Facts) -> None:
        assert facts.onset_days is not None  # there is a bar
        self.onset_within.update(days for days in self._pictures.onset_bands if facts.onset_days[1] <= days)

    def _count_level(self, name: str, value: float | None) -> None:
        if value is None:
            self.levels_left_out[name] += 1
            return
        self.levels[name][_bar(value, self._pictures.levels[name].step)] += 1
        self.levels_below.update((name, limit) for limit in self.limits[name] if value < limit)

    def _onset_bar(self, facts: Facts) -> int | str:
        """The bar of the days to the onset, or why there is none."""
        if not facts.after_medicine:
            return NO_MEDICINE
        if facts.onset_days is None:
            return NO_DAY
        fewest, most = facts.onset_days
        if fewest < 0:
            return FIRST if most < 0 else NO_BAR
        bars = {_bar(days, self._pictures.onset_step) for days in (fewest, most)}
        return bars.pop() if len(bars) == 1 else NO_BAR


def patients(count: int) -> str:
    """So many patients, in words."""
    return "1 patient" if count == 1 else f"{count} patients"


def _bar(value: float, step: float) -> int:
    """The number of the bar; rounded first, so that 0.3 / 0.1 is not 2.99."""
    return floor(round(value / step, 9))


def _limits(name: str, pictures: Pictures) -> list[float]:
    """The limits of a level that are values, not multiples of a result's own limit."""
    limits = pictures.limits.get(pictures.levels[name].analyte, ())
    return [limit.number for limit in limits if not limit.limit]
