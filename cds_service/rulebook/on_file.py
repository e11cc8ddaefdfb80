"""All rules as they are on file, those that are not active included."""

import hashlib
from pathlib import Path

import msgspec

from cds_service.knowledge import Knowledge, rule_files, rule_words
from cds_service.knowledge.loading import load_rule
from cds_service.knowledge.rules import Cause, Sign
from cds_service.knowledge.yaml_source import Source, read_yaml


class RuleOnFile(msgspec.Struct, frozen=True):
    """A rule with the file it stands in."""

    rule: Cause | Sign
    source: Source

    @property
    def sha256(self) -> str:
        """Hash of the bytes of the file."""
        return hashlib.sha256(self.source.file.read_bytes()).hexdigest()


def rules_on_file(knowledge: Knowledge, cards: Path) -> list[RuleOnFile]:
    """Causes, then signs, each in the order of the cards.

    Raises `KnowledgeError` for a rule that is unclear.
    """
    known = knowledge
    words = rule_words(cards, known.vocabulary, known.thresholds, known.sources, known.derived)
    causes = [read_yaml(file) for file in rule_files(cards / "causes")]
    signs = [read_yaml(file) for file in rule_files(cards / "signs")]
    return [
        *sorted((RuleOnFile(load_rule(source, Cause, words), source) for source in causes), key=_order),
        *sorted((RuleOnFile(load_rule(source, Sign, words), source) for source in signs), key=_order),
    ]


def _order(entry: RuleOnFile) -> int:
    return entry.rule.order
