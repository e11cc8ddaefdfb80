"""The addresses on a card: its basis at this service, and the app where the EHR has it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cds_service.fixtures import patients
from cds_service.knowledge import Knowledge
from cds_service.review import review
from cds_service.settings import Server, Settings
from cds_service.web import create_app
from cds_service.web.card_links import with_addresses

REQUEST = patients()[0].hook_request(datetime.now(UTC).date())


def cards_of(knowledge: Knowledge, **settings: Any) -> list[dict[str, Any]]:
    client = create_app(knowledge, Settings(**settings), review).test_client()
    cards: list[dict[str, Any]] = client.post("/cds-services/leg-soreness", json=REQUEST).json["cards"]
    assert cards
    return cards


def test_the_source_of_every_card_is_the_anchor_of_its_rule(knowledge: Knowledge) -> None:
    for card in cards_of(knowledge, public_base_url="https://cds.example/leg"):
        rule = card["extension"]["example.leg-soreness.knowledge"]

        anchor = f"#{rule['rule']}-{rule['version']}"
        assert card["source"]["url"] == f"https://cds.example/leg/source-attributes{anchor}"


def test_in_the_sandbox_it_is_the_address_the_service_listens_at(knowledge: Knowledge) -> None:
    for card in cards_of(knowledge, server=Server(port=5123)):
        assert card["source"]["url"].startswith("http://127.0.0.1:5123/source-attributes#")


def test_where_no_address_is_known_the_card_names_none(knowledge: Knowledge) -> None:
    assert all("url" not in card["source"] for card in cards_of(knowledge, server=Server(port=0)))


@pytest.mark.parametrize("host", ["cds.evil.example", "127.0.0.1:5000@evil.example"])
def test_no_header_of_the_caller_chooses_the_address(knowledge: Knowledge, host: str) -> None:
    client = create_app(knowledge, Settings(), review).test_client()
    answer = client.post(
        "/cds-services/leg-soreness", json=REQUEST, headers={"Host": host, "X-Forwarded-Host": host}
    )

    assert "evil" not in answer.text


def test_only_an_ehr_that_has_the_app_is_sent_to_it(knowledge: Knowledge) -> None:
    (card, *_) = cards_of(knowledge)

    assert "smart" not in str(with_addresses([card], "https://cds.example", None)[0]["links"])
