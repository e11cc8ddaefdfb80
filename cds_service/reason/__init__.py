"""Knowledge tried on a chart: findings with the facts that raised and lowered them.

Pure: no clock, no I/O. The same chart and knowledge give the same findings.
"""

from cds_service.reason import labs, medicines, reported, timing
from cds_service.reason.case import Case
from cds_service.reason.causes import CauseEvaluation, shown_remarks
from cds_service.reason.findings import Findings, Offer
from cds_service.reason.signs import firing_signs
from cds_service.reason.view import ChartView

__all__ = ["Case", "ChartView", "Findings", "reason"]

REGISTERED = (labs, medicines, reported, timing)
"""The modules that register the kinds of clauses; importing this package makes them known."""


def reason(view: ChartView) -> Findings:
    """Ask the gates, then try every rule."""
    knowledge = view.knowledge
    causes = CauseEvaluation(view)
    gates = knowledge.gates
    case = causes.case(gates)
    for gate in gates.gates:
        if case.decide(gate.open_if) is not True:
            return Findings(closed_by=f"{gate.id}: {gate.otherwise}", gate=gate)
    signs = tuple(firing_signs(view, causes))
    if case.holds(gates.without_ranking_if):
        kept = tuple(finding for finding in signs if knowledge.signs[finding.sign].in_pregnancy)
        return Findings(signs=kept)
    ranking, ranked = knowledge.ranking, causes.ranked()
    return Findings(
        ranked=True,
        causes=ranked,
        supported=tuple([finding for finding in ranked if finding.supported]),
        signs=signs,
        offers=_offers(view, causes),
        remarks=shown_remarks(ranking.remarks, causes.case(ranking)),
    )


def _offers(view: ChartView, causes: CauseEvaluation) -> tuple[Offer, ...]:
    offers = []
    for suggestion in view.knowledge.suggestions:
        if not suggestion.sentences[suggestion.when].needs & view.present:
            continue
        case = causes.case(suggestion)
        if case.holds(suggestion.when):
            recommended = suggestion.recommended_if
            offers.append(Offer(suggestion, recommended is not None and case.holds(recommended)))
    return tuple(offers)
