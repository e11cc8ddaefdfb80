"""The basis of every card as one document: the source attributes, and each rule with all its numbers.

Everything comes from `cards/`; nothing is said here that a file there does not say.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec

from cds_service.knowledge import Knowledge
from cds_service.knowledge.attributes import Attributes
from cds_service.knowledge.catalogue import SourceEntry
from cds_service.knowledge.rules import Cap, Cause, FirstOf, Sign, Texts
from cds_service.knowledge.thresholds import DefaultLimit, Mark, NamedAmount
from cds_service.rulebook.clause_words import in_words
from cds_service.rulebook.connected import Gettext
from cds_service.rulebook.on_file import rules_on_file
from cds_service.rulebook.spoken import spoken
from cds_service.wording import translatable

MARKS: dict[Mark, str] = {
    "V": translatable("read at the source"),
    "V2": translatable("read in a secondary copy; to be checked against the source"),
    "M": translatable("from memory, not verified"),
    "D": translatable("our choice; no source claims it"),
}

_NOTICE = translatable("a gate is closed, and what might open it could not be read")


class Citation(msgspec.Struct, frozen=True):
    """A source with the key the rules cite it by."""

    key: str
    what: str
    where: str
    url: str | None


class Condition(msgspec.Struct, frozen=True):
    """A clause in words: its numbers, units, and how old a result may be are in them."""

    name: str
    holds_when: str


class Support(msgspec.Struct, frozen=True):
    """Points of a cause; of the entries with one `choice` only the first that holds counts."""

    choice: int
    points: int
    when: str
    says: str
    once_points: int | None


class Card(msgspec.Struct, frozen=True):
    """When a warning or safety card appears, and what its first line says."""

    indicator: str
    when: str
    says: str


class RuleBasis(msgspec.Struct, frozen=True, kw_only=True):
    """One rule with its anchor, which names its version."""

    anchor: str
    id: str
    title: str
    version: str
    status: str
    evidence: str
    considered_if: list[str] = []
    caps: list[str] = []
    support: list[Support] = []
    cards: list[Card] = []
    conditions: list[Condition] = []
    limits: list[str] = []
    sources: list[Citation] = []


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """The document behind `/source-attributes`."""

    knowledge_version: str
    reviewed: date
    about: Attributes
    tiers: dict[str, int]
    rules: list[RuleBasis]
    gates: dict[str, str]
    thresholds: dict[str, NamedAmount]
    default_limits: dict[str, DefaultLimit]
    design_choices: list[str]
    marks: dict[Mark, str]
    sources: list[Citation]


def basis_of(knowledge: Knowledge, cards: Path, gettext: Gettext) -> Basis:
    """The basis of all cards; `gettext` says what `knowledge` does not, in its language.

    Raises `KnowledgeError` when a rule is unclear.
    """
    limits = knowledge.thresholds
    on_file = [entry.rule for entry in rules_on_file(knowledge, cards)]
    spoken_rules: dict[str, Cause | Sign] = {**knowledge.causes, **knowledge.signs}
    return Basis(
        knowledge_version=knowledge.version,
        reviewed=knowledge.ranking.released,
        about=knowledge.attributes,
        tiers=limits.tiers,
        rules=[
            *(_rule(spoken_rules.get(rule.id, rule), knowledge, gettext) for rule in on_file),
            *_composed(knowledge, gettext),
        ],
        gates={gate.open_if: gate.otherwise for gate in knowledge.gates.gates},
        thresholds=limits.amounts,
        default_limits=limits.default_limits,
        design_choices=_design_choices(knowledge, gettext),
        marks={mark: gettext(meaning) for mark, meaning in MARKS.items()},
        sources=[_citation(key, entry) for key, entry in knowledge.sources.items()],
    )


def _design_choices(knowledge: Knowledge, gettext: Gettext) -> list[str]:
    named = ((gettext(tier), points) for tier, points in knowledge.thresholds.tiers.items())
    from_points = gettext("{tier} from {points}")
    tiers = ", ".join(from_points.format(tier=tier, points=points) for tier, points in named)
    members = {"reading": knowledge.reading, "ranking": knowledge.ranking, "alarms": knowledge.alarms}
    return [text.format(tiers=tiers, **members) for text in knowledge.attributes.design_choices]


def anchor_of(identifier: str, version: str) -> str:
    """The fragment a card's `source.url` ends with."""
    return f"{identifier}-{version}"


def _rule(rule: Cause | Sign, knowledge: Knowledge, gettext: Gettext) -> RuleBasis:
    basis = RuleBasis(
        anchor=anchor_of(rule.id, rule.version),
        id=rule.id,
        title=rule.title,
        version=rule.version,
        status=rule.status,
        evidence=rule.evidence,
        conditions=[
            Condition(name, in_words(clause, knowledge, gettext)) for name, clause in rule.given.items()
        ],
        limits=rule.limits,
        sources=_citations(rule.because, knowledge),
    )
    if isinstance(rule, Sign):
        said = rule.texts
        cards = [
            Card(firing.indicator, firing.when, spoken(said[firing.summary].source, gettext))
            for firing in rule.fires
        ]
        return msgspec.structs.replace(basis, cards=cards)
    caps = [_cap(way.cap, gettext) for way in rule.ways if way.cap]
    considered = [way.considered_if for way in rule.ways]
    groups = [group for way in rule.ways for group in way.points]
    support = list(_support(groups, rule.texts, gettext))
    return msgspec.structs.replace(basis, considered_if=considered, caps=caps, support=support)


def _cap(cap: Cap, gettext: Gettext) -> str:
    unless = gettext(", unless {clause}").format(clause=cap.unless) if cap.unless else ""
    return gettext(cap.tier) + unless


def _support(groups: list[FirstOf], texts: Texts, gettext: Gettext) -> Iterator[Support]:
    for number, group in enumerate(groups, 1):
        for point in group.first_of:
            says = spoken(texts[point.say].source, gettext)
            yield Support(number, point.add, point.when, says, point.needs_points)


def _composed(knowledge: Knowledge, gettext: Gettext) -> Iterator[RuleBasis]:
    """The two cards that no rule file makes: the ranking, and the notice."""
    ranking, notice = knowledge.ranking, knowledge.notice
    yield RuleBasis(
        anchor=anchor_of(ranking.id, ranking.version),
        id=ranking.id,
        title=ranking.title,
        version=ranking.version,
        status="active",
        evidence=ranking.limits,
        cards=[Card("", name, spoken(text, gettext)) for name, text in ranking.summaries.items()],
        sources=_citations(ranking.because, knowledge),
    )
    yield RuleBasis(
        anchor=anchor_of(notice.id, notice.version),
        id=notice.id,
        title=notice.title,
        version=notice.version,
        status="active",
        evidence="",
        cards=[Card("info", gettext(_NOTICE), notice.summary)],
    )


def _citations(keys: list[str], knowledge: Knowledge) -> list[Citation]:
    return [_citation(key, knowledge.sources[key]) for key in keys]


def _citation(key: str, entry: SourceEntry) -> Citation:
    return Citation(key, entry.what, entry.where, entry.url)
