"""`cards/` checked, frozen and compiled: everything the engine knows, loaded once at start."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from cds_service.knowledge.alarms import Alarms, load_alarms
from cds_service.knowledge.amounts import Amount, parse_amount
from cds_service.knowledge.attributes import Attributes, load_attributes
from cds_service.knowledge.catalogue import (
    Derived,
    Gates,
    Notice,
    OverrideReasons,
    Ranking,
    SourceEntry,
    Suggestion,
    load_derived,
    load_gates,
    load_ranking,
    load_sources,
    load_suggestions,
)
from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.glossary import load_remarks
from cds_service.knowledge.language import ENGLISH, Catalogue, read_catalogue
from cds_service.knowledge.limits import ReadingLimits, load_limits
from cds_service.knowledge.loading import load_rule
from cds_service.knowledge.phrases import Gaps, Phrases, load_gaps, load_phrases
from cds_service.knowledge.pictures import Pictures, load_pictures
from cds_service.knowledge.rings import refuse_rings
from cds_service.knowledge.rules import Cause, Sign
from cds_service.knowledge.services import ServiceDefinition, load_services
from cds_service.knowledge.thresholds import Thresholds, load_thresholds
from cds_service.knowledge.translation import translate
from cds_service.knowledge.typed_yaml import typed
from cds_service.knowledge.vocabulary import Vocabulary, load_vocabulary
from cds_service.knowledge.words import Words
from cds_service.knowledge.yaml_source import KnowledgeError, read_yaml

__all__ = [
    "DEFAULT_BASE",
    "ENGLISH",
    "Knowledge",
    "KnowledgeError",
    "in_language",
    "load",
    "rule_files",
    "rule_words",
]

DEFAULT_BASE = "http://leg-soreness.example/fhir"
_LIVE = {"active"}
R = TypeVar("R", Cause, Sign)


class Knowledge(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """All rules, words and texts. `version` names their content; `base` starts our canonical URLs.

    It equals only itself, so that what is made of it can be kept for it.
    """

    version: str
    base: str
    vocabulary: Vocabulary
    reading: ReadingLimits
    services: dict[str, ServiceDefinition]
    thresholds: Thresholds
    amounts: dict[str | float, Amount]
    sources: dict[str, SourceEntry]
    derived: dict[str, Derived]
    gates: Gates
    causes: dict[str, Cause]
    signs: dict[str, Sign]
    suggestions: list[Suggestion]
    ranking: Ranking
    override_reasons: OverrideReasons
    phrases: Phrases
    gaps: Gaps
    notice: Notice
    alarms: Alarms
    pictures: Pictures
    attributes: Attributes
    texts: dict[str, str]
    remarks: list[str]
    language: str = ENGLISH

    def amount(self, text: str | float) -> Amount:
        """An amount of a rule, a threshold by its name included; parsed once."""
        known = self.amounts.get(text)
        if known is None:
            known = self.amounts[text] = parse_amount(text, self.amounts)
        return known


def load(
    overlays: Sequence[Path] = (),
    *,
    base: str = DEFAULT_BASE,
    cards: Path | None = None,
    language: str = ENGLISH,
) -> Knowledge:
    """Read and check all of `cards/`, with its texts in one of the languages of `cards/languages`.

    Raises `KnowledgeError` naming file, line and what would be right.
    """
    cards = cards or cards_dir()
    knowledge = _load(overlays, base, cards)
    return knowledge if language == ENGLISH else in_language(knowledge, read_catalogue(cards, language))


def in_language(knowledge: Knowledge, catalogue: Catalogue) -> Knowledge:
    """The same knowledge with the texts of a catalogue; everything else is shared."""
    return translate(knowledge, catalogue.say, catalogue.tag)


def _load(overlays: Sequence[Path], base: str, cards: Path) -> Knowledge:
    vocabulary = load_vocabulary(cards, overlays)
    sources = load_sources(cards)
    thresholds = load_thresholds(read_yaml(cards / "thresholds.yaml"), sources)
    derived = load_derived(cards, sources)
    words = rule_words(cards, vocabulary, thresholds, sources, derived)
    reasons, notice = (read_yaml(cards / name) for name in ("override_reasons.yaml", "notice.yaml"))
    ranking = load_ranking(cards, words)
    causes = _load_rules(cards / "causes", Cause, words)
    return Knowledge(
        version=content_version(cards),
        base=base.rstrip("/"),
        vocabulary=vocabulary,
        reading=load_limits(cards),
        services=load_services(cards, vocabulary.labs),
        thresholds=thresholds,
        amounts={name: amount for name, amount in words.thresholds.items()},  # noqa: C416 - a wider type of key
        sources=sources,
        derived=derived,
        gates=load_gates(cards, words),
        causes=causes,
        signs=_load_rules(cards / "signs", Sign, words),
        suggestions=load_suggestions(cards, words),
        ranking=ranking,
        override_reasons=typed(reasons, (), reasons.data, OverrideReasons),
        phrases=load_phrases(cards),
        gaps=load_gaps(cards),
        notice=typed(notice, (), notice.data, Notice),
        alarms=load_alarms(cards, {*words.signs, ranking.id, notice.data["id"]}),
        pictures=load_pictures(cards, words, causes),
        attributes=load_attributes(cards),
        remarks=load_remarks(cards),
        texts={file.name: file.read_text(encoding="utf-8") for file in (cards / "text").glob("*.md")},
    )


def rule_words(
    cards: Path,
    vocabulary: Vocabulary,
    thresholds: Thresholds,
    sources: dict[str, SourceEntry],
    derived: dict[str, Derived],
) -> Words:
    """The closed vocabulary of the rule files."""
    units = {name: analyte.unit for name, analyte in vocabulary.labs.analytes.items()}
    return Words(
        drugs=vocabulary.drugs.words(),
        units=units | {entry.name: entry.unit for entry in derived.values()},
        findings=frozenset(vocabulary.findings.words),
        answers={name: item.answers for name, item in vocabulary.items.by_link_id.items()},
        thresholds=thresholds.named(),
        sources=frozenset(sources),
        causes=frozenset(file.stem for file in rule_files(cards / "causes")),
        signs=frozenset(file.stem for file in rule_files(cards / "signs")),
        flags=vocabulary.labs.flags(),
        fractions=vocabulary.labs.fractions(),
        ingredients=vocabulary.drugs.members,
        inputs={name: frozenset(entry.inputs.values()) for name, entry in derived.items()},
    )


def rule_files(folder: Path) -> list[Path]:
    """The rule files of a folder, without their vignettes."""
    return sorted(file for file in folder.glob("*.yaml") if not file.stem.endswith(".vignettes"))


def _load_rules(folder: Path, kind: type[R], words: Words) -> dict[str, R]:
    sources = [read_yaml(file) for file in rule_files(folder)]
    rules = [load_rule(source, kind, words) for source in sources]
    refuse_rings(zip(sources, rules, strict=True))
    live = sorted((rule for rule in rules if rule.status in _LIVE), key=lambda rule: rule.order)
    return {rule.id: rule for rule in live}


def content_version(cards: Path) -> str:
    """The date-free version of the knowledge: a hash over every file that can change a card."""
    digest = hashlib.sha256()
    for file in sorted(cards.rglob("*")):
        if file.is_file() and not file.stem.endswith(".vignettes") and file.name != "lock.json":
            digest.update(str(file.relative_to(cards)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]
