"""Archives as bytes."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterable

import zstandard

Members = Iterable[tuple[str, bytes]]


def as_zip(members: Members) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def as_tar(members: Members) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def as_tgz(members: Members) -> bytes:
    return gzip.compress(as_tar(members), 1)


def as_tar_zst(members: Members) -> bytes:
    return zstandard.compress(as_tar(members))
