"""Rows for the tests of the sinks: those of the synthetic patients, and made-up ones."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from cds_service import fixtures
from cds_service.batch.books import Fault
from cds_service.batch.facts import Facts, Level
from cds_service.batch.row import CardRow, Resources, Row, row_of
from cds_service.batch.sinks import Header, open_sink
from cds_service.picture import draw_timeline
from cds_service.reading import Pool
from cds_service.reason import ChartView, reason
from cds_service.review import review
from tests.unit.charts import chart, knowledge

TODAY = date(2026, 11, 22)
NOW = datetime.combine(TODAY, time.max, UTC)


def header(*, identified: bool = False) -> Header:
    return Header(knowledge=knowledge(), as_of=NOW, chosen="chosen by the test", identified=identified)


@cache
def fixture_rows() -> tuple[Row, ...]:
    """The reviews of all synthetic patients, in the order of their ids."""
    return tuple(map(_reviewed, sorted(fixtures.patients(), key=lambda patient: patient.id)))


def _reviewed(patient: fixtures.FixturePatient) -> Row:
    raw = msgspec.json.encode(patient.bundle(TODAY))
    pool = Pool(patient.id)
    pool.has_context = False
    pool.add(f"{patient.id}.json", raw)
    held = len(patient.resources(TODAY))
    found = review(pool, NOW, knowledge())
    return row_of(found, pool, knowledge(), "leg-soreness", [f"export/{patient.id}.json"], held)


def card(**changes: Any) -> CardRow:
    return msgspec.structs.replace(
        CardRow("ls-dvt", "critical", "Look at the leg.", "**Look**", "1.0.0", "f00", ["Observation/7"]),
        **changes,
    )


def row(patient: str = "p1", **changes: Any) -> Row:
    """A made-up review with one card."""
    nothing = Resources({"Patient": 1}, {}, 0, 0)
    made = Row(patient, ["a.json"], "leg-soreness", "", [card()], [], nothing, [], [], None)
    return msgspec.structs.replace(made, **changes)


def facts(days: tuple[int, int] | None = None, levels: dict[str, float] | None = None, **story: Any) -> Facts:
    """The facts of a chart written as in a vignette."""
    view = ChartView(chart(**story), knowledge())
    return Facts(
        onset=None,
        after_medicine=days is not None,
        onset_days=days,
        levels={name: Level(value, f"{value:g}", None) for name, value in (levels or {}).items()},
        timeline=draw_timeline(view, reason(view)),
    )


def many(count: int) -> Iterator[Row]:
    """The synthetic patients over and over, each time with ids of their own."""
    for number in range(count):
        one = fixture_rows()[number % len(fixture_rows())]
        yield msgspec.structs.replace(one, patient=f"{number:07d}-{one.patient}")


def written(
    folder: Path, form: str, rows: Iterable[Row], faults: Iterable[Fault] = (), *, identified: bool = False
) -> bytes:
    """What a sink makes of the rows."""
    path = folder / f"out.{form}"
    with open_sink(form, path, header(identified=identified)) as sink:
        for one in rows:
            sink.write(one)
        for fault in faults:
            sink.fault(fault)
        sink.unused({"Procedure": 2})
    return path.read_bytes()
