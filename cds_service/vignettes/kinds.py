"""The three kinds of case every rule needs: it holds, it is silent, something needed is not known."""

from collections.abc import Iterator

from cds_service.knowledge import Knowledge
from cds_service.knowledge.rules import Cause, Sign
from cds_service.reason import ChartView
from cds_service.reason.causes import CauseEvaluation
from cds_service.truth import Truth
from cds_service.vignettes.run import Story

_HOLDS = "a case in which it is supported or fires"
_SILENT = "a case in which everything it asks for is known and it is silent"
_NOT_KNOWN = "a case in which something it needs is not known"


def missing_kinds(rule_id: str, stories: list[Story], knowledge: Knowledge) -> list[str]:
    """The kinds of case that no story of a rule is."""
    found = {kind for story in stories for kind in _kinds(rule_id, story, knowledge)}
    return [kind for kind in (_HOLDS, _SILENT, _NOT_KNOWN) if kind not in found]


def _kinds(rule_id: str, story: Story, knowledge: Knowledge) -> Iterator[str]:
    found = story.run(knowledge).found
    if found.closed:
        return
    if found.tier in ("strong", "moderate", "weak") or found.fires in ("critical", "warning", "info"):
        yield _HOLDS
    truths = _deciding(rule_id, story, knowledge)
    if None in truths or found.tier == "unknown":
        yield _NOT_KNOWN
    elif found.tier == "none" or found.fires == "no":
        yield _SILENT


def _deciding(rule_id: str, story: Story, knowledge: Knowledge) -> list[Truth]:
    """The truth of the sentences that decide whether the rule speaks at all."""
    rule = knowledge.causes.get(rule_id) or knowledge.signs[rule_id]
    view = ChartView(story.chart, knowledge)
    case = CauseEvaluation(view).case(rule)
    return [case.decide(sentence) for sentence in _deciding_sentences(rule)]


def _deciding_sentences(rule: Cause | Sign) -> Iterator[str]:
    if isinstance(rule, Cause):
        yield from (way.considered_if for way in rule.ways)
    else:
        yield from (firing.when for firing in rule.fires)
