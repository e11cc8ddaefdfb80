"""One rule tried on one chart: every clause is decided at most once, and only when it is asked for."""

from collections.abc import Mapping
from typing import Any

from cds_service.chart import Exposure
from cds_service.knowledge.catalogue import Gates, Ranking, Suggestion
from cds_service.knowledge.rules import Cause, Sign
from cds_service.reason.evaluate import pointed_once
from cds_service.reason.held import Facts, Held
from cds_service.reason.medicines import taken
from cds_service.reason.tiers import Tiers
from cds_service.reason.view import ChartView
from cds_service.truth import Truth
from cds_service.when import When, days_between
from cds_service.wording import Rendered

Ruling = Cause | Sign | Suggestion | Gates | Ranking
"""Whatever asks clauses."""
Binding = Mapping[str, Exposure]
"""Clauses that stand for one exposure each."""
UNBOUND: Binding = {}


class Case(dict[str, Truth]):
    """The clauses of one rule on one chart: the truth of each by its name.

    A clause is decided when its truth is first looked up. `bound` fixes clauses that are tried exposure
    by exposure.
    """

    __slots__ = ("_deciders", "_outcomes", "_sentences", "bound", "rule", "tiers", "view")

    def __init__(self, rule: Ruling, view: ChartView, tiers: Tiers, bound: Binding = UNBOUND) -> None:
        self.rule = rule
        self.view = view
        self.tiers = tiers
        self.bound = bound
        self._sentences = rule.sentences
        self._deciders = view.plan.deciders(rule.given)
        self._outcomes: dict[str, Held] = {}
        if bound:
            for name, exposure in bound.items():
                self._outcomes[name] = taken(exposure, view.knowledge.phrases)
                self[name] = True

    def __missing__(self, name: str) -> Truth:
        outcome = self._outcomes[name] = self._deciders[name](self)
        truth = self[name] = outcome.truth
        return truth

    def held(self, name: str) -> Held:
        """The outcome of a clause."""
        if name not in self:
            self.__missing__(name)
        return self._outcomes[name]

    def decide(self, sentence: str) -> Truth:
        """The truth of a sentence of this rule."""
        return self._sentences[sentence].decide(self)

    def holds(self, sentence: str) -> bool:
        """Whether a sentence is known to be true; quick where the chart lacks all it needs."""
        asked = self._sentences[sentence]
        return (asked.needs & self.view.present) != 0 and asked.holds(self)

    def evidence(self, sentence: str) -> tuple[str, ...]:
        """What the true clauses of a sentence rest on, without duplicates."""
        names = self._sentences[sentence].names
        refs = [ref for name in names if self[name] is True for ref in self._outcomes[name].evidence]
        return tuple(dict.fromkeys(refs)) if len(names) > 1 else tuple(refs)

    def moment(self, point: str) -> When | None:
        """A single point in time: `today`, `soreness.onset`, or `clause.attribute`."""
        return pointed_once(point)(self)

    def markdown(self, source: str, **extra: Any) -> Rendered:
        """A template of this rule, escaped for Markdown."""
        text = self.rule.texts[source]
        return text.markdown(self._words(text.names, extra))

    def plain(self, source: str, **extra: Any) -> str:
        """A template of this rule as plain text."""
        text = self.rule.texts[source]
        return text.plain(self._words(text.names, extra))

    def _words(self, names: frozenset[str], extra: dict[str, Any]) -> dict[str, Any]:
        words: dict[str, Facts] = {name: self.held(name).facts for name in names if name in self.rule.given}
        if "soreness" in names:
            words["soreness"] = self._soreness()
        return words | extra if extra else words

    def _soreness(self) -> dict[str, str]:
        phrases = self.view.knowledge.phrases
        onset = self.view.chart.soreness.onset
        if onset is None:
            return {"onset": phrases.date_unknown, "since": "", "days": ""}
        days, _ = days_between(onset, self.view.chart.today)
        return {
            "onset": phrases.dated(onset),
            "since": phrases.soreness_since.format(date=phrases.dated(onset)),
            "days": str(days),
        }
