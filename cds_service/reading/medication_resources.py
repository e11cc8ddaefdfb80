"""The fields that are read of the five FHIR R4 medication resources, as typed views for msgspec.

Real records bend the specification in known ways; the types say which (R5 `medication`, STU3
`doseQuantity` in the dosage, one object where a list belongs). `contained` may hold anything, and
is looked up by id. None of them can be part of a cycle (`gc=False`).
"""

import msgspec

from cds_service.reading.datatypes import (
    Anything,
    CodeableConcept,
    Concept,
    Identifier,
    Period,
    Quantity,
    Range,
    Ratio,
    Reference,
)


class Repeat(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """FHIR Timing.repeat."""

    bounds_period: Period | None = None
    frequency: float | None = None
    frequency_max: float | None = None
    period: float | None = None
    period_max: float | None = None
    period_unit: str | None = None
    day_of_week: list[str] = []
    time_of_day: list[str] = []
    when: list[str] = []


class Timing(msgspec.Struct, frozen=True, gc=False):
    """FHIR Timing."""

    repeat: Repeat | None = None
    code: Concept = None


class DoseAndRate(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """FHIR Dosage.doseAndRate."""

    type: Concept = None
    dose_quantity: Quantity | None = None
    dose_range: Range | None = None


class Dosage(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """FHIR Dosage."""

    sequence: float | None = None
    text: str | None = None
    timing: Timing | None = None
    as_needed_boolean: bool | None = None
    as_needed_codeable_concept: Anything = None
    route: Concept = None
    dose_and_rate: list[DoseAndRate] | DoseAndRate | None = None
    dose_quantity: Quantity | None = None


Dosages = list[Dosage] | Dosage | None


class AdministeredDosage(msgspec.Struct, frozen=True, gc=False):
    """FHIR MedicationAdministration.dosage: one intake, so never a daily dose."""

    route: Concept = None


class Ingredient(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """FHIR Medication.ingredient."""

    item_codeable_concept: Concept = None
    item_reference: Reference | None = None
    strength: Ratio | None = None


class Medication(msgspec.Struct, frozen=True, gc=False, rename="camel", kw_only=True):
    """FHIR Medication."""

    id: str | None = None
    code: Concept = None
    form: Concept = None
    ingredient: list[Ingredient] = []
    identifier: list[Identifier] | Identifier | None = None
    contained: list["Medication"] = []


class CodeableReference(msgspec.Struct, frozen=True, gc=False):
    """FHIR R5 CodeableReference, which some R4 servers already send."""

    concept: CodeableConcept | None = None
    reference: Reference | None = None


class _Record(msgspec.Struct, frozen=True, gc=False, rename="camel", kw_only=True):
    """What the four records of a medicine have in common."""

    id: str | None = None
    contained: list[Medication] = []
    subject: Reference | None = None
    status: str | None = None
    medication_codeable_concept: Concept = None
    medication_reference: Reference | None = None
    medication: CodeableReference | None = None


class DispenseRequest(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """FHIR MedicationRequest.dispenseRequest."""

    validity_period: Period | None = None


class MedicationRequest(_Record, frozen=True, gc=False, rename="camel", kw_only=True):
    """FHIR MedicationRequest: an order."""

    intent: str | None = None
    do_not_perform: bool | None = None
    authored_on: str | None = None
    dosage_instruction: Dosages = None
    dispense_request: DispenseRequest | None = None


class MedicationStatement(_Record, frozen=True, gc=False, rename="camel", kw_only=True):
    """FHIR MedicationStatement: what somebody says is taken."""

    effective_date_time: str | None = None
    effective_period: Period | None = None
    date_asserted: str | None = None
    dosage: Dosages = None


class MedicationDispense(_Record, frozen=True, gc=False, rename="camel", kw_only=True):
    """FHIR MedicationDispense: handed over."""

    authorizing_prescription: list[Reference] = []
    when_prepared: str | None = None
    when_handed_over: str | None = None
    days_supply: Quantity | None = None
    dosage_instruction: Dosages = None


class MedicationAdministration(_Record, frozen=True, gc=False, rename="camel", kw_only=True):
    """FHIR MedicationAdministration: given."""

    request: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    dosage: AdministeredDosage | None = None


Record = MedicationRequest | MedicationStatement | MedicationDispense | MedicationAdministration
"""Any record that can show that a medicine is or was taken."""
