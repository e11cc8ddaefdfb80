"""Values as answers to items of the Questionnaire, and the newest answer to each item."""

from collections.abc import Iterable
from functools import partial

from msgspec import Struct

from cds_service.chart import Answer
from cds_service.knowledge.items import Item, Items
from cds_service.reading.codes import ANSWERS
from cds_service.reading.datatypes import CodeableConcept, Quantity
from cds_service.reading.dates import read_date
from cds_service.reading.legs import ONE_LEG, OfOneLeg, Sides, settle_legs
from cds_service.reading.meaning import affirms, affirms_text
from cds_service.reading.quantities import read_number
from cds_service.truth import Truth
from cds_service.when import When


class Given(Struct, frozen=True):
    """The values given to one item, whatever resource they came in."""

    concept: CodeableConcept | None = None
    text: str | None = None
    truth: bool | None = None
    number: float | str | None = None
    quantity: Quantity | None = None
    date: str | None = None


def read_answer(item: Item, given: Iterable[Given], reported: When, ref: str, items: Items) -> Answer | None:
    """The values as an answer to the item; None when they are no answer ("unsure", not readable)."""
    values = list(given)
    if item.type == "choice":
        codes = frozenset(code for value in values if (code := _code(item, value, items)))
        codes -= items.rules.not_answered
        return Answer(item=item.link_id, ref=ref, reported=reported, codes=codes) if codes else None
    for value in values:
        if item.type in ("date", "dateTime"):
            when = read_date(value.date, value.text)
            if when is not None:
                return Answer(item=item.link_id, ref=ref, reported=reported, when=when)
        elif item.type == "integer":
            number = _number(value)
            if number is not None and item.lowest <= number <= item.highest:
                return Answer(item=item.link_id, ref=ref, reported=reported, number=number)
    return None


class Addition(Answer, frozen=True):
    """An answer that adds to an item with several answers instead of replacing them."""


def answer_code(item: Item, code: str, reported: When | None, ref: str, side: str = "") -> Answer:
    """An answer the vocabulary gives, about one leg where the side is left or right."""
    codes = frozenset({code})
    if not item.repeats and side in ONE_LEG:
        return OfOneLeg(item=item.link_id, ref=ref, reported=reported, codes=codes, leg=side)
    kind = Addition if item.repeats else Answer
    return kind(item=item.link_id, ref=ref, reported=reported, codes=codes)


def _number(value: Given) -> float | None:
    if value.quantity is not None:
        return None if value.quantity.comparator else read_number(value.quantity.value)
    return read_number(value.number if value.number is not None else value.text)


def _code(item: Item, value: Given, items: Items) -> str | None:
    if value.truth is not None:
        return _as_answer(item, value.truth, items)
    if value.concept is not None:
        return _coded(item, value.concept, items)
    if value.text is not None:
        return _textual(item, value.text, items)
    return None


def _coded(item: Item, concept: CodeableConcept, items: Items) -> str | None:
    for coding in concept.coding:
        ours = coding.system is None or coding.system.endswith(ANSWERS)
        if ours and coding.code in item.answers:
            return coding.code
    if any(coding.system and not coding.system.endswith(ANSWERS) for coding in concept.coding):
        return _as_answer(item, affirms(concept, items.rules), items)
    return _textual(item, concept.text, items) if concept.text and not concept.coding else None


def _textual(item: Item, text: str, items: Items) -> str | None:
    folded = text.strip().casefold()
    if folded in item.answers:
        return folded
    named = items.answer_texts.get(folded)
    if named in item.answers:
        return named
    known = items.rules.affirmed.words | items.rules.denied.words
    return _as_answer(item, affirms_text(folded, items.rules), items) if folded in known else None


def _as_answer(item: Item, truth: Truth, items: Items) -> str | None:
    """Affirmed or denied in the item's own codes; None where it has no such answer."""
    if truth is None:
        return None
    wanted = items.rules.affirmative if truth else items.rules.negative
    return next(iter(sorted(wanted & item.answers)), None)


def newest_answers(answers: Iterable[Answer], items: Items, sides: Sides) -> dict[str, Answer]:
    """Each item's newest answer; of two equally new ones, the one that does not deny.

    What was said of one leg changes what is known of that leg only.
    """
    found: dict[str, list[Answer]] = {}
    additions: list[Addition] = []
    for answer in answers:
        if isinstance(answer, Addition):
            additions.append(answer)
        else:
            found.setdefault(answer.item, []).append(answer)
    rank = partial(_rank, items.rules.negative)
    newest: dict[str, Answer] = {}
    for item, given in found.items():
        if any(isinstance(answer, OfOneLeg) for answer in given):
            settled = settle_legs(sorted(given, key=rank), sides.get(item), items.rules.negative)
            newest |= {item: settled} if settled else {}
        else:
            newest[item] = max(given, key=rank)
    for addition in sorted(additions, key=_newest_first):
        newest[addition.item] = _added(newest.get(addition.item), addition, items)
    return {item: newest[item] for item in sorted(newest)}


def _rank(negative: frozenset[str], answer: Answer) -> tuple[int, float, bool, str]:
    affirms = not answer.codes <= negative  # a number or a date neither affirms nor denies
    return (*_recency(answer.reported, affirms=affirms), affirms, answer.ref)


def _newest_first(answer: Answer) -> tuple[int, float, str]:
    day, instant = _recency(answer.reported, affirms=True)
    return -day, -instant, answer.ref


def _added(known: Answer | None, addition: Addition, items: Items) -> Answer:
    """The known answer, which keeps its source, with one more code; a denial gives way."""
    codes = known.codes - items.rules.negative if known else frozenset[str]()
    source = known if known and codes else addition
    return Answer(item=addition.item, ref=source.ref, reported=source.reported, codes=codes | addition.codes)


def _recency(reported: When | None, *, affirms: bool) -> tuple[int, float]:
    """A day without a time is taken as its end for what affirms, as its start for what denies."""
    if reported is None:
        return 0, 0.0
    if reported.instant is not None:
        return reported.last, reported.instant
    return reported.last, float("inf") if affirms else float("-inf")
