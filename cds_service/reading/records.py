"""One entry's JSON as a typed record with its identity."""

import hashlib
import re
from typing import Any, cast

import msgspec
from msgspec import Raw, Struct

from cds_service.reading.bundles import UNREADABLE, Entry
from cds_service.reading.datatypes import Reference
from cds_service.reading.dates import read_date
from cds_service.reading.medication_resources import (
    Medication,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
)
from cds_service.reading.references import plain_id, plain_reference, subject_key
from cds_service.reading.resources import (
    Condition,
    Encounter,
    Observation,
    Patient,
    QuestionnaireResponse,
)
from cds_service.reading.salvage import UnreadableError, salvage
from cds_service.reading.text import clean

REFERENCE_LENGTH = 120
"""Longest reference shown; FHIR ids have at most 64 characters."""
_USUAL_ID = re.compile(r"[!-~]{1,64}").fullmatch

KINDS: dict[str, type[Struct]] = {
    kind.__name__: kind
    for kind in (
        Patient, Encounter, Condition, Observation, QuestionnaireResponse, Medication,
        MedicationRequest, MedicationStatement, MedicationDispense, MedicationAdministration,
    )
}  # fmt: skip
"""The resource types that are read; all others are dropped unseen."""

_NO_BYTES = Raw()
_NO_DATE = "unreadable"
_NEVER = float("-inf")
_NUMBER = re.compile(r"[0-9]{1,18}\Z")


class _Meta(Struct, frozen=True, gc=False):
    lastUpdated: str | None = None
    versionId: str | None = None


class _Identity(Struct, frozen=True, gc=False):
    id: str | None = None
    meta: _Meta | None = None
    subject: Reference | None = None


class Record(Struct, frozen=True, gc=False):
    """A resource that was read.

    `key` is the same for all versions of one resource. `subject` is the reference as written ("" when
    there is none), `raw` its bytes where they were taken out of what they came in, `left_out` names
    members that could not be read.
    """

    kind: str
    ref: str
    key: str
    id: str
    full_url: str
    subject: str
    resource: Struct
    raw: Raw = _NO_BYTES
    left_out: tuple[str, ...] = ()

    def newer_than(self, other: "Record") -> bool:
        """Whether this version replaces the other; equal versions are ordered by what is read of them."""
        ours, others = _version(self.resource), _version(other.resource)
        if ours != others:
            return ours > others
        return self.resource != other.resource and _content(self) > _content(other)


def _content(record: Record) -> bytes:
    return msgspec.json.encode(record.resource)


def _identified(struct: type[Struct]) -> type[Struct]:
    """The struct with its type and those members of `_Identity` it lacks, so that one decoding gives all."""
    known = {field.name for field in msgspec.structs.fields(struct)}
    identity = msgspec.structs.fields(_Identity)
    missing = [(field.name, field.type, None) for field in identity if field.name not in known]
    return msgspec.defstruct(
        struct.__name__,
        missing,
        bases=(struct,),
        frozen=True,
        kw_only=True,
        gc=False,
        tag_field="resourceType",
        tag=struct.__name__,
    )


IDENTIFIED = {kind: _identified(struct) for kind, struct in KINDS.items()}
_decoders = {kind: msgspec.json.Decoder(struct) for kind, struct in IDENTIFIED.items()}


def read_record(entry: Entry) -> Record:
    """An entry of one of `KINDS` as a record.

    Raises `UnreadableError`, with the reference in `args[1]`, when its meaning cannot be read.
    """
    left_out: tuple[str, ...] = ()
    try:
        resource = _decoders[entry.kind].decode(entry.raw)
    except UNREADABLE:
        resource, left_out = _salvaged(entry)
    return as_record(entry.kind, resource, entry.full_url, entry.raw, left_out)


