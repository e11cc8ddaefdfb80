"""What the user of the demo EHR does with a card: done, told, and shown as stored or not."""

import re

import pytest
import requests

from tests.demo.conftest import CARD, REASONS, Open, StubService, text_of


def press(
    session: requests.Session, page: requests.Response, action: str, **fields: str
) -> requests.Response:
    key = re.search(r'name="key" value="([^"]+)"', page.text)
    assert key
    return session.post(f"{page.url}/cards/c1/{action}", data={"key": key[1], **fields}, timeout=20)


def test_an_override_goes_to_the_service_with_its_reason(
    open_chart: Open, stub: StubService, session: requests.Session
) -> None:
    stub.show(CARD)
    page = press(session, open_chart(), "override", reason="data-wrong")
    ((item,),) = [body["feedback"] for body in stub.feedback]
    assert item["card"] == "c1"
    assert item["outcome"] == "overridden"
    assert item["overrideReason"] == {"reason": REASONS[0]}
    assert "Overridden: The data are <wrong>. The service stored this." in text_of(page.text)
    assert "/override" not in page.text
    assert "/accept" not in page.text


def test_accepting_does_what_is_proposed_and_tells_the_service(
    open_chart: Open, stub: StubService, session: requests.Session
) -> None:
    stub.show(CARD)
    page = press(session, open_chart(), "accept", suggestion="s1")
    ((item,),) = [body["feedback"] for body in stub.feedback]
    assert (item["outcome"], item["acceptedSuggestions"]) == ("accepted", [{"id": "s1"}])
    assert "Accepted: Do <it>. The service stored this." in text_of(page.text)
    assert "Orders and tasks What Status Date Ask again draft" in text_of(page.text)
    assert "/accept" not in page.text  # at most one


def test_of_suggestions_that_go_together_the_others_can_still_be_accepted(
    open_chart: Open, stub: StubService, session: requests.Session
) -> None:
    stub.show(CARD | {"selectionBehavior": "any"})
    page = press(session, open_chart(), "accept", suggestion="s1")
    assert 'value="s1"' not in page.text
    assert 'value="s2"' in page.text


def test_feedback_that_was_not_stored_is_told(
    open_chart: Open, stub: StubService, session: requests.Session
) -> None:
    stub.show(CARD)
    stub.feedback_status = 503
    page = press(session, open_chart(), "override", reason="data-wrong")
    assert "The service did not store this; status 503" in text_of(page.text)


@pytest.mark.parametrize(
    ("action", "fields", "status"),
    [
        ("override", {"reason": "data-wrong", "key": "guessed"}, 403),
        ("accept", {"suggestion": "s1", "key": ""}, 403),
        ("override", {"reason": "made-up"}, 400),
        ("accept", {"suggestion": "made-up"}, 400),
    ],
)
def test_what_no_page_of_ours_offers_is_refused(
    open_chart: Open,
    stub: StubService,
    session: requests.Session,
    action: str,
    fields: dict[str, str],
    status: int,
) -> None:
    stub.show(CARD)
    assert press(session, open_chart(), action, **fields).status_code == status
    assert stub.feedback == []
