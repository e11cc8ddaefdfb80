"""Each kind of clause as a sentence, for the explanation and the book.

`gettext` gives a text in the language of the reader; names of the rule language stay as the rule has them.
"""

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
from cds_service.rulebook.connected import Gettext, both, either, point_in_words, span_in_words, untranslated
from cds_service.wording import translatable

_RANGES = {
    "normal": translatable("is in its range"),
    "normal in its own range": translatable("is in the range its laboratory gives"),
    "low": translatable("is below its range"),
    "high": translatable("is above its range"),
}
_MEDICINES = {
    "now": translatable("takes {medicine} now"),
    "ended": translatable("took {medicine} {ended}"),
    "now or ended": translatable("takes {medicine} now, or took it {ended}"),
}
_SORENESS = {
    "reported": translatable("leg soreness is reported"),
    "onset known": translatable("the onset is known"),
}

_STATES = {
    "female": translatable("female"),
    "male": translatable("male"),
    "pregnant": translatable("pregnant"),
    "deceased": translatable("deceased"),
}


@singledispatch
def in_words(clause: Clause, knowledge: Knowledge, gettext: Gettext = untranslated) -> str:
    """What the clause asks, as a sentence without a full stop.

    Raises `NotImplementedError` for a kind nobody described: a defect of this module.
    """
    raise NotImplementedError(type(clause).__name__)


@in_words.register
def _(clause: MedicationClause, _knowledge: Knowledge, gettext: Gettext = untranslated) -> str:
    if clause.before:
        anchor = gettext("before {point}").format(point=point_in_words(clause.before, gettext))
        ended = gettext("until at most {span} {anchor}").format(
            span=span_in_words(clause.within, gettext), anchor=anchor
        )
    else:
        ended = gettext("until at most {span} ago").format(span=span_in_words(clause.within, gettext))
    how = gettext(_MEDICINES[clause.taking]).format(medicine=gettext(clause.medication), ended=ended)
    chosen = gettext("; of several the one started last, but not after the onset") if clause.pick else ""
    return f"{how}{chosen}"


@in_words.register
def _(clause: IntervalClause, _knowledge: Knowledge, gettext: Gettext = untranslated) -> str:
    bounds = [
        gettext("at least {bound}").format(bound=span_in_words(clause.at_least, gettext))
        if clause.at_least
        else "",
        gettext("more than {bound}").format(bound=span_in_words(clause.more_than, gettext))
        if clause.more_than
        else "",
        gettext("at most {bound}").format(bound=span_in_words(clause.within, gettext))
        if clause.within
        else "",
    ]
    return gettext("from {start} to {end}: {days}").format(
        start=point_in_words(clause.from_, gettext),
        end=point_in_words(clause.to, gettext),
        days=both(bounds, gettext) or gettext("any number of days"),
    )


@in_words.register
def _(clause: AnswerClause, knowledge: Knowledge, gettext: Gettext = untranslated) -> str:
    item = knowledge.vocabulary.items.by_link_id[clause.answer]
    if clause.any_of is not None:
        answer = either(clause.any_of, gettext)
    elif clause.dated:
        answer = gettext("with a date")
    else:
        at_least, at_most = clause.at_least, clause.at_most
        bounds = [
            gettext("{number} or more").format(number=f"{at_least:g}") if at_least is not None else "",
            gettext("{number} or less").format(number=f"{at_most:g}") if at_most is not None else "",
        ]
        answer = both(bounds, gettext)
    asked = gettext("\u201c{question}\u201d is answered {answer}")
    return asked.format(question=gettext(item.text), answer=answer)


@in_words.register
def _(clause: LabClause, knowledge: Knowledge, gettext: Gettext = untranslated) -> str:
    compared = (
        (gettext("is below {amount}"), clause.below),
        (gettext("is at least {amount}"), clause.at_least),
        (gettext("is above {amount}"), clause.above),
        (gettext("is at most {amount}"), clause.at_most),
    )
    demands = [
        *(text.format(amount=_amount(bound, knowledge)) for text, bound in compared if bound is not None),
        gettext(_RANGES[clause.range]) if clause.range else "",
        gettext("is marked {flag}").format(flag=clause.flag) if clause.flag else "",
        gettext("measures the {part} fraction").format(part=clause.fraction) if clause.fraction else "",
    ]
    return gettext("the newest usable {result}, at most {span} old, {demands}").format(
        result=gettext(clause.lab),
        span=span_in_words(clause.newer_than, gettext),
        demands=both(demands, gettext) or gettext("exists"),
    )


