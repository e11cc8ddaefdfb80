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
_PLACEHOLDER_JSON = b'"Patient/example"'


@lru_cache(maxsize=256)
def ready(template: str, base: str) -> tuple[bytes, bytes]:
    """A template (JSON) as FHIR R4 JSON, cut where the patient's reference goes.

    Raises `pydantic.ValidationError` when it is not valid, `ValueError` when it names no patient.
    """
    text = template.replace(_PATIENT, _PLACEHOLDER).replace("{base}", base)
    valid = validate(msgspec.json.decode(text)).encode()
    before, found, after = valid.partition(_PLACEHOLDER_JSON)
    if not found:
        raise ValueError("a proposed resource must name the patient once, as '{patient}'")
    return before, after


def fill(template: str, base: str, patient: str) -> dict[str, Any]:
    """A proposed resource for this patient (`Patient/123` or `urn:uuid:...`)."""
    before, after = ready(template, base)
    resource: dict[str, Any] = msgspec.json.decode(before + msgspec.json.encode(patient) + after)
    return resource


def validate(resource: dict[str, Any]) -> str:
    """The resource as `fhir.resources.R4B` writes it.

    Raises `pydantic.ValidationError` when it is not valid.
    """
    kind = resource["resourceType"]
    model = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
    text: str = model.model_validate(resource).model_dump_json(exclude_none=True)
    return text
