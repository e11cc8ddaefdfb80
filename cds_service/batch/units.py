"""Files -> units: what one worker takes at a time, small enough to lose and large enough to be worth it."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from cds_service.batch.books import Books
from cds_service.batch.bounds import FILES_OF_A_UNIT, HEAD, LARGEST, LINES_OF_A_UNIT
from cds_service.batch.documents import is_json
from cds_service.batch.files import SourceFile, has_lines, is_archive, packing
from cds_service.batch.parts import has_value_a_line, take_head
from cds_service.batch.streams import Chunks, read_file

_MOST_FILES = 256
_GLIMPSE = 1 << 16  # bytes in which a first line ends, where nobody promised lines
_SOURCE_BITS = 20  # of the number of a source for its place in its unit
_GIB = 30


class Unit(Struct, frozen=True):
    """Some whole files, or with `end` the lines of one large file that begin between two bytes.

    `first` is the number of the unit in which its first file begins.
    """

    number: int
    first: int
    files: list[SourceFile]
    size: int
    start: int = 0
    end: int = 0

    def source(self, index: int) -> int:
        """The number of a source of this unit in the whole run; the same for all units of one file."""
        return (self.first << _SOURCE_BITS) + index

    def lines(self) -> Chunks:
        """The lines of a unit with `end`. Raises `OSError`."""
        file = self.files[0]
        start, end = (_line_start(file, at) for at in (self.start, self.end))
        yield from read_file(file.open, start, end)


def index_of(source: int) -> int:
    """The index of a source in its unit."""
    return source & ((1 << _SOURCE_BITS) - 1)


def _line_start(file: SourceFile, offset: int) -> int:
    """Where the first line begins that begins at or after a byte."""
    if offset in (0, file.size):
        return offset
    position = offset - 1
    for chunk in read_file(file.open, position, file.size):
        found = chunk.find(b"\n")
        if found >= 0:
            return position + found + 1
        position += len(chunk)
    return file.size


def plan(files: Iterable[SourceFile], books: Books) -> list[Unit]:
    """The units of all files, in order; a file that is too large is entered in `books`."""
    units: list[Unit] = []
    for group in _groups(files, books):
        first, file = len(units), group[0]
        if len(group) > 1 or not _has_many_lines(file):
            units.append(Unit(first, first, group, sum(one.size for one in group)))
            continue
        for start in range(0, file.size, LINES_OF_A_UNIT):
            end = min(start + LINES_OF_A_UNIT, file.size)
            units.append(Unit(len(units), first, group, end - start, start, end))
    return units


def _groups(files: Iterable[SourceFile], books: Books) -> Iterator[list[SourceFile]]:
    """Small files together, each other one by itself."""
    together: list[SourceFile] = []
    size = 0
    for file in files:
        small = file.size <= HEAD and not _is_packed(file)
        if together and (not small or size >= FILES_OF_A_UNIT or len(together) == _MOST_FILES):
            yield together
            together, size = [], 0
        if small:
            together.append(file)
            size += file.size
        elif file.size > LARGEST and not _is_packed(file) and not _has_many_lines(file):
            books.fault(file.label, f"larger than {LARGEST >> _GIB} GiB; split it")
        else:
            yield [file]
    if together:
        yield together


def _is_packed(file: SourceFile) -> bool:
    return is_archive(file.name) or bool(packing(file.name))


def _has_many_lines(file: SourceFile) -> bool:
    """Whether a large file has one value a line, so that its lines can be shared out."""
    if file.size <= HEAD or _is_packed(file):
        return False
    promised = has_lines(file.name)
    try:
        head, _ = take_head(read_file(file.open, 0, HEAD if promised else _GLIMPSE))
    except OSError:
        return False  # its unit will say so
    return has_value_a_line(head, is_json, promised=promised)
