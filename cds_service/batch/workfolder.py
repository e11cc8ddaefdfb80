"""The folder a run works in: beside its output, so that it can go on after a crash, or for this run only."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from msgspec import Struct


class InUseError(Exception):
    """Another process works for the same output; `str()` says which."""


class WorkFolder(Struct, frozen=True):
    """`lasting` tells that it outlives a run that does not come to its end."""

    path: Path
    lasting: bool


@contextmanager
def work_folder(output: Path | None, *, resume: bool) -> Iterator[WorkFolder]:
    """A folder for the run that writes `output`; what an earlier run left in it stays only to `resume`.

    It is removed when the block ends well. Raises `InUseError`, or `OSError` when it cannot be made.
    """
    if output is None:
        with TemporaryDirectory(prefix="leg-cds-") as folder:
            yield WorkFolder(Path(folder), lasting=False)
        return
    path = _beside(output)
    path.mkdir(mode=0o700, exist_ok=True)
    with _locked(path / "lock"):
        if not resume:
            _empty(path)
        yield WorkFolder(path, lasting=True)
        shutil.rmtree(path)


def is_begun(output: Path) -> bool:
    """Whether a run for this output was begun and did not come to its end."""
    return _beside(output).is_dir()


def _beside(output: Path) -> Path:
    return output.with_name(f".{output.name}.leg-cds")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Ours alone; the lock of a process that is gone is taken over."""
    with path.open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUseError(f"locked by pid {_owner(file)}") from error
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        file.flush()
        yield


def _owner(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode(errors="replace") or "unknown"


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != "lock":
            path.unlink()
