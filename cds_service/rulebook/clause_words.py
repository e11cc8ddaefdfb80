"""Each kind of clause as an English sentence, for the explanation and the book."""

from collections.abc import Sequence
from functools import singledispatch

from cds_service.knowledge import Knowledge
from cds_service.knowledge.clauses import (
    AnswerClause,
    AnsweredClause,
    AvailableClause,
    CauseClause,
    Clause,
    DoseClause,
    InteractionClause,
    IntervalClause,
    LabClause,
    LatestClause,
    MeansClause,
    MedicationClause,
    PatientClause,
    ProblemClause,
    RiseClause,
    SorenessClause,
    UnusableClause,
)

_POINTS = {"today": "today", "soreness.onset": "the onset", "soreness.recorded": "the day it was reported"}
_ATTRIBUTES = {
    "start": "the start of {}",
    "starts": "the starts of {}",
    "end": "the end of {}",
    "increases": "the dose increases of {}",
    "taken": "the sampling of {}",
    "when": "the time given in {}",
    "date": "the date of {}",
    "recorded": "the recording of {}",
}
_RANGES = {
    "normal": "is in its range",
    "normal in its own range": "is in the range its laboratory gives",
    "low": "is below its range",
    "high": "is above its range",
}


@singledispatch
def in_words(clause: Clause, knowledge: Knowledge) -> str:
    """What the clause asks, as a sentence without a full stop.

    Raises `NotImplementedError` for a kind nobody described: a defect of this module.
    """
    raise NotImplementedError(type(clause).__name__)


@in_words.register
def _(clause: MedicationClause, _knowledge: Knowledge) -> str:
    word = clause.medication
    anchor = f"before {point_in_words(clause.before)}" if clause.before else "ago"
    ended = f"until at most {clause.within} {anchor}"
    how = {
        "now": f"takes {word} now",
        "ended": f"took {word} {ended}",
        "now or ended": f"takes {word} now, or took it {ended}",
    }
    chosen = "; of several the one started last, but not after the onset" if clause.pick else ""
    return f"{how[clause.taking]}{chosen}"


@in_words.register
def _(clause: IntervalClause, _knowledge: Knowledge) -> str:
    bounds = [
        f"at least {clause.at_least}" if clause.at_least else "",
        f"more than {clause.more_than}" if clause.more_than else "",
        f"at most {clause.within}" if clause.within else "",
    ]
    said = " and ".join(filter(None, bounds)) or "any number of days"
    return f"from {point_in_words(clause.from_)} to {point_in_words(clause.to)}: {said}"


@in_words.register
def _(clause: AnswerClause, knowledge: Knowledge) -> str:
    item = knowledge.vocabulary.items.by_link_id[clause.answer]
    asked = f"\u201c{item.text}\u201d"
    if clause.any_of is not None:
        return f"{asked} is answered {either(clause.any_of)}"
    if clause.dated:
        return f"{asked} is answered with a date"
    bounds = [
        f"{clause.at_least:g} or more" if clause.at_least is not None else "",
        f"{clause.at_most:g} or less" if clause.at_most is not None else "",
    ]
    return f"{asked} is answered {' and '.join(filter(None, bounds))}"


@in_words.register
def _(clause: LabClause, knowledge: Knowledge) -> str:
    demands = [
        f"is below {_amount(clause.below, knowledge)}" if clause.below is not None else "",
        f"is at least {_amount(clause.at_least, knowledge)}" if clause.at_least is not None else "",
        f"is above {_amount(clause.above, knowledge)}" if clause.above is not None else "",
        f"is at most {_amount(clause.at_most, knowledge)}" if clause.at_most is not None else "",
        _RANGES.get(clause.range or "", ""),
        f"is marked {clause.flag}" if clause.flag else "",
        f"measures the {clause.fraction} fraction" if clause.fraction else "",
    ]
    said = " and ".join(filter(None, demands)) or "exists"
    return f"the newest usable {clause.lab}, at most {clause.newer_than} old, {said}"


def _amount(text: str | float, knowledge: Knowledge) -> str:
    amount = knowledge.amount(text)
    number = str(amount).removesuffix(" 1")  # a ratio has the unit 1
    return f"{amount.threshold} ({number})" if amount.threshold else number


@in_words.register
def _(clause: RiseClause, _knowledge: Knowledge) -> str:
    return (
        f"{clause.rise}, at most {clause.newer_than} old, is {clause.by} or {clause.or_times:g} times above "
        f"the lowest one of the {clause.within} before"
    )


@in_words.register
def _(clause: AvailableClause, _knowledge: Knowledge) -> str:
    names = _listed(clause.available)
    which = either(names) if clause.any else " and ".join(names)
    return f"there is a usable result of {which}, at most {clause.newer_than} old"


@in_words.register
def _(clause: AnsweredClause, _knowledge: Knowledge) -> str:
    return f"there is an answer to {', '.join(_listed(clause.answered))}"


@in_words.register
def _(clause: UnusableClause, _knowledge: Knowledge) -> str:
    return f"there is a result of {either(_listed(clause.unusable))} that cannot be used"


@in_words.register
def _(clause: ProblemClause, _knowledge: Knowledge) -> str:
    state = "recorded, active or not" if clause.ever else "on the problem list and active"
    recent = f", dated at most {clause.within} ago" if clause.within else ""
    return f"{state}{recent}: {either(_listed(clause.problem))}"


@in_words.register
def _(clause: PatientClause, _knowledge: Knowledge) -> str:
    if clause.patient == "age":
        bound = f"more than {clause.more_than}" if clause.more_than else f"{clause.at_least} or more"
        return f"the patient's age is {bound}"
    if clause.patient == "sex":
        return f"the patient is {clause.is_}"
    return "the age is known" if clause.patient == "age known" else f"the patient is {clause.patient}"


@in_words.register
def _(clause: SorenessClause, _knowledge: Knowledge) -> str:
    return {"reported": "leg soreness is reported", "onset known": "the onset is known"}[clause.soreness]


@in_words.register
def _(clause: InteractionClause, _knowledge: Knowledge) -> str:
    return f"a medicine taken now is graded {either(clause.interaction)} with {clause.of}"


@in_words.register
def _(clause: DoseClause, _knowledge: Knowledge) -> str:
    return f"the daily dose of {clause.dose} is of {either(clause.intensity)} intensity"


@in_words.register
def _(clause: CauseClause, _knowledge: Knowledge) -> str:
    return f"the support for {clause.cause} is {either(clause.tier)}"


@in_words.register
def _(clause: LatestClause, _knowledge: Knowledge) -> str:
    points = ", ".join(point_in_words(point) for point in clause.latest)
    return f"the latest of {points}, not after {point_in_words(clause.not_after)}"


@in_words.register
def _(clause: MeansClause, _knowledge: Knowledge) -> str:
    return clause.means


def point_in_words(point: str) -> str:
    """A point in time: `on_statin.start` is "the start of on_statin"."""
    name, _, attribute = point.partition(".")
    return _POINTS.get(point) or _ATTRIBUTES[attribute].format(name)


def either(words: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _listed(words: str | list[str]) -> list[str]:
    return [words] if isinstance(words, str) else words
