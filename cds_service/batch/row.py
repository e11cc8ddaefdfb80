"""The row of one patient: what every output of a population review is made of."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from cds_service.batch.facts import Facts, find_facts
from cds_service.knowledge import Knowledge
from cds_service.reading import Pool
from cds_service.reading.records import KINDS
from cds_service.review import Review

_EXTENSION = "example.leg-soreness"


class CardRow(Struct, frozen=True):
    """A card as far as a list of patients needs it; `detail` is Markdown.

    `evidence` names the records the card rests on, `fingerprint` stays the same while the facts do.
    """

    id: str
    indicator: str
    summary: str
    detail: str
    version: str
    fingerprint: str
    evidence: list[str]


class Resources(Struct, frozen=True):
    """What became of the resources of one patient: read by type, skipped by reason."""

    read: dict[str, int]
    skipped: dict[str, int]
    repeated: int  # the same resource again, or another version of it
    of_other_patients: int


class Row(Struct, frozen=True):
    """The review of one patient; `closed_by` says why there are no cards, "" otherwise.

    `facts` are there where the gates are open.
    """

    patient: str
    sources: list[str]
    service: str
    closed_by: str
    cards: list[CardRow]
    ranking: list[dict[str, Any]]
    resources: Resources
    skipped: list[dict[str, str]]
    incomplete: list[str]
    facts: Facts | None = None


def row_of(
    found: Review, pool: Pool, knowledge: Knowledge, service: str, sources: list[str], held: int
) -> Row:
    """The row of the review of `pool`; `held` entries should have been read or skipped."""
    chart = found.chart
    return Row(
        patient=found.patient_id,
        sources=sources,
        service=service,
        closed_by=found.closed_by,
        cards=list(_cards(found, knowledge, service)) if found.cards else [],
        ranking=_ranking(found.cards),
        resources=_resources(found, pool, held),
        skipped=[{"ref": skipped.ref, "reason": skipped.reason} for skipped in chart.skipped],
        incomplete=list(chart.incomplete),
        facts=find_facts(found, knowledge),
    )


def _resources(found: Review, pool: Pool, held: int) -> Resources:
    read = {kind: len(pool.of_kind(kind)) for kind in KINDS if pool.of_kind(kind)}
    others = pool.of_other_patients
    return Resources(
        read=read,
        skipped=dict(Counter(skipped.reason for skipped in found.chart.skipped)),
        repeated=max(0, held - sum(read.values()) - others - len(pool.skipped)),
        of_other_patients=others,
    )


def _ranking(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    name = f"{_EXTENSION}.ranking"
    extensions = (card["extension"] for card in cards)
    return next((extension[name]["causes"] for extension in extensions if name in extension), [])


def _cards(found: Review, knowledge: Knowledge, service: str) -> Iterator[CardRow]:
    evidence = _evidence(found, knowledge, service)
    for card in found.cards:
        name = card["source"]["topic"]["code"]
        yield CardRow(
            id=name,
            indicator=card["indicator"],
            summary=card["summary"],
            detail=card["detail"],
            version=card["extension"][f"{_EXTENSION}.knowledge"]["version"],
            fingerprint=card["extension"][f"{_EXTENSION}.fingerprint"],
            evidence=list(dict.fromkeys(evidence.get(name, ()))),
        )


def _evidence(found: Review, knowledge: Knowledge, service: str) -> dict[str, list[str]]:
    """The records behind each card; a sign without one of its own has gone into the card that absorbs it."""
    shown = {card["source"]["topic"]["code"] for card in found.cards}
    allowed = knowledge.services[service].cards
    behind: dict[str, list[str]] = {}
    for sign in found.findings.signs:
        if allowed is None or sign.sign in allowed:
            host = sign.sign if sign.sign in shown else knowledge.signs[sign.sign].absorbed_by
            behind.setdefault(host or sign.sign, []).extend(sign.evidence)
    supported = [cause for cause in found.findings.causes if cause.supported]
    behind[knowledge.ranking.id] = [ref for cause in supported for ref in cause.evidence]
    return behind
