"""Feedback: what is acknowledged is stored once, and nothing else is stored."""

import sqlite3
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from tests.security.attack.registry import attack
from tests.security.attack.stage import FEEDBACK, Stage
from tests.security.attack.strict_json import MALFORMED
from tests.security.attack.wire import Answer
from tests.web.calls import MARK

Json = dict[str, Any]
COMMENTS = (
    "'; DROP TABLE feedback; --", "{{7*7}} ${7*7} {% raw %}", "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "\x00\x1b[31m", "😀" * 900, "%s%n%x", "../../etc/passwd", "\u202e", "a\r\nSet-Cookie: x=1",
)  # fmt: skip


def item(card: str = "", **changed: Any) -> Json:
    """An overridden card that nobody was shown, unless told otherwise."""
    usual = {"card": card or str(uuid.uuid4()), "outcome": "overridden"}
    return usual | {"outcomeTimestamp": "2026-11-22T10:00:00Z"} | changed


def post(stage: Stage, *items: Any) -> Answer:
    return stage.call({"feedback": list(items)}, path=FEEDBACK)


def rows(stage: Stage, cards: Sequence[str]) -> list[str | None]:
    """The comments of the items stored about these cards."""
    file = stage.service.log.with_name("store.db")
    marks = ",".join("?" * len(cards))
    query = f"SELECT comment FROM feedback WHERE card_uuid IN ({marks})"  # noqa: S608 - question marks
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return [comment for (comment,) in connection.execute(query, list(cards))]


def bad(stage: Stage, *bodies: Any) -> None:
    for body in bodies:
        answer = stage.call(body, path=FEEDBACK)
        assert answer.status == 400, f"{answer.status} for {str(body)[:100]}"


@attack(144)
def for_a_real_card(stage: Stage) -> None:
    card = stage.call().json["cards"][0]
    accepted = {"outcome": "accepted", "acceptedSuggestions": [{"id": str(uuid.uuid4())}]}
    assert post(stage, item(card["uuid"], **accepted)).status == 200
    assert len(rows(stage, [card["uuid"]])) == 1


@attack(145)
def five_times(stage: Stage) -> None:
    one = item()
    assert [post(stage, one).status for _ in range(5)] == [200] * 5
    assert len(rows(stage, [one["card"]])) == 1


@attack(146)
def thirty_at_once(stage: Stage) -> None:
    items = [item() for _ in range(30)]
    with ThreadPoolExecutor(30) as threads:
        assert {answer.status for answer in threads.map(lambda one: post(stage, one), items)} == {200}
    assert len(rows(stage, [one["card"] for one in items])) == 30


@attack(147)
def bodies_of_a_wrong_shape(stage: Stage) -> None:
    bad(stage, [], 1, "x", {}, {"feedback": None}, {"feedback": {}}, {"feedback": []}, {"feedback": "x"})
    bad(stage, {"feedback": [1]}, {"feedback": [None]}, {"feedback": [[]]}, b"", b"null")


@attack(148)
def members_missing_or_wrong(stage: Stage) -> None:
    for name in ("card", "outcome", "outcomeTimestamp"):
        right = item()
        bad(stage, {"feedback": [{key: value for key, value in right.items() if key != name}]})
        bad(stage, *({"feedback": [right | {name: value}]} for value in (None, 1, [], {}, "", "\x00", True)))
    bad(stage, {"feedback": [item(outcome="accepted")]}, {"feedback": [item(outcome=MARK)]})


@attack(149)
def one_bad_item_among_good_ones(stage: Stage) -> None:
    good = [item() for _ in range(3)]
    answer = post(stage, good[0], good[1], item(outcome=MARK), good[2])
    assert answer.status == 400
    assert "feedback[2]" in answer.text
    assert rows(stage, [one["card"] for one in good]) == []
    assert post(stage, *good).status == 200
    assert len(rows(stage, [one["card"] for one in good])) == 3


@attack(150)
def of_an_unknown_card_or_service(stage: Stage) -> None:
    one = item()
    assert post(stage, one).status == 200
    assert len(rows(stage, [one["card"]])) == 1
    path = f"/cds-services/{MARK}/feedback"
    assert stage.call({"feedback": [item()]}, path=path).status == 404


@attack(151)
def comments_are_inert(stage: Stage) -> None:
    for comment in COMMENTS:
        one = item(overrideReason={"userComment": comment})
        answer = post(stage, one)
        assert answer.status in {200, 400}
        if answer.status == 200:
            assert rows(stage, [one["card"]]) == [comment.replace("\x00", "\ufffd")]


@attack(152)
def too_long_and_too_many(stage: Stage) -> None:
    long = item(overrideReason={"userComment": "x" * 1_000_000})
    assert post(stage, long).status in {200, 400, 413}
    assert post(stage, *[item() for _ in range(20_000)]).status in {200, 400, 413}


@attack(153)
def times_of_any_kind(stage: Stage) -> None:
    times = (
        "1850-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00",
        "2026-01-01T00:00:00+99:99",
        "2026-02-30T00:00:00Z", "2026-01-01", "now", "2016-12-31T23:59:60Z",
        "2026-01-01T00:00:00.123456789012Z",
        "9999-12-31T23:59:59-23:59", "2026-01-01T00:00:00",
    )  # fmt: skip
    for one in times:
        assert post(stage, item(outcomeTimestamp=one)).status in {200, 400}, one


@attack(154)
def json_is_strict_here_too(stage: Stage) -> None:
    bad(
        stage,
        *MALFORMED,
        b'{"feedback":' + b"[" * 100_000,
        b'{"feedback":[],"feedback":[]}',
        b'{"feedback":NaN}',
    )
    bad(
        stage,
        b'{"feedback":"\xff"}',
        '{"feedback":[]}'.encode("utf-16"),
        b'{"feedback":' + b"9" * 5000 + b"}",
    )
    bad(stage, rb'{"feedback":[{"card":"\ud800"}]}')
