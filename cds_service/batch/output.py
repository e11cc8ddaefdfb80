"""Where a report goes: a file that appears when it is complete, or standard output."""

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

STDOUT = "standard output"


class Stdout(io.RawIOBase):
    """Standard output, whose errors name it: a full disk may be that of the work folder as well."""

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Write all of it. Raises `OSError` with the file name `STDOUT`."""
        try:
            return sys.stdout.buffer.write(data)
        except OSError as error:
            raise OSError(error.errno, error.strerror, STDOUT) from error

    def flush(self) -> None:
        """Raises as `write` does."""
        try:
            sys.stdout.buffer.flush()
        except OSError as error:
            raise OSError(error.errno, error.strerror, STDOUT) from error


@contextmanager
def replacing(path: Path, folder: Path | None = None) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` at once when it is complete, and else leaves nothing.

    It is written in `folder`, on the same disk, or beside `path`.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=folder or path.parent)
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        written.replace(path)
        _sync(path.parent)
    except BaseException:
        written.unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
