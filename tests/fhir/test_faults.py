"""Whatever the EHR's FHIR server does, the answer comes within the budget and says what is missing."""

import pytest

from tests.fhir.ehr import BUDGET, MARGIN, OPTIONAL, TOKEN, Answered, Ehr, keys

FAULTS = {
    "hang": "did not answer in time",
    "drip-head": "did not answer in time",
    "drip-body": "did not answer in time",
    "drip-chunks": "did not answer in time",
    "cut-off": "broke off",
    "cut-chunks": "broke off",
    "wrong-length": "did not answer in FHIR JSON",
    "reset": "broke off",
    "no-json": "did not answer in FHIR JSON",
    "login-page": "did not answer in FHIR JSON",
    "login-page-as-json": "did not answer in FHIR JSON",
    "null": "did not answer in FHIR JSON",
    "array": "did not answer in FHIR JSON",
    "empty": "did not answer in FHIR JSON",
    "depth-bomb": "did not answer in FHIR JSON",
    "huge": "was too large",
    "gzip-bomb": "did not answer in FHIR JSON",
    "bad-header": "did not answer in FHIR JSON",
    "redirect-302": "pointed to another address",
    "redirect-308": "pointed to another address",
    "dripping-redirect": "pointed to another address",
    "status-400": "refused the search",
    "status-401": "did not accept the token",
    "status-403": "not permitted by the FHIR server",
    "status-404": "not found on the FHIR server",
    "status-410": "not found on the FHIR server",
    "status-429": "was asked too often",
    "status-500": "reported an error",
    "status-503": "reported an error",
    "outcome": "reported an error",
    "other-type": "something else than was asked for",
    "one-resource": "something else than was asked for",
}
PAGING = {
    "loop": "more than 10 pages",
    "endless": "more than 10 pages",
    "foreign-next": "an address that may not be asked",
    "climbing-next": "an address that may not be asked",
}


def assert_safe(answer: Answered, ehr: Ehr) -> None:
    """The answer is in time, and neither it nor anybody else was told what is secret."""
    assert answer.seconds < BUDGET + MARGIN
    assert TOKEN not in answer.text
    assert "Traceback" not in answer.text
    assert ehr.seen_by_canary() == []


@pytest.mark.parametrize(("fault", "words"), FAULTS.items())
def test_optional_data_that_cannot_be_had_are_named_on_the_card(ehr: Ehr, fault: str, words: str) -> None:
    answer = ehr.call(f"{fault}/all", without=OPTIONAL)
    assert answer.status == 200
    detail = answer.cards["ls-causes"]["detail"]
    for name in ("laboratory results", "problems", "vital signs"):
        assert f"{name}: not supplied" in detail
    assert words in detail
    assert_safe(answer, ehr)


@pytest.mark.parametrize(("fault", "words"), FAULTS.items())
def test_without_essential_data_the_answer_is_412_and_says_why(ehr: Ehr, fault: str, words: str) -> None:
    answer = ehr.call(f"{fault}/all-again", without=keys())
    assert answer.status == 412
    assert words in answer.text
    assert_safe(answer, ehr)


@pytest.mark.parametrize(("fault", "words"), PAGING.items())
def test_pages_that_cannot_be_followed_are_told_and_the_others_count(
    ehr: Ehr, fault: str, words: str
) -> None:
    answer = ehr.call(f"{fault}/Observation", without=["labs"])
    detail = answer.cards["ls-causes"]["detail"]
    assert words in detail
    assert "laboratory results: not supplied" not in detail
    assert len(ehr.seen(f"{fault}/Observation")) <= 11
    assert_safe(answer, ehr)
