"""An empty list says "all clear": what was not read must not hide behind it."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.scenarios.in_process import answer_to, request_of
from tests.scenarios.to_fhir import scenarios

Request = dict[str, Any]
SORE = next(scenario for scenario in scenarios("scenarios.json") if scenario["id"] == "V33")


def entry(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = request["prefetch"]["questionnaireResponses"]["entry"][0]
    return found


def spoil_status(request: Request) -> None:
    entry(request)["resource"]["status"] = 7


def spoil_resource(request: Request) -> None:
    entry(request)["resource"] = "junk"


def spoil_entries(request: Request) -> None:
    request["prefetch"]["questionnaireResponses"]["entry"] = 5


def spoil_items(request: Request) -> None:
    entry(request)["resource"]["item"] = 7


def spoil_date(request: Request) -> None:
    entry(request)["resource"]["authored"] = "yesterday"


def remove_status(request: Request) -> None:
    del entry(request)["resource"]["status"]


def spoil_answer(request: Request) -> None:
    entry(request)["resource"]["item"][0]["answer"] = [{"valueCoding": {"code": "perhaps"}}]


def cut_after_first_page(request: Request) -> None:
    bundle = request["prefetch"]["questionnaireResponses"]
    bundle["entry"] = []
    bundle["link"] = [{"relation": "next", "url": "https://ehr.example/fhir?page=2"}]


def fail_search(request: Request) -> None:
    request["prefetch"]["questionnaireResponses"] = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "exception"}],
    }


def cards_of(*changes: Callable[[Request], None]) -> list[dict[str, Any]]:
    request = copy.deepcopy(request_of(SORE))
    for change in changes:
        change(request)
    cards: list[dict[str, Any]] = answer_to(request)["cards"]
    return cards


@pytest.mark.parametrize(
    "change",
    [
        spoil_status,
        spoil_resource,
        spoil_entries,
        spoil_items,
        spoil_date,
        remove_status,
        spoil_answer,
        cut_after_first_page,
        fail_search,
    ],
)
def test_an_unread_report_of_soreness_is_told(change: Callable[[Request], None]) -> None:
    (card,) = cards_of(change)
    assert card["source"]["topic"]["code"] == "ls-notice"
    assert card["indicator"] == "info"
    assert card["summary"] == (
        "Leg soreness not assessed: no leg soreness reported, but some records could not be read."
    )
    assert "uestionnaire" in card["detail"]


def only(request: Request, key: str, resource: dict[str, Any]) -> None:
    request["prefetch"]["questionnaireResponses"]["entry"] = []
    request["prefetch"][key]["entry"] = [{"resource": resource}]


def leg_pain(**more: Any) -> dict[str, Any]:
    return {"id": "r", "code": {"coding": [{"system": "http://snomed.info/sct", "code": "10601006"}]}, **more}


PRESENT = {"coding": [{"system": "http://snomed.info/sct", "code": "52101004"}]}
SEEN = leg_pain(resourceType="Observation", status="final", valueCodeableConcept=PRESENT)
LISTED = leg_pain(resourceType="Condition", clinicalStatus={"coding": [{"code": "active"}]})


@pytest.mark.parametrize(
    ("key", "resource"),
    [
        ("symptoms", SEEN),
        ("symptoms", SEEN | {"effectiveDateTime": "soon"}),
        ("conditions", LISTED | {"recordedDate": "last year"}),
    ],
)
def test_soreness_that_cannot_be_placed_in_time_is_told(key: str, resource: dict[str, Any]) -> None:
    (card,) = cards_of(lambda request: only(request, key, resource))
    assert card["source"]["topic"]["code"] == "ls-notice"
    assert f"{resource['resourceType']}/r" in card["detail"]


def spoil_birth(request: Request) -> None:
    request["prefetch"]["patient"]["birthDate"] = "19xx"


def remove_birth(request: Request) -> None:
    del request["prefetch"]["patient"]["birthDate"]


@pytest.mark.parametrize("value", [["1960-05-01"], {"value": "1960-05-01"}, 19600501, True])
def test_a_birth_date_that_is_no_text_is_told_too(value: object) -> None:
    (card,) = cards_of(lambda request: request["prefetch"]["patient"].update(birthDate=value))
    assert "the age is not known" in card["summary"]
    assert "birthDate is no date" in card["detail"]


def test_a_birth_date_to_come_is_told_too() -> None:
    ahead = (datetime.now(UTC) + timedelta(days=400)).date().isoformat()
    (card,) = cards_of(lambda request: request["prefetch"]["patient"].update(birthDate=ahead))
    assert "the age is not known" in card["summary"]
    assert "birthDate is in the future" in card["detail"]


@pytest.mark.parametrize(
    ("status", "told"), [("zq", True), ("in-progress", False), ("entered-in-error", False)]
)
def test_a_form_whose_status_fhir_does_not_have_is_told(status: str, told: bool) -> None:
    def spoil(request: Request) -> None:
        entry(request)["resource"]["status"] = status

    assert [card["source"]["topic"]["code"] for card in cards_of(spoil)] == ["ls-notice"] * told


@pytest.mark.parametrize(("total", "told"), [(5, True), ("5", True), (0, False), (None, False)])
def test_results_that_are_counted_and_not_given_are_told(total: object, told: bool) -> None:
    counted = {"resourceType": "Bundle", "type": "searchset", "total": total}
    cards = cards_of(lambda request: request["prefetch"].update(questionnaireResponses=counted))
    assert [card["source"]["topic"]["code"] for card in cards] == ["ls-notice"] * told


def test_a_birth_date_that_is_none_is_told_and_a_missing_one_is_not() -> None:
    (card,) = cards_of(spoil_birth)
    assert "the age is not known" in card["summary"]
    assert "birthDate is no date" in card["detail"]
    assert cards_of(remove_birth) == []


@pytest.mark.parametrize("nobody", [None, {"resourceType": "Bundle", "type": "searchset", "total": 0}])
def test_a_patient_of_whom_the_ehr_has_no_data_is_told(nobody: object) -> None:
    def remove(request: Request) -> None:
        request["prefetch"]["patient"] = nobody

    (card,) = cards_of(remove)
    assert "the age is not known" in card["summary"]
    assert "patient: no Patient was found" in card["detail"]


def test_an_unsure_answer_and_an_unfinished_form_are_no_failure() -> None:
    def hesitate(request: Request) -> None:
        entry(request)["resource"]["item"][0]["answer"] = [{"valueCoding": {"code": "unsure"}}]

    def leave_open(request: Request) -> None:
        entry(request)["resource"]["status"] = "in-progress"

    assert cards_of(hesitate) == []
    assert cards_of(leave_open) == []


def test_a_form_with_nothing_wrong_needs_no_notice() -> None:
    assert "ls-notice" not in [card["source"]["topic"]["code"] for card in cards_of()]


def remove_form(request: Request) -> None:
    del request["prefetch"]["questionnaireResponses"]


def test_a_key_the_ehr_does_not_know_is_no_failure() -> None:
    assert cards_of(remove_form) == []


def make_young(request: Request) -> None:
    request["prefetch"]["patient"]["birthDate"] = f"{datetime.now(UTC).year - 10}-01-01"


def test_outside_the_intended_use_nothing_is_said() -> None:
    assert cards_of(spoil_status, make_young) == []


def keep_only_potassium(request: Request) -> None:
    normal = leg_pain(
        resourceType="Observation",
        status="final",
        code={"coding": [{"system": "http://loinc.org", "code": "2823-3"}]},
        effectiveDateTime=request["prefetch"]["questionnaireResponses"]["entry"][0]["resource"]["authored"],
        valueQuantity={"value": 4.1, "code": "mmol/L", "system": "http://unitsofmeasure.org"},
    )
    request["prefetch"]["labs"]["entry"] = [{"resource": normal}]
    request["prefetch"]["medicationRequests"]["entry"] = []


def spoil_medicines(request: Request) -> None:
    junk = {"resource": {"resourceType": "MedicationRequest", "id": "m", "status": 5}}
    request["prefetch"]["medicationRequests"]["entry"] = [junk]


def fail_labs(request: Request) -> None:
    del request["prefetch"]["labs"]


def test_none_found_is_said_only_of_data_that_were_read() -> None:
    (whole,) = cards_of(keep_only_potassium)
    assert "no medicine or lab cause found" in whole["summary"]
    for failure in (spoil_medicines, fail_labs):
        (card,) = cards_of(keep_only_potassium, failure)
        assert "chart data insufficient" in card["summary"]