def as_record(
    kind: str, resource: Any, full_url: str, raw: Raw = _NO_BYTES, left_out: tuple[str, ...] = ()
) -> Record:
    """A resource of one of the types in `IDENTIFIED` as a record; without id and URL it needs its bytes."""
    given_id, subject = resource.id, resource.subject
    about = "" if subject is None else subject.reference or ""
    if given_id and _USUAL_ID(given_id):
        ref = f"{kind}/{given_id}"
        return Record(kind, ref, ref, given_id, full_url, about, resource, raw, left_out)
    ref = _reference(kind, given_id, full_url, raw)
    known_id = given_id or _id_in_url(kind, full_url)
    key = f"{kind}/{known_id or full_url or ref}"
    return Record(kind, ref, key, known_id, full_url, about, resource, raw, left_out)


def _salvaged(entry: Entry) -> tuple[Struct, tuple[str, ...]]:
    try:
        resource, left_out = salvage(msgspec.json.decode(entry.raw), IDENTIFIED[entry.kind])
    except (*UNREADABLE, UnreadableError) as error:
        reason = str(error) if isinstance(error, UnreadableError) else "the JSON text cannot be read"
        ref = _reference(entry.kind, _given_id(entry.raw), entry.full_url, entry.raw)
        raise UnreadableError(reason, ref) from error
    if isinstance(resource, Patient) and "birthDate" in left_out:  # given, and no date: never as if not given
        resource = msgspec.structs.replace(resource, birthDate=_NO_DATE)
    return resource, left_out


class _Named(Struct):
    id: str | None = None


_named_as = msgspec.json.Decoder(_Named)


def _given_id(raw: Raw) -> str | None:
    """The id of a resource in which something else, as a number no double holds, cannot be read."""
    try:
        return _named_as.decode(raw).id
    except UNREADABLE:
        return None


def _reference(kind: str, given_id: str | None, full_url: str, raw: Raw) -> str:
    if given_id:
        return clean(f"{kind}/{given_id}", REFERENCE_LENGTH)
    if full_url:
        return clean(plain_reference(full_url), REFERENCE_LENGTH)
    return f"{kind} without id {hashlib.sha256(raw).hexdigest()[:8]}"


def name_of(given_id: str | None, kind: str, full_url: str) -> str:
    """What a resource is called: its id, else the id in its address, else its address."""
    return given_id or _id_in_url(kind, full_url) or full_url


def _id_in_url(kind: str, full_url: str) -> str:
    plain = plain_reference(full_url)
    return plain_id(plain, kind) if plain.startswith(f"{kind}/") else ""


def _version(resource: Struct) -> tuple[float, int]:
    """When a version was stored, as POSIX time, and its number; the lowest values when not known."""
    meta = cast("_Identity", resource).meta
    if meta is None:
        return _NEVER, 0
    when = read_date(meta.lastUpdated)
    instant = when.instant if when is not None and when.instant is not None else _NEVER
    number = int(meta.versionId) if meta.versionId and _NUMBER.match(meta.versionId) else 0
    return instant, number


class _Subject(Struct):
    resourceType: str | None = None
    id: str | None = None
    subject: Reference | None = None
    patient: Reference | None = None


_subject = msgspec.json.Decoder(_Subject)


def subject_of(raw: bytes | Raw) -> str:
    """The patient a resource belongs to, as a plain reference; "" when it names none.

    A Patient belongs to itself; without an id it needs its entry's fullUrl, which is not in `raw`.
    """
    try:
        named = _subject.decode(raw)
    except UNREADABLE:
        return ""
    if named.resourceType == "Patient":
        return f"Patient/{named.id}" if named.id else ""
    reference = named.subject or named.patient
    return plain_reference(reference.reference or "") if reference else ""


def subjects_of_lines(block: bytes) -> list[tuple[str, str]] | None:
    """Type and patient of the resource on each line that is not blank; None where one is no resource.

    A Patient belongs to itself, by its id; the patient is "" where none is named.
    """
    try:
        named = _subject.decode_lines(block)
    except UNREADABLE:
        return None
    if any(one.resourceType in _NO_RESOURCE for one in named):
        return None
    return [(one.resourceType or "", _named(one)) for one in named]


def _named(one: _Subject) -> str:
    if one.resourceType == Patient.__name__:
        return one.id or ""
    reference = one.subject or one.patient
    return subject_key(reference.reference or "") if reference else ""


_NO_RESOURCE = (None, "Bundle", "OperationOutcome")
