"""What a first look decodes of a resource: the few members that say whose it is and what it is about."""

from typing import Any, Union

import msgspec
from msgspec import Struct

from cds_service.reading.datatypes import Identifier
from cds_service.reading.medication_resources import Medication
from cds_service.reading.passed_over import UNREAD
from cds_service.reading.records import IDENTIFIED, KINDS
from cds_service.reading.resources import Condition, Encounter, Observation, Patient, QuestionnaireResponse


class Said:
    """A member of a Patient, made once each time it occurs, so that a repeated member is noticed."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class _Subject(Struct, frozen=True, gc=False):
    reference: str | None = None


class _Coding(Struct, frozen=True, gc=False):
    code: str | None = None


class _Concept(Struct, frozen=True, gc=False):
    coding: list[_Coding] = []


class _Component(Struct, frozen=True, gc=False):
    code: _Concept | None = None


class _Resource(Struct, frozen=True, gc=False, tag_field="resourceType"):
    subject: _Subject | None = None


class _Observation(Struct, frozen=True, gc=False, tag_field="resourceType", tag=Observation.__name__):
    code: _Concept | None = None
    subject: _Subject | None = None
    component: list[_Component] = []


class _Patient(Struct, frozen=True, gc=False, tag_field="resourceType", tag=Patient.__name__):
    id: Said | None = None
    identifier: list[Identifier] = []
    gender: Said | None = None
    birthDate: Said | None = None
    deceasedBoolean: Said | None = None
    deceasedDateTime: Said | None = None


_IN_FULL = frozenset(kind.__name__ for kind in (Condition, Encounter, QuestionnaireResponse))
"""Of what can report soreness all is decoded that is read, so that nothing unreadable goes unnoticed."""


def _struct_of(kind: str) -> type[Struct]:
    if kind in _IN_FULL:
        return IDENTIFIED[kind]
    own: dict[str, type[Struct]] = {Observation.__name__: _Observation, Patient.__name__: _Patient}
    return own.get(kind) or msgspec.defstruct(kind, [], bases=(_Resource,), tag=kind, frozen=True, gc=False)


_structs: dict[str, Any] = {kind: _struct_of(kind) for kind in KINDS}
OBSERVATION, CONDITION, ENCOUNTER, FORM, MEDICATION, PATIENT = (
    _structs[kind.__name__]
    for kind in (Observation, Condition, Encounter, QuestionnaireResponse, Medication, Patient)
)
KIND_OF = {struct: kind for kind, struct in _structs.items()}
OWNED = {struct: kind for struct, kind in KIND_OF.items() if struct not in (PATIENT, MEDICATION)}
"""The types whose resources name their patient."""
RESOURCES = frozenset({*KIND_OF, *UNREAD})
SAID = tuple(field for field in _Patient.__struct_fields__ if field != "identifier")

RESOURCE: Any = Union[(*KIND_OF, *UNREAD)]
"""What a resource is decoded as; types are told by their struct."""


class _Entry(Struct, frozen=True, gc=False):
    fullUrl: str | None = None
    resource: RESOURCE | None = None
    relation: str | None = None  # where it is a link


class Meta(Struct, frozen=True, gc=False):
    """FHIR Meta, and any other object at the top of a Bundle."""

    lastUpdated: str | None = None


MEMBER: Any = str | int | float | bool | list[_Entry] | Meta | None
"""What the members of a Bundle are decoded as, whatever their names."""
