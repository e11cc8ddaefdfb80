"""Overridden cards stay away at the next call: the real server, with a store of its own."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from sqlalchemy import select

from cds_service.fixtures import patients
from cds_service.settings import Database
from cds_service.store.opening import questions
from cds_service.store.schema import audit, card_shown
from tests.support.processes import running

STORIES = {patient.id: patient for patient in patients()}
SECONDS = 20
_NUMBERS = count(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("snooze")


@pytest.fixture(scope="module")
def database(folder: Path) -> Database:
    return Database(url=f"sqlite:///{folder / 'store.db'}")


@pytest.fixture(scope="module")
def url(database: Database, folder: Path) -> Iterator[str]:
    config = folder / "leg-cds.yaml"
    config.write_text(f"database: {{url: {database.url!r}}}\n")
    arguments = ["serve", "--port", "0", "--workers", "2", "--config", str(config)]
    with running("cds_service", arguments, folder / "log") as ready:
        yield ready


class Chart:
    """One patient of a story, under an id of its own; opened and answered by one EHR."""

    def __init__(self, url: str, session: requests.Session, story: str) -> None:
        self._url = url
        self._session = session
        call = STORIES[story].hook_request(datetime.now(UTC).date())
        known = call["context"]["patientId"]
        self.patient = f"{known[:50]}-{next(_NUMBERS)}"
        self.call: dict[str, Any] = json.loads(json.dumps(call).replace(known, self.patient))

    def open(self, service: str = "leg-soreness", **changes: Any) -> dict[str, dict[str, Any]]:
        """The cards of a new call, by their code."""
        answer = self._post(service, self.call | {"hookInstance": str(uuid4())} | changes)
        return {card["source"]["topic"]["code"]: card for card in answer["cards"]}

    def override(
        self, card: dict[str, Any], ago: timedelta = timedelta(), service: str = "leg-soreness"
    ) -> None:
        """Override a card, or have overridden it a while ago."""
        at = (datetime.now(UTC) - ago).isoformat()
        item = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": at}
        assert self._post(f"{service}/feedback", {"feedback": [item]}) == {}

    def _post(self, path: str, body: Any) -> Any:
        answer = self._session.post(f"{self._url}/cds-services/{path}", json=body, timeout=SECONDS)
        assert answer.status_code == requests.codes.ok, answer.text
        return answer.json()


Open = Callable[[str], Chart]


@pytest.fixture
def chart(url: str) -> Iterator[Open]:
    with requests.Session() as session:
        session.trust_env = False
        yield partial(Chart, url, session)


def test_an_overridden_info_card_stays_away_for_this_patient_only(chart: Open) -> None:
    mine, other = chart("marathon"), chart("marathon")
    mine.override(mine.open()["ls-causes"])
    assert mine.open() == {}
    assert mine.open() == {}
    assert other.open().keys() == {"ls-causes"}


def test_without_feedback_nothing_stays_away(chart: Open) -> None:
    mine = chart("marathon")
    assert [mine.open().keys() for _ in range(3)] == [{"ls-causes"}] * 3


@pytest.mark.parametrize(
    ("story", "ago", "away"),
    [
        ("marathon", timedelta(days=13, hours=23), True),
        ("marathon", timedelta(days=14), False),
        ("statin-three-weeks-old", timedelta(hours=71), True),
        ("statin-three-weeks-old", timedelta(hours=72), False),
    ],
)
def test_a_card_comes_back_after_its_time(chart: Open, story: str, ago: timedelta, away: bool) -> None:
    mine = chart(story)
    mine.override(mine.open()["ls-causes"], ago)
    assert (mine.open() == {}) is away


def test_a_critical_card_never_stays_away(chart: Open) -> None:
    mine = chart("swollen-warm-calf")
    for card in mine.open().values():
        mine.override(card)
    assert mine.open().keys() == {"ls-dvt"}


def test_warning_signs_never_stay_away(chart: Open) -> None:
    mine = chart("polymyalgia")
    cards = mine.open()
    assert {code: card["indicator"] for code, card in cards.items()} == {
        "ls-warning-signs": "warning",
        "ls-causes": "info",
    }
    for card in cards.values():
        mine.override(card)
    assert mine.open().keys() == {"ls-warning-signs"}


def test_changed_facts_bring_the_card_back(chart: Open) -> None:
    mine = chart("diuretic-and-low-potassium")
    card = mine.open()["ls-causes"]
    mine.override(card)
    assert "ls-causes" not in mine.open()
    potassium = next(
        entry["resource"]
        for entry in mine.call["prefetch"]["labs"]["entry"]
        if "otassium" in json.dumps(entry["resource"]["code"])
    )
    potassium["valueQuantity"]["value"] -= 0.1
    again = mine.open()["ls-causes"]
    key = "example.leg-soreness.fingerprint"
    assert again["extension"][key] != card["extension"][key]


def test_data_that_are_no_longer_supplied_bring_the_card_back(chart: Open) -> None:
    mine = chart("marathon")
    mine.override(mine.open()["ls-causes"])
    assert mine.open() == {}
    del mine.call["prefetch"]["vitals"]
    assert "not supplied" in mine.open()["ls-causes"]["detail"]


def test_a_card_overridden_in_one_service_stays_away_in_another(chart: Open) -> None:
    mine = chart("marathon")
    mine.call["context"].setdefault("encounterId", "e1")
    mine.override(mine.open()["ls-causes"])
    assert mine.open("leg-soreness-encounter-start", hook="encounter-start") == {}


def test_the_audit_trail_tells_shown_from_quiet(chart: Open, database: Database) -> None:
    mine = chart("marathon")
    card = mine.open()["ls-causes"]
    mine.override(card)
    instance = str(uuid4())
    mine.open(hookInstance=instance)
    with questions(database) as connection:
        line = connection.execute(select(audit).where(audit.c.hook_instance == instance)).one()
        shown = connection.scalars(select(card_shown.c.uuid).where(card_shown.c.hook_instance == instance))
        assert shown.all() == []
        kept = connection.scalars(select(card_shown.c.uuid).where(card_shown.c.uuid == card["uuid"]))
        assert kept.all() == [card["uuid"]]
    assert (line.outcome, line.cards) == ("all-quiet", "[]")
    (quiet,) = json.loads(line.details)["quiet"]
    assert (quiet["card"], quiet["indicator"]) == ("ls-causes", "info")


def test_neither_the_store_nor_the_log_holds_a_patient_id(chart: Open, folder: Path) -> None:
    mine = chart("marathon")
    mine.override(mine.open()["ls-causes"])
    mine.open()
    written = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert written.keys() >= {"log", "store.db", "store.db-wal"}
    assert all(mine.patient.encode() not in content for content in written.values())
