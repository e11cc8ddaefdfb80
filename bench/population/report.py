"""The measurements as Markdown, with what was aimed at."""

import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct

import cds_service
from bench.population.costs import Cost
from bench.population.inputs import BUNDLES, NDJSON
from bench.population.memory import Watched

OURS = "ours"
TIMES: dict[str, dict[str, float]] = {
    "fhir_resources": {BUNDLES: 100, NDJSON: 50},
    "json_loads": {BUNDLES: 3.5, NDJSON: 2.5},
    "orjson_loads": {BUNDLES: 2, NDJSON: 1.2},
    "duckdb_extract": {NDJSON: 0.8},
}
WORDS = {
    "fhir_resources": "every value through its `fhir.resources` model",
    "json_loads": "`json.loads` of the same bytes, nothing else",
    "orjson_loads": "`orjson.loads` of the same bytes, nothing else",
    "duckdb_extract": "DuckDB extracting the same members, no rules",
}
TWO_CORES = 1.6  # times one
WORKER = 100  # MB
EXPORT = 1250  # MB
LINEAR = 1.5  # times the least cost a MB
FLAT = 1.5  # times the memory of the smallest

HEAD = """\
# What the review of a population costs

Printed by `python -m bench.population{arguments}` on {date}: version {version}, Python {python},
{cores} cores, {machine}. [Performance](performance.md) says where the time goes. Compare ratios, not figures:
other programs may have run beside it.

## One core, beside programs that only parse

The review goes from the files to a report as NDJSON. The baselines have the same bytes in memory, a line
or a Bundle at a time, and throw away what they made. Each method is a process of its own on one core, in
turn, and CPU seconds are the least of {rounds} rounds. Of large inputs every 25th value is validated, and
taken for all. Input: {data}.

| input | method | CPU s | MB/s | slower than ours | target | |
|---|---|---:|---:|---:|---:|---|
"""
CORES = """
## Two cores against one

`leg-cds review` from start to end with `--jobs 1` on one core and with `--jobs 2` on two, wall time,
synthetic patients, one in {sore} with an open gate. Starting up, settling and writing are not shared out.

| patients | GB | one core, s | two cores, s | times | target | |
|---|---:|---:|---:|---:|---:|---|
"""
SIZES = """
## Large Bundles

Bundles of one patient each whose gate is open, so that every Bundle is looked at, and read again in full; one
core, the same number of bytes for each size.

| MB a Bundle | Bundles | CPU ms a MB | peak MB |
|---:|---:|---:|---:|
"""
MEMORY = """
## Memory

An export of synthetic patients as NDJSON by type, with new ids for each, one in {sore} with an open gate.
*Together* is what all processes of `leg-cds review` held at once (sum of proportional set sizes, looked at
ten times a second), *one* the greatest peak of resident memory of one of them.

| patients | GB | jobs | s | MB/s | together MB | one MB |
|---:|---:|---:|---:|---:|---:|---:|
"""
TARGETS = """
| target | measured | |
|---|---:|---|
"""


class Ratios(Struct):
    """One input: its name, its bytes, and what each method cost."""

    name: str
    size: int
    costs: dict[str, Cost]


class Pair(Struct):
    """One input with one core and with two."""

    name: str
    size: int
    one: Watched
    two: Watched

    @property
    def times(self) -> float:
        """How much faster two cores are."""
        return self.one.seconds / self.two.seconds


class Sized(Struct):
    """Bundles of one size."""

    size: int
    count: int
    cost: Cost

    @property
    def a_megabyte(self) -> float:
        """CPU milliseconds."""
        return self.cost.cpu * 1e9 / (self.size * self.count)


class Export(Struct):
    """One export, and what its review held."""

    patients: int
    size: int
    jobs: int
    watched: Watched


def head(arguments: str, data: str, rounds: int) -> str:
    """The title and what was measured with what."""
    return HEAD.format(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        version=cds_service.__version__,
        python=platform.python_version(),
        cores=os.cpu_count(),
        machine=platform.machine(),
        arguments=arguments,
        data=data,
        rounds=rounds,
    )


def ratio_rows(found: Ratios) -> Iterator[str]:
    """A row for ours and for each baseline."""
    ours = found.costs[OURS].cpu
    for name, cost in found.costs.items():
        shown = f"| {found.name} | {WORDS.get(name, '**the review**')} | {_seconds(cost.cpu)} |"
        shown += f" {found.size / cost.cpu / 1e6:,.0f} |"
        target = TIMES.get(name, {}).get(found.name)
        if target is None:
            yield f"{shown} | | |\n"
        else:
            times = cost.cpu / ours
            yield f"{shown} {times:.2f} | {target:g} | {_verdict(met=times >= target)} |\n"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f}" if seconds < 10 else f"{seconds:.0f}"  # noqa: PLR2004 - digits that matter


def pair_row(pair: Pair) -> str:
    """One input with one core and with two."""
    measured = f"{pair.size / 1e9:.2f} | {pair.one.seconds:.1f} | {pair.two.seconds:.1f} | {pair.times:.2f}"
    met = _verdict(met=pair.times >= TWO_CORES)
    return f"| {pair.name} | {measured} | {TWO_CORES:g} | {met} |\n"


def sized_row(sized: Sized) -> str:
    """Bundles of one size."""
    return f"| {sized.size / 1e6:.1f} | {sized.count} | {sized.a_megabyte:.2f} | {sized.cost.peak:.0f} |\n"


def export_row(export: Export) -> str:
    """One export."""
    watched = export.watched
    rate = export.size / 1e6 / watched.seconds
    held = f"{watched.together:.0f} | {watched.one:.0f}"
    sizes = f"{export.patients:,} | {export.size / 1e9:.2f} | {export.jobs}"
    return f"| {sizes} | {watched.seconds:.1f} | {rate:.0f} | {held} |\n"


def verdicts(worker: float, sizes: list[Sized], exports: list[Export]) -> Iterator[str]:
    """What was aimed at for memory and growth, and what came of it; `worker` is in MB."""
    yield TARGETS
    yield _at_most("a worker on the Bundles of the first table at most {} MB", worker, WORKER)
    largest = f"{sizes[-1].size / 1e6:.0f} MB"
    yield _at_most(
        f"a worker on Bundles of {largest}, read in full, at most {{}} MB", sizes[-1].cost.peak, WORKER
    )
    costs = [sized.a_megabyte for sized in sizes]
    yield _at_most(
        "the dearest MB of the Bundles at most {} times the cheapest", max(costs) / min(costs), LINEAR
    )
    held = [export.watched.together for export in exports if export.jobs == 1]
    span = f"{exports[0].patients:,} to {exports[-1].patients:,} patients"
    yield _at_most(f"{span}, one job: memory at most {{}} times the least", max(held) / min(held), FLAT)
    most = max(export.watched.together for export in exports)
    yield _at_most("any of the exports at most {} MB", most, EXPORT)


def _at_most(words: str, measured: float, limit: float) -> str:
    shown = f"{measured:.0f}" if limit >= WORKER else f"{measured:.2f}"
    return f"| {words.format(f'{limit:g}')} | {shown} | {_verdict(met=measured <= limit)} |\n"


def _verdict(*, met: bool) -> str:
    return "met" if met else "missed"
