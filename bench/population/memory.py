"""How much memory a process, or a process and all it started, holds: from /proc, in MB."""

import time
from pathlib import Path
from subprocess import Popen

from msgspec import Struct

_PROC = Path("/proc")
_KIB = 1024
_MB = 1_000_000
_EVERY = 0.1  # seconds


class Watched(Struct):
    """A command that ran: how long, the most that all its processes held together, and that one did.

    Together is the sum of proportional set sizes (what is shared counts once), as seen every tenth of a
    second; one is the greatest peak of resident memory.
    """

    seconds: float
    together: float
    one: float


def peak_of(process: int | str) -> float:
    """The most resident memory a process has had, MB; 0 where it is gone."""
    return _kib(f"{process}/status", "VmHWM:") * _KIB / _MB


def watch(process: Popen[bytes]) -> Watched:
    """Wait until a process ends, looking at it and its descendants meanwhile. Raises where it fails."""
    start, together, one = time.perf_counter(), 0.0, 0.0
    while process.poll() is None:
        tree = tree_of(process.pid)
        together = max(together, sum(_kib(f"{pid}/smaps_rollup", "Pss:") for pid in tree) * _KIB / _MB)
        one = max(one, *map(peak_of, tree))
        time.sleep(_EVERY)
    if process.returncode:
        raise RuntimeError(f"{process.args!r} ended with {process.returncode}; run it to see why")
    return Watched(time.perf_counter() - start, together, one)


def tree_of(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for each in found:
        for task in _PROC.glob(f"{each}/task/*/children"):
            found += map(int, _text(task).split())
    return found


def _kib(path: str, name: str) -> int:
    for line in _text(_PROC / path).splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended
        return ""
