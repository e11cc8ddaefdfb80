"""Where the data of a command go: to a file that appears when it is complete, or to stdout."""

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from cds_service.batch.output import replacing


def write_out(pieces: Iterable[bytes], path: Path | None) -> None:
    """Write to `path` or, without one, to stdout. A file that is there is replaced; only we can read it."""
    if path is None:
        _print(pieces)
        return
    try:
        with replacing(path) as file:
            file.writelines(pieces)
    except OSError as error:
        raise click.UsageError(f"-o {path} cannot be written: {error.strerror}") from error


def _print(pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
