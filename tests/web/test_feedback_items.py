"""Bodies of feedback: what is read, in all the ways EHRs write it, and what is refused by member."""

import json
from datetime import UTC, datetime, timedelta, timezone
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.store.feedback import Item
from cds_service.web.errors import Problem, Refusal
from cds_service.web.feedback_items import LONGEST_COMMENT, MOST_ITEMS, read_feedback
from tests.web.calls import MARK

AT = "2026-11-22T10:00:00Z"
MICROSECONDS = 1_795_341_600_000_000
ACCEPTED = {
    "card": "c1",
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": "s1"}],
    "outcomeTimestamp": AT,
}
OVERRIDDEN = {"card": "c1", "outcome": "overridden", "outcomeTimestamp": AT}
REASON = {"code": "data-wrong", "system": "http://b.example/CodeSystem/x"}
READ = Item(card="c1", outcome="overridden", outcome_at=MICROSECONDS)


def read(*items: Any) -> list[Item]:
    return read_feedback(json.dumps({"feedback": items}).encode())


def problems(body: Any) -> list[Problem]:
    with pytest.raises(Refusal) as refused:
        read_feedback(body if isinstance(body, bytes) else json.dumps(body).encode())
    assert refused.value.status is HTTPStatus.BAD_REQUEST
    told = list(refused.value.problems)
    assert told
    assert MARK not in str(told)
    return told


def overridden(**changes: Any) -> dict[str, Any]:
    return OVERRIDDEN | changes


def with_reason(**reason: Any) -> dict[str, Any]:
    return overridden(overrideReason=reason)


def test_the_examples_of_the_specification() -> None:
    accepted = Item(card="c1", outcome="accepted", outcome_at=MICROSECONDS, accepted=("s1",))
    reasoned = with_reason(reason=REASON, userComment="patient disagreed")
    (first, second) = read(ACCEPTED, reasoned)
    assert first == accepted
    assert second == Item(
        card="c1",
        outcome="overridden",
        outcome_at=MICROSECONDS,
        reason_code="data-wrong",
        reason_system="http://b.example/CodeSystem/x",
        comment="patient disagreed",
    )


def test_a_bare_item_is_read() -> None:
    assert read_feedback(json.dumps(OVERRIDDEN).encode()) == [READ]


@pytest.mark.parametrize(
    "item",
    [
        overridden(overrideReason=None),
        overridden(acceptedSuggestions=[]),
        overridden(acceptedSuggestions=None),
        overridden(extension={"com.example": {"x": [1]}}, unknown=1),
    ],
)
def test_what_says_nothing_changes_nothing(item: dict[str, Any]) -> None:
    assert read(item) == [READ]


@pytest.mark.parametrize(
    "reasons",
    [
        {"overrideReasons": [{"reason": REASON | {"display": "x"}, "extension": {"a": {"b": 1}}}]},
        {"overrideReasons": {"reason": REASON}},
        {"overrideReasons": [REASON]},
        {"overrideReason": REASON},
        {"overrideReasons": [{"reason": REASON, "userComment": ""}]},
    ],
)
def test_reasons_in_other_dialects(reasons: dict[str, Any]) -> None:
    (item,) = read(overridden(**reasons))
    assert (item.reason_code, item.reason_system, item.comment) == (REASON["code"], REASON["system"], "")


def test_several_reasons_give_an_item_each() -> None:
    items = read(overridden(overrideReasons=[{"reason": {"code": "a"}, "userComment": "x"}, {"code": "b"}]))
    assert [(item.reason_code, item.comment) for item in items] == [("a", "x"), ("b", "")]
    assert {item.outcome_at for item in items} == {MICROSECONDS}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (AT, 0.0),
        ("2026-11-22T10:00:00+00:00", 0.0),
        ("2026-11-22t10:00:00z", 0.0),
        ("2026-11-22 10:00:00Z", 0.0),
        ("2026-11-22T11:30:00+01:30", 0.0),
        ("2026-11-22T10:00:00.5Z", 0.5),
        ("2026-11-22T10:00:00.123456789-00:00", 0.123456),
    ],
)
def test_times_in_all_their_spellings(text: str, seconds: float) -> None:
    (item,) = read(overridden(outcomeTimestamp=text))
    assert item.outcome_at == MICROSECONDS + round(seconds * 1e6)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z"])
def test_times_of_any_year(text: str) -> None:
    assert len(read(overridden(outcomeTimestamp=text))) == 1


