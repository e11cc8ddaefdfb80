"""Why the rules came to what they did on one chart: plain text, aligned.

The text holds the patient's data; it is for the person who asked, never for a log.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cds_service import truth
from cds_service.knowledge.rules import Cause, Sign, Way
from cds_service.reason import Case, ChartView, Findings
from cds_service.reason.causes import CauseEvaluation, bindings, counted_points
from cds_service.reason.findings import CauseFinding, SignFinding
from cds_service.rulebook.clause_words import in_words

_INDENT = "    "
_WIDTH = len("not known")


class Explanation:
    """The gates and rules tried again on one chart, clause by clause."""

    def __init__(self, view: ChartView, findings: Findings) -> None:
        self._view = view
        self._known = view.knowledge
        self._evaluation = CauseEvaluation(view)
        self._causes = {finding.cause: finding for finding in findings.causes}
        self._signs = {finding.sign: finding for finding in findings.signs}

    def gates(self) -> Iterator[str]:
        """The gates in their order, and what they rest on."""
        gates = self._known.gates
        case = self._evaluation.case(gates)
        yield "Gates"
        for gate in gates.gates:
            open_now = case.decide(gate.open_if)
            closed = "" if open_now is True else f"  -> closed: {gate.otherwise}"
            yield f"{_INDENT}{truth.word(open_now):{_WIDTH}}  {gate.id}  {gate.open_if}{closed}"
        withheld = truth.word(case.decide(gates.without_ranking_if))
        yield f"{_INDENT}{withheld:{_WIDTH}}  no ranking if {gates.without_ranking_if}"
        yield from self._clauses(case)

    def rule(self, rule_id: str) -> Iterator[str]:
        """One rule: what came of it, its clauses, and the points or firings that counted."""
        if rule_id in self._known.causes:
            yield from self._cause(self._known.causes[rule_id])
        else:
            yield from self._sign(self._known.signs[rule_id])

    def _cause(self, cause: Cause) -> Iterator[str]:
        yield f"{cause.id} {cause.version}, {cause.title}: {_verdict(self._causes.get(cause.id))}"
        yield from self._clauses(self._evaluation.case(cause))
        for way in cause.ways:
            for bound in bindings(way.each, self._evaluation.case(cause)):
                yield from self._way(way, self._evaluation.case(cause, bound))

    def _way(self, way: Way, case: Case) -> Iterator[str]:
        considered = case.decide(way.considered_if)
        taken = "".join(f" ({exposure.name})" for exposure in case.bound.values())
        yield f"{_INDENT}considered if {way.considered_if}{taken}: {truth.word(considered)}"
        if considered is not True:
            return
        total = 0
        for point in counted_points(way, case):
            total += point.add
            yield f"{_INDENT}{point.add:+3d}  {case.markdown(point.say)}  [{point.when}]"
        cap = f"; at most {way.cap.tier}" if way.cap else ""
        unless = f" unless {way.cap.unless}" if way.cap and way.cap.unless else ""
        yield f"{_INDENT}{total:3d}  points{cap}{unless}"

    def _sign(self, sign: Sign) -> Iterator[str]:
        yield f"{sign.id} {sign.version}, {sign.title}: {_fired(self._signs.get(sign.id))}"
        for bound in bindings(sign.each, self._evaluation.case(sign)):
            case = self._evaluation.case(sign, bound)
            yield from self._clauses(case)
            for firing in sign.fires:
                fires = truth.word(case.decide(firing.when))
                yield f"{_INDENT}{firing.indicator} when {firing.when}: {fires}"

    def _clauses(self, case: Case) -> Iterator[str]:
        """One line a clause: truth, name, words, evidence, and why it is not known."""
        if not case.rule.given:
            return
        names = max(len(name) for name in case.rule.given)
        words = {name: in_words(clause, self._known) for name, clause in case.rule.given.items()}
        for name in case.rule.given:
            held = case.held(name)
            basis = "; ".join(filter(None, [", ".join(held.evidence), held.why]))
            shown = f"  <- {basis}" if basis else ""
            yield f"{_INDENT}{truth.word(held.truth):{_WIDTH}}  {name:{names}}  {words[name]}{shown}"


def _verdict(finding: CauseFinding | None) -> str:
    if finding is None:
        return "not ranked"
    if finding.tier == "unknown":
        return f"unknown, {finding.why_unknown}"
    return f"{finding.tier}, {finding.points} points"


def _fired(finding: SignFinding | None) -> str:
    return f"{finding.indicator}: {finding.summaries[0]}" if finding else "no card"


def card_lines(cards: Iterable[dict[str, Any]], closed_by: str) -> Iterator[str]:
    """What the call answers with."""
    yield "Cards"
    for card in cards:
        yield f"{_INDENT}{card['indicator']:{_WIDTH}}  {card['source']['topic']['code']}  {card['summary']}"
    if closed_by:
        yield f"{_INDENT}none: {closed_by}"
