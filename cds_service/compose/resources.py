"""FHIR R4 resources the service proposes, built from suggestions.yaml and validated.

`fhir.resources` is imported when first needed: it costs about a second. A resource is validated
once with a placeholder for the patient; the patient's reference is then put in its place.
"""

from functools import lru_cache
from importlib import import_module
from typing import Any

import msgspec

_PATIENT = "{patient}"
_PLACEHOLDER = "Patient/example"


def fill(resource: dict[str, Any], base: str, patient: str) -> dict[str, Any]:
    """A proposed resource for this patient (`Patient/123` or `urn:uuid:...`).

    Raises `pydantic.ValidationError` when the template in `cards/` is not valid FHIR R4.
    """
    valid = _validated(msgspec.json.encode(resource), base)
    filled: dict[str, Any] = _replace(msgspec.json.decode(valid), _PLACEHOLDER, patient)
    return filled


@lru_cache(maxsize=64)
def _validated(template: bytes, base: str) -> bytes:
    text = template.decode().replace(_PATIENT, _PLACEHOLDER).replace("{base}", base)
    return validate(msgspec.json.decode(text)).encode()


def validate(resource: dict[str, Any]) -> str:
    """The resource as `fhir.resources.R4B` writes it.

    Raises `pydantic.ValidationError` when it is not valid.
    """
    kind = resource["resourceType"]
    model = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
    text: str = model.model_validate(resource).model_dump_json(exclude_none=True)
    return text


def _replace(value: Any, placeholder: str, patient: str) -> Any:
    if isinstance(value, dict):
        return {key: _replace(inner, placeholder, patient) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replace(inner, placeholder, patient) for inner in value]
    return patient if value == placeholder else value