def _amount(text: str | float, knowledge: Knowledge) -> str:
    amount = knowledge.amount(text)
    number = str(amount).removesuffix(" 1")  # a ratio has the unit 1
    return f"{amount.threshold} ({number})" if amount.threshold else number


@in_words.register
def _(clause: RiseClause, _knowledge: Knowledge, gettext: Gettext = untranslated) -> str:
    text = gettext(
        "{result}, at most {span} old, is {amount} or {ratio} times above "
        "the lowest one of the {before} before"
    )
    return text.format(
        result=gettext(clause.rise),
        span=span_in_words(clause.newer_than, gettext),
        amount=clause.by,
        ratio=f"{clause.or_times:g}",
        before=span_in_words(clause.within, gettext),
    )


@in_words.register
def _(clause: AvailableClause, _knowledge: Knowledge, gettext: Gettext = untranslated) -> str:
    names = _named(clause.available, gettext)
    which = either(names, gettext) if clause.any else both(names, gettext)
    text = gettext("there is a usable result of {results}, at most {span} old")
    return text.format(results=which, span=span_in_words(clause.newer_than, gettext))


@in_words.register
def _(clause: AnsweredClause, _knowledge: Knowledge, gettext: Gettext = untranslated) -> str:
    return gettext("there is an answer to {questions}").format(questions=", ".join(_listed(clause.answered)))


@in_words.register
def _(clause: UnusableClause, _knowledge: Knowledge, gettext: Gettext = untranslated) -> str:
    results = either(_named(clause.unusable, gettext), gettext)
    return gettext("there is a result of {results} that cannot be used").format(results=results)


@in_words.register
def _(clause: ProblemClause, _knowledge: Knowledge, gettext: Gettext = untranslated) -> str:
    state = gettext("recorded, active or not") if clause.ever else gettext("on the problem list and active")
    recent = (
        gettext(", dated at most {span} ago").format(span=span_in_words(clause.within, gettext))
        if clause.within
        else ""
    )
    return f"{state}{recent}: {either(_named(clause.problem, gettext), gettext)}"


@in_words.register
def _(clause: PatientClause, _knowledge: Knowledge, gettext: Gettext = untranslated) -> str:
    if clause.patient == "age":
        if clause.more_than:
            return gettext("the patient's age is more than {age}").format(
                age=span_in_words(clause.more_than, gettext)
            )
        return gettext("the patient's age is {age} or more").format(
            age=span_in_words(clause.at_least, gettext)
        )
    if clause.patient == "age known":
        return gettext("the age is known")
    state = _STATES[clause.is_ if clause.patient == "sex" and clause.is_ else clause.patient]
    return gettext("the patient is {state}").format(state=gettext(state))


@in_words.register
def _(clause: SorenessClause, _knowledge: Knowledge, gettext: Gettext = untranslated) -> str:
    return gettext(_SORENESS[clause.soreness])


@in_words.register
def _(clause: InteractionClause, _knowledge: Knowledge, gettext: Gettext = untranslated) -> str:
    return gettext("a medicine taken now is graded {grade} with {medicine}").format(
        grade=either(clause.interaction, gettext), medicine=clause.of
    )


@in_words.register
def _(clause: DoseClause, _knowledge: Knowledge, gettext: Gettext = untranslated) -> str:
    return gettext("the daily dose of {medicine} is of {intensity} intensity").format(
        medicine=clause.dose, intensity=either(clause.intensity, gettext)
    )


@in_words.register
def _(clause: CauseClause, _knowledge: Knowledge, gettext: Gettext = untranslated) -> str:
    tiers = either([gettext(tier) for tier in clause.tier], gettext)
    return gettext("the support for {cause} is {tiers}").format(cause=clause.cause, tiers=tiers)


@in_words.register
def _(clause: LatestClause, _knowledge: Knowledge, gettext: Gettext = untranslated) -> str:
    return gettext("the latest of {points}, not after {end}").format(
        points=", ".join(point_in_words(point, gettext) for point in clause.latest),
        end=point_in_words(clause.not_after, gettext),
    )


@in_words.register
def _(clause: MeansClause, _knowledge: Knowledge, _gettext: Gettext = untranslated) -> str:
    return clause.means


def _listed(words: str | list[str]) -> list[str]:
    return [words] if isinstance(words, str) else words


def _named(words: str | list[str], gettext: Gettext) -> list[str]:
    return [gettext(word) for word in _listed(words)]
