"""QuestionnaireResponses to the morning-leg-soreness form, nested or flat."""

from collections.abc import Iterable, Iterator

from cds_service.chart import Answer, Skipped
from cds_service.knowledge.items import Items
from cds_service.reading.answers import Given, read_answer
from cds_service.reading.codes import ANSWERS, status_word
from cds_service.reading.datatypes import CodeableConcept
from cds_service.reading.dates import Clock, read_date
from cds_service.reading.resources import FormAnswer, FormItem, QuestionnaireResponse

_USABLE = frozenset({"completed", "amended"})
_NOT_USED = frozenset({"in-progress", "stopped", "entered-in-error"})


def read_forms(
    responses: Iterable[tuple[str, QuestionnaireResponse]], clock: Clock, items: Items
) -> Iterator[Answer]:
    """Every answer to one of our items, dated by `authored`; undated and future forms give none."""
    for ref, response in responses:
        if status_word(response.status) not in _USABLE:
            continue
        reported = clock.past(read_date(response.authored))
        entries = list(_flat(response.item))
        if reported is None or not _is_ours(response, entries, items):
            continue
        given: dict[str, list[Given]] = {}
        for entry in entries:
            for answer in entry.answer:
                link_id = _link_id(entry, answer, items)
                if link_id:
                    given.setdefault(link_id, []).append(_given(answer))
        for link_id, values in given.items():
            read = read_answer(items.by_link_id[link_id], values, reported, ref, items)
            if read is not None:
                yield read


def unread_forms(responses: Iterable[tuple[str, QuestionnaireResponse]], items: Items) -> Iterator[Skipped]:
    """Forms of ours that may report soreness, and cannot be placed in time or understood."""
    for ref, response in responses:
        entries = list(_flat(response.item))
        why = _why_unread(response, entries, items)
        if why and _is_ours(response, entries, items):
            yield Skipped(ref, why)


def _why_unread(response: QuestionnaireResponse, entries: list[FormItem], items: Items) -> str:
    status = status_word(response.status)
    if not status:
        return "status is missing"
    if status not in _USABLE:
        return "" if status in _NOT_USED else "status is none that FHIR has"
    reported = read_date(response.authored)
    if reported is None:
        return "authored is missing or no date"
    rules = items.rules
    asked = [answer for entry in entries if entry.linkId == rules.reported for answer in entry.answer]
    unsure = any(answer.valueCoding and answer.valueCoding.code in rules.not_answered for answer in asked)
    understood = read_answer(items.by_link_id[rules.reported], map(_given, asked), reported, "", items)
    return (
        f"the answer to {rules.reported!r} is not understood" if asked and not (unsure or understood) else ""
    )


def _flat(entries: list[FormItem]) -> Iterator[FormItem]:
    for entry in entries:
        yield entry
        yield from _flat(entry.item)
        for answer in entry.answer:
            yield from _flat(answer.item)


def is_ours(response: QuestionnaireResponse, items: Items) -> bool:
    """Whether it answers our form."""
    return _is_ours(response, list(_flat(response.item)), items)


def _is_ours(response: QuestionnaireResponse, entries: list[FormItem], items: Items) -> bool:
    """By the last segment of its canonical, by our answer codes, or by the item that opens the form."""
    form = response.questionnaire
    canonical = (form if isinstance(form, str) else form.reference if form else None) or ""
    if canonical.partition("|")[0].rpartition("/")[2] == items.canonical:
        return True
    if any(_is_our_code(answer) for entry in entries for answer in entry.answer):
        return True
    return not canonical and any(entry.linkId == items.rules.reported for entry in entries)


def _is_our_code(answer: FormAnswer) -> bool:
    coding = answer.valueCoding
    return coding is not None and (coding.system or "").endswith(ANSWERS)


def _link_id(entry: FormItem, answer: FormAnswer, items: Items) -> str | None:
    """The item asked: by linkId, by the end of its definition, or because one item alone has the answer."""
    for name in (entry.linkId, (entry.definition or "").rpartition("#")[2]):
        if name and name in items.by_link_id:
            return name
    if answer.valueCoding is not None and _is_our_code(answer):
        return items.by_answer.get(answer.valueCoding.code or "")
    return None


def _given(answer: FormAnswer) -> Given:
    number = answer.valueInteger if answer.valueInteger is not None else answer.valueDecimal
    return Given(
        concept=CodeableConcept([answer.valueCoding]) if answer.valueCoding else None,
        text=answer.valueString,
        truth=answer.valueBoolean,
        number=number,
        quantity=answer.valueQuantity,
        date=answer.valueDate or answer.valueDateTime,
    )
