"""One rule tried on one chart: every clause is decided at most once, and only when it is asked for."""

from collections.abc import Mapping
from typing import Any

from cds_service.chart import Exposure
from cds_service.knowledge.rules import Given, Sentences, Texts
from cds_service.reason.evaluate import EVALUATORS
from cds_service.reason.held import Held
from cds_service.reason.tiers import Tiers
from cds_service.reason.view import ChartView
from cds_service.truth import Truth
from cds_service.when import When, days_between
from cds_service.wording import Rendered


class Case:
    """The clauses of one rule on one chart; `bound` fixes clauses that are tried exposure by exposure."""

    def __init__(
        self,
        given: Given,
        sentences: Sentences,
        texts: Texts,
        view: ChartView,
        tiers: Tiers,
        bound: Mapping[str, Exposure] | None = None,
    ) -> None:
        self.given = given
        self.view = view
        self.tiers = tiers
        self.bound: Mapping[str, Exposure] = bound or {}
        self._sentences = sentences
        self._texts = texts
        self._silent = given.silent
        self._present = view.present
        self._held: dict[str, Held] = {}

    def held(self, name: str) -> Held:
        """The outcome of a clause."""
        known = self._held.get(name)
        if known is None:
            known = self._held[name] = self._decided(name)
        return known

    def _decided(self, name: str) -> Held:
        clause = self.given[name]
        if clause.SHARED:
            shared = self.view.shared  # by identity: the knowledge, which the view holds, keeps it unique
            known = shared.get(id(clause))
            if known is None:
                known = shared[id(clause)] = EVALUATORS[type(clause)](clause, name, self)
            return known
        return EVALUATORS[type(clause)](clause, name, self)

    def truth(self, name: str) -> Truth:
        """The truth of a clause; the innermost step of the rules, so written without detours."""
        known = self._held.get(name)
        if known is not None:
            return known.truth
        need = self._silent.get(name)
        if need is not None and need not in self._present:
            return None
        known = self._held[name] = self._decided(name)
        return known.truth

    def decide(self, sentence: str) -> Truth:
        """The truth of a sentence of this rule."""
        return self._sentences[sentence].decide(self.truth)

    def holds(self, sentence: str) -> bool:
        """Whether a sentence is known to be true; quick where the chart lacks all it needs."""
        parsed = self._sentences[sentence]
        needs = parsed.needs
        if needs is not None and needs.isdisjoint(self._present):
            return False
        truth = self.truth(parsed.only) if parsed.only else parsed.decide(self.truth)
        return truth is True

    def evidence(self, sentence: str) -> tuple[str, ...]:
        """What the true clauses of a sentence rest on, without duplicates."""
        parsed = self._sentences[sentence]
        if parsed.only:
            known = self.held(parsed.only)
            return known.evidence if known.truth is True else ()
        refs: dict[str, None] = {}
        for name in parsed.names:
            known = self.held(name)
            if known.truth is True:
                refs.update(dict.fromkeys(known.evidence))
        return tuple(refs)

    def point(self, point: str) -> When | tuple[When, ...] | None:
        """A point in time: `today`, `soreness.onset`, or `clause.attribute`."""
        if point == "today":
            return self.view.chart.today
        name, _, attribute = point.partition(".")
        if name == "soreness":
            soreness = self.view.chart.soreness
            return soreness.onset if attribute == "onset" else soreness.recorded
        return self.held(name).points.get(attribute)

    def moment(self, point: str) -> When | None:
        """A single point in time."""
        found = self.point(point)
        return found if isinstance(found, When) else None

    def markdown(self, source: str, **extra: Any) -> Rendered:
        """A template of this rule, escaped for Markdown."""
        text = self._texts[source]
        return text.markdown(self._words(text.names, extra))

    def plain(self, source: str, **extra: Any) -> str:
        """A template of this rule as plain text."""
        text = self._texts[source]
        return text.plain(self._words(text.names, extra))

    def _words(self, names: frozenset[str], extra: dict[str, Any]) -> dict[str, Any]:
        words = {name: self.held(name).facts for name in names if name in self.given}
        if "soreness" in names:
            words["soreness"] = self._soreness()
        if extra:
            words |= extra
        return words

    def _soreness(self) -> dict[str, str]:
        phrases = self.view.knowledge.phrases
        onset = self.view.chart.soreness.onset
        if onset is None:
            return {"onset": phrases.date_unknown, "since": "", "days": ""}
        days, _ = days_between(onset, self.view.chart.today)
        return {
            "onset": str(onset),
            "since": phrases.soreness_since.format(date=onset),
            "days": str(days),
        }
