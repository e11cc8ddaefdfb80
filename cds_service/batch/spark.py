"""A crew on a Spark cluster: the same tasks with the same outcomes, done by its executors.

The driver keeps what a run knows, as on one machine; executors look at units, bring the records of
patients, and review them. Between the last two Spark brings the records of each patient together::

    units -> survey -> (driver: who is who, whose gates are closed)
    units -> collect -> by partition, patient, unit and place -> review -> (driver: rows in order)
"""

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, cast

from py4j.protocol import Py4JError
from pyspark import RDD, SparkContext, StorageLevel

from cds_service.batch.errand import Brought
from cds_service.batch.shares import Slice
from cds_service.batch.spark_tasks import (
    OUTCOME,
    Encoded,
    Key,
    Setup,
    collect,
    decode,
    encode,
    review,
    survey,
)
from cds_service.batch.tasks import ErrandTask, ReviewTask, Task
from cds_service.batch.workers import Outcome

_TASKS_A_CORE = 4  # so that what one executor loses is not much, and the last to finish not late
_PYTHON = re.compile(r"^(?!Caused|org\.|java\.|py4j\.)(?:\w+\.)*(\w+Error: .+)$", re.MULTILINE)
_SHELF = "CREATE TABLE shelf AS SELECT * FROM work.shelf ORDER BY rowid"


class SparkError(Exception):
    """A stage that failed as a whole; `str()` says why."""


class SparkCrew:
    """Does the tasks of the run whose workspace is at `database` on a cluster."""

    def __init__(self, context: SparkContext, setup: Setup, database: Path) -> None:
        self._context = context
        self._setup = setup
        self._database = database
        self._folder = Path(tempfile.mkdtemp(prefix="leg-cds-spark-"))
        self._brought: RDD[tuple[Key, object]] | None = None

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Outcome]]:
        """Each task with what came of it; one stage of the cluster for all. Raises `SparkError`."""
        given = list(tasks)
        if not given:
            return
        if isinstance(given[0], ReviewTask):
            found = self._review(cast("list[ReviewTask]", given))
        elif isinstance(given[0], ErrandTask):
            found = self._collect(cast("list[ErrandTask]", given))
        else:
            found = self._kept(self._numbered(given).mapPartitions(partial(survey, self._setup)))
        for number, content in found:
            yield given[number], decode(content)

    def close(self) -> None:
        """Let go of what the cluster keeps; the session is its owner's."""
        shutil.rmtree(self._folder)

    def _numbered(self, tasks: list[Any]) -> RDD[tuple[int, Any]]:
        return self._context.parallelize(list(enumerate(tasks)), self._partitions(len(tasks)))

    def _partitions(self, most: int) -> int:
        return min(most, _TASKS_A_CORE * self._context.defaultParallelism)

    def _kept(self, outcomes: RDD[tuple[int, Encoded]]) -> Iterator[tuple[int, Encoded]]:
        """All outcomes, worked out at once and fetched one partition after the other."""
        kept = outcomes.persist(StorageLevel.DISK_ONLY)
        _attempt(kept.count)
        yield from _each(kept)
        kept.unpersist()

    def _collect(self, tasks: list[ErrandTask]) -> Iterator[tuple[int, Encoded]]:
        """What the errands bring stays on the cluster; a slice stands for each partition there may be."""
        brought = self._numbered(tasks).mapPartitions(partial(collect, self._setup))
        self._brought = brought.persist(StorageLevel.DISK_ONLY)
        _attempt(self._brought.count)
        outcomes = self._brought.filter(_is_outcome).map(_numbered_outcome)
        waiting = True
        for number, content in _each(outcomes):
            outcome = decode(content)
            if waiting and isinstance(outcome, Brought):
                count = tasks[number].errand.partitions
                outcome.slices = [Slice(one, "", 0, 0) for one in range(count)]
                waiting = False
            yield number, encode(outcome)

    def _review(self, tasks: list[ReviewTask]) -> Iterator[tuple[int, Encoded]]:
        """The partitions with patients to review; a task goes before the shares of its partition."""
        numbers = {task.slices[0].partition: number for number, task in enumerate(tasks)}
        heads = [((partition, 0, 0, 0), tasks[number]) for partition, number in numbers.items()]
        wanted = frozenset(numbers)
        brought = cast(RDD[tuple[Key, object]], self._brought)
        shares = brought.filter(lambda one: one[0][0] in wanted)
        count = self._partitions(len(tasks))
        ordered = (
            self._context.parallelize(heads, count)
            .union(shares)
            .repartitionAndSortWithinPartitions(count, partitionFunc=_partition_of)
        )
        for partition, content in self._kept(
            ordered.mapPartitions(partial(review, self._setup, self._share_shelf()))
        ):
            yield numbers[partition], content
        brought.unpersist()

    def _share_shelf(self) -> str:
        """Hand the Medications of nobody out to all executors; the name they find them by."""
        path = self._folder / f"{self._folder.name}.sqlite"
        with closing(sqlite3.connect(path, isolation_level=None)) as shelf:
            shelf.execute("ATTACH ? AS work", (str(self._database),))
            shelf.execute(_SHELF)
            shelf.execute("CREATE INDEX shelf_reference ON shelf (reference)")
        self._context.addFile(str(path))
        return path.name


def _is_outcome(one: tuple[Key, object]) -> bool:
    return one[0][0] == OUTCOME


def _numbered_outcome(one: tuple[Key, object]) -> tuple[int, Encoded]:
    return one[0][1], cast("Encoded", one[1])


def _partition_of(key: Key) -> int:
    return key[0]


def _each(rows: RDD[tuple[int, Encoded]]) -> Iterator[tuple[int, Encoded]]:
    waiting = rows.toLocalIterator(prefetchPartitions=True)
    while (row := _attempt(partial(next, waiting, None))) is not None:
        yield row


def _attempt(action: Callable[[], Any]) -> Any:
    """An action of Spark, its failure told in a line."""
    try:
        return action()
    except Py4JError as error:
        raise SparkError(_reason(str(error))) from error


def _reason(text: str) -> str:
    """What Python said last on an executor, else the first that Spark says; the rest is in its log."""
    found = _PYTHON.findall(text)
    return str(found[-1]) if found else text.partition("\n")[0].strip()
