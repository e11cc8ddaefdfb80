"""Where the time of a review goes: `python -m bench.population.stages [FOLDER]` prints a table.

Each stage is timed by itself, without what it calls that has a line of its own.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

from bench.population.inputs import A_PATIENT, NDJSON, SORE, find_inputs, write_export
from bench.population.methods import ours
from cds_service.batch import reviews, run, tasks, workspace
from cds_service.reading import glance

STAGES: dict[str, list[tuple[Any, str]]] = {
    "files into blocks, what was seen into surveys": [(tasks.Worker, "survey")],
    "first look: JSON decoded": [(glance.Glancer, name) for name in ("bundle", "lines", "resource")],
    "first look: whose it is, what it could tell": [(glance.Glancer, name) for name in ("_tally", "_enter")],
    "surveys into the work folder": [(workspace.Workspace, "enter")],
    "who is who": [(run, "tell_apart")],
    "patients settled": [(run, "settle")],
    "records of the others brought": [(tasks.Worker, "collect")],
    "their records put together": [(tasks.Worker, "review")],
    "their reviews": [(reviews, "review")],
}
REST = "the rest: planning, rows, the report"
_TIMES = 3
_PATIENTS = 5_000


class Clock:
    """CPU seconds by stage; a stage that another calls stops its clock."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys((*STAGES, REST), 0.0)
        self._stack = [REST]
        self._since = time.process_time()

    def around(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            self._switch()
            self._stack.append(stage)
            try:
                return function(*args, **kwargs)
            finally:
                self._switch()
                self._stack.pop()

        return timed

    def stop(self) -> dict[str, float]:
        """What each stage took."""
        self._switch()
        return self.seconds

    def _switch(self) -> None:
        now = time.process_time()
        self.seconds[self._stack[-1]] += now - self._since
        self._since = now


def shares(paths: list[Path]) -> dict[str, float]:
    """The share of each stage in the review of some files by one process, in percent; the best of three."""
    review = ours(paths).run
    took = min((_timed(review) for _ in range(_TIMES)), key=lambda seconds: sum(seconds.values()))
    whole = sum(took.values())
    return {stage: 100 * seconds / whole for stage, seconds in took.items()}


def _timed(review: Callable[[], object]) -> dict[str, float]:
    with ExitStack() as stack:
        clock = Clock()
        for stage, places in STAGES.items():
            for owner, name in places:
                timed = clock.around(stage, getattr(owner, name))
                stack.enter_context(mock.patch.object(owner, name, timed))
        review()
        return clock.stop()


def table(inputs: dict[str, list[Path]]) -> Iterable[str]:
    """The shares as Markdown."""
    found = {name: shares(paths) for name, paths in inputs.items()}
    yield f"| CPU time, % | {' | '.join(found)} |\n|---|{'---:|' * len(found)}\n"
    for stage in (*STAGES, REST):
        yield f"| {stage} | {' | '.join(f'{percent[stage]:.0f}' for percent in found.values())} |\n"


def main() -> None:
    """Measure and print."""
    data = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("LEG_CDS_REAL_DATA")
    with tempfile.TemporaryDirectory() as folder:
        export = write_export(Path(folder) / "export", _PATIENTS, A_PATIENT)
        inputs = find_inputs(Path(data)) if data else {}
        print("".join(table({**inputs, f"{NDJSON}, one in {SORE} sore": export})))


if __name__ == "__main__":
    main()
