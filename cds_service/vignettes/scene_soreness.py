"""`{onset: 2026-11-15, side: both, site: [calf], severity: 3}`: what a vignette's patient reported."""

from typing import Any

from cds_service.chart import Answer, Soreness
from cds_service.knowledge.items import Item, Items
from cds_service.vignettes.entries import Entry

_REF = "QuestionnaireResponse/1"
_DETAILS = ("reported",)
_DATES = ("date", "dateTime")
_NUMBERS = ("integer", "decimal")


def read_soreness(entry: Entry) -> Soreness:
    """Fact F1; soreness is reported unless the case says `reported: false`."""
    reported = entry.flag("reported") if "reported" in entry.data else True
    onset = entry.optional_when("onset")
    if not reported:
        return Soreness(reported=False, onset=onset, why_not="no report")
    return Soreness(reported=True, onset=onset, refs=(_REF,))


def read_answers(entry: Entry, items: Items) -> dict[str, Answer]:
    """The answers by linkId."""
    known = [*items.by_link_id, *_DETAILS]
    answers = {}
    for key, value in entry.data.items():
        entry.known("questionnaire item", key, known, key)
        if key not in _DETAILS:
            answers[key] = _answer(entry, items.by_link_id[key], value, items.rules.not_answered)
    return answers


def _answer(entry: Entry, item: Item, value: Any, no_answers: frozenset[str]) -> Answer:
    key = item.link_id
    if item.type in _DATES:
        return Answer(item=key, ref=_REF, reported=None, when=entry.when(key))
    if item.type in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise entry.error(key, f"{key} is a number, not {value!r}")
        return Answer(item=key, ref=_REF, reported=None, number=float(value))
    codes = value if isinstance(value, list) else [value]
    for code in codes:
        entry.known(f"answer to {key}", str(code), item.answers - no_answers, key)
    return Answer(item=key, ref=_REF, reported=None, codes=frozenset(codes))
