"""The app in the language of the EHR it is opened from, else of the browser."""

import html

import msgspec
import pytest

from cds_service.knowledge import Knowledge
from cds_service.settings import Settings
from cds_service.web import create_app
from cds_service.web.process import Process
from tests.support.smart_ehr import SmartEhr
from tests.web.smart.conftest import OWN, Browser


@pytest.fixture
def spanish(browser: Browser) -> Browser:
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "es-ES,es;q=0.9"
    return browser


def test_the_form_is_in_the_language_of_the_browser(spanish: Browser) -> None:
    _, page = spanish.open_form()

    assert '<html lang="es">' in page
    assert "¿Cuándo empezó?" in page
    assert "Pantorrilla" in page
    assert "When did it start?" not in page


def test_answers_keep_their_codes_whatever_the_language(spanish: Browser, ehr: SmartEhr) -> None:
    address, page = spanish.open_form()
    fields = spanish.hidden(page) | {"present": "yes", "side": "both", "save": "1"}
    answer = spanish.client.post(address, data=fields, headers={"Origin": OWN})

    (response,) = ehr.created
    codes = [
        one["valueCoding"]["code"]
        for item in msgspec.json.decode(msgspec.json.encode(response))["item"]
        for one in [*item.get("answer", []), *(a for i in item.get("item", []) for a in i.get("answer", []))]
        if "valueCoding" in one
    ]
    assert answer.status_code == 303
    assert {"yes", "both"} <= set(codes)


def test_what_is_wrong_with_an_answer_is_said_in_the_language(spanish: Browser) -> None:
    address, page = spanish.open_form()
    fields = spanish.hidden(page) | {"present": "yes", "severity": "99", "days-week": "x", "save": "1"}
    answer = spanish.client.post(address, data=fields, headers={"Origin": OWN})

    assert answer.status_code == 422
    assert "Escriba un número" in answer.text
    assert "No se pudieron leer algunas respuestas" in answer.text


def test_cards_and_timeline_are_in_the_language(spanish: Browser) -> None:
    address, _ = spanish.open_form()
    cards = html.unescape(spanish.client.get(address.replace("/form", "/cards")).text)
    timeline = html.unescape(spanish.client.get(address.replace("/form", "/timeline")).text)

    assert "Dolor de piernas: lo más apoyado por la historia" in cards
    assert "Cronología" in timeline
    assert "aún lo toma" in timeline
    assert "Síntomas musculares asociados a estatinas" in timeline
    assert "still taken" not in timeline


def test_the_language_of_the_issuer_comes_before_that_of_the_browser(
    knowledge: Knowledge, settings: Settings, process: Process, ehr: SmartEhr
) -> None:
    issuer = settings.issuers[0].model_copy(update={"language": "es"})
    told = settings.model_copy(update={"issuers": (issuer,)})
    browser = Browser(create_app(knowledge, told, process=process).test_client(), ehr)
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    address = browser.launch().location.removeprefix(OWN)
    answer = browser.client.get(address)

    assert answer.headers["Content-Language"] == "es"
    assert "¿Cuándo empezó?" in answer.text


def test_a_refusal_is_said_in_the_language(spanish: Browser) -> None:
    refused = spanish.client.get("/smart/callback?state=none&code=1")

    assert refused.status_code == 400
    assert "Esta apertura no es de este navegador" in refused.text
