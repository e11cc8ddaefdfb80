"""The pages about the basis of the cards in another language: their own words, and the words of the rules."""

import re

import pytest
from flask.testing import FlaskClient

from cds_service.knowledge import Knowledge
from cds_service.settings import Settings
from cds_service.web import create_app

FACT = re.compile(r"<code>[\w.-]+</code>|<td class=.number.>[^<]*</td>| id=.[^>]*>")
"""Names of rules and clauses, numbers, anchors."""
SPANISH = {"Accept-Language": "es-MX, es;q=0.9, en;q=0.1"}


@pytest.fixture(scope="module")
def browser(knowledge: Knowledge) -> FlaskClient:
    return create_app(knowledge, Settings()).test_client()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (
            "/rules",
            ["Libro de reglas", "Se cumple cuando", "[si ", "asociados a estatinas"],
        ),
        ("/source-attributes", ["antes que el inicio", "fuerte: ", "vigente", "de memoria, sin verificar"]),
    ],
)
def test_a_page_is_in_the_language_that_is_asked_for(
    browser: FlaskClient, path: str, words: list[str]
) -> None:
    page = browser.get(path, headers=SPANISH)
    assert page.headers["Content-Language"] == "es"
    assert "Accept-Language" in page.headers["Vary"]
    assert '<html lang="es">' in page.text
    for word in words:
        assert word in page.text
    assert "Holds when" not in page.text


@pytest.mark.parametrize("path", ["/rules", "/source-attributes"])
def test_the_numbers_and_names_of_the_rules_are_the_same(browser: FlaskClient, path: str) -> None:
    def facts(headers: dict[str, str]) -> list[str]:
        return FACT.findall(browser.get(path, headers=headers).text)

    english = facts({})
    assert len(english) > 100
    assert facts(SPANISH) == english


def test_the_vignettes_are_found_as_they_are_in_english(browser: FlaskClient) -> None:
    failed = [browser.get("/rules", headers=chosen).text.count('class="fails"') for chosen in ({}, SPANISH)]
    assert failed[0] == failed[1]
