"""Files behind addresses such as `hdfs://` and `s3a://`, opened by Arrow wherever they are read.

Only the bytes asked for come over the network, and none through a JVM of Spark.
"""

import errno
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from pyarrow.fs import FileInfo, FileSelector, FileSystem

from cds_service.batch.books import Books, label
from cds_service.batch.files import OTHER_FORMS, PathError, SourceFile, is_read

_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]+):(?P<rest>/.*)", re.DOTALL)
_USER = re.compile(r"(?<=://)[^/@]*@")
_OF_ARROW = {"s3a": "s3", "s3n": "s3"}
_PATTERN = frozenset("*?[")


class RemoteFile(SourceFile, frozen=True, gc=False):
    """One file that is opened by its address, which is its `path`."""

    def open(self) -> BinaryIO:
        """The file for reading. Raises `OSError`."""
        system, path = _system(self.path)
        with _Told():
            return cast("BinaryIO", system.open_input_file(path))


class _Told:
    """Failures of Arrow as the `OSError` that readers know how to tell."""

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError) and error.strerror:
            return
        if isinstance(error, OSError | ValueError | NotImplementedError):
            first = _USER.sub("", next(iter(str(error).splitlines()), type(error).__name__))
            kind = FileNotFoundError if isinstance(error, FileNotFoundError) else OSError
            raise kind(errno.ENOENT if kind is FileNotFoundError else errno.EIO, first) from error


def is_address(text: str) -> bool:
    """Whether a path of the command line is an address, and no path of this machine."""
    return _ADDRESS.fullmatch(text) is not None


def _system(address: str) -> tuple[FileSystem, str]:
    """The file system and the path in it. Raises `OSError`."""
    match = cast("re.Match[str]", _ADDRESS.fullmatch(address))
    scheme, rest = match["scheme"], match["rest"]
    if not rest.startswith("//"):  # `file:/data`, as Hadoop writes it
        rest = f"//{rest}"
    with _Told():
        if scheme == "file":  # taken as it is written, where Arrow expects escapes
            return _local(), "/" + rest.lstrip("/")
        system, path = FileSystem.from_uri(f"{_OF_ARROW.get(scheme, scheme)}:{rest}")
        return system, path


@lru_cache(maxsize=1)
def _local() -> FileSystem:
    system, _ = FileSystem.from_uri("file:///")
    return system


def find_remote(addresses: Iterable[str], books: Books) -> list[SourceFile]:
    """The files behind addresses; a folder stands for all its FHIR files, a pattern for what it matches.

    Raises `PathError` before anything is read.
    """
    found: dict[str, SourceFile] = {}
    for address in addresses:
        try:
            for file in _behind(address, books):
                found.setdefault(file.path, file)
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            why = "does not exist" if missing else f"cannot be read: {error.strerror}"
            raise PathError(f"{_shown(address)} {why}") from error
    return sorted(found.values(), key=lambda file: file.label)


def _behind(address: str, books: Books) -> Iterator[SourceFile]:
    name = PurePosixPath(address).name
    if not _PATTERN.isdisjoint(name):
        folder = address[: -len(name)].rstrip("/")
        matches = [info for info in _listed(folder, deep=False) if fnmatchcase(info.base_name, name)]
        if not matches:
            raise PathError(f"{_shown(address)} matches nothing")
        for match in matches:
            yield from _behind(f"{folder}/{match.base_name}", books)
        return
    system, path = _system(address)
    with _Told():
        (info,) = system.get_file_info([path])
    if not (info.is_file or info.type.name == "Directory"):
        raise FileNotFoundError(errno.ENOENT, "no such file")
    yield from (
        [_source(address, info, named=True)] if info.is_file else _in_folder(address.rstrip("/"), books)
    )


def _listed(folder: str, *, deep: bool) -> list[FileInfo]:
    system, path = _system(folder)
    with _Told():
        return system.get_file_info(FileSelector(path, recursive=deep))


def _in_folder(folder: str, books: Books) -> Iterator[SourceFile]:
    _, top = _system(folder)
    left_alone: Counter[str] = Counter()
    for info in _listed(folder, deep=True):
        if not info.is_file:
            continue
        address = f"{folder}/{info.path.removeprefix(top.rstrip('/')).lstrip('/')}"
        suffix = PurePosixPath(info.base_name).suffix.lower()
        if suffix in OTHER_FORMS:
            books.fault(_shown(address), OTHER_FORMS[suffix])
        elif not is_read(info.base_name):
            left_alone[suffix or "no suffix"] += 1
        else:
            yield _source(address, info, named=False)
    if left_alone:
        told = ", ".join(f"{count} {suffix}" for suffix, count in sorted(left_alone.items()))
        books.notes.append(f"{_shown(folder)}: files of other kinds left alone: {told}")


def _source(address: str, info: FileInfo, *, named: bool) -> SourceFile:
    return RemoteFile(address, _shown(address), named, info.size or 0, info.mtime_ns or 0)


def _shown(address: str) -> str:
    """An address without the user and password it may hold."""
    return label(_USER.sub("", address))
