"""POST /cds-services/{id}/feedback: what is acknowledged is stored, and nothing else is."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from structlog.testing import capture_logs

from cds_service.ehr.callers import Caller
from cds_service.fixtures import FixturePatient, patients
from cds_service.knowledge import Knowledge
from cds_service.settings import Database, Features, Settings
from cds_service.store import Store, StoreUnavailableError, migrate_store, open_store
from cds_service.store.schema import card_shown, feedback
from cds_service.web import create_app, metrics
from cds_service.web.doors import Doors
from cds_service.web.process import Process
from tests.web.calls import HOOKS, MARK, assert_refused

URL = "/cds-services/leg-soreness"


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
    return open_client(knowledge, store)


def open_client(knowledge: Knowledge, store: Store, settings: Settings | None = None) -> FlaskClient:
    settings = settings or Settings()
    return create_app(knowledge, settings, process=Process(knowledge, settings, store)).test_client()


def open_chart(client: FlaskClient, patient: FixturePatient) -> list[dict[str, Any]]:
    answer = client.post(URL, json=patient.hook_request(datetime.now(UTC).date(), instance=str(uuid4())))
    assert answer.status_code == 200, answer.text
    cards: list[dict[str, Any]] = answer.get_json()["cards"]
    return cards


def item(card: str = "c1", **changes: Any) -> dict[str, Any]:
    return {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-11-22T10:00:00Z", **changes}


def rows(store: Store) -> list[dict[str, Any]]:
    with store.reading() as connection:
        return [dict(row) for row in connection.execute(select(feedback)).mappings()]


def send(client: FlaskClient, *items: dict[str, Any], service: str = "leg-soreness") -> Any:
    return client.post(f"/cds-services/{service}/feedback", json={"feedback": list(items)})


def test_feedback_on_a_card_that_was_shown(
    client: FlaskClient, store: Store, patient: FixturePatient
) -> None:
    (card,) = open_chart(client, patient)
    reason = card["overrideReasons"][0]
    answer = send(client, item(card["uuid"], overrideReason={"reason": reason, "userComment": "no"}))
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "application/json", b"{}")
    (row,) = rows(store)
    assert row["known_card"] is True
    assert (row["reason_code"], row["reason_system"], row["comment"]) == (
        reason["code"],
        reason["system"],
        "no",
    )
    assert (row["issuer"], row["tenant"], row["service"]) == ("open", "", "leg-soreness")


def test_an_accepted_suggestion(client: FlaskClient, store: Store) -> None:
    suggesting = next(patient for patient in patients() if patient.id == "creatine-kinase-twelvefold")
    card = next(card for card in open_chart(client, suggesting) if "suggestions" in card)
    accepted = [{"id": suggestion["uuid"]} for suggestion in card["suggestions"]]
    answer = send(client, item(card["uuid"], outcome="accepted", acceptedSuggestions=accepted))
    assert answer.status_code == 200
    (row,) = rows(store)
    assert row["known_card"] is True
    assert json.loads(row["accepted"]) == [suggestion["id"] for suggestion in accepted]


def test_every_service_takes_feedback(client: FlaskClient, store: Store) -> None:
    assert {send(client, item(), service=service).status_code for service in HOOKS} == {200}
    assert sorted(row["service"] for row in rows(store)) == sorted(HOOKS)


def test_the_same_feedback_five_times_is_one_row(client: FlaskClient, store: Store) -> None:
    for _ in range(5):
        assert send(client, item()).status_code == 200
    assert len(rows(store)) == 1


def test_thirty_posts_at_once_lose_nothing(client: FlaskClient, store: Store) -> None:
    app = client.application

    def post(number: int) -> int:
        return int(send(app.test_client(), item(f"c{number}"), item("shared")).status_code)

    with ThreadPoolExecutor(30) as pool:
        assert set(pool.map(post, range(30))) == {200}
    assert len(rows(store)) == 31


@pytest.mark.parametrize("card", ["gone", "0b1e8d3c-6f5a-5e0d-9d57-0c1f5a8e7a11", "a" * 256])
def test_an_unknown_card_is_kept_as_such(client: FlaskClient, store: Store, card: str) -> None:
    assert send(client, item(card)).status_code == 200
    assert [row["known_card"] for row in rows(store)] == [False]


def test_one_bad_item_is_named_and_the_good_ones_are_not_stored(client: FlaskClient, store: Store) -> None:
    answer = send(client, item("c1"), item("c2", outcome=MARK), item("c3"))
    assert_refused(answer, 400, "feedback[1].outcome")
    assert rows(store) == []
    assert send(client, item("c1"), item("c2"), item("c3")).status_code == 200
    assert len(rows(store)) == 3


@pytest.mark.parametrize(
    "text",
    ["'; DROP TABLE feedback; --", "{{ 7*7 }} ${7*7} #{7*7}", "=HYPERLINK()", "<script>alert(1)</script>",
     "\u202e\u0000\r\n", "%00%s"],
)  # fmt: skip
def test_a_hostile_comment_is_stored_inert(client: FlaskClient, store: Store, text: str) -> None:
    assert send(client, item(overrideReason={"userComment": text})).status_code == 200
    assert [row["comment"] for row in rows(store)] == [text.replace("\x00", "\ufffd")]


def test_a_long_comment_is_shortened_and_too_many_items_refused(client: FlaskClient, store: Store) -> None:
    assert send(client, item(overrideReason={"userComment": "x" * 1_000_000})).status_code == 200
    assert_refused(send(client, *[item()] * 20_000), 400, "1000")
    assert [row["comment"] for row in rows(store)] == ["x" * 3999 + "…"]


BODY = json.dumps({"feedback": [item()]})


@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", "{}", BODY[:-1], BODY + BODY, "\ufeff" + BODY, BODY[:-1] + ',"x":NaN}',
     BODY[:-1] + ',"x":1e400}', BODY[:-1] + f',"x":{"1" * 5000}}}', BODY[:-1] + ',"x":"\\ud800"}',
     BODY[:-1] + ',"feedback":[]}', BODY.replace("c1", "c1\\u0000"), f'{{"x":1,{BODY[1:-1]}, }}',
     BODY.replace('"card"', '"card": "c0", "card"'), '{"feedback":' + "[" * 100_000,
     BODY[:-1] + ',"x":' + "[" * 5000 + "]" * 5000 + "}"],
)  # fmt: skip
def test_a_body_that_is_not_strict_json_is_refused(client: FlaskClient, store: Store, body: str) -> None:
    assert_refused(client.post(f"{URL}/feedback", data=body, content_type="application/json"), 400)
    assert rows(store) == []


def test_another_method_and_another_media_type_are_refused(client: FlaskClient) -> None:
    assert_refused(client.get(f"{URL}/feedback"), 405)
    assert_refused(client.post(f"{URL}/feedback", data=BODY, content_type="text/plain"), 415)


def test_an_unknown_service_is_404(client: FlaskClient, store: Store) -> None:
    assert_refused(send(client, item(), service=MARK), 404, "GET /cds-services")
    assert rows(store) == []


def test_feedback_can_be_switched_off(knowledge: Knowledge, store: Store) -> None:
    off = open_client(knowledge, store, Settings(features=Features(feedback=False)))
    assert_refused(send(off, item()), 404)


@pytest.mark.parametrize("reason", ["locked", "full", "slow", "down"])
def test_nothing_is_acknowledged_while_the_store_is_down(
    client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch, reason: Any
) -> None:
    def refuse(*_: Any) -> None:
        raise StoreUnavailableError(reason)

    with monkeypatch.context() as patched:
        patched.setattr(store.writer, "submit", refuse)
        answer = send(client, item())
    assert_refused(answer, 503, "Send it again")
    assert answer.headers["Retry-After"] == "1"
    assert send(client, item()).status_code == 200
    assert len(rows(store)) == 1


def test_a_card_of_another_tenant_is_unknown_and_nothing_tells(
    knowledge: Knowledge, store: Store, patient: FixturePatient, monkeypatch: pytest.MonkeyPatch
) -> None:
    (card,) = open_chart(open_client(knowledge, store), patient)
    monkeypatch.setattr(Doors, "to_feedback", lambda *_: Caller(None, "other", ()))
    client = open_client(knowledge, store)
    theirs, nobodys = send(client, item(card["uuid"])), send(client, item(str(uuid4())))
    assert (theirs.status_code, theirs.data) == (nobodys.status_code, nobodys.data) == (200, b"{}")
    assert [row["known_card"] for row in rows(store)] == [False, False]


def test_the_log_tells_counts_and_never_what_was_said(client: FlaskClient) -> None:
    with capture_logs() as logs:
        send(client, item(MARK, overrideReason={"reason": {"code": MARK}, "userComment": MARK}))
    (entry,) = logs
    assert entry["event"] == "feedback"
    assert (entry["service"], entry["count"], entry["issuer"]) == ("leg-soreness", 1, "open")
    assert MARK not in str(logs)


def counted(**labels: str) -> float:
    whole = {"service": "leg-soreness", "rule": "ls-causes", "outcome": "overridden"} | labels
    return metrics.registry.get_sample_value("cds_feedback_total", whole) or 0.0


def test_new_items_are_counted_by_rule_and_reason(client: FlaskClient, patient: FixturePatient) -> None:
    (card,) = open_chart(client, patient)
    known, other, none = (
        {"reason": "data-wrong"},
        {"reason": "other"},
        {"reason": "none", "rule": "unknown"},
    )
    before = [counted(**labels) for labels in (known, other, none)]
    for _ in range(2):
        send(client, item(card["uuid"], overrideReason={"reason": {"code": "data-wrong"}}))
        send(client, item(card["uuid"], overrideReason={"reason": {"code": MARK}}))
        send(client, item("unknown"))
    assert [counted(**labels) for labels in (known, other, none)] == [count + 1 for count in before]


def test_a_repeated_call_shows_the_same_card_once(
    client: FlaskClient, store: Store, patient: FixturePatient
) -> None:
    call = patient.hook_request(datetime.now(UTC).date(), instance=str(uuid4()))
    first, second = (client.post(URL, json=call).get_json()["cards"] for _ in range(2))
    assert first == second
    with store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(card_shown)) == len(first)
