"""The measurements as Markdown, with what was aimed at."""

import os
import platform
from datetime import UTC, datetime

import msgspec

import cds_service

MOST_AT_100_KB = 1.5  # times baseline (a)
MOST_AT_1_MB = 1.0  # times baseline (a)
LEAST_FASTER = 15  # times ours, for baseline (b)
MOST_START_UP = 1.5  # seconds

QUIET, SORE, MIXED = "quiet", "sore", "one in ten sore"
SORE_SHARE = 0.1

HEAD = """\
# Benchmarks

Printed by `make bench` on {date}: version {version}, Python {python}, {cores} cores, {machine}.
[The calls of a hospital](docs/benchmarks-hospital.md) and
[the review of a population](docs/benchmarks-population.md) have pages of their own.

CPU time of a request from body to response, in milliseconds; each service in a process of its own, all in
turn, the median of {rounds} rounds. The body is a hook request of a synthetic patient, filled up with an
ordinary record:

- a **{quiet}** visit is that of a patient on a statin who reports no soreness: the gate is closed and there
  is no card, as at most visits;
- a **{sore}** visit is that of one who does: the gate is open, every rule is tried, and there is a card;
- **{mixed}** is the mean of ten visits, of which one is sore. The targets are asked of this mean, and of
  sore visits alone.

Ours answers, beside baselines that answer with no card:

- **(a)** Flask and `json.loads`, nothing else, as Python runs it;
- **(a, settled)** the same with the memory settings that ours uses (`cds_service/memory.py`): fewer garbage
  collections, and memory that is kept for the next request;
- **(b)** (a), and every prefetch value through its `fhir.resources` R4B model.

| prefetch | visit | resources | ours | (a) | (a, settled) | (b) | ours/(a) | ours/(a, settled) | (b)/ours |
|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|
"""
STAGES = """
Where the time of ours goes. *decode* is JSON to records, *chart* what they tell about soreness, *details*
what orders and results say, *rules* the rules tried on it, *cards* the findings in words; *rest* is Flask,
the log, the figures, the audit line, and giving the memory back.

| prefetch | visit | decode | chart | details | rules | cards | rest |
|---:|---|---:|---:|---:|---:|---:|---:|
"""
TAIL = """
Start-up, from starting the process to the first answer to discovery: {start_up:.2f} s (median of {starts}).

| target | measured | |
|---|---:|---|
"""


class Row(msgspec.Struct):
    """One kind of visit with one size of prefetch; times are CPU milliseconds a request."""

    visit: str
    prefetch_bytes: int
    resources: int
    cards: int
    ours: float
    parse_only: float
    parse_only_settled: float
    parse_and_validate: float
    stages: dict[str, float] = {}  # of ours, as `bench.stages` names them

    @property
    def slower_than_parsing(self) -> float:
        """Our time as a multiple of baseline (a)."""
        return self.ours / self.parse_only

    @property
    def slower_than_settled_parsing(self) -> float:
        """Our time as a multiple of baseline (a) with our memory settings."""
        return self.ours / self.parse_only_settled

    @property
    def faster_than_validating(self) -> float:
        """Baseline (b)'s time as a multiple of ours."""
        return self.parse_and_validate / self.ours


_TIMES = ("ours", "parse_only", "parse_only_settled", "parse_and_validate")


class Target(msgspec.Struct):
    """Something aimed at, and what came of it."""

    words: str
    measured: str
    met: bool


def write(rows: list[Row], start_ups: list[float], *, rounds: int) -> str:
    """The whole of BENCHMARKS.md. Raises `RuntimeError` where the filler changed the cards."""
    if {row.cards for row in rows if row.visit == SORE} != {1} or any(row.cards for row in quiet_of(rows)):
        raise RuntimeError("the filler must not change the cards: one for a sore visit, none for a quiet one")
    measured = [row for pair in by_size(rows) for row in (*pair, mixed(*pair))]
    start_up = sorted(start_ups)[len(start_ups) // 2]
    facts = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "version": cds_service.__version__}
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "machine": platform.machine()}
    return "".join(
        [
            HEAD.format(**facts, **machine, rounds=rounds, quiet=QUIET, sore=SORE, mixed=MIXED),
            *map(_table_row, measured),
            STAGES,
            *map(_stage_row, rows),
            TAIL.format(start_up=start_up, starts=len(start_ups)),
            *(
                f"| {t.words} | {t.measured} | {'met' if t.met else 'missed'} |\n"
                for t in targets(rows, start_up)
            ),
        ]
    )


def quiet_of(rows: list[Row]) -> list[Row]:
    """The rows of quiet visits."""
    return [row for row in rows if row.visit == QUIET]


def by_size(rows: list[Row]) -> list[tuple[Row, Row]]:
    """A quiet and a sore visit for each size, which follow each other."""
    return list(zip(quiet_of(rows), [row for row in rows if row.visit == SORE], strict=True))


def mixed(quiet: Row, sore: Row) -> Row:
    """The mean of many visits, of which `SORE_SHARE` are sore."""
    times = {
        name: (1 - SORE_SHARE) * getattr(quiet, name) + SORE_SHARE * getattr(sore, name) for name in _TIMES
    }
    return Row(MIXED, quiet.prefetch_bytes, quiet.resources, 0, **times)


def targets(rows: list[Row], start_up: float) -> list[Target]:
    """The targets of the project and whether this run met them."""
    _, middle, large = by_size(rows)
    asked = [
        target
        for at_100_kb, at_1_mb in ((mixed(*middle), mixed(*large)), (middle[1], large[1]))
        for target in _of_visits(at_100_kb, at_1_mb)
    ]
    return [*asked, _at_most(MOST_START_UP, start_up, "s", "start-up")]


def _of_visits(at_100_kb: Row, at_1_mb: Row) -> list[Target]:
    visit = at_100_kb.visit
    return [
        _at_most(MOST_AT_100_KB, at_100_kb.slower_than_parsing, "x (a)", f"100 KB, {visit}: ours"),
        _at_most(MOST_AT_1_MB, at_1_mb.slower_than_parsing, "x (a)", f"1 MB, {visit}: ours"),
        _at_least(LEAST_FASTER, at_100_kb.faster_than_validating, "x ours", f"100 KB, {visit}: (b)"),
        _at_least(LEAST_FASTER, at_1_mb.faster_than_validating, "x ours", f"1 MB, {visit}: (b)"),
    ]


def _at_most(limit: float, measured: float, unit: str, what: str) -> Target:
    return Target(f"{what} at most {limit:g} {unit}", f"{measured:.2f} {unit}", measured <= limit)


def _at_least(limit: float, measured: float, unit: str, what: str) -> Target:
    return Target(f"{what} at least {limit:g} {unit}", f"{measured:.1f} {unit}", measured >= limit)


def _table_row(row: Row) -> str:
    size = f"{row.prefetch_bytes / 1000:,.0f} KB"
    times = (row.ours, row.parse_only, row.parse_only_settled, row.parse_and_validate)
    ratios = (row.slower_than_parsing, row.slower_than_settled_parsing)
    shown = [f"{number:.2f}" for number in (*times, *ratios)]
    cells = [size, row.visit, str(row.resources), *shown, f"{row.faster_than_validating:.1f}"]
    return f"| {' | '.join(cells)} |\n"


def _stage_row(row: Row) -> str:
    rest = max(row.ours - sum(row.stages.values()), 0.0)
    times = " | ".join(f"{took:.2f}" for took in (*row.stages.values(), rest))
    return f"| {row.prefetch_bytes / 1000:,.0f} KB | {row.visit} | {times} |\n"
