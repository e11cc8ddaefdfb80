"""Where the data of a command go: to a file that appears when it is complete, or to stdout."""

import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

import click

from cds_service.batch.output import replacing
from cds_service.cli import NO_ROOM_ERRORS


def write_out(pieces: Iterable[bytes], path: Path | None) -> None:
    """Write to `path` or, without one, to stdout. A file that is there is replaced; only we can read it.

    Raises `OSError` that names the file where its disk is full, `UsageError` where it cannot be written else.
    """
    if path is None:
        _print(pieces)
        return
    try:
        with _opened(path) as file:
            file.writelines(pieces)
    except OSError as error:
        if error.errno in NO_ROOM_ERRORS:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise click.UsageError(f"-o {path} cannot be written: {error.strerror}") from error


def _opened(path: Path) -> AbstractContextManager[BinaryIO]:
    """A new file in the place of `path`; a device or a pipe is written to, for a file must not replace it."""
    if path.exists() and not path.is_file():
        return path.open("wb")
    return replacing(path.resolve())  # where a link leads, not the link


def _print(pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
