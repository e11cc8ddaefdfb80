"""Launches and forms that are not what they seem: refused with a page, nothing kept, nobody asked."""

from collections.abc import Callable
from typing import Any

import pytest

from cds_service.store.schema import smart_session
from cds_service.web.process import Process
from tests.support.smart_ehr import SmartEhr
from tests.web.smart.conftest import Browser


def sessions(process: Process) -> int:
    assert process.store
    with process.store.reading() as connection:
        return len(connection.execute(smart_session.select()).all())


@pytest.mark.parametrize("iss", ["https://elsewhere.example/fhir", "{base}/../other", "{base}x", "//{base}"])
def test_a_foreign_ehr_is_refused_and_never_asked(browser: Browser, ehr: SmartEhr, iss: str) -> None:
    answer = browser.client.get(
        "/smart/launch", query_string={"iss": iss.format(base=ehr.base), "launch": "l"}
    )

    assert answer.status_code == 400
    assert ehr.asked == []
    assert "elsewhere" not in answer.text


@pytest.mark.parametrize(
    "changed",
    [
        {"authorization_endpoint": "https://elsewhere.example/authorize"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"token_endpoint": "http://user@127.0.0.1/token"},
        {"code_challenge_methods_supported": ["plain"]},
        {"code_challenge_methods_supported": None},
        {"token_endpoint": None},
    ],
)
def test_an_authorization_server_that_is_not_fit_is_not_used(
    browser: Browser, ehr: SmartEhr, changed: dict[str, Any]
) -> None:
    ehr.configuration_changes = changed

    assert browser.begin().status_code == 400


@pytest.mark.parametrize(
    "query", ["", "code=c", "code=c&state=s", "code=c&state=" + "a" * 16 + "." + "b" * 43]
)
def test_a_callback_nobody_waits_for_is_refused(browser: Browser, ehr: SmartEhr, query: str) -> None:
    answer = browser.client.get(f"/smart/callback?{query}")

    assert answer.status_code == 400
    assert "/fhir/token" not in ehr.asked


def test_a_state_works_once(browser: Browser, ehr: SmartEhr) -> None:
    query = ehr.permit(browser.begin().location)

    assert browser.client.get(f"/smart/callback?{query}").status_code == 303
    assert browser.client.get(f"/smart/callback?{query}").status_code == 400
    assert ehr.asked.count("/fhir/token") == 1


def test_a_code_of_another_browser_is_refused(browser: Browser, ehr: SmartEhr) -> None:
    query = ehr.permit(browser.begin().location)
    other = browser.client.application.test_client()

    assert other.get(f"/smart/callback?{query}").status_code == 400
    assert "/fhir/token" not in ehr.asked


def test_an_answer_of_another_authorization_server_is_refused(browser: Browser, ehr: SmartEhr) -> None:
    query = ehr.permit(browser.begin().location)

    assert browser.client.get(f"/smart/callback?{query}&iss=https://elsewhere.example").status_code == 400
    assert "/fhir/token" not in ehr.asked


def test_a_launch_the_ehr_refused_ends_on_a_page(browser: Browser, ehr: SmartEhr) -> None:
    state = ehr.permit(browser.begin().location).rpartition("state=")[2]
    answer = browser.client.get(f"/smart/callback?error=access_denied&state={state}")

    assert answer.status_code == 400
    assert "did not permit" in answer.text


@pytest.mark.parametrize(
    "changed",
    [
        {"patient": None},
        {"patient": ".."},
        {"patient": "a/b"},
        {"token_type": "mac"},
        {"access_token": None},
        {"access_token": ""},
        {"access_token": "a\r\nb: c"},
    ],
)
def test_a_token_that_is_not_fit_begins_no_visit(
    browser: Browser, ehr: SmartEhr, process: Process, changed: dict[str, Any]
) -> None:
    ehr.token_changes = changed

    assert browser.launch().status_code == 400
    assert sessions(process) == 0


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b"null", b"[]", b"{}", b'{"access_token": 1}'])
def test_a_token_answer_that_is_none_begins_no_visit(
    browser: Browser, ehr: SmartEhr, process: Process, body: bytes
) -> None:
    ehr.token_body = body

    assert browser.launch().status_code == 400
    assert sessions(process) == 0


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"aud": "another"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1},
        {"exp": None},
    ],
)
def test_an_id_token_that_is_not_for_this_launch_begins_no_visit(
    browser: Browser, ehr: SmartEhr, process: Process, claims: dict[str, Any]
) -> None:
    ehr.claims = claims

    assert browser.launch().status_code == 400
    assert sessions(process) == 0


