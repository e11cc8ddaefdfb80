"""A whole value decoded in one pass, where everything in it is as FHIR says.

Almost every value is. The careful way, entry by entry (`bundles`, `records`), costs twice as much
and is taken for the others; for a value that both can read, both give the same records.
"""

from typing import Any, Union

import msgspec
from msgspec import Raw, Struct

from cds_service.reading.bundles import UNREADABLE, Link, next_page
from cds_service.reading.passed_over import UNREAD
from cds_service.reading.records import IDENTIFIED, Record, as_record

_KIND_OF = {struct: kind for kind, struct in IDENTIFIED.items()}
_TYPES = frozenset({*_KIND_OF, *UNREAD})
_Resource: Any = Union[(*IDENTIFIED.values(), *UNREAD)]


class _Entry(Struct, frozen=True, gc=False):
    resource: _Resource
    fullUrl: str | None = None


class _Bundle(Struct, frozen=True, gc=False, tag_field="resourceType", tag="Bundle"):
    entry: list[_Entry] | None = None
    link: list[Link] = []
    total: Any = None


VALUE: Any = Union[None, _Bundle, _Resource]  # noqa: UP007 - made of a list
"""What a value is decoded as, for a decoder of what holds values."""

_value: msgspec.json.Decoder[Any] = msgspec.json.Decoder(VALUE)


class Whole(Struct, frozen=True, gc=False):
    """The records of one value, and the address of the page that follows ("" for none)."""

    records: list[Record]
    next_page: str = ""


def read_at_once(raw: Raw | bytes) -> Whole | None:
    """The records of a Bundle, a resource or null; None for a value that wants the careful way."""
    try:
        return records_of(_value.decode(raw))
    except UNREADABLE:
        return None


def records_of(value: Any) -> Whole | None:
    """The records of a decoded `VALUE`; None for anything else, and where a resource has no name."""
    if value is None:
        return Whole([])
    if not isinstance(value, _Bundle):
        if type(value) not in _TYPES:
            return None
        value = _Bundle([_Entry(value)])
    if value.total and value.entry is None:
        return None  # which is told
    records: list[Record] = []
    hold = records.append
    for entry in value.entry or ():
        resource, url = entry.resource, entry.fullUrl or ""
        kind = _KIND_OF.get(type(resource))
        if kind is None:
            continue
        if not (resource.id or url):
            return None  # it is named after its bytes
        hold(as_record(kind, resource, url))
    return Whole(records, next_page(value.link))
