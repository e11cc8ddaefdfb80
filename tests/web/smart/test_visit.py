"""A visit that goes well: the form, the answers in the EHR, the cards and the timeline."""

import pytest

from cds_service.settings import Settings
from cds_service.web.card_links import with_addresses
from tests.support.smart_ehr import SmartEhr
from tests.web.smart.conftest import OWN, PATIENT, Browser


def test_the_launch_asks_for_a_code_with_state_pkce_and_audience(browser: Browser, ehr: SmartEhr) -> None:
    answer = browser.begin()

    assert answer.status_code == 302
    assert answer.location.startswith(f"{ehr.base}/authorize?")
    for part in ("code_challenge_method=S256", "code_challenge=", "state=", "nonce=", "launch=l1", "aud="):
        assert part in answer.location


def test_the_form_holds_what_the_chart_knows(browser: Browser) -> None:
    _, page = browser.open_form()

    assert 'name="present" value="yes" checked' in page
    assert "data-questionnaire" in page


def test_answers_are_kept_in_the_ehr_as_they_were_given(browser: Browser, ehr: SmartEhr) -> None:
    address, page = browser.open_form()
    fields = browser.hidden(page) | {
        "present": "yes",
        "onset.day": "",
        "onset.month": "08",
        "onset.year": "2026",
        "side": "both",
        "save": "1",
    }
    answer = browser.client.post(address, data=fields, headers={"Origin": OWN})

    (response,) = ehr.created
    assert answer.status_code == 303
    assert response["subject"] == {"reference": f"Patient/{PATIENT}"}
    assert response["author"] == {"reference": "Practitioner/test"}
    assert '"valueDate": "2026-08"' in str(response).replace("'", '"')
    assert "warn" not in browser.client.get(answer.location.removeprefix(OWN)).headers


def test_the_same_form_sent_twice_is_kept_once(browser: Browser, ehr: SmartEhr) -> None:
    address, page = browser.open_form()
    fields = browser.hidden(page) | {"present": "yes", "save": "1"}
    for _ in range(2):
        browser.client.post(address, data=fields)

    assert len(ehr.created) == 1


def test_new_answers_change_the_cards(browser: Browser) -> None:
    address, page = browser.open_form()
    cards = address.replace("/form", "/cards")
    before = browser.client.get(cards).text
    fields = browser.hidden(page) | {"present": "yes", "warn.swelling": "left-only", "save": "1"}
    browser.client.post(address, data=fields)

    assert "One-leg swelling" not in before
    assert "One-leg swelling" in browser.client.get(cards).text


def test_without_script_the_questions_that_follow_are_asked_for(browser: Browser, ehr: SmartEhr) -> None:
    address, page = browser.open_form()
    fields = browser.hidden(page) | {
        "present": "yes",
        "cramp.night": "yes",
        "warn.urine": "yes",
        "update": "1",
    }
    again = browser.client.post(address, data=fields).text

    assert 'id="q-cramp-minutes" data-enable-any="false" data-enable="cramp.night = yes">' in again
    assert 'id="q-warn-urgent-advice"' in again
    assert ehr.created == []


def test_an_answer_that_cannot_be_read_is_shown_again_with_the_reason(
    browser: Browser, ehr: SmartEhr
) -> None:
    address, page = browser.open_form()
    fields = browser.hidden(page) | {
        "present": "yes",
        "onset.day": "31",
        "onset.month": "2",
        "onset.year": "2026",
        "save": "1",
    }
    answer = browser.client.post(address, data=fields)

    assert answer.status_code == 422
    assert "There is no such date." in answer.text
    assert 'value="31"' in answer.text
    assert ehr.created == []


def test_when_the_ehr_does_not_take_the_answers_they_are_still_in_the_form(
    browser: Browser, ehr: SmartEhr
) -> None:
    address, page = browser.open_form()
    fields = browser.hidden(page) | {"present": "yes", "severity": "9", "save": "1"}
    ehr.refuses_writes = True
    answer = browser.client.post(address, data=fields)
    ehr.refuses_writes = False
    again = browser.client.post(
        address, data=browser.hidden(answer.text) | {"present": "yes", "severity": "9", "save": "1"}
    )

    assert answer.status_code == 502
    assert "could not be saved" in answer.text
    assert 'name="severity" value="9" checked' in answer.text
    assert again.status_code == 303
    assert len(ehr.created) == 1


def test_the_timeline_says_the_same_in_a_picture_in_words_and_in_a_table(browser: Browser) -> None:
    address, _ = browser.open_form()
    page = browser.client.get(address.replace("/form", "/timeline")).text

    assert "<svg" in page
    assert "<table" in page
    assert "Raised by:" in page


@pytest.mark.parametrize("place", ["form", "cards", "timeline"])
def test_pages_are_never_kept_and_load_nothing_from_elsewhere(browser: Browser, place: str) -> None:
    address, _ = browser.open_form()
    answer = browser.client.get(address.replace("/form", f"/{place}"))

    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "synthetic-token" not in answer.text
    assert " style=" not in answer.text


def test_the_cookie_is_of_this_visit_and_out_of_reach_of_scripts(browser: Browser) -> None:
    cookies = browser.launch().headers.getlist("Set-Cookie")
    kept = [cookie for cookie in cookies if "Max-Age=0" not in cookie]

    assert len(kept) == 1
    assert "HttpOnly" in kept[0]
    assert "SameSite=Lax" in kept[0]
    assert "synthetic-token" not in kept[0]


def test_cards_for_this_ehr_lead_to_the_app_and_say_nothing_of_the_patient(
    settings: Settings,
) -> None:
    card = {
        "source": {"label": "x"},
        "extension": {"example.leg-soreness.knowledge": {"rule": "ls-dvt", "version": "1.0.0"}},
    }
    (found,) = with_addresses([card], OWN, settings.issuers[0])

    assert found["links"][0]["type"] == "smart"
    assert found["links"][0]["url"] == f"{OWN}/smart/launch"
    assert "links" not in card


def test_a_patient_fills_in_the_form_and_sees_no_cards(browser: Browser, ehr: SmartEhr) -> None:
    ehr.claims = {"fhirUser": f"{ehr.base}/Patient/{PATIENT}"}
    address, page = browser.open_form()
    answer = browser.client.post(address, data=browser.hidden(page) | {"present": "yes", "save": "1"})
    after = browser.client.get(answer.location.removeprefix(OWN)).text

    assert "Thank you" in after
    assert "statin" not in after
    assert "statin" not in browser.client.get(address.replace("/form", "/timeline")).text.replace(PATIENT, "")
    assert ehr.created[0]["author"] == {"reference": f"Patient/{PATIENT}"}
