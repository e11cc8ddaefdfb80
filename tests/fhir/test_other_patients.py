"""Whatever the FHIR server hands out, nobody is reviewed with the data of somebody else."""

from tests.fhir.ehr import GOOD, Ehr, authorization, keys

BASE = "other-patient/all"


def test_another_patient_in_place_of_ours_is_refused(ehr: Ehr) -> None:
    answer = ehr.call(BASE, without=keys())
    assert answer.status == 412
    assert "not of the patient of the context" in answer.text
    assert "somebody-else" not in answer.text


def test_records_of_another_patient_are_not_used_and_told(ehr: Ehr) -> None:
    answer = ehr.call(BASE, without=["medicationRequests"])
    detail = answer.cards["ls-causes"]["detail"]
    assert "records of another patient left out: 2" in detail
    assert "statin" not in answer.cards["ls-causes"]["summary"]


def test_silence_because_the_report_was_another_patients_is_explained(ehr: Ehr) -> None:
    answer = ehr.call(BASE, without=["questionnaireResponses"])
    notice = answer.cards["ls-notice"]
    assert "records of another patient left out: 1" in notice["detail"]


def test_a_token_for_another_patient_is_refused_before_anything_is_asked(ehr: Ehr) -> None:
    base = GOOD[8]
    answer = ehr.call(base, without=keys(), fhirAuthorization=authorization(patient="somebody-else"))
    assert answer.status == 400
    assert ehr.seen(base) == []


def test_a_report_that_may_be_missing_is_never_silence(ehr: Ehr) -> None:
    answer = ehr.call("status-403/all", without=["questionnaireResponses"])
    notice = answer.cards["ls-notice"]
    assert "questionnaire: not permitted by the FHIR server" in notice["detail"]
