"""Findings into CDS Hooks cards: in order, at most five, every word of a record escaped."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from cds_service.chart import Skipped
from cds_service.compose import causes_card
from cds_service.compose.crowd import settle
from cds_service.compose.gaps import all_gaps, orders_in_doubt, place_of, supply_gaps
from cds_service.compose.identity import card_uuid, fingerprint
from cds_service.compose.suggestions import suggestions_for
from cds_service.compose.templates import body, cited, with_records
from cds_service.knowledge import Knowledge
from cds_service.knowledge.catalogue import Gate, Unchecked
from cds_service.knowledge.rules import Indicator
from cds_service.reason import ChartView, Findings
from cds_service.reason.findings import SignFinding
from cds_service.wording import SUMMARY_LIMIT, Rendered, fit, plain

Card = dict[str, Any]
_URGENCY: dict[Indicator, int] = {"critical": 0, "warning": 1, "info": 2}
_EXTENSION = "example.leg-soreness"
_NO_DOUBTS: Mapping[str, str] = {}


class _Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A card before it gets its identity."""

    id: str
    version: str
    order: int
    indicator: Indicator
    summary: str
    detail: str
    verdict: tuple[str, ...]
    evidence: tuple[str, ...]
    because: tuple[str, ...]
    extension: dict[str, Any] = {}


def compose(findings: Findings, view: ChartView, allowed: frozenset[str] | None, instance: str) -> list[Card]:
    """The cards of one call, most urgent first.

    `allowed` names the cards this service may return (None: all); `instance` is the hookInstance.
    """
    if findings.closed_by:
        notices = _silence_explained(findings.gate, view) if findings.gate else ()
        return [_finished(draft, findings, view, instance) for draft in notices]
    signs = [sign for sign in findings.signs if allowed is None or sign.sign in allowed]
    ranked = findings.ranked and (allowed is None or view.knowledge.ranking.id in allowed)
    signs = settle(signs, view.knowledge, room=4 if ranked else 5)
    drafts = [_sign(sign, view, gaps=not ranked and sign is signs[-1]) for sign in signs]
    if ranked:
        drafts.append(_causes(findings, view))
    if not drafts:
        drafts.extend(_orders_unchecked(view, doubts=orders_in_doubt(view) if allowed is not None else {}))
    drafts.sort(key=lambda draft: (_URGENCY[draft.indicator], draft.order))
    return [_finished(draft, findings, view, instance) for draft in drafts]


def _sign(finding: SignFinding, view: ChartView, *, gaps: bool) -> _Draft:
    knowledge = view.knowledge
    sign = knowledge.signs[finding.sign]
    told = (sign, *(knowledge.signs[name] for name in finding.absorbed))
    because = tuple(dict.fromkeys(key for one in told for key in one.because))
    text = body(
        knowledge,
        "sign.md",
        items=[with_records(item.fact) for item in finding.items],
        notes=finding.notes,
        gaps=all_gaps(view) if gaps else [],
        evidence=Rendered(sign.evidence),
        sources=cited(knowledge, because),
    )
    fitting = (text for text in finding.summaries if len(text) <= SUMMARY_LIMIT)
    return _Draft(
        id=sign.id,
        version=sign.version,
        order=sign.order,
        indicator=finding.indicator,
        summary=fit(next(fitting, finding.summaries[-1])),
        detail=text,
        verdict=(finding.indicator, sign.version),
        evidence=finding.evidence,
        because=because,
    )


def _causes(findings: Findings, view: ChartView) -> _Draft:
    ranking = view.knowledge.ranking
    supported = findings.supported
    tiers = [f"{finding.cause}:{finding.tier}" for finding in findings.causes]
    versions = [view.knowledge.causes[finding.cause].version for finding in supported]
    return _Draft(
        id=ranking.id,
        version=ranking.version,
        order=ranking.order,
        indicator=causes_card.indicator(findings, view),
        summary=causes_card.summary(findings, view),
        detail=causes_card.detail(findings, view),
        verdict=(*tiers, *versions),
        evidence=tuple(ref for finding in supported for ref in finding.evidence),
        because=tuple(ranking.because),
        extension={f"{_EXTENSION}.ranking": causes_card.ranking(findings, view.knowledge.version)},
    )


