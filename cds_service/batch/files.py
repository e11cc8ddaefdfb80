"""Paths on the command line -> the files to read."""

import glob
import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

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


class SourceFile(Struct, frozen=True):
    """One file. `named` tells that the user named it, so that it has to hold FHIR data."""

    path: Path
    label: str
    named: bool
    size: int = 0  # bytes; 0 for the standard input
    changed: int = 0  # nanoseconds since 1970

    @property
    def is_stdin(self) -> bool:
        """Whether it is the standard input."""
        return self.label == _SHOWN_STDIN and str(self.path) == STDIN


def find_files(paths: Iterable[str], books: Books) -> list[SourceFile]:
    """The files behind paths; a folder stands for all its FHIR files, a pattern for what it matches.

    Symbolic links are followed where the user named them, and inside a folder to files of that folder.
    Raises `PathError` before anything is read.
    """
    found: dict[tuple[int, int], SourceFile] = {}
    for match in (match for text in paths for match in _matches(text)):
        for file, identity in _behind(match, books):
            if identity in found and found[identity].label != file.label:
                books.notes.append(f"{file.label} is {found[identity].label}; it was read once")
            found.setdefault(identity, file)
    return sorted(found.values(), key=lambda file: file.label)


def _matches(text: str) -> list[str]:
    """A pattern the shell did not expand, as the paths it matches."""
    if text == STDIN or os.path.lexists(text) or _PATTERN.isdisjoint(text):
        return [text]
    matches = sorted(glob.glob(text, recursive=True))  # noqa: PTH207 - of absolute patterns, too
    if not matches:
        raise PathError(f"{label(text)} matches nothing")
    return matches


def _behind(text: str, books: Books) -> Iterator[tuple[SourceFile, tuple[int, int]]]:
    path = Path(text)
    if text == STDIN:
        yield SourceFile(path, _SHOWN_STDIN, named=True), (0, 0)
        return
    known = _status(path)
    if stat.S_ISDIR(known.st_mode):
        yield from _in_folder(path, books)
    else:
        yield _source(path, known, named=True), (known.st_dev, known.st_ino)


def _source(path: Path, known: os.stat_result, *, named: bool) -> SourceFile:
    return SourceFile(path, label(path), named, known.st_size, known.st_mtime_ns)


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


def _in_folder(folder: Path, books: Books) -> Iterator[tuple[SourceFile, tuple[int, int]]]:
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
            yield _source(Path(entry.path), known, named=False), (known.st_dev, known.st_ino)
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
                listed = list(entries)
        except OSError as error:
            books.fault(label(folder), f"the folder cannot be read: {error.strerror}")
            continue
        for entry in listed:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            elif entry.is_symlink() and entry.is_dir():
                books.fault(label(entry.path), "a link to a folder; it is not followed")
            else:
                yield entry


def is_read(name: str) -> bool:
    """Whether a file of this name can hold FHIR data: JSON or NDJSON, perhaps compressed, or an archive."""
    if name.endswith(_USUAL):
        return True
    suffix = _suffix(name)
    if suffix in PACKED:
        return _suffix(name[: -len(suffix)]) in _READ or is_archive(name)
    return suffix in _READ or suffix in ARCHIVES


def is_archive(name: str) -> bool:
    """Whether the name is an archive's."""
    return name.lower().endswith(tuple(ARCHIVES))


def has_lines(name: str) -> bool:
    """Whether the name says that there is one value a line."""
    suffix = _suffix(name)
    return _suffix(name[: -len(suffix)] if suffix in PACKED else name) in LINES


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
