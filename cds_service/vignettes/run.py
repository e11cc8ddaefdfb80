"""Run the cases of a rule: each gives what was found, and what of the expectations failed."""

from pathlib import Path

import msgspec

from cds_service.chart import Chart
from cds_service.knowledge import Knowledge
from cds_service.knowledge.files import cards_dir
from cds_service.reason import ChartView, reason
from cds_service.reason.findings import CauseFinding, Findings, SignFinding
from cds_service.vignettes.bench import Bench
from cds_service.vignettes.format import Case, read_vignettes, vignette_file
from cds_service.vignettes.scene import build_chart


class Found(msgspec.Struct, frozen=True):
    """What a rule made of one chart; `closed` says which gate kept it from being asked."""

    tier: str = ""
    points: int | None = None
    fires: str = ""
    texts: tuple[str, ...] = ()
    closed: str = ""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One case of a rule, run. `failures` is empty when everything was as expected."""

    rule: str
    name: str
    file: Path
    line: int
    case: Case
    found: Found
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.failures


def run_vignettes(knowledge: Knowledge, rule_id: str, cards: Path | None = None) -> list[Outcome]:
    """The outcomes of all cases of a rule, active or not; none when it has no vignette file.

    Raises `KnowledgeError` for a vignette file that is unclear.
    """
    cards = cards or cards_dir()
    path = vignette_file(cards, rule_id)
    if path is None:
        return []
    tried = Bench(knowledge, cards).admitting(rule_id)
    return [story.run(tried) for story in read_stories(path, tried)]


class Story(msgspec.Struct, frozen=True):
    """One case with its chart, ready to be run with any version of the rules."""

    rule: str
    case: Case
    chart: Chart
    file: Path
    line: int

    def run(self, knowledge: Knowledge) -> Outcome:
        """The outcome with these rules."""
        found = find(self.rule, self.chart, knowledge)
        return Outcome(
            rule=self.rule,
            name=self.case.name,
            file=self.file,
            line=self.line,
            case=self.case,
            found=found,
            failures=failures(self.case, found),
        )


def read_stories(path: Path, knowledge: Knowledge) -> list[Story]:
    """The cases of a vignette file with their charts.

    Raises `KnowledgeError` for anything unclear in it.
    """
    file = read_vignettes(path)
    return [
        Story(file.rule, case, build_chart(file, index, knowledge), path, file.line(index))
        for index, case in enumerate(file.cases)
    ]


def find(rule_id: str, chart: Chart, knowledge: Knowledge) -> Found:
    """What a rule makes of a chart, with all gates and all other rules at work."""
    findings = reason(ChartView(chart, knowledge))
    if findings.closed_by:
        return Found(closed=findings.closed_by)
    if rule_id in knowledge.signs:
        return _found_sign(next((sign for sign in findings.signs if sign.sign == rule_id), None))
    return _found_cause(rule_id, findings)


def _found_cause(rule_id: str, findings: Findings) -> Found:
    cause = next((cause for cause in findings.causes if cause.cause == rule_id), None)
    if cause is None:
        return Found(closed="causes are not ranked (pregnancy, or the rule is not active)")
    return Found(tier=cause.tier, points=cause.points, texts=_cause_texts(cause))


def _cause_texts(cause: CauseFinding) -> tuple[str, ...]:
    facts = [fact.say for fact in (*cause.raised, *cause.lowered)]
    said = (*facts, *cause.notes, *cause.advice)
    return (*said, cause.why_unknown, cause.phrase)


def _found_sign(sign: SignFinding | None) -> Found:
    if sign is None:
        return Found(fires="no")
    items = [text for item in sign.items for text in (item.name, item.fact.say)]
    return Found(fires=sign.indicator, texts=(sign.summaries[0], *items, *sign.notes))


def failures(case: Case, found: Found) -> tuple[str, ...]:
    """What was expected and is not so, each as a sentence."""
    if found.closed:
        return (f"the rule was not asked: {found.closed}",)
    wrong = [
        f"expected {word} {expected}, found {actual}"
        for word, expected, actual in (
            ("tier", case.tier, found.tier),
            ("points", case.points, found.points),
            ("fires", case.fires, found.fires),
        )
        if expected is not None and expected != actual
    ]
    wrong += [f"does not say {words!r}" for words in case.says if not _said(words, found)]
    wrong += [f"says {words!r}" for words in case.never_says if _said(words, found)]
    return tuple(wrong)


def _said(words: str, found: Found) -> bool:
    return any(words in text for text in found.texts)
