"""Every patient of the public data sets gets the same from `leg-cds review` and from the live service.

The service is sent a hook request a patient, with the resources that `charts` found in the files by itself.
Because hardly anybody in these sets has sore legs, all patients are reviewed a second time, each with the
answers of a synthetic patient to the questionnaire.
"""

import os
import re
from collections import Counter
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from msgspec import Raw

from cds_service import cli, fixtures, knowledge
from cds_service.batch.requests import read_request
from cds_service.knowledge import Knowledge
from tests.real_data.charts import DataSet, Found
from tests.real_data.live import Live, Told

FOLDER = Path(os.environ.get("LEG_CDS_REAL_DATA", ""))
GIVEN = "LEG_CDS_REAL_DATA" in os.environ
SETS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir()) if GIVEN else ["any"]
LAST_DAY = date(2026, 11, 22)
DATED = re.compile(rb'"(?:authoredOn|effectiveDateTime)"\s*:\s*"(\d{4}-\d\d-\d\d)')

Json = dict[str, Any]

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not GIVEN, reason="LEG_CDS_REAL_DATA names no folder with the public data sets"),
    pytest.mark.timeout(400),  # the largest has 250 MB, and is read six times
]
load_once = lru_cache(knowledge.load)


@pytest.fixture(autouse=True)
def rules(monkeypatch: pytest.MonkeyPatch) -> Knowledge:
    monkeypatch.setattr(knowledge, "load", load_once)
    return load_once()


def newest_day(folder: Path) -> date:
    """The day of the newest order or result of a data set, when its medicines are current."""
    found = {day.decode() for path in folder.rglob("*.*json*") for day in DATED.findall(path.read_bytes())}
    last = LAST_DAY.isoformat()
    return date.fromisoformat(max((day for day in found if day <= last), default=last))


def batch(day: date, *paths: Path) -> list[Json]:
    """The rows of `leg-cds review`."""
    arguments = ["review", "--format", "ndjson", "--as-of", day.isoformat(), *map(str, paths)]
    ended = CliRunner().invoke(cli.commands, arguments)
    assert ended.exit_code in (cli.DONE, cli.UNREADABLE), ended.stderr
    assert "a bug of ours" not in ended.stderr
    lines = map(msgspec.json.decode, ended.stdout.splitlines())
    return [line for line in lines if "patient" in line]


class Comparison:
    """The rows of a data set beside the answers of the live service."""

    def __init__(self, rows: list[Json], data: DataSet, live: Live, rules: Knowledge) -> None:
        self._data, self._live, self._rules = data, live, rules
        self.requests = [row for row in rows if row["sources"][0] in data.requests]
        self.rows = [row for row in rows if row["sources"][0] not in data.requests]
        counted = Counter(row["patient"] for row in self.rows)
        self.shared_names = {name for name, count in counted.items() if count > 1}

    def differences(self) -> list[tuple[str, Told, Told]]:
        """The patients to whom the two do not say the same, with what they say."""
        pairs = [(row["patient"], *self._patient(row)) for row in self.rows]
        pairs += [(row["patient"], *self._request(row)) for row in self.requests]
        return [pair for pair in pairs if pair[1] != pair[2]]

    def _patient(self, row: Json) -> tuple[Told, Told]:
        name, sources = row["patient"], row["sources"]
        only = sources if name in self.shared_names else None
        found = self._data.of_patient(name, only, alone=len(self.rows) == 1)
        told, answer = Told.of_row(row), self._live.patient(name, found, self._data.gaps_of(name, sources))
        if name.startswith("urn:"):
            return told.without_fingerprints(), answer.without_fingerprints()
        return told, answer

    def _request(self, row: Json) -> tuple[Told, Told]:
        (source,) = row["sources"]
        asked = [read_request(Raw(body), self._rules) for body in self._data.requests[source]]
        (request,) = [
            one for one in asked if one and one.patient_id.removeprefix("Patient/") == row["patient"]
        ]
        answer, needs = self._live.request(request)
        assert set(needs) <= set(row["incomplete"])
        told = Told.of_row(row)
        if needs:
            return told.without_what_was_not_supplied(), answer.without_what_was_not_supplied()
        return told, answer


def sore(compared: Comparison, data: DataSet, day: date) -> dict[str, Found]:
    """For each patient whose name means nobody else the answers of one of the stories."""
    told = (one for patient in fixtures.patients() if patient.cards for one in patient.resources(day))
    forms = [one for one in told if one["resourceType"] == "QuestionnaireResponse"]
    found = {}
    for number, row in enumerate(compared.rows):
        name = row["patient"]
        subject = name if name.startswith("urn:") else f"Patient/{name}"
        if name in compared.shared_names or data.meant_by(subject) != {name}:
            continue
        form = {**forms[number % len(forms)], "id": f"sore-{number}", "subject": {"reference": subject}}
        raw = msgspec.json.encode(form)
        found[name] = Found("sore", "QuestionnaireResponse", form["id"], "", subject, raw)
    return found


@pytest.mark.parametrize("name", SETS)
def test_every_patient_gets_the_same_cards(name: str, rules: Knowledge, tmp_path: Path) -> None:
    day, data = newest_day(FOLDER / name), DataSet(FOLDER / name)
    live = Live(rules, day)
    as_given = Comparison(batch(day, FOLDER / name), data, live, rules)
    assert {row["patient"] for row in as_given.rows} == {one.name for one in data.patients}
    assert as_given.differences() == []

    forms = sore(as_given, data, day)
    file = tmp_path / "sore.ndjson"
    file.write_bytes(b"\n".join(one.raw for one in forms.values()))
    for one in forms.values():
        data.add(one)
    with_sore_legs = Comparison(batch(day, FOLDER / name, file), data, live, rules)
    assert len(with_sore_legs.rows) == len(as_given.rows)
    assert with_sore_legs.differences() == []
    silent = {row["patient"] for row in with_sore_legs.rows if row["closed_by"].startswith("G3")}
    assert silent.isdisjoint(forms)
