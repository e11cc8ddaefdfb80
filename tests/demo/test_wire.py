"""What goes over the wire between the demo EHR and the service, and that the page shows just that."""

import html
import json
import re

import jwt
import pytest
import requests

from tests.demo.conftest import CARD, ROSA, Open, StubService, text_of

CRITICAL = CARD | {"uuid": "c0", "summary": "Look now", "indicator": "critical"}


def articles(page: str) -> list[str]:
    return re.findall(r"<article.*?</article>", page, re.DOTALL)


def test_the_call_is_signed_for_its_address_and_carries_a_token_for_the_chart(
    open_chart: Open, stub: StubService, ehr: str, session: requests.Session
) -> None:
    open_chart()
    ((address, token),) = stub.calls
    (body,) = stub.bodies
    keys = jwt.PyJWKSet.from_dict(session.get(f"{ehr}/jwks.json", timeout=20).json())
    header = jwt.get_unverified_header(token)
    assert header == {"alg": "ES384", "typ": "JWT", "kid": header["kid"], "jku": f"{ehr}/jwks.json"}
    claims = jwt.decode(token, keys[header["kid"]], algorithms=["ES384"], audience=address, issuer=ehr)
    assert 0 < claims["exp"] - claims["iat"] <= 300
    assert body["context"]["patientId"] == ROSA
    assert body["fhirServer"] == f"{ehr}/fhir"
    bearer = {"Authorization": f"Bearer {body['fhirAuthorization']['access_token']}"}
    assert session.get(f"{ehr}/fhir/Patient/{ROSA}", headers=bearer, timeout=20).ok
    other = session.get(f"{ehr}/fhir/Patient/three-medicines-at-once", headers=bearer, timeout=20)
    assert other.status_code == 403


def test_part_of_the_prefetch_is_left_for_the_service_to_fetch(open_chart: Open, stub: StubService) -> None:
    page = open_chart()
    (body,) = stub.bodies
    assert list(body["prefetch"]) == ["patient"]
    assert body["prefetch"]["patient"]["id"] == ROSA
    assert "Left for the service to fetch labs" in text_of(page.text)


def test_every_opening_is_a_new_instance_with_a_new_token(open_chart: Open, stub: StubService) -> None:
    open_chart()
    open_chart()
    assert len({body["hookInstance"] for body in stub.bodies}) == 2
    assert (
        len({jwt.decode(token, options={"verify_signature": False})["jti"] for _, token in stub.calls}) == 2
    )


def test_the_page_shows_what_the_wire_carried(open_chart: Open, stub: StubService) -> None:
    stub.show(CRITICAL, CARD)
    page = open_chart()
    shown = [text_of(article) for article in articles(page.text)]
    assert len(shown) == 2
    assert shown[0].startswith("Critical Look now")
    for expected in (
        f"Warning {CARD['summary']} first line",
        "<img src=x onerror=alert(1)>",
        "Bold a",
        "Do <it> A task Accept Do nothing Accept",
        "Links Paper",
        "Source: Label <i>",
        "ls-x",
        "Reason The data are <wrong> Override",
    ):
        assert expected in shown[1]


def test_nothing_of_a_card_becomes_part_of_the_page(open_chart: Open, stub: StubService) -> None:
    stub.show(CARD)
    page = open_chart().text
    assert "<img" not in page
    assert "<b>" not in page
    assert "javascript:" not in re.sub(r"<pre.*?</pre>", "", page, flags=re.DOTALL)
    assert '<a href="http://a.example" rel="noreferrer">a</a>' in page


def test_the_json_is_shown_and_had_letter_for_letter_but_not_the_token(
    open_chart: Open, stub: StubService, session: requests.Session
) -> None:
    stub.show(CARD)
    page = open_chart()
    pres = re.findall(r"<pre[^>]*>(.*?)</pre>", page.text, re.DOTALL)
    request, answer = (json.loads(html.unescape(text)) for text in pres)
    assert answer == {"cards": [CARD]}
    (body,) = stub.bodies
    token = body["fhirAuthorization"].pop("access_token")
    assert request["fhirAuthorization"].pop("access_token") != token
    assert request == body
    assert token not in page.text
    assert session.get(f"{page.url}/answer.json", timeout=20).content == stub.answer


@pytest.mark.parametrize("status", [412, 500, 401])
def test_a_refusal_is_told_and_never_looks_like_no_cards(
    open_chart: Open, stub: StubService, status: int
) -> None:
    stub.status = status
    stub.answer = b'{"resourceType":"OperationOutcome","issue":[{"details":{"text":"Not obtained: x."}}]}'
    page = text_of(open_chart().text)
    assert f"The service answered {status}: Not obtained: x." in page
    assert "No card" not in page


@pytest.mark.parametrize("answer", [b"<html>", b"", b"[]", b'{"cards": 7}', b'{"cards": [{}]}', b"\xff"])
def test_an_answer_that_is_none_is_told(open_chart: Open, stub: StubService, answer: bytes) -> None:
    stub.answer = answer
    page = open_chart()
    assert page.status_code == 200
    assert "The answer of the service cannot be read" in text_of(page.text)
    assert "No card" not in text_of(page.text)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/patients/nobody", 404),
        ("/patients/nobody/launch", 404),
        ("/patients/nobody/soreness", 404),
        ("/openings/nothing", 404),
        (f"/patients/{ROSA}/launch?url=http://evil.example/smart/launch", 403),
    ],
)
def test_what_is_not_there_is_refused_with_a_page(
    ehr: str, session: requests.Session, path: str, status: int
) -> None:
    answer = session.get(f"{ehr}{path}", timeout=20, allow_redirects=False)
    assert answer.status_code == status
    assert "This is not possible" in answer.text


def test_a_launch_goes_to_the_app_with_a_token_that_is_good_once(ehr: str, session: requests.Session) -> None:
    answer = session.get(f"{ehr}/patients/{ROSA}/launch", timeout=20, allow_redirects=False)
    assert answer.status_code == 303
    address = answer.headers["Location"]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/smart/launch\?iss=[^&]+%2Ffhir&launch=[\w-]{43}", address)


def test_no_service_is_told(ehr: str, session: requests.Session, stub: StubService) -> None:
    stub.status = 404
    stub.answer = b"not json"
    page = session.get(f"{ehr}/patients/{ROSA}", timeout=20)
    assert "The service answered 404" in text_of(page.text)
