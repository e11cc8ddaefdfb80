"""The folder in which the processes of a service add up their figures for Prometheus."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - figures; each service has a folder of its own


@contextmanager
def shared_figures() -> Iterator[None]:
    """A folder that is empty at first and removed at the end.

    `prometheus_client` looks for it when it is imported, so nothing that needs it may be imported before.
    """
    where = _SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="leg-cds-figures-", dir=where)
    os.environ[_FOLDER] = folder
    maker = os.getpid()
    try:
        yield
    finally:
        if os.getpid() == maker:  # workers leave this way too
            shutil.rmtree(folder, ignore_errors=True)
