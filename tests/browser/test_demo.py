"""The demo EHR as people meet it: charts, cards, answers to them, and the app, in a real browser."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Visit
from tests.support.demo import SECONDS, Demo, demo, session  # noqa: F401

Open = Callable[..., Visit]


@pytest.fixture
def open_demo(visit: Callable[..., Visit], demo: Demo) -> Open:  # noqa: F811
    """A page of the demo; nothing but this machine is ever asked."""

    def open_it(path: str, **options: object) -> Visit:
        return visit(f"{demo.ehr}{path}", allowed="http://127.0.0.1:", **options)

    return open_it


def summaries(page: Page) -> list[str]:
    return page.locator("article h3").all_inner_texts()


def choose(page: Page, question: str, answer: str) -> None:
    page.get_by_role("group", name=question).get_by_label(answer, exact=True).check()


def press(place: Locator, *keys: str) -> None:
    """Go there and type, as without a mouse."""
    place.focus()
    for key in keys:
        place.press(key)


def test_a_patient_is_picked_and_the_cards_come(open_demo: Open) -> None:
    found = open_demo("/")
    page = found.page
    page.get_by_role("link", name="Testpatient, Tilda").click()
    expect(page.get_by_role("heading", name="Testpatient, Tilda")).to_be_visible()
    first = page.get_by_role("article").first
    expect(first.get_by_text("Critical", exact=True)).to_be_visible()
    expect(first.get_by_role("heading", name="One-leg swelling and warmth")).to_be_visible()
    expect(page.get_by_role("cell", name="Breast cancer")).to_be_visible()
    assert found.refused == []
    assert found.complaints == []


@pytest.mark.parametrize("script", [True, False])
def test_an_overridden_card_is_stored_and_stays_away_at_the_next_opening(
    open_demo: Open, script: bool
) -> None:
    patient = "underactive-thyroid" if script else "heavy-legs"
    page = open_demo(f"/patients/{patient}", java_script_enabled=script).page
    card = page.get_by_role("article").first
    (summary,) = summaries(page)
    card.get_by_text("Override this card").click()
    card.get_by_label("Reason").select_option("Already known and managed")
    card.get_by_role("button", name="Override").click()
    expect(
        page.get_by_text("Overridden: Already known and managed. The service stored this.")
    ).to_be_visible()
    page.get_by_role("link", name="Open the chart again").click()
    expect(page.get_by_text("Since the chart was opened before:")).to_be_visible()
    expect(page.get_by_text(f"Gone: {summary}")).to_be_visible()
    assert summaries(page) == []
    expect(page.get_by_text("No card:")).to_be_visible()


def test_an_accepted_suggestion_becomes_an_order_in_the_chart(open_demo: Open) -> None:
    page = open_demo("/patients/swollen-warm-calf").page
    page.get_by_role("button", name="Accept: Order venous duplex of the leg").click()
    expect(
        page.get_by_text("Accepted: Order venous duplex of the leg. The service stored this.")
    ).to_be_visible()
    expect(page.get_by_role("row", name="Duplex ultrasound of the leg veins draft")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_the_cards_follow_the_reported_soreness(open_demo: Open, script: bool) -> None:
    patient = "statin-three-weeks-old" if script else "medicine-by-reference"
    page = open_demo(f"/patients/{patient}", java_script_enabled=script).page
    before = summaries(page)
    page.get_by_role("link", name="Edit the reported soreness").click()
    choose(page, "Is a leg swollen?", "Left leg only")
    page.get_by_role("button", name="Save and open the chart").click()
    expect(page.get_by_role("article").first.get_by_text("Critical", exact=True)).to_be_visible()
    after = summaries(page)
    assert after[0].startswith("One-leg swelling")
    assert after != before
    expect(page.get_by_text(f"New: {after[0]}")).to_be_visible()
    expect(page.get_by_role("row", name="Is a leg swollen? Left leg only")).to_be_visible()


def test_a_date_that_cannot_be_read_is_told_and_nothing_is_saved(open_demo: Open) -> None:
    page = open_demo("/patients/tight-blanket/soreness").page
    year = page.get_by_role("group", name="When did it start?").get_by_label("Year")
    year.fill("1")
    page.get_by_role("button", name="Save and open the chart").click()
    expect(page.get_by_role("heading", name="Some answers could not be read")).to_be_visible()
    expect(year).to_have_value("1")


def test_the_app_is_launched_and_filled_in_with_the_keyboard_and_the_chart_has_it(open_demo: Open) -> None:
    found = open_demo("/patients/gardening-weekend")
    page = found.page
    chart, began = page.url, datetime.now(UTC) - timedelta(days=80)
    press(page.get_by_role("link", name="Open the app: form and timeline"), "Enter")
    expect(page.get_by_role("heading", name="Morning leg soreness")).to_be_visible()
    swollen = page.get_by_role("group", name="Is a leg swollen?")
    press(swollen.get_by_label("Right leg only", exact=True), "Space")
    for field, text in (("Day", ""), ("Month", f"{began:%m}"), ("Year", f"{began:%Y}")):
        asked = page.get_by_role("group", name="When did it start?").get_by_label(field)
        press(asked, "Control+A", "Delete", *text)
    press(page.get_by_role("button", name="Save the answers"), "Enter")
    expect(page.get_by_role("heading", name="One-leg swelling")).to_be_visible()
    press(page.get_by_role("link", name="Timeline"), "Enter")
    expect(page.get_by_text(f"{began:%b %Y}").first).to_be_visible()
    page.goto(chart)
    press(page.get_by_role("link", name="Open the chart again"), "Enter")
    expect(page.get_by_role("heading", name="One-leg swelling")).to_be_visible()
    expect(page.get_by_role("row", name=f"When did it start? {began:%Y-%m}", exact=True)).to_be_visible()
    assert found.refused == []
    assert found.complaints == []


def test_the_link_on_a_card_opens_the_app_too(open_demo: Open) -> None:
    page = open_demo("/patients/vitamin-d-of-nine").page
    page.get_by_role("article").first.get_by_role("link", name="Questions and timeline").click()
    expect(page.get_by_role("heading", name="Morning leg soreness")).to_be_visible()


def test_the_app_opened_without_a_chart_lets_the_user_choose_the_patient(
    visit: Callable[..., Visit],
    demo: Demo,  # noqa: F811
) -> None:
    launch = f"{demo.service}/smart/launch?iss={demo.ehr}/fhir"
    found = visit(launch, allowed="http://127.0.0.1:")
    page = found.page
    expect(page.get_by_role("heading", name="Choose a patient")).to_be_visible()
    assert found.violations() == []
    page.get_by_role("link", name="Testpatient, Simon").click()
    expect(page.get_by_role("heading", name="Morning leg soreness")).to_be_visible()


def test_the_request_and_the_answer_are_shown(
    open_demo: Open,
    session: requests.Session,  # noqa: F811
) -> None:
    page = open_demo("/patients/dry-at-eighty-two").page
    page.get_by_text("The hook request").click()
    expect(page.locator("#request")).to_contain_text('"hook": "patient-view"')
    page.get_by_text("The answer of the service (status 200)").click()
    carried = session.get(f"{page.url}/answer.json", timeout=SECONDS).json()["cards"]
    assert carried
    assert summaries(page) == [card["summary"] for card in carried]
    words = {"critical": "CRITICAL", "warning": "WARNING", "info": "INFORMATION"}
    assert page.locator("article .indicator").all_inner_texts() == [
        words[card["indicator"]] for card in carried
    ]


def test_a_picture_of_it_can_be_taken(open_demo: Open, tmp_path: Path) -> None:
    """`PICTURES_DIR=docs/img pytest tests/browser -k picture` renews the pictures of the documents."""
    folder = Path(os.environ.get("PICTURES_DIR", tmp_path))
    found = open_demo("/patients/simvastatin-and-clarithromycin")
    expect(found.page.get_by_role("article").first).to_be_visible()
    found.page.screenshot(path=folder / "demo-ehr.png")
    assert (folder / "demo-ehr.png").stat().st_size > 10_000
