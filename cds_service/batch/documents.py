"""The bytes of a file -> JSON values with their places: one document, or one value a line."""

import io
import json
import re
import sys
from collections.abc import Iterator

import msgspec
from msgspec import Raw, Struct

from cds_service.batch.books import Books
from cds_service.batch.files import LINES, SourceFile
from cds_service.batch.members import DuplicateMemberError, check_members
from cds_service.reading.bundles import UNREADABLE

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_COMMAND = b"curl "  # examples published as the command that sends them
_ARRAY = re.compile(rb"\s*\[")
_raw = msgspec.json.Decoder(Raw)
_raws = msgspec.json.Decoder(list[Raw])


class Value(Struct, frozen=True):
    """One JSON value and where it stands; `line` is 0 for the only value of a file."""

    source: str
    line: int
    raw: Raw

    def is_all(self, part: Raw) -> bool:
        """Whether a part of the value is all of it, so that its top level was checked with the file."""
        return len(memoryview(part)) == len(memoryview(self.raw))


def read_values(file: SourceFile, books: Books) -> Iterator[Value]:
    """The JSON objects of a file; what is no JSON is entered in `books`.

    Real files are read as they are: with a byte order mark, with garbage after the JSON, with a
    curl command before it, with one value a line whatever the suffix, as an array.
    """
    try:
        content = sys.stdin.buffer.read() if file.is_stdin else file.path.read_bytes()
    except OSError as error:
        books.fault(file.label, f"cannot be read: {error.strerror}")
        return
    content = content.removeprefix(_BOM)
    if not content.strip():
        _enter_empty(file, books)
    elif content.startswith(_UTF16):
        books.fault(file.label, "UTF-16 text; save it as UTF-8")
    elif _is_json(content):
        yield from _document(file.label, 0, content, books)
    elif file.path.suffix.lower() in LINES or _has_a_value_a_line(content):
        yield from _lines(file.label, content, books)
    else:
        yield from _salvaged(file.label, content, books)


def _enter_empty(file: SourceFile, books: Books) -> None:
    if file.path.suffix.lower() in LINES:  # an export without such resources
        books.notes.append(f"{file.label}: empty")
    else:
        books.fault(file.label, "empty; nothing to review")


def _is_json(content: bytes) -> bool:
    try:
        _raw.decode(content)
    except UNREADABLE:
        return False
    return True


def _has_a_value_a_line(content: bytes) -> bool:
    first, _, rest = content.lstrip().partition(b"\n")
    return rest.lstrip().startswith(b"{") and _is_json(first)


def _lines(source: str, content: bytes, books: Books) -> Iterator[Value]:
    for number, line in enumerate(io.BytesIO(content), 1):
        if line.strip():
            yield from _document(source, number, line, books)


def _document(source: str, line: int, content: bytes, books: Books) -> Iterator[Value]:
    """A value checked at its top level; the members of an array one by one."""
    try:
        if not content.isascii():
            content.decode()  # msgspec does not look into what it skips
        if _ARRAY.match(content):
            items = _raws.decode(content)
            if not items:
                books.fault(source, "an empty array", line)
            for item in items:
                yield from _document(source, line, bytes(item), books)
            return
        check_members(content)
        yield Value(source, line, Raw(content))
    except DuplicateMemberError as error:
        books.fault(source, str(error), line)
    except msgspec.ValidationError:
        books.fault(source, "neither a JSON object nor an array", line)
    except RecursionError:
        books.fault(source, "nested too deeply", line)
    except UnicodeDecodeError:
        books.fault(source, "not UTF-8", line)
    except msgspec.DecodeError as error:
        books.fault(source, f"not valid JSON: {error}", line)


def _salvaged(source: str, content: bytes, books: Books) -> Iterator[Value]:
    """The first JSON value of a file that holds more, or less, than one."""
    start = content.find(b"\n{") + 1 if content.startswith(_COMMAND) else 0
    try:
        text = content[start:].decode().strip()
        value, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        value, end, text = None, 0, ""
    if not isinstance(value, dict):
        yield from _document(source, 0, content, books)  # says what is wrong with it
        return
    if start:
        books.notes.append(f"{source}: the command in front of the JSON was ignored")
    if end < len(text):
        books.notes.append(f"{source}: text after the end of the JSON was ignored")
    yield from _document(source, 0, text[:end].encode(), books)
