"""Support points of the causes: ways, alternatives, caps, tiers, and their rank."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from cds_service.knowledge.clauses import MedicationClause
from cds_service.knowledge.rules import Cause, FirstOf, Point, Remark, Tier, Way
from cds_service.reason.case import UNBOUND, Binding, Case, Ruling
from cds_service.reason.findings import CauseFinding, Fact
from cds_service.reason.medicines import fitting
from cds_service.reason.view import ChartView
from cds_service.wording import Rendered

S = TypeVar("S", bound=str)
_RANK: dict[Tier, int] = {"strong": 0, "moderate": 1, "weak": 2, "none": 3, "unknown": 4}
_SUPPORTED: tuple[Tier, ...] = ("strong", "moderate", "weak")
_ONCE: list[Binding] = [UNBOUND]


class _Score(msgspec.Struct, frozen=True):
    """One way on one chart, with the entries that counted."""

    tier: Tier
    total: int
    fired: list[Point]
    case: Case


class CauseEvaluation:
    """All causes on one chart; each is scored when its finding, or another rule its tier, is asked for."""

    def __init__(self, view: ChartView) -> None:
        self._view = view
        self._causes = view.knowledge.causes
        self._findings: dict[str, CauseFinding] = {}

    def ranked(self) -> tuple[CauseFinding, ...]:
        """Every cause once, by tier and then in the fixed order."""
        known = self._findings
        found = [known.get(cause.id) or self._find(cause) for cause in self._causes.values()]
        return tuple(sorted(found, key=_rank))

    def of(self, cause: str) -> Tier:
        """The tier of a cause: the rules ask here for each other's."""
        return (self._findings.get(cause) or self._find(self._causes[cause])).tier

    def case(self, rule: Ruling, bound: Binding = UNBOUND) -> Case:
        """The clauses of a rule on this chart."""
        return Case(rule, self._view, self, bound)

    def _find(self, cause: Cause) -> CauseFinding:
        if cause.needs & self._view.present:
            finding = self._weigh(cause)
        else:
            finding = CauseFinding(cause=cause.id, tier="none", points=0)
        self._findings[cause.id] = finding
        return finding

    def _weigh(self, cause: Cause) -> CauseFinding:
        case = self.case(cause)
        scores = [score for way in cause.ways for score in self._score(cause, way, case)]
        if scores:
            best = min(scores, key=lambda score: (_RANK[score.tier], -score.total))
            return _scored(cause, best)
        if cause.unknown and case.holds(cause.unknown.when or ""):
            return CauseFinding(
                cause=cause.id,
                tier="unknown",
                points=None,
                notes=shown_remarks(cause.notes, case),
                evidence=case.evidence(cause.unknown.when or ""),
                why_unknown=case.markdown(cause.unknown.say),
            )
        return CauseFinding(cause=cause.id, tier="none", points=0, notes=shown_remarks(cause.notes, case))

    def _score(self, cause: Cause, way: Way, unbound: Case) -> Iterator[_Score]:
        for bound in bindings(way.each, unbound):
            case = self.case(cause, bound) if bound else unbound
            if case.holds(way.considered_if):
                fired = counted_points(way, case)
                total = sum([point.add for point in fired])
                yield _Score(self._capped(way, case, total), total, fired, case)

    def _capped(self, way: Way, case: Case, total: int) -> Tier:
        cuts = self._view.knowledge.thresholds.tiers
        tier: Tier = next((name for name in _SUPPORTED if total >= cuts[name]), "none")
        cap = way.cap
        if cap is None or _RANK[tier] >= _RANK[cap.tier]:
            return tier
        return tier if cap.unless and case.holds(cap.unless) else cap.tier


def _rank(finding: CauseFinding) -> int:
    return _RANK[finding.tier]


def bindings(each: str | None, case: Case) -> list[Binding]:
    """One binding for every exposure the clause `each` fits; a single empty one without `each`."""
    if each is None:
        return _ONCE
    clause = case.rule.given[each]
    assert isinstance(clause, MedicationClause)  # checked when the rule was loaded
    found = [exposure for exposure, fits in fitting(clause, case) if fits is True]
    return [{each: exposure} for exposure in found] or _ONCE


def counted_points(way: Way, case: Case) -> list[Point]:
    """The entries of a way that count on this chart."""
    view = case.view
    return view.plan.counter(way, case.rule.sentences)(case, view.present)


def _scored(cause: Cause, score: _Score) -> CauseFinding:
    case = score.case
    told = [(point, fact(point.say, point.when, case)) for point in score.fired]
    short = next((case.plain(point.short) for point, _ in told if point.short and point.add > 0), "")
    return CauseFinding(
        cause=cause.id,
        tier=score.tier,
        points=score.total,
        raised=tuple([said for point, said in told if point.add > 0]),
        lowered=tuple([said for point, said in told if point.add < 0]),
        notes=(*_score_line(cause, case), *shown_remarks(cause.notes, case)),
        advice=shown_remarks(cause.advice, case),
        evidence=unique([ref for _, said in told for ref in said.refs]),
        phrase=case.plain(cause.in_summary, short=short) if score.tier != "none" else "",
    )


def fact(say: str, when: str, case: Case) -> Fact:
    """A rendered sentence with the records its condition rests on."""
    return Fact(case.markdown(say), case.evidence(when))


def _score_line(cause: Cause, case: Case) -> Iterator[Rendered]:
    """A published score as far as the chart fills it; nothing when no item can be scored."""
    if cause.score is None:
        return
    counted = [(item, point) for item in cause.score.items if (point := _first(item, case))]
    if counted:
        score = sum(point.add for _, point in counted)
        possible = sum(max(point.add for point in item.first_of) for item, _ in counted)
        yield case.markdown(cause.score.say, score=score, possible=possible)


def _first(item: FirstOf, case: Case) -> Point | None:
    return next((point for point in item.first_of if case.holds(point.when)), None)


def shown_remarks(remarks: list[Remark], case: Case) -> tuple[Rendered, ...]:
    """The remarks whose sentence holds, rendered."""
    return tuple(
        [case.markdown(remark.say) for remark in remarks if remark.when is None or case.holds(remark.when)]
    )


def unique(texts: Iterable[S]) -> tuple[S, ...]:
    """Without duplicates, in order."""
    return tuple(dict.fromkeys(texts))
