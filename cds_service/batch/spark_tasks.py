"""The tasks of a run on the executors of a Spark cluster: paths come in, records go to their patients.

Everything here runs in the Python processes of the executors, on files they open themselves: what a file
holds goes through Spark only as the records of patients who have to be read in full.
"""

import tempfile
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import cast

import msgspec
from msgspec import Struct
from pyspark import SparkFiles

from cds_service import __version__
from cds_service.batch.errand import Brought
from cds_service.batch.shares import Share, ShareWriter, Slice, read_slices
from cds_service.batch.tasks import ErrandTask, ReviewTask, Task, Worker
from cds_service.batch.workers import Here, Outcome
from cds_service.knowledge import Knowledge, load

Key = tuple[int, int, int, int]
"""Partition, patient, unit, place among the unit's shares: the order in which records are read."""
Encoded = tuple[type[Outcome], bytes]
"""What came of a task, on its way."""
OUTCOME = -1
"""Stands for the partition of what goes back to the driver."""
_ONE_PARTITION = 1


class OtherVersionError(Exception):
    """An executor has another version of this package, or other rules, than the driver."""


class Setup(Struct, frozen=True):
    """What an executor needs to know the same as the driver; `rules` names what both must have."""

    overlays: tuple[tuple[str, bytes], ...]
    base: str
    rules: str
    debug: bool

    @classmethod
    def of(cls, overlays: Iterable[Path], knowledge: Knowledge, *, debug: bool) -> "Setup":
        """The driver's own. Raises `OSError` when an overlay cannot be read."""
        contents = tuple((path.name, path.read_bytes()) for path in overlays)
        return cls(contents, knowledge.base, _name(knowledge), debug)


def _name(knowledge: Knowledge) -> str:
    return f"leg-soreness-cds {__version__} with rules {knowledge.version}"


@lru_cache(maxsize=1)
def _knowledge(setup: Setup) -> Knowledge:
    """The rules, loaded once a process."""
    with tempfile.TemporaryDirectory() as folder:
        paths: list[Path] = []
        for number, (name, content) in enumerate(setup.overlays):
            paths.append(Path(folder) / str(number) / name)
            paths[-1].parent.mkdir()
            paths[-1].write_bytes(content)
        knowledge = load(paths, base=setup.base)
    if _name(knowledge) != setup.rules:
        raise OtherVersionError(f"the driver has {setup.rules}, an executor {_name(knowledge)}")
    return knowledge


def _here(setup: Setup, shelf: Path) -> Here:
    return Here(Worker(_knowledge(setup), shelf, debug=setup.debug), debug=setup.debug)


def encode(outcome: Outcome) -> Encoded:
    """An outcome for the way through Spark."""
    return type(outcome), msgspec.msgpack.encode(outcome)


def decode(encoded: Encoded) -> Outcome:
    """What `encode` made."""
    kind, content = encoded
    return msgspec.msgpack.decode(content, type=kind)


def survey(setup: Setup, tasks: Iterable[tuple[int, Task]]) -> Iterator[tuple[int, Encoded]]:
    """The numbers of tasks, and what came of each."""
    here = _here(setup, Path())
    for number, task in tasks:
        for _, outcome in here.run([task]):
            yield number, encode(outcome)


def collect(setup: Setup, tasks: Iterable[tuple[int, Task]]) -> Iterator[tuple[Key, object]]:
    """The shares an errand brings, and under `OUTCOME` and its number what came of it else."""
    here = _here(setup, Path())
    for number, task in tasks:
        with tempfile.TemporaryDirectory() as folder:
            asked = cast("ErrandTask", task)
            partitions = asked.errand.partitions
            errand = msgspec.structs.replace(
                asked.errand, file=str(Path(folder) / "records"), partitions=_ONE_PARTITION
            )
            for _, outcome in here.run([msgspec.structs.replace(asked, errand=errand)]):
                if isinstance(outcome, Brought):
                    yield from _shares(asked.unit.number, outcome.slices, partitions)
                    outcome.slices = []
                yield (OUTCOME, number, 0, 0), encode(outcome)


def _shares(unit: int, slices: list[Slice], partitions: int) -> Iterator[tuple[Key, Share]]:
    place = 0
    for part in slices:
        for share in read_slices([part]):
            place += 1
            yield (share.number % partitions, share.number, unit, place), share.in_hand()


def review(setup: Setup, shelf: str, tasks: Iterable[tuple[Key, object]]) -> Iterator[tuple[int, Encoded]]:
    """The partitions, and what came of each; its task comes first of it, then the shares in order.

    `shelf` is the name under which Spark hands out the Medications of nobody.
    """
    here = _here(setup, Path(SparkFiles.get(shelf)))
    for partition, group in groupby(tasks, key=lambda one: one[0][0]):
        values = map(itemgetter(1), group)
        task = cast("ReviewTask", next(values))
        yield partition, encode(_review(here, task, cast("Iterator[Share]", values)))


def _review(here: Here, task: ReviewTask, shares: Iterator[Share]) -> Outcome:
    """The shares as a file, where the worker expects them."""
    with tempfile.TemporaryDirectory() as folder:
        writer = ShareWriter(Path(folder) / "records", _ONE_PARTITION)
        for share in shares:
            writer.add(share)
        writer.flush()
        asked = msgspec.structs.replace(task, slices=writer.slices)
        (found,) = [outcome for _, outcome in here.run([asked])]
        return found
