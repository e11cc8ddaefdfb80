"""To an issuer whose dialect is Epic's, every suggestion has one action; to others it has what it needs."""

import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cds_service.fixtures import patients
from cds_service.knowledge import Knowledge
from cds_service.settings import Database
from cds_service.store import Store, migrate_store, open_store
from cds_service.web import create_app
from cds_service.web.process import Process
from tests.support.gate import issuer_with_file, settings
from tests.support.signing import good_token

STORY = "dry-at-eighty-two"
URL = "/cds-services/leg-soreness"


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
def suggestions(knowledge: Knowledge, store: Store, tmp_path: Path) -> Callable[[str], list[Any]]:
    """The suggestions for one patient, by the dialect of the caller."""

    def ask(dialect: str) -> list[Any]:
        told = settings(issuer_with_file(tmp_path, dialect=dialect))
        client = create_app(knowledge, told, process=Process(knowledge, told, store)).test_client()
        patient = next(found for found in patients() if found.id == STORY)
        headers = {"Authorization": f"Bearer {good_token(time.time())}"}
        answer = client.post(URL, json=patient.hook_request(datetime.now(UTC).date()), headers=headers)
        assert answer.status_code == 200, answer.text
        cards = {card["source"]["topic"]["code"]: card for card in answer.get_json()["cards"]}
        found: list[Any] = cards["ls-causes"]["suggestions"]
        return found

    return ask


def actions(found: list[Any]) -> list[Any]:
    return [action for one in found for action in one["actions"]]


def test_only_epic_gets_one_action_a_suggestion(suggestions: Callable[[str], list[Any]]) -> None:
    usual, epic = suggestions("standard"), suggestions("epic")
    assert max(len(one["actions"]) for one in usual) == 2
    assert {len(one["actions"]) for one in epic} == {1}
    assert actions(usual) == actions(epic)
    assert len({one["uuid"] for one in epic}) == len(epic)
