"""A file that appears when it is complete."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


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
