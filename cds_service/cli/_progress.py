"""A bar with rate and time left on stderr, where that is a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from cds_service.batch.progress import Progress

BYTES = "bytes"


@contextmanager
def show_progress(*, quiet: bool) -> "Iterator[Progress]":
    """What to tell of the progress of a run; it is shown unless `quiet`, or nobody sits there."""
    if quiet or not sys.stderr.isatty():
        from cds_service.batch.progress import Unseen

        yield Unseen()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    # No thread of its own refreshes it, because worker processes are forked.
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True) as bars:
        yield _Shown(bars)


class _Shown:
    def __init__(self, bars: "Bars") -> None:
        self._bars = bars
        self._task = bars.add_task("", total=None, rate="")
        self._unit = BYTES

    def begin(self, what: str, total: int, unit: str) -> None:
        self._unit = unit
        self._bars.reset(self._task, description=what, total=total, rate="")
        self._bars.refresh()

    def advance(self, amount: int) -> None:
        self._bars.advance(self._task, amount)
        speed = self._bars.tasks[0].speed or 0.0
        rate = f"{speed / 1e6:.0f} MB/s" if self._unit == BYTES else f"{speed:.0f} {self._unit}/s"
        self._bars.update(self._task, rate=rate, refresh=True)
