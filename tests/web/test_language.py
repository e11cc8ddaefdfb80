"""The language of an answer: the issuer's, else the caller's Accept-Language, else English."""

import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds_service.fixtures import patients
from cds_service.knowledge import Knowledge
from cds_service.review import review
from cds_service.settings import Database, Settings
from cds_service.store import Store, migrate_store, open_store
from cds_service.web import create_app
from cds_service.web.process import Process
from tests.support.gate import issuer_with_file, settings
from tests.support.signing import good_token

URL = "/cds-services/leg-soreness"
STORY = next(found for found in patients() if found.id == "statin-three-weeks-old")
ENGLISH, SPANISH = (
    "Leg soreness: best supported by chart:",
    "Dolor de piernas: lo más apoyado por la historia:",
)


@pytest.fixture
def open_client(knowledge: Knowledge) -> FlaskClient:
    return create_app(knowledge, Settings(), review).test_client()


def body() -> Any:
    return STORY.hook_request(datetime.now(UTC).date())


def ask(client: FlaskClient, accepted: str | None) -> TestResponse:
    headers = {} if accepted is None else {"Accept-Language": accepted}
    answer = client.post(URL, json=body(), headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def language_of(answer: TestResponse) -> str:
    """The language of the cards, which is what the header says."""
    summary = answer.get_json()["cards"][-1]["summary"]
    said = {ENGLISH: "en", SPANISH: "es"}[
        next(start for start in (ENGLISH, SPANISH) if summary.startswith(start))
    ]
    assert answer.headers["Content-Language"] == said
    return said


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "en"),
        ("es", "es"),
        ("es-MX", "es"),
        ("ES-419,es;q=0.9,en;q=0.8", "es"),
        ("en;q=0.3, es;q=0.7", "es"),
        ("en, es;q=0.9", "en"),
        ("fr, es;q=0.5", "es"),
        ("fr", "en"),
        ("*", "en"),
        ("es;q=0", "en"),
        ("es;q=nonsense, ,;;==", "en"),
        ("x" * 3000, "en"),
    ],
)
def test_cards_come_in_the_language_accepted(
    open_client: FlaskClient, accepted: str | None, language: str
) -> None:
    assert language_of(ask(open_client, accepted)) == language


def test_languages_do_not_mix_between_calls(open_client: FlaskClient) -> None:
    said = [language_of(ask(open_client, accepted)) for accepted in ("es", "en", "es", None)]
    assert said == ["es", "en", "es", "en"]


def test_the_services_are_described_in_the_language_accepted(open_client: FlaskClient) -> None:
    spanish = open_client.get("/cds-services", headers={"Accept-Language": "es"})
    english = open_client.get("/cds-services")

    assert (spanish.headers["Content-Language"], english.headers["Content-Language"]) == ("es", "en")
    assert spanish.get_json()["services"][0]["title"] == "Dolor de piernas"
    members = ("id", "hook", "prefetch", "version", "hookVersion")
    assert [[one[name] for name in members] for one in spanish.get_json()["services"]] == [
        [one[name] for name in members] for one in english.get_json()["services"]
    ]


def test_a_page_is_shown_in_the_language_accepted(open_client: FlaskClient) -> None:
    answer = open_client.get("/source-attributes", headers={"Accept-Language": "es"})

    assert answer.headers["Content-Language"] == "es"
    assert "Accept-Language" in answer.headers["Vary"]
    assert '<html lang="es">' in answer.text
    assert "La base de cada tarjeta" in answer.text
    assert "Síntomas musculares asociados a estatinas" in answer.text
    assert "Statin-associated" not in answer.text


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    key = tmp_path / "pseudonyms.key"
    key.write_text(secrets.token_hex(32))
    database = Database(url=f"sqlite:///{tmp_path / 'store.sqlite'}", pseudonym_key_file=key)
    migrate_store(database)
    opened = open_store(database)
    yield opened
    opened.close()


@pytest.fixture
def of_issuer(knowledge: Knowledge, store: Store, tmp_path: Path) -> Callable[[str | None, str], str]:
    """The language of the cards for an issuer with a configured one."""

    def call(configured: str | None, accepted: str) -> str:
        told = settings(issuer_with_file(tmp_path, language=configured))
        client = create_app(knowledge, told, process=Process(knowledge, told, store)).test_client()
        headers = {"Authorization": f"Bearer {good_token(time.time())}", "Accept-Language": accepted}
        answer = client.post(URL, json=body(), headers=headers)
        assert answer.status_code == 200, answer.text
        return language_of(answer)

    return call


@pytest.mark.parametrize(
    ("configured", "accepted", "language"),
    [
        ("es", "en", "es"),
        ("es-AR", "en", "es"),
        ("en", "es", "en"),
        (None, "es", "es"),
        ("zz", "es", "es"),
    ],
)
def test_the_language_of_the_issuer_comes_first(
    of_issuer: Callable[[str | None, str], str], configured: str | None, accepted: str, language: str
) -> None:
    assert of_issuer(configured, accepted) == language
