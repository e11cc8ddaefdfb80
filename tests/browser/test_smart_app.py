"""The app as people meet it: in a real browser, with the keyboard, with and without script."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Place
from tests.support.browser import Visit


@pytest.fixture
def open_app(visit: Callable[..., Visit], place: Place) -> Callable[..., Visit]:
    """The form, reached through the EHR's launch."""

    def open_it(**options: object) -> Visit:
        return visit(place.launch, allowed="http://127.0.0.1:", **options)

    return open_it


def choose(page: Page, question: str, answer: str) -> None:
    """Answer with the keyboard alone: go to the button, press the space bar."""
    button = page.get_by_role("group", name=question).get_by_label(answer, exact=True)
    button.focus()
    page.keyboard.press("Space")
    expect(button).to_be_checked()


def type_in(page: Page, field: str, text: str) -> None:
    page.get_by_role("group", name="When did it start?").get_by_label(field).focus()
    page.keyboard.press("Control+A")
    if text:
        page.keyboard.type(text)
    else:
        page.keyboard.press("Delete")


def test_the_form_is_filled_in_with_the_keyboard_and_the_cards_follow(
    open_app: Callable[..., Visit], place: Place
) -> None:
    found = open_app()
    page = found.page
    choose(page, "In the last 2 weeks", "Yes")
    type_in(page, "Day", "")
    type_in(page, "Month", "08")
    type_in(page, "Year", "2026")
    choose(page, "Is a leg swollen?", "Left leg only")
    expect(
        page.get_by_text("Please contact your doctor or an advice line today")
        .or_(page.get_by_text("Please seek urgent medical care now"))
        .first
    ).to_be_visible()
    page.get_by_role("button", name="Save the answers").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="One-leg swelling")).to_be_visible()
    (response,) = place.ehr.created
    assert {"valueDate": "2026-08"} in [
        answer
        for item in response["item"]
        for inner in item.get("item", [])
        for answer in inner.get("answer", [])
    ]
    page.get_by_role("link", name="Timeline").click()
    expect(page.get_by_role("img").first).to_be_visible()
    expect(page.get_by_text("Aug 2026").first).to_be_visible()
    assert found.refused == []
    assert found.complaints == []


def test_a_question_appears_as_soon_as_its_answer_asks_for_it(open_app: Callable[..., Visit]) -> None:
    page = open_app().page
    minutes = page.get_by_label("How many minutes does one last?")
    choose(page, "sudden painful tightening", "No")
    expect(minutes).to_be_hidden()
    choose(page, "sudden painful tightening", "Yes")
    expect(minutes).to_be_visible()
    expect(page.get_by_role("button", name="Show the questions that follow")).to_be_hidden()


def test_without_script_the_form_works_too(open_app: Callable[..., Visit], place: Place) -> None:
    page = open_app(java_script_enabled=False).page
    minutes = page.get_by_label("How many minutes does one last?")
    choose(page, "In the last 2 weeks", "Yes")
    choose(page, "sudden painful tightening", "Yes")
    expect(minutes).to_be_hidden()
    page.get_by_role("button", name="Show the questions that follow").click()
    expect(minutes).to_be_visible()
    minutes.fill("5")
    page.get_by_role("button", name="Save the answers").click()
    expect(page.get_by_role("heading", name="Cards", level=1)).to_be_visible()

    assert len(place.ehr.created) == 1
    assert "valueInteger': 5" in str(place.ehr.created)


def test_a_wrong_date_is_told_at_the_top_and_at_the_question(open_app: Callable[..., Visit]) -> None:
    page = open_app().page
    choose(page, "In the last 2 weeks", "Yes")
    type_in(page, "Day", "31")
    type_in(page, "Month", "2")
    type_in(page, "Year", "2026")
    page.get_by_role("button", name="Save the answers").click()

    expect(page.get_by_role("heading", name="Some answers could not be read")).to_be_visible()
    expect(page.locator("#problems")).to_be_focused()
    expect(page.get_by_role("group", name="When did it start?").get_by_label("Day")).to_have_value("31")


def test_a_picture_of_each_page_can_be_taken(open_app: Callable[..., Visit], tmp_path: Path) -> None:
    """`PICTURES_DIR=docs/img pytest tests/browser -k picture` renews the pictures of the documents."""
    folder = Path(os.environ.get("PICTURES_DIR", tmp_path))
    page = open_app().page
    for name in ("form", "timeline"):
        page.goto(page.url.rpartition("/")[0] + f"/{name}")
        page.screenshot(path=folder / f"smart-{name}.png")
        assert (folder / f"smart-{name}.png").stat().st_size > 10_000
