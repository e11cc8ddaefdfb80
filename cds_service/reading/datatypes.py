"""The few fields of FHIR R4 data types that are read, as typed views for msgspec.

Unknown members are ignored, missing ones take the default. Where real records break the
specification in a known way (a number as a string, a bare code instead of a CodeableConcept),
the type says so; anything else makes the entry unreadable and is reported.
None of them can be part of a cycle, so the garbage collector need not look (`gc=False`).
"""

from typing import Any

import msgspec


class Coding(msgspec.Struct, frozen=True, gc=False):
    """FHIR Coding."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(msgspec.Struct, frozen=True, gc=False):
    """FHIR CodeableConcept."""

    coding: list[Coding] = []
    text: str | None = None


class Identifier(msgspec.Struct, frozen=True, gc=False):
    """FHIR Identifier, as far as a name hides in it (MIMIC keeps drug names there)."""

    system: str | None = None
    value: str | None = None


class Reference(msgspec.Struct, frozen=True, gc=False):
    """FHIR Reference."""

    reference: str | None = None
    display: str | None = None


class Period(msgspec.Struct, frozen=True, gc=False):
    """FHIR Period; dates stay text until `When.parse`."""

    start: str | None = None
    end: str | None = None


class Quantity(msgspec.Struct, frozen=True, gc=False):
    """FHIR Quantity; some servers send the number as a string."""

    value: float | str | None = None
    comparator: str | None = None
    unit: str | None = None
    code: str | None = None


class Range(msgspec.Struct, frozen=True, gc=False):
    """FHIR Range."""

    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(msgspec.Struct, frozen=True, gc=False):
    """FHIR Ratio (strengths: 40 mg / 1 tablet)."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Annotation(msgspec.Struct, frozen=True, gc=False):
    """FHIR Annotation."""

    text: str | None = None


Concept = CodeableConcept | str | None
"""A CodeableConcept, or the bare code that STU3-shaped records send."""

Anything = Any
"""A member whose shape is not relied upon."""
