"""FHIR searches, as far as the demo EHR knows them; a parameter it does not know is refused, not ignored.

Dates are compared by the day.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cds_service.demo.records import Resource, patient_of
from cds_service.when import When

_TOKENS = {
    "category": ("category",),
    "clinical-status": ("clinicalStatus",),
    "code": ("code", "medicationCodeableConcept"),
    "identifier": ("identifier",),
    "intent": ("intent",),
    "status": ("status",),
}
_DATES = {
    "authored": ("authored", "authoredOn"),
    "authoredon": ("authoredOn",),
    "date": ("effectiveDateTime", "effectivePeriod", "period"),
    "effective": ("effectiveDateTime", "effectivePeriod"),
    "recorded-date": ("recordedDate",),
}
_COMPARE: dict[str, Callable[[When, When], bool]] = {
    "eq": lambda kept, asked: asked.first <= kept.first and kept.last <= asked.last,
    "ge": lambda kept, asked: kept.last >= asked.first,
    "gt": lambda kept, asked: kept.last > asked.last,
    "le": lambda kept, asked: kept.first <= asked.last,
    "lt": lambda kept, asked: kept.first < asked.first,
}
_SORT = "_sort"


class SearchError(ValueError):
    """The search cannot be carried out; the message says which parameter is to blame."""


def search(resources: Sequence[Resource], parameters: Sequence[tuple[str, str]]) -> list[Resource]:
    """The resources that fit all parameters, sorted as `_sort` says.

    Raises `SearchError` for a parameter or value that is not known.
    """
    found = list(resources)
    for name, value in parameters:
        if name != _SORT:
            fits = _condition(name, value)
            found = [resource for resource in found if fits(resource)]
    for name, value in parameters:
        if name == _SORT:
            for key in reversed(value.split(",")):
                found = _sorted(found, key)
    return found


def _condition(name: str, value: str) -> Callable[[Resource], bool]:
    if name == "_id":
        return lambda resource: resource["id"] in value.split(",")
    if name in ("patient", "subject"):
        patient = value.removeprefix("Patient/")
        return lambda resource: patient_of(resource) == patient
    if name in _TOKENS:
        asked = value.split(",")
        return lambda resource: any(_fits(token, asked) for token in _tokens_of(resource, name))
    if name in _DATES:
        return _date_condition(name, value)
    raise SearchError(f"This server cannot search with the parameter {name[:40]!r}.")


def _tokens_of(resource: Resource, name: str) -> Iterator[tuple[str, str]]:
    for member in _TOKENS[name]:
        yield from _tokens(resource.get(member))


def _tokens(value: Any) -> Iterator[tuple[str, str]]:
    """System and code of everything in a code, Coding, CodeableConcept or Identifier, or a list of them."""
    if isinstance(value, str):
        yield "", value
    elif isinstance(value, list):
        for part in value:
            yield from _tokens(part)
    elif isinstance(value, dict):
        yield from _tokens(value.get("coding"))
        if code := value.get("code") or value.get("value"):
            yield value.get("system", ""), code


def _fits(token: tuple[str, str], asked: list[str]) -> bool:
    system, code = token
    return code in asked or f"{system}|{code}" in asked or f"{system}|" in asked


def _date_condition(name: str, value: str) -> Callable[[Resource], bool]:
    prefix, text = (value[:2], value[2:]) if value[:2] in _COMPARE else ("eq", value)
    try:
        asked = When.parse(text)
    except ValueError as error:
        raise SearchError(f"The value of {name!r} is no date.") from error
    compare = _COMPARE[prefix]
    return lambda resource: any(compare(kept, asked) for kept in _dates_of(resource, name))


def _dates_of(resource: Resource, name: str) -> Iterator[When]:
    for member in _DATES[name]:
        value = resource.get(member)
        text = value.get("start") if isinstance(value, dict) else value
        if text:
            yield When.parse(text)


def _sorted(found: list[Resource], key: str) -> list[Resource]:
    """Sorted by a date; what has none comes last either way."""
    name, newest_first = key.removeprefix("-"), key.startswith("-")
    if name not in _DATES:
        raise SearchError(f"This server cannot sort by {name[:40]!r}.")
    dated = [(min(days), resource) for resource in found if (days := _moments(resource, name))]
    undated = [resource for resource in found if not _moments(resource, name)]
    dated.sort(key=lambda pair: pair[0], reverse=newest_first)
    return [resource for _, resource in dated] + undated


def _moments(resource: Resource, name: str) -> list[tuple[int, float]]:
    return [(when.first, when.instant or 0.0) for when in _dates_of(resource, name)]
