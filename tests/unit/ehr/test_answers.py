"""An answer is what was asked for, or it is none; and the counters of one hook call."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.ehr.allowance import Allowance
from cds_service.ehr.answers import read_page
from cds_service.ehr.unavailable import Reason, Unavailable
from cds_service.settings import Limits

CONDITION = {"resourceType": "Condition", "id": "c"}
PATIENT = {"resourceType": "Patient", "id": "p"}
MEMBERS = st.sampled_from(
    ["resourceType", "entry", "link", "resource", "issue", "severity", "url", "relation"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=4),
    max_leaves=12,
)


def bundle(*resources: Any, **more: Any) -> bytes:
    entries = [{"resource": resource} for resource in resources]
    return json.dumps({"resourceType": "Bundle", "entry": entries, **more}).encode()


def outcome(severity: str, code: str = "processing") -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]}


def reason_of(body: bytes, *, is_search: bool = True) -> Reason | None:
    try:
        read_page(body, "Condition", is_search=is_search)
    except Unavailable as error:
        return error.reason
    return None


def test_a_page_tells_its_entries_and_the_next() -> None:
    link = [{"relation": "self", "url": "a"}, {"relation": "next", "url": "b"}]
    page = read_page(bundle(CONDITION, CONDITION, link=link), "Condition", is_search=True)
    assert (page.entries, page.next_link) == (2, "b")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (bundle(), None),
        (bundle(CONDITION), None),
        (bundle(PATIENT, CONDITION), None),
        (bundle(outcome("warning")), None),
        (bundle(outcome("error")), Reason.FAILED),
        (json.dumps(outcome("information")).encode(), None),
        (json.dumps(outcome("error")).encode(), Reason.FAILED),
        (bundle(PATIENT), Reason.SOMETHING_ELSE),
        (json.dumps(CONDITION).encode(), Reason.SOMETHING_ELSE),
        (b'{"entry": []}', Reason.NOT_JSON),
        (b'{"resourceType": 7}', Reason.NOT_JSON),
        (b'{"resourceType": "Bundle"', Reason.NOT_JSON),
        (b'{"resourceType": "Bundle", "x": "\xff"}', Reason.NOT_JSON),
        (b"null", Reason.NOT_JSON),
        (b"", Reason.NOT_JSON),
        (b"[" * 50_000, Reason.NOT_JSON),
    ],
)
def test_what_counts_as_an_answer_to_a_search(body: bytes, reason: Reason | None) -> None:
    assert reason_of(body) is reason


def test_a_read_answers_with_the_resource() -> None:
    assert reason_of(json.dumps(CONDITION).encode(), is_search=False) is None
    assert reason_of(bundle(CONDITION), is_search=False) is Reason.SOMETHING_ELSE
    assert reason_of(json.dumps(PATIENT).encode(), is_search=False) is Reason.SOMETHING_ELSE


@given(JSON)
def test_any_json_is_an_answer_or_a_reason(value: Any) -> None:
    for is_search in (True, False):
        reason_of(json.dumps(value).encode(), is_search=is_search)


@given(st.binary(max_size=60))
def test_so_are_any_bytes(body: bytes) -> None:
    reason_of(body)


def test_one_more_than_is_allowed_is_refused() -> None:
    allowance = Allowance(Limits(calls=2, hook_bytes=10_000, entries=100))
    for take, count, reason in (
        (allowance.take_bytes, 10_000, Reason.BYTES),
        (allowance.take_entries, 100, Reason.ENTRIES),
    ):
        take(count)
        with pytest.raises(Unavailable) as refused:
            take(1)
        assert refused.value.reason is reason
    allowance.take_call()
    allowance.take_call()
    with pytest.raises(Unavailable, match="calls"):
        allowance.take_call()


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words_for_a_clinician(reason: Reason) -> None:
    words = reason.words(Limits(pages=7, entries=300, calls=9))
    assert words
    assert "{" not in words
    for forbidden in ("probability", "risk of", "diagnosis"):
        assert forbidden not in words
