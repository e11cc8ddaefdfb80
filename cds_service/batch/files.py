"""Paths on the command line -> the files to read."""

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from cds_service.batch.books import Books, label

STDIN = "-"
LINES = frozenset({".ndjson", ".jsonl"})
_READ = LINES | {".json"}
_OTHER_FORMS = {
    ".xml": "XML is not read; convert it to JSON",
    ".gz": "compressed; unpack it first",
    ".bz2": "compressed; unpack it first",
    ".zst": "compressed; unpack it first",
    ".zip": "an archive; unpack it first",
    ".tar": "an archive; unpack it first",
    ".tgz": "an archive; unpack it first",
}
_LARGEST = 1 << 30  # bytes; what is read is held in memory until its patients are complete


class PathError(ValueError):
    """A path of the command line that cannot be read; `str()` names it."""


class SourceFile(Struct, frozen=True):
    """One file. `named` tells that the user named it, so that it has to hold FHIR data."""

    path: Path
    label: str
    named: bool

    @property
    def is_stdin(self) -> bool:
        """Whether it is the standard input."""
        return str(self.path) == STDIN


def find_files(paths: Iterable[str], books: Books) -> list[SourceFile]:
    """The files behind paths; a folder stands for all its JSON and NDJSON files.

    Symbolic links are followed where the user named them, and inside a folder to files of that folder.
    Raises `PathError` before anything is read.
    """
    found: dict[Path, SourceFile] = {}
    for text in paths:
        path = Path(text)
        if text != STDIN:
            _check_access(path)
        files = _in_folder(path, books) if path.is_dir() else [SourceFile(path, _shown(path), named=True)]
        for file in files:
            key = file.path if file.is_stdin else file.path.resolve()
            if key in found and found[key].label != file.label:
                books.notes.append(f"{file.label} is {found[key].label}; it was read once")
            found.setdefault(key, file)
    return sorted((file for file in found.values() if _fits(file, books)), key=lambda file: file.label)


def _shown(path: Path) -> str:
    return "stdin" if str(path) == STDIN else label(path)


def _check_access(path: Path) -> None:
    if not path.exists():
        raise PathError(f"{label(path)} does not exist")
    if not (path.is_dir() or path.is_file()):
        raise PathError(f"{label(path)} is neither a file nor a folder")
    if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
        raise PathError(f"{label(path)} cannot be read: permission denied")


def _in_folder(folder: Path, books: Books) -> Iterator[SourceFile]:
    left_alone: Counter[str] = Counter()
    home = folder.resolve()
    for parent, folders, names in os.walk(folder, onerror=lambda error: _enter_unreadable(error, books)):
        for path in (Path(parent, name) for name in names):
            suffix = path.suffix.lower()
            why = _why_not(path, home) if suffix in _READ else _OTHER_FORMS.get(suffix, "")
            if why:
                books.fault(label(path), why)
            elif suffix in _READ:
                yield SourceFile(path, label(path), named=False)
            else:
                left_alone[suffix or "no suffix"] += 1
        for path in (Path(parent, name) for name in folders):
            if path.is_symlink():
                books.fault(label(path), "a link to a folder; it is not followed")
    if left_alone:
        told = ", ".join(f"{count} {suffix}" for suffix, count in sorted(left_alone.items()))
        books.notes.append(f"{label(folder)}: files of other kinds left alone: {told}")


def _enter_unreadable(error: OSError, books: Books) -> None:
    books.fault(label(error.filename), f"the folder cannot be read: {error.strerror}")


def _why_not(path: Path, home: Path) -> str:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if not stat.S_ISREG(mode):
        return "no regular file; it is not opened"
    if not path.resolve().is_relative_to(home):
        return "a link that leads out of the folder; it is not followed"
    return ""


def _fits(file: SourceFile, books: Books) -> bool:
    if file.is_stdin or file.path.stat().st_size <= _LARGEST:
        return True
    books.fault(file.label, f"larger than {_LARGEST >> 30} GiB; split it")
    return False
