"""The resources that are read, as typed views of the few fields a rule can use.

Members named in `ESSENTIAL` change what a resource means: a resource in which one of them cannot
be read is skipped; any other unreadable member is left out and said.
"""

from msgspec import Struct

from cds_service.reading.datatypes import (
    Annotation,
    CodeableConcept,
    Coding,
    Concept,
    Identifier,
    Period,
    Quantity,
    Range,
    Reference,
)

ESSENTIAL = frozenset(
    {
        "resourceType", "status", "clinicalStatus", "verificationStatus", "doNotPerform", "intent",
        "subject", "reference", "code", "system", "value", "comparator", "unit", "linkId", "answer",
        "deceasedBoolean", "deceasedDateTime", "medication", "medicationCodeableConcept",
        "medicationReference", "statusReason", "reasonNotTaken", "wasNotTaken", "taken",
        "valueQuantity", "valueCodeableConcept", "valueString", "valueBoolean", "valueInteger",
        "valueCoding", "dataAbsentReason", "abatementDateTime", "appliesTo", "age",
    }
)  # fmt: skip

Concepts = list[CodeableConcept] | CodeableConcept | None
"""A list, or the single object some servers send in its place."""


class Patient(Struct, frozen=True, gc=False):
    """FHIR Patient."""

    id: str | None = None
    birthDate: str | None = None
    gender: str | None = None
    deceasedBoolean: bool | None = None
    deceasedDateTime: str | None = None
    identifier: list[Identifier] = []


class Diagnosis(Struct, frozen=True, gc=False):
    """FHIR Encounter.diagnosis."""

    condition: Reference | None = None


class Encounter(Struct, frozen=True, gc=False):
    """FHIR Encounter; `reason` is STU3's name for `reasonCode`."""

    status: str | None = None
    period: Period | None = None
    reasonCode: Concepts = None
    reason: Concepts = None
    reasonReference: list[Reference] = []
    diagnosis: list[Diagnosis] = []


class Condition(Struct, frozen=True, gc=False):
    """FHIR Condition; `assertedDate` is STU3's name for `recordedDate`."""

    code: CodeableConcept | None = None
    clinicalStatus: Concept = None
    verificationStatus: Concept = None
    category: Concepts = None
    bodySite: Concepts = None
    encounter: Reference | None = None
    onsetDateTime: str | None = None
    onsetPeriod: Period | None = None
    abatementDateTime: str | None = None
    abatementPeriod: Period | None = None
    abatementString: str | None = None
    abatementBoolean: bool | None = None
    recordedDate: str | None = None
    assertedDate: str | None = None


class ReferenceRange(Struct, frozen=True, gc=False):
    """FHIR Observation.referenceRange."""

    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None
    appliesTo: Concepts = None
    age: Range | None = None


class Measured(Struct, frozen=True, gc=False):
    """What an Observation and its components have in common."""

    code: CodeableConcept | None = None
    valueQuantity: Quantity | None = None
    valueCodeableConcept: CodeableConcept | None = None
    valueString: str | None = None
    valueBoolean: bool | None = None
    valueInteger: int | None = None
    valueDateTime: str | None = None
    dataAbsentReason: Concept = None
    interpretation: Concepts = None
    referenceRange: list[ReferenceRange] = []


class Component(Measured, frozen=True, gc=False):
    """FHIR Observation.component."""


class Observation(Measured, frozen=True, gc=False):
    """FHIR Observation; `comment` is STU3's single note."""

    status: str | None = None
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    effectiveInstant: str | None = None
    issued: str | None = None
    bodySite: Concepts = None
    note: list[Annotation] = []
    comment: str | None = None
    component: list[Component] = []


class FormAnswer(Struct, frozen=True, gc=False):
    """FHIR QuestionnaireResponse.item.answer."""

    valueCoding: Coding | None = None
    valueString: str | None = None
    valueBoolean: bool | None = None
    valueInteger: int | None = None
    valueDecimal: float | None = None
    valueDate: str | None = None
    valueDateTime: str | None = None
    valueQuantity: Quantity | None = None
    item: "list[FormItem]" = []


class FormItem(Struct, frozen=True, gc=False):
    """FHIR QuestionnaireResponse.item."""

    linkId: str | None = None
    definition: str | None = None
    answer: list[FormAnswer] = []
    item: "list[FormItem]" = []


class QuestionnaireResponse(Struct, frozen=True, gc=False):
    """FHIR QuestionnaireResponse; STU3 names the form by a Reference."""

    status: str | None = None
    questionnaire: str | Reference | None = None
    authored: str | None = None
    item: list[FormItem] = []
