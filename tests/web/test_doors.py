"""How often somebody may call, and what happens to those who fail too often."""

import time
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.knowledge import Knowledge
from cds_service.settings import Database, Settings
from cds_service.store import migrate_store, open_store
from cds_service.web import create_app
from cds_service.web.process import Process
from tests.support.signing import BASE, ISS, good_token, key_set
from tests.web.calls import assert_refused, hook_call

URL = "/cds-services/leg-soreness"


@pytest.fixture
def make(knowledge: Knowledge, tmp_path: Path) -> Any:
    def client(limits: dict[str, Any] | None = None, **issuer: Any) -> FlaskClient:
        keys = tmp_path / "keys.json"
        keys.write_bytes(key_set())
        database = Database(url=f"sqlite:///{tmp_path / 'store.db'}")
        migrate_store(database)
        settings = Settings.model_validate(
            {
                "public_base_url": BASE,
                "limits": limits or {},
                "issuers": [{"name": "ehr", "iss": ISS, "jwks_file": keys, **issuer}],
                "database": database,
            }
        )
        process = Process(knowledge, settings, open_store(database))
        return create_app(knowledge, settings, process=process).test_client()

    return client


def post(client: FlaskClient, token: str, **environ: str) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return client.post(URL, json=hook_call(), headers=headers, environ_overrides=environ)


@pytest.fixture
def now() -> float:
    return time.time()


def test_a_caller_may_call_so_often_and_then_is_told_when_to_come_back(make: Any, now: float) -> None:
    client = make(per_second=0.01, burst=2)
    assert [post(client, good_token(now)).status_code for _ in range(2)] == [200, 200]
    answer = post(client, good_token(now))
    assert_refused(answer, 429, "throttled")
    assert 1 <= int(answer.headers["Retry-After"]) <= 100


def test_a_caller_that_fails_too_often_is_told_to_wait(make: Any) -> None:
    client = make(limits={"refusals_per_second": 0.01, "refusals_burst": 2})
    assert [post(client, "no.to.ken").status_code for _ in range(2)] == [401, 401]
    answer = post(client, "no.to.ken")
    assert_refused(answer, 429, "throttled")
    assert answer.headers["Retry-After"]


def test_a_valid_token_is_let_in_whoever_else_fails_from_the_same_address(make: Any, now: float) -> None:
    client = make(limits={"refusals_per_second": 0.01, "refusals_burst": 1})
    assert [post(client, "no.to.ken").status_code for _ in range(2)] == [401, 429]
    assert post(client, good_token(now)).status_code == 200


@pytest.mark.parametrize(
    ("peer", "forwarded", "status"),
    [
        ("127.0.0.1", ("10.0.0.1", "10.0.0.2"), 401),  # our proxy tells two apart
        ("127.0.0.1", ("10.0.0.1", "10.0.0.9, 10.0.0.1"), 429),  # what the caller writes does not count
        ("192.0.2.1", ("10.0.0.1", "10.0.0.2"), 429),  # nobody's proxy is not believed
    ],
)
def test_callers_behind_our_proxy_are_told_apart(
    make: Any, peer: str, forwarded: tuple[str, str], status: int
) -> None:
    client = make(limits={"refusals_per_second": 0.01, "refusals_burst": 1})
    answers = [
        post(client, "no.to.ken", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=address) for address in forwarded
    ]
    assert [answer.status_code for answer in answers] == [401, status]


def test_nobody_is_limited_where_nobody_is_authenticated(knowledge: Knowledge) -> None:
    client = create_app(knowledge, Settings()).test_client()
    assert {client.post(URL, json=hook_call()).status_code for _ in range(150)} == {200}
