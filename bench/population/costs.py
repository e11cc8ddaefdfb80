"""Methods side by side: each in a process of its own on one core, in turn, round by round."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct

from bench.population.memory import Watched, watch

ROUNDS = 5


class Cost(Struct):
    """The least of all rounds: seconds, and MB of resident memory at its greatest."""

    cpu: float
    wall: float
    peak: float


def side_by_side(methods: Iterable[str], paths: list[Path], rounds: int = ROUNDS) -> dict[str, Cost]:
    """What each method costs over the files."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed, ExitStack() as stack:
        listed.write("\n".join(map(str, paths)))
        listed.flush()
        running = {name: stack.enter_context(_start(name, listed.name)) for name in methods}
        costs: dict[str, list[Cost]] = {name: [] for name in running}
        for _ in range(rounds):
            for name, process in running.items():
                costs[name].append(_ask(process))
        for process in running.values():
            process.communicate(timeout=60)
    return {name: _best(found) for name, found in costs.items()}


def _best(costs: list[Cost]) -> Cost:
    cpu, wall = min(one.cpu for one in costs), min(one.wall for one in costs)
    return Cost(cpu, wall, max(one.peak for one in costs))


def _start(name: str, listed: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "bench.population.methods", name, listed]
    with_pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen(on_cores(1, command), **with_pipes)  # type: ignore[call-overload, no-any-return]


def _ask(process: "subprocess.Popen[str]") -> Cost:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process has no pipes")
    print("go", file=process.stdin, flush=True)
    return Cost(**json.loads(process.stdout.readline()))


def review(paths: list[Path], jobs: int, output: Path) -> Watched:
    """`leg-cds review` over files or folders with so many processes on as many cores, watched."""
    command = [sys.executable, "-m", "cds_service", "review", *map(str, paths), "--quiet"]
    command += ["--format", "ndjson", "--output", str(output), "--overwrite", "--jobs", str(jobs)]
    with subprocess.Popen(on_cores(jobs, command), stderr=subprocess.DEVNULL) as process:
        return watch(process)


def on_cores(count: int, command: list[str]) -> list[str]:
    """A command held to so many cores, the last ones, with nothing else changed."""
    cores = ",".join(map(str, sorted(os.sched_getaffinity(0))[-count:]))
    return ["taskset", "--cpu-list", cores, *command]
