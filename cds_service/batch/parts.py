"""Files -> parts: a part holds either one JSON document or one value a line.

A plain file is one part, an archive has one for each member.
"""

import sys
from collections.abc import Callable, Iterator
from itertools import chain

from msgspec import Struct

from cds_service.batch.archives import TARS, Member, members_of_tar, members_of_zip
from cds_service.batch.books import Books, label
from cds_service.batch.bounds import HEAD, LARGEST
from cds_service.batch.files import SourceFile, has_lines, is_archive, is_read, packing
from cds_service.batch.streams import Chunks, StreamError, read_file, unpack

BOM = b"\xef\xbb\xbf"
_LOOKED_AT = 20  # lines


class Part(Struct, frozen=True):
    """One stream of text. `lines` tells that its name promises one value a line."""

    label: str
    lines: bool
    named: bool
    chunks: Chunks


class TooLargeError(ValueError):
    """One JSON value that is larger than what is held in memory."""


def parts_of(file: SourceFile, books: Books) -> Iterator[Part]:
    """Every part of a file; what is refused or damaged is entered in `books`."""
    try:
        name = file.name
        if file.is_stdin:
            yield Part(file.label, lines=False, named=True, chunks=iter([sys.stdin.buffer.read()]))
        elif is_archive(name):
            yield from _members(file, books)
        else:
            yield _part(file.label, name, read_file(file.open), named=file.named)
    except StreamError as error:
        books.fault(file.label, str(error))
    except OSError as error:
        books.fault(file.label, f"cannot be read: {error.strerror}")


def _part(shown: str, name: str, chunks: Chunks, *, named: bool) -> Part:
    suffix = packing(name)
    return Part(shown, has_lines(name), named, unpack(chunks, suffix) if suffix else chunks)


def _members(file: SourceFile, books: Books) -> Iterator[Part]:
    left_alone = 0
    for member in _each(file):
        shown = f"{file.label}/{label(member.name)}"
        if is_archive(member.name):
            books.fault(shown, "an archive within an archive; unpack it first")
        elif not is_read(member.name):
            left_alone += 1
        elif member.refused:
            books.fault(shown, member.refused)
        else:
            yield _part(shown, member.name, member.chunks, named=False)
    if left_alone:
        books.notes.append(f"{file.label}: {left_alone} members of other kinds left alone")


def _each(file: SourceFile) -> Iterator[Member]:
    tar = max((suffix for suffix in TARS if file.name.lower().endswith(suffix)), default=None, key=len)
    if tar is None:
        with file.open() as opened:
            yield from members_of_zip(opened)
        return
    chunks = read_file(file.open)
    yield from members_of_tar(unpack(chunks, TARS[tar]) if TARS[tar] else chunks)


def has_value_a_line(head: bytes, is_json: Callable[[bytes], bool], *, promised: bool) -> bool:
    """Whether the beginning of a large part shows one JSON value a line, whatever the name promises."""
    lines = [line for line in head.split(b"\n", _LOOKED_AT)[:-1] if line.strip()]
    if not lines:  # the first one is longer than what was looked at
        return promised
    if promised:
        return any(map(is_json, lines))
    return len(lines) > 1 and lines[1].lstrip().startswith(b"{") and is_json(lines[0])


def is_plain(file: SourceFile) -> bool:
    """Whether a file is one text that may be held in memory, and need not be read in pieces."""
    return file.size <= LARGEST and not (file.is_stdin or is_archive(file.name) or packing(file.name))


def read_plain(file: SourceFile) -> bytes:
    """A whole file. Raises `OSError`."""
    with file.open() as opened:
        return opened.read()


def take_head(chunks: Chunks) -> tuple[bytes, Chunks]:
    """The beginning of a part, all of a small one, and all of its pieces once more."""
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= HEAD:
            break
    head = b"".join(held).removeprefix(BOM)
    return head, chain([head], chunks)


def whole(chunks: Chunks) -> bytes:
    """All of a part. Raises `TooLargeError` when one value cannot be so large."""
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size > LARGEST:
            raise TooLargeError(f"larger than {LARGEST >> 30} GiB; split it")
    return b"".join(held)


def blocks(chunks: Chunks) -> Iterator[bytes]:
    """Pieces that end where a line ends. Raises `TooLargeError` for a line that is too long."""
    rest: list[bytes] = []
    size = 0
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if end:
            yield b"".join((*rest, memoryview(chunk)[:end]))
            rest, size = [], 0
        rest.append(chunk[end:])
        size += len(chunk) - end
        if size > LARGEST:
            raise TooLargeError(f"a line larger than {LARGEST >> 30} GiB; split it")
    if size:
        yield b"".join(rest)


def lines_of(block: bytes) -> list[bytes]:
    """The lines of a block, without what ends them."""
    lines = block.split(b"\n")
    return lines[:-1] if block.endswith(b"\n") else lines
