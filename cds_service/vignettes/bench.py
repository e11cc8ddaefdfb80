"""Knowledge with one rule put in: a draft to be tried, or a version that is wrong in one place."""

from pathlib import Path

import msgspec

from cds_service.knowledge import Knowledge, rule_words
from cds_service.knowledge.loading import load_rule
from cds_service.knowledge.rules import Cause, Sign
from cds_service.knowledge.yaml_source import Source, read_yaml


class Bench:
    """Rebuilds one rule at a time; vocabulary and all other rules stay as they are loaded."""

    def __init__(self, knowledge: Knowledge, cards: Path) -> None:
        known = knowledge
        self.knowledge = knowledge
        self.cards = cards
        self._words = rule_words(cards, known.vocabulary, known.thresholds, known.sources, known.derived)

    def source(self, rule_id: str) -> Source:
        """The file of a rule."""
        cause = self.cards / "causes" / f"{rule_id}.yaml"
        return read_yaml(cause if cause.is_file() else self.cards / "signs" / f"{rule_id}.yaml")

    def rule(self, source: Source) -> Cause | Sign:
        """The rule a source says.

        Raises `KnowledgeError` for one that is unclear.
        """
        if source.file.parent.name == "causes":
            return load_rule(source, Cause, self._words)
        return load_rule(source, Sign, self._words)

    def with_rule(self, rule: Cause | Sign) -> Knowledge:
        """The knowledge with this rule in place of the one with its id, active or not."""
        known = self.knowledge
        if isinstance(rule, Cause):
            return msgspec.structs.replace(known, causes={**known.causes, rule.id: rule})
        return msgspec.structs.replace(known, signs={**known.signs, rule.id: rule})

    def admitting(self, rule_id: str) -> Knowledge:
        """The knowledge with a rule that is not active yet put in, so that it can be tried."""
        if rule_id in self.knowledge.causes or rule_id in self.knowledge.signs:
            return self.knowledge
        return self.with_rule(self.rule(self.source(rule_id)))
