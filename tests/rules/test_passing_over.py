"""A rule is passed over when the chart lacks all it needs; that never changes what is found."""

import msgspec
import pytest

from cds_service.knowledge import Knowledge, rule_files
from cds_service.knowledge.data import ANYTHING
from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.rules import Cause, Sentences, Sign
from cds_service.knowledge.sentence import Sentence
from cds_service.reason import ChartView, reason
from cds_service.vignettes.survey import Surveyor

RULES = [file.stem for folder in ("causes", "signs") for file in rule_files(cards_dir() / folder)]


def asked_always(rule: Cause | Sign) -> Cause | Sign:
    sentences = Sentences({text: Sentence(text) for text in rule.sentences})
    return msgspec.structs.replace(rule, sentences=sentences, needs=ANYTHING)


@pytest.fixture(scope="module")
def unhurried(knowledge: Knowledge) -> Knowledge:
    """The same rules without what they need, so that every clause of every rule is asked."""
    causes = {name: asked_always(rule) for name, rule in knowledge.causes.items()}
    signs = {name: asked_always(rule) for name, rule in knowledge.signs.items()}
    return msgspec.structs.replace(knowledge, causes=causes, signs=signs)


def test_most_rules_can_be_passed_over(knowledge: Knowledge) -> None:
    rules = [*knowledge.causes.values(), *knowledge.signs.values()]
    assert sum(not rule.needs & ANYTHING for rule in rules) > len(rules) / 2


@pytest.mark.parametrize("rule", RULES)
def test_passing_over_changes_nothing(
    rule: str, surveyor: Surveyor, knowledge: Knowledge, unhurried: Knowledge
) -> None:
    for story in surveyor.stories(rule):
        assert reason(ChartView(story.chart, knowledge)) == reason(ChartView(story.chart, unhurried))
