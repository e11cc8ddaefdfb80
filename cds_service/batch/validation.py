"""What `fhir.resources` says about a resource. Slow to import and to run: only `leg-cds check` does."""

from collections.abc import Iterator

import msgspec
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from cds_service.reading.bundles import UNREADABLE, Entry
from cds_service.reading.references import plain_reference
from cds_service.reading.text import clean

_SHOWN = 120
_FAILURES = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What the validators of the library are known to raise beside ValidationError."""


class _Named(msgspec.Struct):
    id: str = ""


def complaints_about(entry: Entry) -> list[str]:
    """Every error with its path and message, never with the value; empty for a valid resource."""
    try:
        model = get_fhir_model_class(entry.kind)
    except (KeyError, ValueError):
        return [f"{_reference(entry)}: no resource type of FHIR R4"]
    try:
        model.model_validate_json(bytes(entry.raw))
    except ValidationError as error:
        ref = _reference(entry)
        return [f"{ref}: {text}" for text in _texts(error)]
    except _FAILURES as error:
        return [f"{_reference(entry)}: cannot be validated ({type(error).__name__})"]
    return []


def _reference(entry: Entry) -> str:
    try:
        given = msgspec.json.decode(entry.raw, type=_Named).id
    except UNREADABLE:
        given = ""
    name = f"{entry.kind}/{given}" if given else plain_reference(entry.full_url)
    return clean(name or f"{entry.kind} without id", _SHOWN)


def _texts(error: ValidationError) -> Iterator[str]:
    for found in error.errors(include_url=False, include_context=False):
        path = clean(".".join(str(part) for part in found["loc"]), _SHOWN)
        value, message = found["input"], found["msg"]
        quotes = isinstance(value, str) and value in message
        yield f"{path}: {'the value is not allowed' if quotes else message}"
