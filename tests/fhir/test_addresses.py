"""The token goes to the FHIR servers on the list, at the addresses we build, and nowhere else."""

from urllib.parse import urlsplit

import pytest

from tests.fhir.ehr import GOOD, OPTIONAL, TOKEN, Ehr, keys, patient_of

ALLOWED = GOOD[7]
SPELLINGS = [
    "http://{address}",
    "http://localhost:{port}",
    "http://127.1:{port}",
    "http://2130706433:{port}",
    "http://0x7f.1:{port}",
    "http://0177.0.0.1:{port}",
    "http://[::ffff:127.0.0.1]:{port}",
    "http://[::1]:{port}",
    "http://user@{address}/ok/7",
]
LOOK_ALIKES = [
    "{base}.evil.example",
    "{base}@{canary}/",
    "{base}\\@{canary}/",
    "{base}/../7",
    "{base}/./",
    "{base}/x/..",
    "{base}#x",
    "{base}?x",
    "{base}%2f",
    "{base};x",
    "{upper}",
    "http://{canary}#{base}",
    "http://{canary}/ok/7",
]
NONSENSE = ["file:///etc/passwd", "gopher://x/", "data:text/plain,x", "javascript:alert(1)", "", 7, ["x"], {}]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_server_that_is_not_listed_is_never_asked(ehr: Ehr, spelling: str) -> None:
    where = urlsplit(ehr.canary)
    server = spelling.format(address=where.netloc, port=where.port)
    answer = ehr.call(None, without=keys(), fhirServer=server, fhirAuthorization=token())
    assert answer.status == 412
    assert "not one this service may ask" in answer.text
    assert ehr.seen_by_canary() == []
    assert server not in answer.text


@pytest.mark.parametrize("form", LOOK_ALIKES)
def test_what_only_looks_like_a_listed_server_is_never_asked(ehr: Ehr, form: str) -> None:
    base = f"{ehr.fhir_server}/{ALLOWED}"
    before = len(ehr.seen(ALLOWED))
    server = form.format(base=base, upper=base.upper(), canary=urlsplit(ehr.canary).netloc)
    answer = ehr.call(None, without=keys(), fhirServer=server, fhirAuthorization=token())
    assert answer.status in (400, 412)
    assert ehr.seen_by_canary() == []
    assert len(ehr.seen(ALLOWED)) == before


@pytest.mark.parametrize("server", NONSENSE)
def test_other_schemes_and_nonsense_are_refused(ehr: Ehr, server: object) -> None:
    answer = ehr.call(None, without=keys(), fhirServer=server, fhirAuthorization=token())
    assert answer.status == 400
    assert TOKEN not in answer.text


def test_a_slash_at_the_end_is_the_same_server(ehr: Ehr) -> None:
    server = f"{ehr.fhir_server}/{ALLOWED}/"
    answer = ehr.call(None, without=keys(), fhirServer=server, fhirAuthorization=token())
    assert answer.status == 200


def test_an_unlisted_server_is_told_on_the_card_when_only_optional_data_are_missing(ehr: Ehr) -> None:
    answer = ehr.call(None, without=OPTIONAL, fhirServer=ehr.canary, fhirAuthorization=token())
    detail = answer.cards["ls-causes"]["detail"]
    assert "laboratory results: the FHIR server named is not one this service may ask" in detail
    assert ehr.seen_by_canary() == []


def test_an_unlisted_server_does_not_matter_when_nothing_is_missing(ehr: Ehr) -> None:
    assert ehr.advice(ehr.canary) == ehr.advice(None)


def test_the_type_before_the_id_of_the_patient_does_not_reach_the_path(ehr: Ehr) -> None:
    context = patient_of().request["context"]
    patient = context["patientId"]
    base = GOOD[6]
    before = len(ehr.seen(base))
    named = context | {"patientId": f"Patient/{patient}"}
    ehr.call(base, without=["patient", "conditions"], context=named)
    paths = {one["path"] for one in ehr.seen(base)[before:]}
    assert paths == {f"/{base}/Patient/{patient}", f"/{base}/Condition?patient={patient}"}


def token() -> dict[str, object]:
    return {
        "access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "", "subject": "s",
    }  # fmt: skip
