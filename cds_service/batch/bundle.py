"""Entries of one patient put together again, so that they are read as what a server would have sent."""

from collections.abc import Iterable

import msgspec
from msgspec import Raw, Struct

from cds_service.reading.bundles import Entry
from cds_service.reading.records import Record


class _BundleEntry(Struct, omit_defaults=True):
    resource: Raw
    fullUrl: str = ""


class _Bundle(Struct, tag_field="resourceType", tag="Bundle"):
    entry: list[_BundleEntry]


def bundle_of(entries: Iterable[Entry | Record]) -> Raw:
    """A FHIR Bundle with these entries, their full addresses kept."""
    bundle = _Bundle([_BundleEntry(entry.raw, entry.full_url) for entry in entries])
    return Raw(msgspec.json.encode(bundle))
