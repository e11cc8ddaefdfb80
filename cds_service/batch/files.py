"""Paths on the command line -> the files to read."""

import glob
import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from cds_service.batch.archives import ARCHIVES
from cds_service.batch.books import Books, label
from cds_service.batch.streams import PACKED

STDIN = "-"
_SHOWN_STDIN = "stdin"
LINES = frozenset({".ndjson", ".jsonl"})
_READ = LINES | {".json"}
OTHER_FORMS = {
    ".xml": "XML is not read; convert it to JSON",
    ".bz2": "compressed with bzip2; unpack it first",
    ".xz": "compressed with xz; unpack it first",
    ".7z": "a 7-Zip archive; unpack it first",
    ".rar": "a RAR archive; unpack it first",
}
"""Suffixes of what could be FHIR data and is not read, and why."""
_USUAL = tuple(_READ)
_PATTERN = frozenset("*?[")


class PathError(ValueError):
    """A path of the command line that cannot be read; `str()` names it."""


class SourceFile(Struct, frozen=True, gc=False):
    """One file. `named` tells that the user named it, so that it has to hold FHIR data.

    There may be a hundred thousand of them, which is why a path is no `Path`: that takes half a kilobyte.
    """

    path: str
    label: str
    named: bool
    size: int = 0  # bytes; 0 for the standard input
    changed: int = 0  # nanoseconds since 1970

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def is_stdin(self) -> bool:
        """Whether it is the standard input."""
        return self.label == _SHOWN_STDIN and self.path == STDIN

    def open(self) -> BinaryIO:
        """The file for reading. Raises `OSError`."""
        return open(self.path, "rb", buffering=0)  # noqa: PTH123 - quicker than by a `Path`


_by_label = attrgetter("label")


def find_files(paths: Iterable[str], books: Books) -> list[SourceFile]:
    """The files behind paths; a folder stands for all its FHIR files, a pattern for what it matches.

    Symbolic links are followed where the user named them, and inside a folder to files of that folder.
    Raises `PathError` before anything is read.
    """
    found: dict[int, SourceFile] = {}
    again: list[tuple[str, int]] = []
    for match in (match for text in paths for match in _matches(text)):
        for file, identity in _behind(match, books):
            known = found.setdefault(identity, file)
            if known.label != file.label:  # the first by name is told, whatever the order of the folder
                found[identity], other = sorted((known, file), key=_by_label)
                again.append((other.label, identity))
    books.notes += [
        f"{name} is {found[identity].label}; it was read once" for name, identity in sorted(again)
    ]
    return sorted(found.values(), key=_by_label)


def _matches(text: str) -> list[str]:
    """A pattern the shell did not expand, as the paths it matches."""
    if text == STDIN or os.path.lexists(text) or _PATTERN.isdisjoint(text):
        return [text]
    matches = sorted(glob.glob(text, recursive=True))  # noqa: PTH207 - of absolute patterns, too
    if not matches:
        raise PathError(f"{label(text)} matches nothing")
    return matches


def _behind(text: str, books: Books) -> Iterator[tuple[SourceFile, int]]:
    if text == STDIN:
        yield SourceFile(text, _SHOWN_STDIN, named=True), 0
        return
    path = Path(text)
    known = _status(path)
    if stat.S_ISDIR(known.st_mode):
        yield from _in_folder(path, books)
    else:
        yield _source(str(path), known, named=True), _identity(known)


def _source(path: str, known: os.stat_result, *, named: bool) -> SourceFile:
    shown = label(path)
    same = path if shown == path else shown  # as it nearly always is, so that it is kept once
    return SourceFile(path, same, named, known.st_size, known.st_mtime_ns)


def _identity(known: os.stat_result) -> int:
    """Device and inode in one number: a pair of two would take three times the memory."""
    return known.st_dev << 64 | known.st_ino


def _status(path: Path) -> os.stat_result:
    try:
        known = path.stat()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        why = "does not exist" if missing else f"cannot be read: {error.strerror}"
        raise PathError(f"{label(path)} {why}") from error
    folder = stat.S_ISDIR(known.st_mode)
    if not (folder or stat.S_ISREG(known.st_mode)):
        raise PathError(f"{label(path)} is neither a file nor a folder")
    if not os.access(path, os.R_OK | (os.X_OK if folder else 0)):
        raise PathError(f"{label(path)} cannot be read: permission denied")
    return known


def _in_folder(folder: Path, books: Books) -> Iterator[tuple[SourceFile, int]]:
    left_alone: Counter[str] = Counter()
    home = folder.resolve()
    for entry in _walk(str(folder), books):
        if not is_read(entry.name):
            suffix = _suffix(entry.name)
            if suffix in OTHER_FORMS:
                books.fault(label(entry.path), OTHER_FORMS[suffix])
            else:
                left_alone[suffix or "no suffix"] += 1
        elif why := _why_not(entry, home):
            books.fault(label(entry.path), why)
        else:
            known = entry.stat()
            yield _source(entry.path, known, named=False), _identity(known)
    if left_alone:
        told = ", ".join(f"{count} {suffix}" for suffix, count in sorted(left_alone.items()))
        books.notes.append(f"{label(folder)}: files of other kinds left alone: {told}")


def _walk(top: str, books: Books) -> Iterator[os.DirEntry[str]]:
    """Everything below a folder that is no folder; a link to a folder is entered as a fault."""
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:  # one at a time, because each keeps all it was asked
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif entry.is_symlink() and os.path.isdir(entry.path):  # noqa: PTH112 - of a string
                        books.fault(label(entry.path), "a link to a folder; it is not followed")
                    else:
                        yield entry
        except OSError as error:
            books.fault(label(folder), f"the folder cannot be read: {error.strerror}")


def is_read(name: str) -> bool:
    """Whether a file of this name can hold FHIR data: JSON or NDJSON, perhaps compressed, or an archive."""
    if name.endswith(_USUAL):
        return True
    if suffix := packing(name):
        return _suffix(name[: -len(suffix)]) in _READ or is_archive(name)
    return _suffix(name) in _READ or is_archive(name)


def is_archive(name: str) -> bool:
    """Whether the name is an archive's."""
    return name.lower().endswith(tuple(ARCHIVES))


def packing(name: str) -> str:
    """The suffix that says how a file is compressed, "" for one that is not."""
    if name.endswith(_USUAL):
        return ""
    suffix = _suffix(name)
    return suffix if suffix in PACKED else ""


def has_lines(name: str) -> bool:
    """Whether the name says that there is one value a line."""
    return _suffix(name[: len(name) - len(packing(name))]) in LINES


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - of names without folders, thousands of them


def _why_not(entry: os.DirEntry[str], home: Path) -> str:
    try:
        known = entry.stat()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if not stat.S_ISREG(known.st_mode):
        return "no regular file; it is not opened"
    if entry.is_symlink() and not Path(entry.path).resolve().is_relative_to(home):
        return "a link that leads out of the folder; it is not followed"
    return ""
