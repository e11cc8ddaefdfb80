"""Against a FHIR server written by others: what is fetched gives the cards of a full prefetch."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cds_service.fixtures import patients
from tests.fhir.ehr import Ehr, patient_of
from tests.support.sekmet_server import SekmetServer

WITHHELD = ("labs", "symptoms", "conditions", "medicationRequests")
MANY = 450  # results; two hundred come on a page
LONG_AGO = 210  # days
WITH_LABS, WITH_MANY = "diuretic-and-low-potassium", "tight-blanket"
STORIES = [patient.id for patient in patients() if patient.id != WITH_MANY]  # to that one results are added


@pytest.mark.parametrize("story", STORIES)
def test_four_withheld_keys_are_fetched_and_give_the_same_cards(
    ehr: Ehr, sekmet: SekmetServer, story: str
) -> None:
    allowed = sekmet.authorization("all")
    fetched = ehr.advice(sekmet.base, without=WITHHELD, story=story, fhirAuthorization=allowed)
    assert fetched == ehr.advice(None, story=story)


def test_a_medicine_by_reference_is_found_on_the_server(ehr: Ehr, sekmet: SekmetServer) -> None:
    allowed = sekmet.authorization("all")
    fetched = ehr.call(
        sekmet.base, without=WITHHELD, story="medicine-by-reference", fhirAuthorization=allowed
    )
    assert "statin" in fetched.cards["ls-causes"]["summary"]


def test_records_of_others_that_the_server_adds_are_left_out_and_told(ehr: Ehr, sekmet: SekmetServer) -> None:
    """This server does not know the search parameter `patient` of QuestionnaireResponse."""
    answer = ehr.call(
        sekmet.base,
        without=["questionnaireResponses"],
        story=WITH_LABS,
        fhirAuthorization=sekmet.authorization("all"),
    )
    detail = answer.cards["ls-causes"]["detail"]
    assert "records of another patient left out" in detail
    assert (
        answer.cards["ls-causes"]["summary"] == ehr.call(None, story=WITH_LABS).cards["ls-causes"]["summary"]
    )


def results() -> list[dict[str, Any]]:
    """Two potassium results a day, and one TSH so long ago that it comes on the third page."""
    potassium = patient_of(WITH_LABS).request["prefetch"]["labs"]["entry"][0]["resource"]
    thyroid = patient_of("underactive-thyroid").request["prefetch"]["labs"]["entry"][0]["resource"]
    days = [*(number // 2 for number in range(MANY)), LONG_AGO]
    today, found = datetime.now(UTC).date(), []
    for number, day in enumerate(days):
        result = copy.deepcopy(potassium if number < MANY else thyroid)
        result |= {"id": f"many-{number}", "effectiveDateTime": (today - timedelta(days=day)).isoformat()}
        result["subject"] = {"reference": f"Patient/{WITH_MANY}"}
        found.append(result)
    return found


def test_more_than_one_page_is_read_to_the_last(ehr: Ehr, sekmet: SekmetServer) -> None:
    prefetch = copy.deepcopy(patient_of(WITH_MANY).request["prefetch"])
    sekmet.load(results())
    prefetch["labs"]["entry"] += [{"resource": one} for one in results()]
    fetched = ehr.advice(
        sekmet.base, without=["labs"], story=WITH_MANY, fhirAuthorization=sekmet.authorization("all")
    )
    assert fetched == ehr.advice(None, story=WITH_MANY, prefetch=prefetch)
    assert "TSH" in fetched["ls-causes"][0]


@pytest.mark.parametrize(
    ("said", "words"),
    [(None, "not permitted by the token's scope"), ("user/*.read", "not permitted by the FHIR server")],
)
def test_a_token_that_lacks_a_scope_leaves_a_gap_that_is_told(
    ehr: Ehr, sekmet: SekmetServer, said: str | None, words: str
) -> None:
    allowed = sekmet.authorization("without-observations")
    if said is not None:
        allowed["scope"] = said  # an EHR that says more than the token holds
    answer = ehr.call(sekmet.base, without=WITHHELD, story=WITH_LABS, fhirAuthorization=allowed)
    assert answer.status == 200
    detail = answer.cards["ls-causes"]["detail"]
    assert f"laboratory results: {words}" in detail
    assert "medication orders" not in detail
