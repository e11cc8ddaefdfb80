"""Public FHIR data that nobody here wrote, through the commands: nothing crashes, nothing is lost.

LEG_CDS_REAL_DATA names a folder with one sub-folder a data set. docs/real-data.md has the figures.
"""

import csv
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from cds_service import cli, knowledge

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("LEG_CDS_REAL_DATA", ""))
GIVEN = "LEG_CDS_REAL_DATA" in os.environ
SETS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir()) if GIVEN else ["any"]
AT_LEAST = 0.99

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not GIVEN, reason="LEG_CDS_REAL_DATA names no folder with the public data sets"),
]


def read_reference() -> dict[str, dict[str, int]]:
    lines = (HERE / "reference.tsv").read_text(encoding="utf-8").splitlines()
    table = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
    return {row.pop("set"): {name: int(count) for name, count in row.items()} for row in table}


REFERENCE = read_reference()
COUNTED = [name for name in SETS if name in REFERENCE] or ["any"]


@pytest.fixture(scope="module", autouse=True)
def knowledge_loaded_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(knowledge, "load", lru_cache(knowledge.load))
        yield


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.commands, arguments)


@pytest.mark.parametrize("name", SETS)
def test_every_patient_is_reviewed_or_said_not_to_be(name: str) -> None:
    ended = run("review", "--format", "json", str(FOLDER / name))
    assert ended.exit_code in (cli.DONE, cli.UNREADABLE), ended.stderr
    said = msgspec.json.decode(ended.stdout)
    assert said["patients"] or said["errors"]
    for row in said["patients"]:
        assert row["cards"] or row["closed_by"]
        assert row["resources"]["repeated"] >= 0


@pytest.mark.parametrize("name", COUNTED)
def test_what_the_reference_counts_is_recognised_and_nothing_else(name: str) -> None:
    reference = REFERENCE[name]
    ended = run("check", "--no-validate", "--format", "json", str(FOLDER / name))
    assert ended.exit_code in (cli.DONE, cli.UNREADABLE), ended.stderr
    found: dict[str, Any] = msgspec.json.decode(ended.stdout)
    statins, diuretics = (found["medications"][word] for word in ("statin", "diuretic"))
    assert AT_LEAST * reference["statin"] <= statins <= reference["statin"]
    assert AT_LEAST * reference["diuretic"] <= diuretics <= reference["diuretic"] + reference["unread"]
    assert found["results"]["25-OH vitamin D"] == reference["vitamin_d"]
