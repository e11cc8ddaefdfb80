"""Entries of one patient put together again, so that they are read as what a server would have sent."""

from collections.abc import Iterable

import msgspec
from msgspec import Raw, Struct

from cds_service.reading.bundles import UNREADABLE, Entry
from cds_service.reading.records import REFERENCE_LENGTH, Record
from cds_service.reading.text import clean

_TOO_LARGE = Raw(b"1e999")  # larger than any reader takes, so that the JSON text cannot be read


class _BundleEntry(Struct, omit_defaults=True):
    resource: Raw
    fullUrl: str = ""


class _Bundle(Struct, tag_field="resourceType", tag="Bundle"):
    entry: list[_BundleEntry]


class _Named(Struct):
    id: str | None = None


class _Withheld(Struct):
    resourceType: str
    id: str | None
    subject: Raw = _TOO_LARGE


def bundle_of(entries: Iterable[Entry | Record]) -> Raw:
    """A FHIR Bundle with these entries, their full addresses kept."""
    bundle = _Bundle([_BundleEntry(entry.raw, entry.full_url) for entry in entries])
    return Raw(msgspec.json.encode(bundle))


def withheld(entry: Entry) -> Entry:
    """An entry that the reader names and skips, in place of one that must not be read."""
    return Entry(entry.kind, Raw(msgspec.json.encode(_Withheld(entry.kind, _id_of(entry)))), entry.full_url)


def name_withheld(entry: Entry) -> str:
    """What to call an entry that must not be read: type and id, as far as it has one."""
    known_id = _id_of(entry)
    return clean(f"{entry.kind}/{known_id}" if known_id else entry.kind, REFERENCE_LENGTH)


def _id_of(entry: Entry) -> str | None:
    try:
        return msgspec.json.decode(entry.raw, type=_Named).id
    except UNREADABLE:
        return None