def test_an_unsigned_id_token_begins_no_visit(browser: Browser, ehr: SmartEhr) -> None:
    ehr.token_changes = {"id_token": "eyJhbGciOiJub25lIiwia2lkIjoiZWhyIn0.eyJzdWIiOiJ1MSJ9."}

    assert browser.launch().status_code == 400


@pytest.mark.parametrize("place", ["form", "cards", "timeline"])
def test_without_a_visit_there_is_no_data(browser: Browser, ehr: SmartEhr, place: str) -> None:
    address, _ = browser.open_form()
    stranger = browser.client.application.test_client()
    answer = stranger.get(address.replace("/form", f"/{place}"))

    assert answer.status_code == 401
    assert "Location" not in answer.headers
    assert ehr.patient.id not in answer.text


def test_the_cookie_of_one_visit_does_not_open_another(browser: Browser) -> None:
    first, _ = browser.open_form()
    second, _ = browser.open_form()

    assert first != second
    assert browser.client.get(first).status_code == 200
    assert browser.client.get(second).status_code == 200
    name = first.split("/")[2]
    browser.client.delete_cookie(f"smart-{name}")
    assert browser.client.get(first).status_code == 401
    assert browser.client.get(second).status_code == 200


Change = Callable[[dict[str, str]], dict[str, str]]


@pytest.mark.parametrize(
    ("headers", "change"),
    [
        ({"Origin": "https://elsewhere.example"}, lambda fields: fields),
        ({"Origin": "null"}, lambda fields: fields),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, lambda fields: fields),
        ({"Sec-Fetch-Site": "same-site"}, lambda fields: fields),
        ({}, lambda fields: fields | {"csrf": "another"}),
        ({}, lambda fields: {name: value for name, value in fields.items() if name != "csrf"}),
    ],
)
def test_a_form_from_elsewhere_is_refused(
    browser: Browser, ehr: SmartEhr, headers: dict[str, str], change: Change
) -> None:
    address, page = browser.open_form()
    fields = change(browser.hidden(page) | {"present": "yes", "save": "1"})

    assert browser.client.post(address, data=fields, headers=headers).status_code == 403
    assert ehr.created == []


def test_after_closing_the_visit_is_over(browser: Browser, process: Process) -> None:
    address, page = browser.open_form()
    browser.client.post(address.replace("/form", "/end"), data=browser.hidden(page))

    assert browser.client.get(address).status_code == 401
    assert sessions(process) == 0


def test_the_database_gives_neither_token_nor_patient_away(browser: Browser, process: Process) -> None:
    browser.open_form()
    assert process.store
    with process.store.reading() as connection:
        (row,) = connection.execute(smart_session.select()).all()

    assert b"synthetic-token" not in row.sealed
    assert browser.ehr.patient.id.encode() not in row.sealed


def test_texts_of_the_record_stay_texts(browser: Browser, ehr: SmartEhr) -> None:
    hostile = "<img src=x onerror=alert(1)><script>alert(1)</script>\"'{{7*7}}"
    for resource in ehr.resources:
        if resource["resourceType"] == "MedicationRequest":
            resource["medicationCodeableConcept"] = {"text": f"atorvastatin {hostile}"}
    address, page = browser.open_form()
    for text in (
        page,
        *(browser.client.get(address.replace("/form", f"/{place}")).text for place in ("cards", "timeline")),
    ):
        assert "<img" not in text
        assert "<script>" not in text
        assert "49" not in text.partition("{{")[0][-40:]
