"""What the prefetch lacks is fetched, only that, with the token; the cards are those of a full prefetch."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

import pytest

from tests.fhir.ehr import BUDGET, GOOD, MARGIN, OPTIONAL, TOKEN, Ehr, authorization, keys, patient_of

RECOVERY = 40.0  # s
HUNG = 8  # calls at the same time
MOST_REQUESTS = 60
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}
FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
MEDICINES = "medicationRequests"


def asked(ehr: Ehr, base: str) -> list[str]:
    return sorted(one["path"].removeprefix(f"/{base}/").partition("?")[0] for one in ehr.seen(base))


def with_key(key: str, value: Any) -> dict[str, Any]:
    return patient_of().request["prefetch"] | {key: value}


def test_everything_withheld_is_fetched_and_gives_the_same_cards(ehr: Ehr) -> None:
    advice = ehr.advice("ok/all", without=keys())
    assert advice == ehr.advice(None)
    assert "statin" in advice["ls-causes"][0]


def test_only_what_is_missing_is_asked_for_with_the_token_and_nothing_else(ehr: Ehr) -> None:
    base = GOOD[0]
    ehr.call(base, without=["labs"])
    (request,) = ehr.seen(base)
    patient = patient_of().request["context"]["patientId"]
    assert request["path"].startswith(f"/{base}/Observation?patient={patient}&code=http://loinc.org%7C")
    assert request["headers"]["Authorization"] == f"Bearer {TOKEN}"
    assert request["headers"]["Accept-Encoding"] == "identity"
    assert "Cookie" not in request["headers"]


@pytest.mark.parametrize("value", [None, EMPTY, FAILED, "x", 3])
def test_a_key_that_came_is_not_asked_for_again(ehr: Ehr, value: Any) -> None:
    base = GOOD[1]
    before = len(ehr.seen(base))
    ehr.call(base, prefetch=with_key("labs", value))
    assert len(ehr.seen(base)) == before


@pytest.mark.parametrize("hook", ["patient-view", "encounter-start"])
def test_queries_of_a_hook_run_beside_each_other(ehr: Ehr, hook: str) -> None:
    # answered when three wait at once
    assert ehr.advice("together/all", without=OPTIONAL, hook=hook) == ehr.advice(None)


@pytest.mark.parametrize(
    "base", ["slow/all", "epic-type/all", "two-on-a-page/all", "reset-once/all", "busy-once/all"]
)
def test_odd_but_good_servers_give_the_same_cards(ehr: Ehr, base: str) -> None:
    assert ehr.advice(base, without=keys()) == ehr.advice(None)


def test_several_pages_are_followed_and_each_is_asked_for_once(ehr: Ehr) -> None:
    base = "two-on-a-page/Observation"
    assert ehr.advice(base, without=["labs"]) == ehr.advice(None)
    assert asked(ehr, base) == ["Observation", "Observation"]


def test_further_pages_of_a_prefetched_bundle_are_followed(ehr: Ehr) -> None:
    base = GOOD[2]
    whole = patient_of().request["prefetch"]["medicationRequests"]
    link = {"relation": "next", "url": f"{ehr.fhir_server}/{base}/MedicationRequest?page=2"}
    first = whole | {"entry": whole["entry"][:1], "link": [link]}
    assert ehr.advice(base, prefetch=with_key(MEDICINES, first)) == ehr.advice(None)
    assert len(ehr.seen(base)) == 1


def test_a_foreign_further_page_of_a_prefetched_bundle_is_not_followed(ehr: Ehr) -> None:
    whole = patient_of().request["prefetch"]["medicationRequests"]
    link = {"relation": "next", "url": f"{ehr.canary}/ok/all/MedicationRequest?page=2"}
    answer = ehr.call("ok/all", prefetch=with_key(MEDICINES, whole | {"link": [link]}))
    detail = answer.cards["ls-causes"]["detail"]
    assert "medication orders: the next page is at an address that may not be asked" in detail
    assert ehr.seen_by_canary() == []


def test_a_warning_inside_a_bundle_means_that_there_is_nothing(ehr: Ehr) -> None:
    empty = patient_of().request["prefetch"] | dict.fromkeys(OPTIONAL, EMPTY)
    assert ehr.advice("warning-in-bundle/all", without=OPTIONAL) == ehr.advice(None, prefetch=empty)


def test_a_cookie_of_the_server_is_never_sent_back(ehr: Ehr) -> None:
    for _ in range(2):
        ehr.call("cookie/all", without=keys())
    requests = ehr.seen("cookie/all")
    assert len(requests) > len(keys())  # nothing is kept from one hook to the next
    assert not [one for one in requests if "Cookie" in one["headers"]]


def test_one_search_that_fails_leaves_the_others_alone(ehr: Ehr) -> None:
    answer = ehr.call("status-500/Observation", without=keys())
    assert answer.status == 200
    detail = answer.cards["ls-causes"]["detail"]
    assert "laboratory results: the FHIR server reported an error" in detail
    assert "medication orders" not in detail


def test_hanging_calls_do_not_hold_up_the_others(ehr: Ehr) -> None:
    with ThreadPoolExecutor(HUNG) as others:
        hung = [others.submit(ehr.call, "hang/MedicationRequest", without=[MEDICINES]) for _ in range(HUNG)]
        answer = ehr.call(None)
        assert answer.status == 200
        assert answer.seconds < BUDGET
        assert all(one.result().seconds < BUDGET + MARGIN for one in hung)


def test_endless_pages_everywhere_end_at_the_limit_of_requests(ehr: Ehr) -> None:
    base = "endless/all-rest"
    answer = ehr.call(base, without=keys())
    assert answer.seconds < BUDGET + MARGIN
    assert "more than" in answer.text
    assert 10 < len(ehr.seen(base)) <= MOST_REQUESTS


def test_a_server_that_is_well_again_is_asked_again(ehr: Ehr) -> None:
    expected, begun = ehr.call(None).cards["ls-causes"]["detail"], monotonic()
    while ehr.call("recovering/all", without=keys()).cards.get("ls-causes", {}).get("detail") != expected:
        assert monotonic() - begun < RECOVERY


def test_a_server_that_failed_often_is_left_alone(ehr: Ehr) -> None:
    base = "status-500/all-rest"
    ehr.call(base, without=keys())
    came = len(ehr.seen(base))
    answer = ehr.call(base, without=OPTIONAL)
    assert "left alone for some seconds" in answer.cards["ls-causes"]["detail"]
    assert len(ehr.seen(base)) <= came + 1  # one trial at most


def test_medications_that_orders_refer_to_are_fetched(ehr: Ehr) -> None:
    order = {
        "resourceType": "MedicationRequest", "id": "o", "status": "active", "intent": "order",
        "subject": {"reference": f"Patient/{patient_of().request['context']['patientId']}"},
        "authoredOn": "2020-01-01", "medicationReference": {"reference": "Medication/m1"},
    }  # fmt: skip
    bundle = {"resourceType": "Bundle", "entry": [{"resource": order}]}
    answer = ehr.call(GOOD[3], prefetch=with_key(MEDICINES, bundle))
    assert asked(ehr, GOOD[3]) == ["Medication/m1"]
    detail = answer.cards["ls-causes"]["detail"]
    assert "Medication: not found on the FHIR server" in detail


def test_a_token_that_has_expired_is_not_used(ehr: Ehr) -> None:
    base = GOOD[4]
    answer = ehr.call(base, without=OPTIONAL, fhirAuthorization=authorization(expires_in=0))
    assert "the token for the FHIR server had expired" in answer.cards["ls-causes"]["detail"]
    assert ehr.seen(base) == []


def test_what_the_scope_does_not_cover_is_not_asked_for(ehr: Ehr) -> None:
    base = GOOD[5]
    answer = ehr.call(base, without=OPTIONAL, fhirAuthorization=authorization(scope="patient/Condition.rs"))
    detail = answer.cards["ls-causes"]["detail"]
    assert "laboratory results: not permitted by the token's scope" in detail
    assert "problems" not in detail
    assert asked(ehr, base) == ["Condition"]
