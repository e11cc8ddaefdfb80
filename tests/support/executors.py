"""Finding the processes of a Spark cluster on this machine."""

import subprocess
import time
from pathlib import Path


def await_executor_at_work(driver: subprocess.Popen[bytes]) -> int:
    """The process id of an executor of a cluster that has begun to run Python."""
    until = time.monotonic() + 90
    while time.monotonic() < until and driver.poll() is None:
        commands = {int(path.name): command_of(path) for path in Path("/proc").glob("[0-9]*")}
        for number, words in commands.items():
            parent = parent_of(number)
            if b"pyspark.daemon" in words and b"CoarseGrainedExecutorBackend" in commands.get(parent, b""):
                return parent
        time.sleep(0.02)
    raise AssertionError("no executor began to work")


def command_of(process: Path) -> bytes:
    try:
        return process.joinpath("cmdline").read_bytes()
    except OSError:
        return b""


def parent_of(number: int) -> int:
    try:
        return int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
