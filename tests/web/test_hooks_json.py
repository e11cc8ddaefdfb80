"""POST /cds-services/{id}: bytes that are no strict JSON, and any JSON in any member."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.calls import MARK, assert_refused, hook_call

URL = "/cds-services/leg-soreness"
GOOD = json.dumps(hook_call())
MALFORMED = {
    "empty": "",
    "blank": "  ",
    "text": MARK,
    "null": "null",
    "array": f'["{MARK}"]',
    "string": f'"{MARK}"',
    "number": "1",
    "true": "true",
    "cut": GOOD[:-1],
    "trailing": GOOD + "}",
    "two documents": GOOD + GOOD,
    "trailing comma": '{"hook":"patient-view",}',
    "single quotes": "{'hook':'patient-view'}",
    "comment": GOOD + "// x",
    "NaN": GOOD[:-1] + ',"x":NaN}',
    "Infinity": GOOD[:-1] + ',"x":-Infinity}',
    "leading zero": GOOD[:-1] + ',"x":01}',
    "lone surrogate": GOOD[:-1] + ',"x":"\\ud800"}',
    "control character": GOOD[:-1] + ',"x":"\x01"}',
    "BOM": "\ufeff" + GOOD,
    "hook twice": GOOD[:-1] + ',"hook":"patient-view"}',
    "context twice": GOOD[:-1] + ',"context":{}}',
    "prefetch twice": GOOD[:-1] + ',"prefetch":{}}',
    "patientId twice": GOOD.replace('"patientId"', '"patientId": "p2", "patientId"'),
    "patient twice": GOOD.replace('"patient"', '"patient": null, "patient"'),
    "deep arrays": '{"prefetch":' + "[" * 100_000,
    "deep closed": GOOD[:-1] + ',"x":' + "[" * 5000 + "]" * 5000 + "}",
    "deep objects": '{"a":' * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_body_is_refused(client: FlaskClient, body: str) -> None:
    assert_refused(client.post(URL, data=body, content_type="application/json"), 400)


@pytest.mark.parametrize("coding", ["utf-16", "utf-32", "latin-1"])
def test_only_utf_8_is_read(client: FlaskClient, coding: str) -> None:
    body = (GOOD[:-1] + ',"x":"é"}').encode(coding)
    assert_refused(client.post(URL, data=body, content_type="application/json"), 400)


def test_nesting_and_size_that_real_data_have_are_fine(client: FlaskClient) -> None:
    call = hook_call(deep=json.loads("[" * 90 + "]" * 90), wide={str(number): 0 for number in range(200_000)})
    assert client.post(URL, json=call | {"text": "x" * 1_000_000}).status_code == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = ("hook", "hookInstance", "context", "prefetch", "fhirServer", "fhirAuthorization", "extension")
FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(name=st.sampled_from(MEMBERS), value=JSON)
def test_any_json_in_any_member_is_answered(client: FlaskClient, name: str, value: Any) -> None:
    body = json.dumps(hook_call() | {name: value})
    answer = client.post(URL, data=body, content_type="application/json")
    assert answer.status_code in {200, 400, 412}
    assert ("cards" in answer.get_json()) == (answer.status_code == 200)


@FUZZ
@given(st.sampled_from(("patientId", "userId", "encounterId")), JSON)
def test_any_json_in_the_context_is_answered(client: FlaskClient, name: str, value: Any) -> None:
    body = json.dumps(hook_call() | {"context": hook_call()["context"] | {name: value}})
    answer = client.post(URL, data=body, content_type="application/json")
    assert answer.status_code in {200, 400, 412}


@FUZZ
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(client: FlaskClient, body: bytes) -> None:
    assert_refused(client.post(URL, data=body, content_type="application/json"), 400)


@FUZZ
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=3))
def test_a_damaged_body_is_answered(client: FlaskClient, place: int, damage: bytes) -> None:
    body = GOOD.encode()[:place] + damage + GOOD.encode()[place + len(damage) :]
    answer = client.post(URL, data=body, content_type="application/json")
    assert answer.status_code in {200, 400, 412}
