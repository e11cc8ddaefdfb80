"""Who does the tasks of a run: this process, several on this machine, or a cluster."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from cds_service.batch.tasks import Task
from cds_service.batch.workers import Outcome


class Crew(Protocol):
    """Does tasks of one kind at a time."""

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Outcome]]:
        """Each task with what came of it, in any order."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


Hire = Callable[[Path], Crew]
"""A crew for the run whose workspace is at a path."""