@pytest.mark.parametrize(
    "text",
    ["", MARK, "2026-11-22", "2026-11-22T10:00:00", "2026-02-30T10:00:00Z", "2026-11-22T25:00:00Z",
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-22T10:00:00+99:00",
     "\u0662\u0660\u0662\u0666-11-22T10:00:00Z", f"{AT}\n", 0, True, [AT]],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: Any) -> None:
    (problem,) = problems({"feedback": [overridden(outcomeTimestamp=text)]})
    assert problem.member == "feedback[0].outcomeTimestamp"


@pytest.mark.parametrize("name", ["card", "outcome", "outcomeTimestamp", "acceptedSuggestions"])
@pytest.mark.parametrize("value", [None, 5, [], {}, MARK + "\x00", "", " "])
def test_a_required_member_that_is_missing_or_wrong_is_named(name: str, value: Any) -> None:
    item = {key: text for key, text in (ACCEPTED | {name: value}).items() if text is not None}
    assert problems({"feedback": [item]})[0].member == f"feedback[0].{name}"


@pytest.mark.parametrize(
    ("item", "member"),
    [
        (ACCEPTED | {"acceptedSuggestions": [{}]}, "acceptedSuggestions[0].id"),
        (ACCEPTED | {"acceptedSuggestions": ["s1"]}, "acceptedSuggestions[0]"),
        (overridden(outcome="ignored"), "outcome"),
        (overridden(outcome="Accepted"), "outcome"),
        (overridden(card="x" * 257), "card"),
        (with_reason(), "overrideReason.reason"),
        (with_reason(reason="data-wrong"), "overrideReason.reason"),
        (with_reason(reason={}), "overrideReason.reason.code"),
        (with_reason(reason={"system": "x"}), "overrideReason.reason.code"),
        (with_reason(reason={"code": 5}), "overrideReason.reason.code"),
        (with_reason(reason={"code": "a", "system": 5}), "overrideReason.reason.system"),
        (with_reason(userComment=5), "overrideReason.userComment"),
        (overridden(overrideReason=[REASON]), "overrideReason"),
        (overridden(overrideReasons="x"), "overrideReasons"),
        (overridden(overrideReasons=["x"]), "overrideReasons[0]"),
        (overridden(overrideReasons=[{}]), "overrideReasons[0].reason"),
    ],
)
def test_a_wrong_member_is_named(item: dict[str, Any], member: str) -> None:
    told = problems({"feedback": [OVERRIDDEN, item]})
    assert [problem.member for problem in told] == [f"feedback[1].{member}"]
    assert [problem.member for problem in problems(item)] == [member]


def test_the_longest_comment_and_the_largest_batch_are_read() -> None:
    assert len(read(*[OVERRIDDEN] * MOST_ITEMS)) == MOST_ITEMS
    (item,) = read(with_reason(userComment="\u00e9" * LONGEST_COMMENT))
    assert len(item.comment) == LONGEST_COMMENT


@pytest.mark.parametrize(
    "body",
    [[OVERRIDDEN], {}, {"feedback": []}, {"feedback": {}}, {"feedback": None}, {"feedback": MARK},
     {"x": MARK},
     {"feedback": [OVERRIDDEN] * (MOST_ITEMS + 1)}, {"feedback": [[OVERRIDDEN]]}, {"feedback": [None]},
     None, 5, b"", b"{", b'{"feedback":[{"card":NaN}]}', b'{"feedback":[{"card":"\\ud800"}]}', b"\xff\xfe{}",
     b'{"feedback":[],"feedback":[]}', b'{"feedback":[{"card":"a","card":"b"}]}',
     b'{"feedback":' + b"[" * 100_000, b'{"x":' * 100_000],
)  # fmt: skip
def test_a_body_of_another_shape_is_refused(body: Any) -> None:
    assert problems(body)


def test_many_problems_are_told_in_part() -> None:
    told = problems({"feedback": [{}] * MOST_ITEMS})
    assert len(told) == 21
    assert "2980 more" in told[-1].text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([*ACCEPTED, "overrideReason", "overrideReasons"]), JSON)
def test_any_json_in_any_member_is_read_or_refused(name: str, value: Any) -> None:
    body = json.dumps({"feedback": [OVERRIDDEN | {name: value}]}).encode()
    try:
        items = read_feedback(body)
    except Refusal:
        assert {problem.member.split(".")[0] for problem in problems(body)} == {"feedback[0]"}
    else:
        assert {item.outcome for item in items} <= {"accepted", "overridden"}


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=ZONES))  # noqa: DTZ001 hypothesis adds the zone
def test_any_moment_is_read_to_the_microsecond(moment: datetime) -> None:
    (item,) = read(overridden(outcomeTimestamp=moment.isoformat(timespec="microseconds")))
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=item.outcome_at) == moment
