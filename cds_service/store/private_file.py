"""Files that only we can read, and that are there whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path

_PRIVATE = 0o600


def publish_file(file: Path, fill: Callable[[Path], None]) -> bool:
    """Create a file that `fill` completes, seen only when whole; False if there is one already."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)  # of a process that was killed
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, _PRIVATE))
    try:
        fill(draft)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        os.link(draft, file)
    except FileExistsError:
        return False
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file)) from error  # a full disk names no file
    finally:
        draft.unlink()
    sync_folder(file.parent)
    return True


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
