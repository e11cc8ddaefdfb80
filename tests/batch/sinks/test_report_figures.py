"""The pictures of the report: what is counted, and what is left out and said."""

from pathlib import Path
from typing import Any

import pytest

from tests.batch.sinks.pages import numbers
from tests.batch.sinks.rows import facts, fixture_rows, row, written


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("report"), "html", fixture_rows()).decode()


def test_the_numbers_are_those_of_the_rows(page: str) -> None:
    open_rows = [one for one in fixture_rows() if one.facts]
    tiers = [entry["tier"] for one in open_rows for entry in one.ranking if entry["cause"] == "statin"]
    counted = [str(tiers.count(tier)) for tier in ("strong", "moderate", "weak", "unknown")]
    assert numbers(page, "causes")["Statin-associated muscle symptoms"][:4] == counted
    levels = [one.facts.levels["potassium"].value for one in open_rows if "potassium" in one.facts.levels]
    assert sum(int(cells[-1]) for cells in numbers(page, "potassium").values()) == len(levels)
    assert numbers(page, "completeness")["at least one Patient"][0] == str(len(fixture_rows()))


def one_figure(tmp_path: Path, figure: str, *found: Any) -> tuple[dict[str, list[str]], str]:
    rows = [row(f"p{number}", facts=one) for number, one in enumerate(found)]
    page = written(tmp_path, "html", rows).decode()
    says = page.split(f'id="{figure}"')[1].split("<p>")[1].split("</p>")[0]
    return numbers(page, figure) if "<tbody>" in page.split(f'id="{figure}"')[1].split("</figure>")[
        0
    ] else {}, says


def test_days_to_the_onset_fall_into_their_weeks(tmp_path: Path) -> None:
    found = [
        facts(days) for days in ((0, 0), (6, 6), (7, 7), (27, 27), (28, 28), (84, 84), (85, 85), (400, 400))
    ]
    found += [facts((-5, -1)), facts((3, 30)), facts()]
    table, says = one_figure(tmp_path, "onset", *found)
    assert {week: int(cells[0]) for week, cells in table.items()} == {
        "0 to 6": 2, "7 to 13": 1, "21 to 27": 1, "28 to 34": 1, "84 to 90": 2,
    }  # fmt: skip
    assert "4 within 27 days and 6 within 84 days" in says
    for left_out in (
        "more than 370 days: 1",
        "the soreness came first: 1",
        "dates not exact enough: 1",
        "no statins: 1",
    ):
        assert left_out in says


def test_values_at_a_limit_are_not_below_it(tmp_path: Path) -> None:
    found = [facts(levels={"vitamin_d": value}) for value in (11.9, 12, 12.1, 19.9, 20, 40)]
    table, says = one_figure(tmp_path, "vitamin_d", *found, facts())
    assert {start: int(cells[1]) for start, cells in table.items()} == {
        "8": 1,
        "12": 2,
        "16": 1,
        "20": 1,
        "40": 1,
    }
    assert "1 below 12 ng/mL and 4 below 20 ng/mL" in says
    assert "no usable result: 1" in says
