"""`leg-cds feedback report` and `export`: what comes out, and what never does."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from cds_service.cli import commands
from cds_service.settings import Database
from cds_service.store import Store
from cds_service.store.schema import audit
from tests.store.cards import accept, answer, numbered, show

WRITTEN = "Anna Zq7mark, born 1960"
FORMULAS = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", " =1"]


@pytest.fixture
def config(database: Database, tmp_path: Path) -> Path:
    file = tmp_path / "leg-cds.yaml"
    file.write_text(
        f"database:\n  url: {database.url!r}\n  pseudonym_key_file: {database.pseudonym_key_file}\n"
    )
    return file


@pytest.fixture
def filled(any_store: Store) -> Store:
    """Sixty cards of which all but two were overridden."""
    show(any_store, *numbered(60))
    accept(any_store, "c0")
    answer(any_store, *numbered(57, start=1), reason_code="already-known", comment=WRITTEN)
    answer(any_store, "c58", reason_code="data-wrong")
    answer(any_store, "unknown")
    return any_store


def run(*words: str) -> Result:
    return CliRunner().invoke(commands, ["feedback", *words], catch_exceptions=False)


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.usefixtures("filled")
def test_the_report_as_a_table(config: Path) -> None:
    ended = run("report", "--config", str(config))
    assert ended.exit_code == 0
    for words in ("ls-causes", "1.0.0", "96.7", "already-known: 57", "data-wrong: 1", "not known: 1"):
        assert words in ended.stdout
    assert "90 %" in ended.stdout


@pytest.mark.usefixtures("filled")
def test_the_report_as_json(config: Path) -> None:
    ended = run("report", "--format", "json", "--since", "2026-11-22", "--config", str(config))
    found = json.loads(ended.stdout)
    assert found == {
        "since": "2026-11-22",
        "rules": [
            {
                "rule": "ls-causes",
                "version": "1.0.0",
                "shown": 60,
                "accepted": 1,
                "overridden": 58,
                "overridden_by_reason": {"already-known": 57, "data-wrong": 1},
                "never_answered": 1,
                "override_percent": 96.7,
                "median_seconds_to_answer": 20,
                "flags": ["more than 90 % overridden"],
            }
        ],
        "items_about_unknown_cards": 1,
    }


@pytest.mark.usefixtures("filled")
def test_the_report_as_csv(config: Path) -> None:
    ended = run("report", "--format", "csv", "--config", str(config))
    assert all(line.startswith('"') for line in ended.stdout.splitlines())
    (row,) = table(ended.stdout)
    assert row == {
        "rule": "ls-causes",
        "version": "1.0.0",
        "shown": "60",
        "accepted": "1",
        "overridden": "58",
        "never_answered": "1",
        "override_percent": "96.7",
        "median_seconds_to_answer": "20",
        "flags": "more than 90 % overridden",
        "overridden_by_reason": "already-known: 57; data-wrong: 1",
    }


@pytest.mark.parametrize("form", ["table", "csv", "json"])
@pytest.mark.usefixtures("filled")
def test_comments_come_only_when_asked_for(config: Path, form: str) -> None:
    plain = run("report", "--format", form, "--config", str(config))
    assert WRITTEN not in plain.stdout
    with_comments = run("report", "--format", form, "--comments", "--config", str(config))
    assert WRITTEN in with_comments.stdout


@pytest.mark.usefixtures("filled")
def test_a_later_day_reports_nothing(config: Path) -> None:
    ended = run("report", "--since", "2026-11-23", "--config", str(config))
    assert ended.exit_code == 0
    assert "No card was shown." in ended.stdout


@pytest.mark.usefixtures("any_store")
def test_a_report_of_an_empty_store_in_every_format(config: Path) -> None:
    assert table(run("report", "--format", "csv", "--config", str(config)).stdout) == []
    assert json.loads(run("report", "--format", "json", "--config", str(config)).stdout)["rules"] == []
    assert "No card was shown." in run("report", "--config", str(config)).stdout


@pytest.mark.usefixtures("filled")
def test_the_export_as_ndjson_and_csv(config: Path) -> None:
    lines = [
        json.loads(line)
        for line in run("export", "--format", "ndjson", "--config", str(config)).stdout.splitlines()
    ]
    rows = table(run("export", "--config", str(config)).stdout)
    assert len(lines) == len(rows) == 60
    assert (
        {"intervention", "action", "feedback", "user", "date", "location"}
        <= lines[0].keys()
        == rows[0].keys()
    )
    (accepted,) = [line for line in lines if line["action"] == "accepted"]
    assert accepted["accepted_suggestions"] == ["s1"]
    assert accepted["location"] == "ward"
    assert len(accepted["user"]) == 64
    assert all(line["comment"] == "" for line in lines)
    assert "Practitioner" not in str(lines)


@pytest.mark.usefixtures("filled")
def test_the_export_has_comments_when_asked_for(config: Path) -> None:
    rows = table(run("export", "--comments", "--config", str(config)).stdout)
    assert sum(row["comment"] == WRITTEN for row in rows) == 57


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["export"], ["feedback"]),
        (["export", "--comments"], ["feedback with comments"]),
        (["report", "--comments"], ["feedback report with comments"]),
        (["report"], []),
    ],
)
def test_who_takes_data_out_is_in_the_audit_trail(
    filled: Store, config: Path, words: list[str], what: list[str]
) -> None:
    run(*words, "--config", str(config))
    with filled.reading() as connection:
        noted = connection.scalars(select(audit.c.details).where(audit.c.event == "export"))
        details: list[dict[str, Any]] = [msgspec.json.decode(text) for text in noted]
    assert [entry["what"] for entry in details] == what
    assert all(entry["by"] for entry in details)


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_a_formula(any_store: Store, config: Path, formula: str) -> None:
    show(any_store, "c1")
    answer(any_store, "c1", reason_code=f"{formula}+code", reason_system=formula, comment=f'{formula}"\n=2')
    answer(any_store, formula)
    for command in ("report", "export"):
        text = run(command, "--format", "csv", "--comments", "--config", str(config)).stdout
        for row in csv.reader(io.StringIO(text)):
            for cell in row:
                assert cell[:1] not in tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
                assert "\n" not in cell


def test_a_reason_from_outside_cannot_steer_the_terminal(any_store: Store, config: Path) -> None:
    show(any_store, "c1")
    answer(any_store, "c1", reason_code="\x1b[2J[bold]x[/bold]", comment="\x1b]0;t\x07[red]y")
    text = run("report", "--comments", "--config", str(config)).stdout
    assert "\x1b" not in text
    assert "[bold]x" in text
    assert "[red]y" in text


@pytest.mark.usefixtures("filled")
def test_the_report_goes_to_a_file(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    ended = run("report", "--format", "csv", "-o", str(file), "--config", str(config))
    assert ended.stdout == ""
    assert table(file.read_text())[0]["shown"] == "60"
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("any_store")
def test_a_file_that_cannot_be_written_is_named(config: Path, tmp_path: Path) -> None:
    ended = run("report", "-o", str(tmp_path / "nowhere" / "x"), "--config", str(config))
    assert ended.exit_code == 2
    assert "nowhere" in ended.stderr


def test_without_a_database_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEG_CDS_CONFIG", raising=False)
    monkeypatch.delenv("LEG_CDS_DATABASE_URL", raising=False)
    for command in ("report", "export"):
        ended = run(command)
        assert ended.exit_code == 2
        assert "LEG_CDS_DATABASE_URL" in ended.stderr


@pytest.mark.usefixtures("filled")
def test_a_reader_that_goes_away_ends_it_quietly(config: Path) -> None:
    command = [sys.executable, "-m", "cds_service", "feedback", "export", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141
