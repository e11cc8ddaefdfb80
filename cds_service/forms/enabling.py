"""Which items are asked, given what was answered so far: FHIR `enableWhen`."""

import operator
from collections.abc import Callable, Iterator
from typing import Any

from cds_service.forms.answers import Answers
from cds_service.forms.questionnaire import Enabling, Form, Item

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def enabled_items(form: Form, answers: Answers) -> frozenset[str]:
    """The linkIds of the items that are asked. What stands under an item that is not asked is not either.

    An answer to a question that is itself not asked counts for nothing, so that hiding one question
    hides those that follow from it.
    """
    enabled: frozenset[str] = frozenset(item.linkId for item in form.walk())
    while True:
        counting = {link: values for link, values in answers.items() if link in enabled}
        now = frozenset(link for item in form.item for link in _enabled(item, counting))
        if now == enabled:
            return enabled
        enabled &= now


def _enabled(item: Item, answers: Answers) -> Iterator[str]:
    if _is_enabled(item, answers):
        yield item.linkId
        for inner in item.item:
            yield from _enabled(inner, answers)


def _is_enabled(item: Item, answers: Answers) -> bool:
    if not item.enableWhen:
        return True
    held = (_holds(enabling, answers) for enabling in item.enableWhen)
    return any(held) if item.enableBehavior == "any" else all(held)


def _holds(enabling: Enabling, answers: Answers) -> bool:
    given = answers.get(enabling.question, ())
    if enabling.operator == "exists":
        return bool(given) == enabling.answer
    compare = _COMPARE[enabling.operator]
    return any(type(value) is type(enabling.answer) and compare(value, enabling.answer) for value in given)
