"""The bytes of a file -> JSON values with their places: one document, or one value a line."""

import json
import re
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Raw, Struct

from cds_service.batch.books import Books
from cds_service.batch.bounds import HEAD
from cds_service.batch.members import DuplicateMemberError, check_members
from cds_service.batch.parts import (
    BOM,
    Part,
    TooLargeError,
    blocks,
    has_value_a_line,
    lines_of,
    take_head,
    whole,
)
from cds_service.batch.streams import Chunks, StreamError
from cds_service.batch.survey import place_of
from cds_service.reading.bundles import UNREADABLE

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


def read_values(part: Part, books: Books) -> Iterator[Value]:
    """The JSON objects of a part; what is no JSON is entered in `books`.

    Real files are read as they are: with a byte order mark, with garbage after the JSON, with a
    curl command before it, with one value a line whatever the suffix, as an array.
    """
    try:
        head, chunks = take_head(part.chunks)
        if len(head) >= HEAD and has_value_a_line(head, is_json, promised=part.lines):
            yield from values_of_lines(part.label, chunks, books)
        else:
            yield from values_of(part.label, whole(chunks), books, lines=part.lines)
    except (StreamError, TooLargeError) as error:
        books.fault(part.label, str(error))
    except OSError as error:
        books.fault(part.label, f"cannot be read: {error.strerror}")


def values_of(source: str, content: bytes, books: Books, *, lines: bool) -> Iterator[Value]:
    """The JSON objects of a text; `lines` tells that one value a line is promised."""
    content = content.removeprefix(BOM)
    if not content.strip():
        if lines:  # an export without such resources
            books.notes.append(f"{source}: empty")
        else:
            books.fault(source, "empty; nothing to review")
    elif content.startswith(_UTF16):
        books.fault(source, "UTF-16 text; save it as UTF-8")
    elif is_json(content):
        yield from document(source, 0, content, books)
    elif lines or _has_a_value_a_line(content):
        yield from values_of_lines(source, iter([content]), books)
    else:
        yield from _salvaged(source, content, books)


def numbered(values: Iterable[Value]) -> Iterator[tuple[int, Value]]:
    """Values with their place in the part: the line, and which of the values on it."""
    line, index = -1, 0
    for value in values:
        index = index + 1 if value.line == line else 0
        line = value.line
        yield place_of(line, index), value


def is_json(content: bytes) -> bool:
    """Whether the text is one JSON value."""
    try:
        _raw.decode(content)
    except UNREADABLE:
        return False
    return True


def _has_a_value_a_line(content: bytes) -> bool:
    first, _, rest = content.lstrip().partition(b"\n")
    return rest.lstrip().startswith(b"{") and is_json(first)


def values_of_lines(source: str, chunks: Chunks, books: Books) -> Iterator[Value]:
    """The JSON object of each line."""
    number = 0
    for block in blocks(chunks):
        for line in lines_of(block):
            number += 1
            if line.strip():
                yield from document(source, number, line, books)


def document(source: str, line: int, content: bytes, books: Books) -> Iterator[Value]:
    """A value checked at its top level; the members of an array one by one."""
    try:
        if not content.isascii():
            content.decode()  # msgspec does not look into what it skips
        if _ARRAY.match(content):
            items = _raws.decode(content)
            if not items:
                books.fault(source, "an empty array", line)
            for item in items:
                yield from document(source, line, bytes(item), books)
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
        yield from document(source, 0, content, books)  # says what is wrong with it
        return
    if start:
        books.notes.append(f"{source}: the command in front of the JSON was ignored")
    if "{" in text[end:]:
        books.fault(source, "more follows the end of the JSON; give one value a file, or one a line")
    elif end < len(text):
        books.notes.append(f"{source}: text after the end of the JSON was ignored")
    yield from document(source, 0, text[:end].encode(), books)
