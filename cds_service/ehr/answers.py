"""An answer of a FHIR server: whether it is what was asked for, and what comes after it."""

import msgspec
from msgspec import Raw

from cds_service.ehr.unavailable import Reason, Unavailable
from cds_service.reading.bundles import UNREADABLE, Contents, take_apart

_BUNDLE, _OUTCOME = "Bundle", "OperationOutcome"
_members = msgspec.json.Decoder(dict[str, Raw])
_text = msgspec.json.Decoder(str)
_BUNDLE_OF = b'{"resourceType":"Bundle","entry":[{"resource":%b}]}'


class Page(msgspec.Struct, frozen=True):
    """A page of a search, or the one resource of a read."""

    body: bytes
    entries: int
    next_link: str


def read_page(body: bytes, kind: str, *, is_search: bool) -> Page:
    """The answer to a search for resources of a type, or to a read of one.

    Raises `Unavailable` unless it is that. An OperationOutcome without an error says that there are none.
    """
    found = _resource_type(body)
    if found == _OUTCOME:
        body = _BUNDLE_OF % body
    elif found != (_BUNDLE if is_search else kind):
        raise Unavailable(Reason.SOMETHING_ELSE)
    contents = take_apart(body)
    if contents.failed:
        raise Unavailable(Reason.FAILED if contents.remarks else Reason.NOT_JSON)
    if not _holds(kind, contents):
        raise Unavailable(Reason.SOMETHING_ELSE)
    return Page(body, len(contents.entries), contents.next_page)


def _resource_type(body: bytes) -> str:
    """The type of a resource whose whole text is JSON."""
    try:
        if not body.isascii():
            body.decode()
        return _text.decode(_members.decode(body)["resourceType"])
    except (*UNREADABLE, KeyError):
        raise Unavailable(Reason.NOT_JSON) from None


def _holds(kind: str, contents: Contents) -> bool:
    """Whether something of the type is among the entries, if there are any; "" is any type."""
    return not kind or not contents.entries or any(entry.kind == kind for entry in contents.entries)
