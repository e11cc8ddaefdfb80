"""Warning and safety cards: which fire, how urgently, and what they list."""

from collections.abc import Iterator

from cds_service.knowledge.rules import Firing, Sign
from cds_service.reason.case import Case
from cds_service.reason.causes import CauseEvaluation, bindings, fact, shown_remarks, unique
from cds_service.reason.findings import SignFinding, SignItem
from cds_service.reason.view import ChartView


def firing_signs(view: ChartView, causes: CauseEvaluation) -> Iterator[SignFinding]:
    """The signs that fire, in the order of the cards; those that another one replaces left out."""
    signs, present = view.knowledge.signs, view.present
    asked = [sign for sign in signs.values() if sign.needs & present]
    found = [finding for sign in asked for finding in _fire(sign, causes)]
    replaced = {other for finding in found for other in signs[finding.sign].replaces}
    return (finding for finding in found if finding.sign not in replaced)


def _fire(sign: Sign, causes: CauseEvaluation) -> Iterator[SignFinding]:
    unbound = causes.case(sign)
    cases = [causes.case(sign, bound) if bound else unbound for bound in bindings(sign.each, unbound)]
    fired = [(case, firing) for case in cases if (firing := _first(sign, case))]
    if not fired:
        return
    items = [item for case, _ in fired for item in _items(sign, case)]
    case, firing = fired[0]
    yield SignFinding(
        sign=sign.id,
        indicator=firing.indicator,
        summaries=tuple(_summaries(firing, case, [item.name for item in items])),
        items=tuple(items),
        notes=unique(note for case, _ in fired for note in shown_remarks(sign.notes, case)),
        evidence=unique(ref for case, firing in fired for ref in _evidence(sign, case, firing)),
    )


def _first(sign: Sign, case: Case) -> Firing | None:
    return next((firing for firing in sign.fires if case.holds(firing.when)), None)


def _items(sign: Sign, case: Case) -> Iterator[SignItem]:
    for item in sign.items:
        if case.holds(item.when):
            yield SignItem(case.plain(item.name), fact(item.say, item.when, case))


def _summaries(firing: Firing, case: Case, names: list[str]) -> Iterator[str]:
    """The summary with all items, then with fewer, so that one of them is short enough."""
    for count in range(len(names), 0, -1):
        yield case.plain(firing.summary, items=names[:count])
    if not names:
        yield case.plain(firing.summary, items=[])


def _evidence(sign: Sign, case: Case, firing: Firing) -> Iterator[str]:
    yield from case.evidence(firing.when)
    for item in sign.items:
        if case.holds(item.when):
            yield from case.evidence(item.when)
