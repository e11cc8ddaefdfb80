"""CSV: every cell opens as what it is, whatever a record holds."""

import csv
import io
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.batch.sinks.spreadsheet import as_text
from tests.batch.sinks.rows import card, facts, fixture_rows, row, written

RISKY = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


@pytest.mark.parametrize(
    ("before", "start"),
    [("", start) for start in RISKY]
    + [(before, start) for before in (" ", "\t", "\u200b", "\u00a0") for start in "=+-@\uff1d"],
)
def test_what_a_spreadsheet_would_compute_opens_as_text(before: str, start: str) -> None:
    assert as_text(f"{before}{start}cmd|' /C calc'!A0").startswith("'")


@given(st.text())
def test_no_text_opens_as_a_formula(text: str) -> None:
    shown = as_text(text)
    assert not shown.startswith(tuple(RISKY))
    assert not set(shown) & set("\t\r\n\0")


@pytest.mark.parametrize("text", ["", "Patient 1", "3-4", "a=b", "'quoted'"])
def test_a_harmless_text_stays_as_it_is(text: str) -> None:
    assert as_text(text) == text


def test_quotes_commas_and_line_ends_stay_in_their_cell(tmp_path: Path) -> None:
    hostile = 'a "b", c\r\n=1+1;d'
    content = written(tmp_path, "csv", [row(cards=[card(summary=hostile)]), row("p2")])
    first, second = table(content)
    assert first["summaries"] == 'a "b", c =1+1;d'
    assert second["summaries"] == "Look at the leg."
    assert content.count(b"\r\n") == 3  # RFC 4180


def test_every_cell_is_quoted(tmp_path: Path) -> None:
    for line in written(tmp_path, "csv", fixture_rows()).decode().splitlines():
        assert line.startswith('"')
        assert line.endswith('"')
        assert line.count('"') >= 2 * (line.count('","') + 1)


def test_numbers_and_days_are_written_as_such(tmp_path: Path) -> None:
    known = msgspec.structs.replace(facts((-9, -2), {"potassium": 3.25}), onset=None)
    (line,) = table(written(tmp_path, "csv", [row(facts=known)]))
    assert (line["onset_days_fewest"], line["onset_days_most"]) == ("-9", "-2")
    assert line["potassium_value"] == "3.25"
    assert line["vitamin_d_value"] == ""
    lines = table(written(tmp_path, "csv", fixture_rows()))
    assert all(line["onset_first"] == "" or date.fromisoformat(line["onset_first"]) for line in lines)


def test_identifiers_are_hidden_unless_asked_for(tmp_path: Path) -> None:
    hidden = table(written(tmp_path, "csv", fixture_rows()))
    shown = table(written(tmp_path, "csv", fixture_rows(), identified=True))
    assert [line["patient"] for line in hidden] == [str(number) for number in range(1, len(hidden) + 1)]
    assert [line["patient"] for line in shown] == [one.patient for one in fixture_rows()]
    assert "sources" not in hidden[0]
    assert shown[0]["sources"] == "export/all-results-normal.json"
    same = [name for name in hidden[0] if name != "patient"]
    assert [[line[name] for name in same] for line in hidden] == [
        [line[name] for name in same] for line in shown
    ]
