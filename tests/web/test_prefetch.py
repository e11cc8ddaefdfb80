"""Essential data: without them 412 naming each; a failure is never an empty card list."""

import itertools
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.calls import EMPTY, FAILED, KEYS, PATIENT, Remembering, assert_refused, hook_call

URL = "/cds-services/leg-soreness"
MEDICINES = ("medicationRequests", "medicationStatements")
REPORTS = ("conditions", "symptoms", "questionnaireResponses", "encounter")


def post(client: FlaskClient, prefetch: Any) -> Any:
    return client.post(URL, json=hook_call(prefetch=prefetch))


@pytest.mark.parametrize("prefetch", [None, {}])
def test_no_prefetch_at_all_names_all_three(client: FlaskClient, review: Remembering, prefetch: Any) -> None:
    answer = post(client, prefetch)
    assert_refused(answer, 412, "patient", *MEDICINES, *REPORTS)
    assert len(answer.get_json()["issue"]) == 3
    assert review.calls == []


@pytest.mark.parametrize("present", list(itertools.product([True, False], repeat=6)))
def test_one_source_of_medicines_and_one_of_reports_are_enough(
    client: FlaskClient, present: tuple[bool, ...]
) -> None:
    keys = [key for key, there in zip(MEDICINES + REPORTS, present, strict=True) if there]
    enough = any(present[:2]) and any(present[2:])
    answer = post(client, {"patient": PATIENT} | dict.fromkeys(keys, EMPTY))
    assert answer.status_code == (200 if enough else 412)


@pytest.mark.parametrize("value", [None, EMPTY, {"resourceType": "Bundle"}])
def test_null_and_empty_bundles_are_obtained(client: FlaskClient, value: Any) -> None:
    assert (
        post(client, {"patient": PATIENT, "medicationRequests": value, "conditions": value}).status_code
        == 200
    )


@pytest.mark.parametrize("value", [FAILED, "x", 3, [], True])
def test_a_failed_or_malformed_key_is_not_obtained(client: FlaskClient, value: Any) -> None:
    answer = post(client, {"patient": PATIENT, "medicationRequests": value, "conditions": EMPTY})
    assert_refused(answer, 412, "medicationRequests or medicationStatements")


@pytest.mark.parametrize("value", [FAILED, "x", {}])
def test_without_a_patient_nobody_is_reviewed(client: FlaskClient, review: Remembering, value: Any) -> None:
    assert_refused(post(client, dict.fromkeys(KEYS, EMPTY) | {"patient": value}), 412, "patient")
    assert review.calls == []


def test_another_patient_is_refused(client: FlaskClient, review: Remembering) -> None:
    answer = post(client, dict.fromkeys(KEYS, EMPTY) | {"patient": PATIENT | {"id": "p2"}})
    assert_refused(answer, 412, "not of the patient of the context")
    assert "p2" not in answer.text
    assert review.calls == []


def test_the_patient_may_come_in_a_bundle(client: FlaskClient) -> None:
    bundle = EMPTY | {"entry": [{"resource": PATIENT}]}
    assert post(client, dict.fromkeys(KEYS, EMPTY) | {"patient": bundle}).status_code == 200


@pytest.mark.parametrize(
    "missing", ["encounter", "labs", "vitals", "symptoms", "conditions", "questionnaireResponses"]
)
def test_other_keys_may_be_missing(client: FlaskClient, missing: str) -> None:
    prefetch = dict.fromkeys(KEYS, EMPTY) | {"patient": PATIENT}
    del prefetch[missing]
    assert post(client, prefetch).status_code == 200
