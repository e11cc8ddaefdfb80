"""The members of zip and tar archives, as streams: nothing is ever extracted.

Names of members are only shown. Links, encrypted members, archives within archives, and archives with
very many members are refused, each with its reason.
"""

import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from msgspec import Struct

from cds_service.batch.bounds import CHUNK
from cds_service.batch.streams import Chunks, Reader, StreamError, check_growth

_MOST_MEMBERS = 50_000
_TOO_MANY = f"more than {_MOST_MEMBERS} members; unpack it first"
_ENCRYPTED = 1  # of the flags of a zip member
_MODE_SHIFT = 16  # where Unix keeps the mode in the attributes of a zip member

TARS = {".tar": "", ".tgz": ".gz", ".tar.gz": ".gz", ".tar.zst": ".zst"}
"""Suffixes of tar archives, and how they are compressed."""
ARCHIVES = frozenset({".zip", *TARS})


class Member(Struct, frozen=True):
    """A member with its content; `refused` says why it has none."""

    name: str
    chunks: Chunks
    refused: str = ""


def members_of_zip(file: IO[bytes]) -> Iterator[Member]:
    """Every file in a zip archive. Raises `StreamError` where the archive is none."""
    try:
        with zipfile.ZipFile(file) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            if len(infos) > _MOST_MEMBERS:
                raise StreamError(_TOO_MANY)
            for info in infos:
                yield Member(info.filename, _zip_content(archive, info), _why_not(info))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        raise StreamError("the zip archive is damaged, or of a kind that is not read") from error


def _why_not(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _ENCRYPTED:
        return "encrypted; decrypt it first"
    mode = info.external_attr >> _MODE_SHIFT
    return "a link; it is not followed" if stat.S_ISLNK(mode) else ""


def _zip_content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Chunks:
    made = 0
    try:
        with archive.open(info) as file:
            while chunk := file.read(CHUNK):
                made += len(chunk)
                check_growth(info.compress_size, made)
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise StreamError("the member of the archive is damaged, or of a kind that is not read") from error


def members_of_tar(chunks: Chunks) -> Iterator[Member]:
    """Every file in a tar archive, to be read before the next one. Raises `StreamError` as for a zip."""
    try:
        with tarfile.open(fileobj=Reader(chunks), mode="r|") as archive:  # type: ignore[call-overload]
            for number, info in enumerate(info for info in archive if not info.isdir()):
                if number >= _MOST_MEMBERS:
                    raise StreamError(_TOO_MANY)
                refused = "" if info.isreg() else "a link or a special file; it is not followed"
                yield Member(info.name, _tar_content(archive, info), refused)
    except tarfile.TarError as error:
        raise StreamError("the tar archive is damaged or cut short") from error


def _tar_content(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Chunks:
    try:
        file = archive.extractfile(info)
        while file is not None and (chunk := file.read(CHUNK)):
            yield chunk
    except tarfile.TarError as error:
        raise StreamError("the tar archive is damaged or cut short") from error
