"""What a call leaves in the audit trail, and that an answer does not need the store."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from cds_service.fixtures import FixturePatient, patients
from cds_service.knowledge import Knowledge
from cds_service.settings import Database, Settings
from cds_service.store import Store, StoreUnavailableError, migrate_store, open_store
from cds_service.store.schema import audit, card_shown
from cds_service.web import create_app
from cds_service.web.process import Process
from tests.web.calls import FAILED, assert_refused, hook_call

URL = "/cds-services/leg-soreness"
TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def patient() -> FixturePatient:
    return next(patient for patient in patients() if patient.id == "marathon")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    database = Database(url=f"sqlite:///{tmp_path / 'store.db'}")
    migrate_store(database)
    opened = open_store(database)
    yield opened
    opened.close()


@pytest.fixture
def client(knowledge: Knowledge, store: Store) -> FlaskClient:
    settings = Settings()
    return create_app(knowledge, settings, process=Process(knowledge, settings, store)).test_client()


def lines(store: Store) -> list[dict[str, Any]]:
    with store.reading() as connection:
        return [dict(row) for row in connection.execute(select(audit).order_by(audit.c.sequence)).mappings()]


def test_a_call_leaves_one_line_with_its_cards_and_sources(
    client: FlaskClient, store: Store, knowledge: Knowledge, patient: FixturePatient
) -> None:
    request = patient.hook_request(TODAY, instance=str(uuid4()))
    request["prefetch"].pop("vitals", None)
    cards = client.post(URL, json=request).get_json()["cards"]
    (line,) = lines(store)
    assert (line["event"], line["outcome"], line["status"]) == ("hook", "cards", 200)
    assert (line["issuer"], line["service"]) == ("open", "leg-soreness")
    assert line["hook_instance"] == request["hookInstance"]
    assert line["knowledge_version"] == knowledge.version
    assert [card["uuid"] for card in json.loads(line["cards"])] == [card["uuid"] for card in cards]
    sources = {source["key"]: source for source in json.loads(line["sources"])}
    assert sources["vitals"] == {"key": "vitals", "came": "not-supplied", "resources": 0}
    assert sources["patient"] == {"key": "patient", "came": "prefetch", "resources": 1}
    with store.reading() as connection:
        assert len(connection.execute(select(card_shown)).all()) == len(cards)


def test_no_one_can_be_recognised_in_the_line(
    client: FlaskClient, store: Store, patient: FixturePatient
) -> None:
    request = patient.hook_request(TODAY, instance=str(uuid4()))
    client.post(URL, json=request)
    written = json.dumps(lines(store))
    context = request["context"]
    for identifier in (context["patientId"], context["userId"], context.get("encounterId")):
        assert not identifier or identifier not in written
    assert "Testpatient" not in written


@pytest.mark.parametrize(
    ("prefetch", "outcome", "status"), [({}, "incomplete", 412), ({"patient": FAILED}, "incomplete", 412)]
)
def test_a_call_that_cannot_be_reviewed_leaves_a_line(
    client: FlaskClient, store: Store, prefetch: Any, outcome: str, status: int
) -> None:
    assert client.post(URL, json=hook_call(prefetch=prefetch)).status_code == status
    (line,) = lines(store)
    assert (line["outcome"], line["status"]) == (outcome, status)
    assert json.loads(line["cards"]) == []


def test_a_call_that_says_nothing_leaves_a_line_and_no_card(client: FlaskClient, store: Store) -> None:
    assert client.post(URL, json=hook_call()).get_json() == {"cards": []}
    assert [(line["outcome"], line["cards"]) for line in lines(store)] == [("no-cards", "[]")]


def test_a_body_that_cannot_be_read_leaves_none(client: FlaskClient, store: Store) -> None:
    assert client.post(URL, json={"hook": "patient-view"}).status_code == 400
    assert lines(store) == []


def test_a_bug_leaves_a_line(knowledge: Knowledge, store: Store) -> None:
    def failing(*_: Any, **__: Any) -> None:
        raise KeyError

    settings = Settings()
    app = create_app(knowledge, settings, failing, Process(knowledge, settings, store))  # type: ignore[arg-type] # never returns
    assert_refused(app.test_client().post(URL, json=hook_call()), 500, "exception")
    assert [(line["outcome"], line["status"]) for line in lines(store)] == [("failed", 500)]


def test_cards_are_sent_while_the_store_is_down_and_readiness_says_so(
    client: FlaskClient, store: Store, patient: FixturePatient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any, **__: Any) -> None:
        raise StoreUnavailableError("down")

    with monkeypatch.context() as outage:
        outage.setattr(store, "record_call", down)
        outage.setattr(store, "reading", down)
        answer = client.post(URL, json=patient.hook_request(TODAY, instance=str(uuid4())))
        assert answer.status_code == 200
        assert answer.get_json()["cards"]
        assert_refused(client.get("/healthz/ready"), 503, "store")


def test_readiness_asks_the_store(client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def down() -> None:
        raise StoreUnavailableError("full")

    assert client.get("/healthz/ready").status_code == 200
    monkeypatch.setattr(store, "probe", down)
    assert_refused(client.get("/healthz/ready"), 503, "store")
    assert client.get("/healthz/live").status_code == 200