def _silence_explained(gate: Gate, view: ChartView) -> Iterator[_Draft]:
    """Silence would read as "all clear": say so when what was not read might have opened the gate."""
    knowledge = view.knowledge
    closed_by = knowledge.phrases.named(gate.otherwise)
    summary = knowledge.notice.summary.format(closed_by=closed_by)
    yield from _notice(gate, summary, view, view.chart.unread)


def _orders_unchecked(view: ChartView, doubts: Mapping[str, str]) -> Iterator[_Draft]:
    """So would silence about orders, when what was not read or not known might have been a reason to warn."""
    unchecked = view.knowledge.notice.unchecked
    summary = unchecked.in_doubt if doubts else unchecked.summary
    yield from _notice(unchecked, summary, view, view.chart.skipped, doubts)


def _notice(
    doubt: Gate | Unchecked,
    summary: str,
    view: ChartView,
    skipped: Iterable[Skipped],
    doubts: Mapping[str, str] = _NO_DOUBTS,
) -> Iterator[_Draft]:
    chart, notice = view.chart, view.knowledge.notice
    closed_by = view.knowledge.phrases.named(doubt.otherwise)
    unread = [one.ref for one in skipped if place_of(one.ref) in doubt.doubtful_if_unread]
    unread += [text for text in chart.incomplete if place_of(text) in doubt.doubtful_if_incomplete]
    if chart.of_other_patients and doubt.doubtful_if_incomplete:
        unread.append(f"of other patients: {chart.of_other_patients}")
    if not unread and not doubts:
        return
    lines = [Rendered(line) for line in (*supply_gaps(chart, view.knowledge), *doubts.values())]
    yield _Draft(
        id=notice.id,
        version=notice.version,
        order=0,
        indicator="info",
        summary=summary,
        detail=body(view.knowledge, "notice.md", gaps=lines, closed_by=closed_by),
        verdict=(notice.version,),
        evidence=(*unread, *doubts),
        because=(),
    )


def _finished(draft: _Draft, findings: Findings, view: ChartView, instance: str) -> Card:
    knowledge = view.knowledge
    mark = fingerprint(view.chart, draft.id, draft.verdict, draft.evidence)
    uuid = card_uuid(knowledge.base, instance, draft.id, mark)
    rule = {"rule": draft.id, "version": draft.version, "knowledgeVersion": knowledge.version}
    card: Card = {
        "uuid": str(uuid),
        "summary": plain(draft.summary),
        "detail": draft.detail,
        "indicator": draft.indicator,
        "source": {
            "label": knowledge.ranking.label,
            "topic": {"system": f"{knowledge.base}/CodeSystem/cards", "code": draft.id},
        },
        "overrideReasons": _reasons(knowledge),
        "extension": {
            f"{_EXTENSION}.fingerprint": mark,
            f"{_EXTENSION}.knowledge": rule,
            **draft.extension,
        },
    }
    if offered := suggestions_for(draft.id, findings.offers, view, uuid):
        card["suggestions"] = offered
        card["selectionBehavior"] = "any"
    sources = [knowledge.sources[key] for key in draft.because]
    if links := [
        {"label": entry.what, "url": entry.url, "type": "absolute"} for entry in sources if entry.url
    ]:
        card["links"] = links
    return card


@lru_cache(maxsize=32)
def _reasons(knowledge: Knowledge) -> list[dict[str, str]]:
    """The same for every card, which nobody changes."""
    reasons, base = knowledge.override_reasons, knowledge.base
    return [
        {"code": code, "system": f"{base}/CodeSystem/{reasons.system}", "display": display}
        for code, display in reasons.reasons.items()
    ]
