"""A prefetch value, a Bundle or a single resource, taken apart into entries of raw JSON."""

import re
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Raw, Struct

from cds_service.reading.codes import shown_name
from cds_service.reading.datatypes import CodeableConcept

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are not what was asked for."""

SUPPRESSED = "suppressed"
"""The FHIR issue type of an answer that leaves out what the client may not see (Epic's 59204)."""
WITHHELD = "not authorized"

_FAILURES = frozenset({"error", "fatal"})
_TYPE_FIRST = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]+)"')
_NULL = re.compile(rb"\s*null\s*\Z")
_OBJECT = re.compile(rb"\s*\{")
_COUNTED = re.compile(rb"[\s\"]*[1-9]")
_REFUSED = re.compile(rb'"status"\s*:\s*"?[45]')
"""The HTTP status of a wrapped answer that holds no data because the server refused or failed."""
_ERROR = "the server reported an error"


class Entry(Struct, frozen=True, gc=False):
    """One resource as it came: its FHIR type, its bytes, and its entry's fullUrl ("" if none)."""

    kind: str
    raw: Raw
    full_url: str = ""


class Contents:
    """What one value held; `failed` means that it counts as not supplied."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.problems: list[tuple[str, str]] = []  # where, why: entries that are no resource
        self.failed = ""
        self.next_page = ""
        self.remarks: set[str] = set()


class _Head(Struct, gc=False):
    resourceType: str | None = None


class _Wrapper(Struct, gc=False):
    resource: Raw = Raw(b"")
    response: Raw = Raw(b"")


class Link(Struct, frozen=True, gc=False):
    """FHIR Bundle.link."""

    relation: str | None = None
    url: str | None = None


class _Entry(Struct, gc=False):
    fullUrl: str | None = None
    resource: Raw = Raw(b"")


class _Bundle(Struct, gc=False):
    entry: list[_Entry] | None = None
    link: list[Link] = []
    total: Raw = Raw(b"")


class _LooseBundle(Struct, gc=False):
    entry: Raw = Raw(b"")
    link: Raw = Raw(b"")


class _Issue(Struct, gc=False):
    severity: str | None = None
    code: str | None = None
    details: CodeableConcept | None = None


class _Outcome(Struct, gc=False):
    issue: list[_Issue] = []


_head = msgspec.json.Decoder(_Head)
_wrapper = msgspec.json.Decoder(_Wrapper)
_bundle = msgspec.json.Decoder(_Bundle)
_loose_bundle = msgspec.json.Decoder(_LooseBundle)
_entry = msgspec.json.Decoder(_Entry)
_raws = msgspec.json.Decoder(list[Raw])
_links = msgspec.json.Decoder(list[Link])
_outcome = msgspec.json.Decoder(_Outcome)


def type_of(raw: Raw | bytes) -> str:
    """The resourceType of a JSON object, "" when it has none or is not one."""
    match = _TYPE_FIRST.match(raw)
    if match:
        return match[1].decode()
    try:
        return _head.decode(raw).resourceType or ""
    except UNREADABLE:
        return ""


def take_apart(raw: Raw | bytes) -> Contents:
    """All resources in a value: a Bundle of any type and depth, a resource, null, or a failure."""
    contents = Contents()
    _take_value(raw, contents)
    if not contents.entries and _ERROR in contents.remarks:
        contents.failed = _ERROR
    return contents


def take_resources(raws: Iterable[Raw | bytes]) -> Contents:
    """Resources one by one, as the lines of an export; what is none is named by its place."""
    contents = Contents()
    for number, raw in enumerate(raws):
        kind = type_of(raw)
        if kind == "Bundle":
            _take_bundle(raw, contents)
        elif kind:
            contents.entries.append(Entry(kind, Raw(raw)))
        else:
            contents.problems.append((f"number {number}", "no FHIR resource"))
    return contents


def _take_value(raw: Raw | bytes, contents: Contents) -> None:
    if _NULL.match(raw):
        return
    if not _OBJECT.match(raw):
        contents.failed = "not a Bundle, a resource or null"
        return
    kind = type_of(raw)
    if kind == "Bundle":
        _take_bundle(raw, contents)
    elif kind == "OperationOutcome":
        contents.failed = "the server answered with an OperationOutcome"
    elif kind:
        contents.entries.append(Entry(kind, Raw(raw)))
    else:
        _take_wrapped(raw, contents)


def _take_wrapped(raw: Raw | bytes, contents: Contents) -> None:
    """`{"response": ..., "resource": ...}`, as clients of the CDS Hooks 1.0 drafts send it."""
    try:
        wrapper = _wrapper.decode(raw)
    except UNREADABLE:
        wrapper = _Wrapper()
    refused = _NULL.match(wrapper.resource) and _REFUSED.search(wrapper.response)
    if wrapper.resource and not refused:
        _take_value(wrapper.resource, contents)
    else:
        contents.failed = "not a Bundle, a resource or null"


def _take_bundle(raw: Raw | bytes, contents: Contents) -> None:
    bundle = _decode_bundle(raw, contents)
    if bundle is None:
        contents.failed = "the Bundle cannot be read"
        return
    if bundle.entry is None and _COUNTED.match(bundle.total):  # what `_summary=count` gives
        contents.remarks.add("the server counts results and gave none")
    for number, entry in enumerate(bundle.entry or ()):
        _take_entry(number, entry, contents)
    contents.next_page = next_page(bundle.link) or contents.next_page


def next_page(links: Iterable[Link]) -> str:
    """The address of the page that follows, "" for none."""
    for link in links:
        if link.relation == "next":
            return link.url or "not given"
    return ""


def _take_entry(number: int, entry: _Entry, contents: Contents) -> None:
    raw = entry.resource
    if not raw:
        contents.problems.append((f"entry {number}", "no resource"))
        return
    kind = type_of(raw)
    if kind == "OperationOutcome":
        _take_outcome(raw, contents)
    elif kind == "Bundle":
        _take_bundle(raw, contents)
    elif kind:
        contents.entries.append(Entry(kind, raw, entry.fullUrl or ""))
    else:
        contents.problems.append((f"entry {number}", "no resourceType"))


def _take_outcome(raw: Raw, contents: Contents) -> None:
    """Inside a Bundle: warnings and information mean no data, errors mean that some is missing."""
    try:
        issues = _outcome.decode(raw).issue
    except UNREADABLE:
        contents.remarks.add("an OperationOutcome that cannot be read")
        return
    for issue in issues:
        if issue.code == SUPPRESSED or WITHHELD in shown_name(issue.details).casefold():
            contents.remarks.add("the server left out what this client may not see")
        elif issue.severity in _FAILURES:
            contents.remarks.add(_ERROR)


def _decode_bundle(raw: Raw | bytes, contents: Contents) -> _Bundle | None:
    """The Bundle at once, else entry by entry with `problems` named; None if its text is broken."""
    try:
        return _bundle.decode(raw)
    except UNREADABLE:
        pass
    try:
        loose = _loose_bundle.decode(raw)
    except UNREADABLE:
        return None
    return _Bundle(list(_loose_entries(loose.entry, contents)), _loose_links(loose.link))


def _loose_entries(raw: Raw, contents: Contents) -> Iterator[_Entry]:
    try:
        items = _raws.decode(raw)
    except UNREADABLE:
        items = [raw] if raw else []  # a single entry in place of the list
    for number, item in enumerate(items):
        try:
            yield _entry.decode(item)
        except UNREADABLE:
            contents.problems.append((f"entry {number}", "not a Bundle entry"))


def _loose_links(raw: Raw) -> list[Link]:
    try:
        return _links.decode(raw)
    except UNREADABLE:
        return []
