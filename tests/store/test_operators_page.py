"""The page of operators: who sees it, and what it counts."""

import time
from base64 import b64encode

import pytest
from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash

from cds_service.knowledge import load
from cds_service.settings import Operator, Settings
from cds_service.store import Store
from cds_service.store.feedback_weeks import WEEK_MICROSECONDS, Week, count_by_week
from cds_service.web import create_app
from cds_service.web.process import Process
from tests.store.cards import NOW, accept, answer, numbered, show

PASSWORD = "a long enough password"  # noqa: S105 - made up


@pytest.fixture(scope="module")
def settings() -> Settings:
    hashed = generate_password_hash(PASSWORD)
    return Settings(operators=(Operator(name="ward-lead", password_hash=hashed),))


@pytest.fixture
def browser(settings: Settings, any_store: Store) -> FlaskClient:
    knowledge = load()
    return create_app(knowledge, settings, process=Process(knowledge, settings, any_store)).test_client()


def sign_in(name: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"}


def test_an_operator_sees_the_counts(browser: FlaskClient, any_store: Store) -> None:
    now = time.time_ns() // 1000
    show(any_store, *numbered(3), at=now)
    accept(any_store, "c0")
    answer(any_store, "c1", reason_code="already-known")

    page = browser.get("/feedback", headers=sign_in("ward-lead", PASSWORD))

    assert page.status_code == 200
    assert "already-known: 1" in page.text
    assert "33.3 %" in page.text
    assert "<svg" in page.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        sign_in("ward-lead", "another password"),
        sign_in("stranger", PASSWORD),
        {"Authorization": "Bearer x"},
    ],
)
def test_nobody_else_sees_anything(browser: FlaskClient, headers: dict[str, str]) -> None:
    page = browser.get("/feedback", headers=headers)

    assert page.status_code == 401
    assert page.headers["WWW-Authenticate"].startswith("Basic")
    assert "ls-" not in page.text


def test_whoever_guesses_has_to_wait(browser: FlaskClient) -> None:
    answers = {
        browser.get("/feedback", headers=sign_in("ward-lead", f"guess {number}")).status_code
        for number in range(25)
    }

    assert 429 in answers


def test_whoever_knows_the_password_may_come_as_often_as_they_like(browser: FlaskClient) -> None:
    answers = {
        browser.get("/feedback", headers=sign_in("ward-lead", PASSWORD)).status_code for _ in range(25)
    }

    assert answers == {200}


def test_without_operators_there_is_no_page(any_store: Store) -> None:
    knowledge = load()
    app = create_app(knowledge, Settings(), process=Process(knowledge, Settings(), any_store))

    assert app.test_client().get("/feedback").status_code == 404


def test_cards_are_counted_in_the_week_they_were_shown(any_store: Store) -> None:
    show(any_store, "a", "b", at=NOW)
    show(any_store, "c", at=NOW + WEEK_MICROSECONDS)
    answer(any_store, "a", "b")
    accept(any_store, "b")

    with any_store.reading() as connection:
        (weeks,) = count_by_week(connection, 0).values()

    assert [(week.shown, week.accepted, week.overridden) for week in weeks] == [(2, 1, 1), (1, 0, 0)]
    assert (weeks[1].begins - weeks[0].begins).days == 7
    assert all(isinstance(week, Week) for week in weeks)
