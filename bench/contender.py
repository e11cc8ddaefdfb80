"""A service that is measured, in a process of its own, with the memory it would have there.

`python -m bench.contender NAME` reads lines `FILE CALLS` from stdin: the body in FILE is answered so many
times, and a line of JSON says the CPU seconds of that and the number of cards of the last answer.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench import services, timing
from cds_service import memory

OURS, PARSE_ONLY, SETTLED, VALIDATE = "ours", "parse_only", "parse_only_settled", "parse_and_validate"
NAMES = (OURS, PARSE_ONLY, SETTLED, VALIDATE)
_MAKERS = {
    OURS: services.ours,
    PARSE_ONLY: services.parse_only,
    SETTLED: services.parse_only,
    VALIDATE: services.parse_and_validate,
}


class Contender:
    """Starts the process of one of `NAMES`, to be asked and ended."""

    def __init__(self, name: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.contender", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def answer(self, body: Path, calls: int) -> tuple[float, int]:
        """CPU seconds of so many answers, and how many cards each has. Raises `RuntimeError`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{body} {calls}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a measured service ended with code {self._process.wait()}")
        found = json.loads(line)
        return found["seconds"], found["cards"]

    def end(self) -> None:
        """End the process, which ends when nothing more is asked."""
        self._process.communicate()


def _serve(name: str) -> None:
    post = _MAKERS[name]()
    if name in (OURS, SETTLED):
        memory.settle()  # as `leg-cds serve` does once the rules are loaded
    for line in sys.stdin:
        file, calls = line.rsplit(maxsplit=1)
        print(json.dumps(_measured(post, Path(file).read_bytes(), int(calls))), flush=True)


def _measured(post: services.Post, body: bytes, calls: int) -> dict[str, Any]:
    seconds = timing.cpu_seconds(lambda: post(body), calls)
    return {"seconds": seconds, "cards": len(json.loads(post(body))["cards"])}


if __name__ == "__main__":
    _serve(sys.argv[1])
