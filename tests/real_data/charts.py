"""Another reader of the data sets: whose resource is what, found without the engine it is compared with.

It goes the plainest way: every file is read whole, and every resource the service reads is kept in memory.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw, Struct

from cds_service.reading.records import KINDS

_FORMS = {".json", ".ndjson", ".jsonl"}
_MEDICATION = re.compile(rb'"reference"\s*:\s*"([^"]*Medication/[^"]+|urn:[^"]+)"')
_HOPS = 3  # order -> mix -> its parts


class Found(Struct):
    """A resource as it stands in a file; `url` is the full URL of its entry."""

    source: str
    kind: str
    id: str
    url: str
    subject: str
    raw: bytes
    identifiers: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the patient is called in a review."""
        return self.id or self.url

    @property
    def names(self) -> set[str]:
        """Everything a reference may call it."""
        own = {f"{self.kind}/{self.id}", f"urn:uuid:{self.id}", self.id} if self.id else set()
        return own | {self.url, plain(self.url), *self.identifiers} - {""}


class _Reference(Struct):
    reference: str | None = None


class _Identifier(Struct):
    system: str | None = None
    value: str | None = None


class _Resource(Struct):
    resourceType: Raw = Raw()
    id: Raw = Raw()
    subject: Raw = Raw()
    entry: Raw = Raw()
    identifier: Raw = Raw()


class _Entry(Struct):
    fullUrl: str | None = None
    resource: Raw = Raw()


def plain(reference: str) -> str:
    """`Type/id` of an address of a resource; `?system|value` of a conditional reference; else as written."""
    if reference.startswith(("http:", "https:")):
        reference = re.sub(r"/_history/[^/]*$", "", reference)
        return "/".join(reference.split("/")[-2:])
    return re.sub(r"^Patient\?identifier=", "?", reference)


class DataSet:
    """What a folder holds: `patients`, the bodies of hook `requests` by file, and whose each resource is."""

    def __init__(self, folder: Path) -> None:
        self.patients: list[Found] = []
        self.requests: dict[str, list[bytes]] = defaultdict(list)
        self._gaps: dict[str, list[int]] = defaultdict(list)
        self._called: dict[str, list[Found]] = defaultdict(list)
        self._about: dict[str, list[Found]] = defaultdict(list)
        self._nobodys: list[Found] = []
        self._medications: dict[str, list[Found]] = defaultdict(list)
        for path in sorted(folder.rglob("*.*")):
            if path.suffix in _FORMS:
                self._take(path)

    def _take(self, path: Path) -> None:
        for document in documents(path.read_bytes()):
            if b'"hook"' in document and b'"prefetch"' in document:
                self.requests[str(path)].append(document)
                continue
            for found in self._inside(str(path), Raw(document), ""):
                self.add(found)

    def _inside(self, source: str, raw: Raw, url: str) -> Iterator[Found]:
        if bytes(raw).lstrip().startswith(b"["):
            for one in msgspec.json.decode(raw, type=list[Raw]):
                yield from self._inside(source, one, "")
            return
        read = msgspec.json.decode(raw, type=_Resource)
        kind = _as(read.resourceType, str, "")
        if kind == "Bundle":
            for number, entry in enumerate(_as(read.entry, list[_Entry], [])):
                if entry.resource:
                    yield from self._inside(source, entry.resource, entry.fullUrl or "")
                else:
                    self._gaps[source].append(number)
        elif kind in KINDS:
            yield _found(source, kind, url, read, bytes(raw))

    def add(self, found: Found) -> None:
        """Take a resource."""
        if found.kind == "Patient":
            self.patients.append(found)
            for name in found.names:
                self._called[name].append(found)
        elif found.subject and not found.subject.startswith("#"):
            self._about[plain(found.subject)].append(found)
        elif found.kind == "Medication":
            for name in found.names:
                self._medications[name].append(found)
        else:
            self._nobodys.append(found)

    def of_patient(self, name: str, sources: list[str] | None, *, alone: bool) -> list[Found]:
        """What there is of a patient; with `sources` only in these, because others have the same name."""
        found = [one for one in self.patients if one.name == name]
        names = sorted(set[str]().union(*(one.names for one in found)))
        about = (one for key in names for one in self._about.get(key, ()))
        found += (one for one in about if self.meant_by(one.subject, one.source) == {name})
        found = [one for one in found if sources is None or one.source in sources]
        if alone:
            found += self._nobodys
        return found + self._medications_of(found)

    def gaps_of(self, name: str, sources: list[str]) -> dict[str, list[int]]:
        """The places of entries without a resource in the files that are about this patient alone."""
        with_gaps = [source for source in sources if source in self._gaps]
        there = {source: {one.name for one in self.patients if one.source == source} for source in with_gaps}
        return {source: self._gaps[source] for source in with_gaps if there[source] == {name}}

    def meant_by(self, reference: str, source: str = "") -> set[str]:
        """The patients a reference may mean: those its own file calls so, else all that are called so."""
        called = self._called.get(plain(reference), [])
        return {one.name for one in called if one.source == source} or {one.name for one in called}

    def _medications_of(self, records: list[Found]) -> list[Found]:
        wanted: dict[int, Found] = {}
        asked: Iterable[Found] = records
        for _ in range(_HOPS):
            references = {plain(text.decode()) for one in asked for text in _MEDICATION.findall(one.raw)}
            named = [one for name in sorted(references) for one in self._medications.get(name, ())]
            asked = [one for one in named if id(one) not in wanted]
            wanted |= {id(one): one for one in asked}
        return list(wanted.values())


def documents(content: bytes) -> Iterator[bytes]:
    """The JSON values of a text: one, one a line, or one with something before or after it."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    if _decodes(content):
        yield content
        return
    lines = content.splitlines()
    if lines and _decodes(lines[0]):
        yield from filter(_decodes, lines)
        return
    text = content.decode(errors="replace")
    text = text[text.find("\n{") + 1 if text.startswith("curl ") else 0 :].lstrip()
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return
    yield text[:end].encode()


def _decodes(content: bytes) -> bool:
    try:
        msgspec.json.decode(content, type=Raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _found(source: str, kind: str, url: str, read: _Resource, raw: bytes) -> Found:
    subject = _as(read.subject, _Reference, _Reference()).reference or ""
    known = _as(read.identifier, list[_Identifier], []) if kind == "Patient" else []
    identifiers = tuple(f"?{one.system or ''}|{one.value}" for one in known if one.value)
    return Found(source, kind, _as(read.id, str, ""), url, subject, raw, identifiers)


def _as(raw: Raw, kind: Any, otherwise: Any) -> Any:
    """A member as what it should be; else what stands for it."""
    try:
        return msgspec.json.decode(raw, type=kind) if raw else otherwise
    except msgspec.ValidationError:
        return otherwise
