"""Two workers of a real server: what one of them has seen, the other knows."""

import http.client
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from ruamel.yaml import YAML

from cds_service.cli import commands
from tests.support.key_host import KeyHost, key_host, text
from tests.support.processes import running
from tests.support.signing import (
    AUDIENCE,
    BASE,
    EC_KID,
    ISS,
    claims,
    ec_key,
    good_token,
    header,
    key_set,
    public_jwk,
    sign,
)
from tests.web.calls import hook_call

PATH = "/cds-services/leg-soreness"
PATIENCE = 20.0  # s; an order needs 5, a new key 10
Call = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def host() -> Iterator[KeyHost]:
    with key_host() as started:
        started.serve(key_set())
        yield started


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, host: KeyHost) -> Path:
    folder = tmp_path_factory.mktemp("workers")
    issuer = {"name": "ehr", "iss": ISS, "jku": host.url, "per_second": 10_000, "burst": 100_000}
    chosen: dict[str, Any] = {
        "public_base_url": BASE,
        "issuers": [issuer],
        "limits": {"refusals_per_second": 10_000, "refusals_burst": 100_000},
        "database": {"url": f"sqlite:///{folder / 'store.db'}"},
    }
    file = folder / "leg-cds.yaml"
    YAML().dump(chosen, file)
    return file


@pytest.fixture(scope="module")
def url(config: Path) -> Iterator[str]:
    arguments = ["serve", "--config", str(config), "--port", "0", "--workers", "2", "--threads", "16"]
    with running("cds_service", arguments, config.with_name("log")) as served:
        yield served


@pytest.fixture
def call(url: str) -> Call:
    """Each call has a connection of its own, so that either worker may get it."""

    def post(token: str, path: str = PATH) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
        return requests.post(url + path, json=hook_call(), headers=headers, timeout=20)

    return post


def fresh(**changed: Any) -> str:
    return good_token(time.time(), **changed)


def until(holds: Callable[[], bool]) -> bool:
    """Whether something holds before the patience ends."""
    limit = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > limit:
            return False
        time.sleep(0.2)  # between two looks
    return True


def test_of_ten_parallel_uses_of_a_token_one_comes_in(call: Call) -> None:
    for _ in range(5):
        token = fresh()
        with ThreadPoolExecutor(10) as threads:
            statuses = Counter(answer.status_code for answer in threads.map(call, [token] * 10))
        assert statuses == {200: 1, 401: 9}


def test_a_token_is_good_once_whichever_worker_sees_it(call: Call) -> None:
    token = fresh()
    assert [call(token).status_code for _ in range(8)] == [200, *[401] * 7]


def test_all_refusals_are_the_same_bytes(call: Call) -> None:
    used = fresh()
    call(used)
    tokens = [
        used,
        fresh(aud="x"),
        fresh(iss="x"),
        fresh(exp=1),
        sign(header(), claims(), ec_key("thief")),
        "x",
    ]
    answers = [call(token) for token in tokens]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {"Bearer"}


def test_two_headers_are_no_way_in(url: str) -> None:
    """Written by hand: HTTP libraries join such headers."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    connection.putrequest("POST", PATH)
    for _ in range(2):
        connection.putheader("Authorization", f"Bearer {fresh()}")
    connection.putheader("Content-Length", "2")
    connection.putheader("Content-Type", "application/json")
    connection.endheaders(b"{}")
    assert connection.getresponse().status in {400, 401}
    connection.close()


def test_a_flood_of_unknown_keys_is_few_fetches(call: Call, host: KeyHost) -> None:
    assert call(fresh()).status_code == 200
    before = len(host.requests)
    tokens = [
        sign(header(kid=f"unknown-{number}"), claims(time.time()), ec_key("thief")) for number in range(40)
    ]
    with ThreadPoolExecutor(8) as threads:
        assert {answer.status_code for answer in threads.map(call, tokens)} == {401}
    assert len(host.requests) - before <= 3


def test_an_outage_or_redirect_of_the_key_host_stops_no_known_key(call: Call, host: KeyHost) -> None:
    assert all(call(fresh()).status_code == 200 for _ in range(6))  # both workers have the keys
    with key_host() as canary:
        canary.serve(key_set(public_jwk(ec_key("thief"), "thief")))
        for answer in (
            text(b"", 302, Location=canary.url),
            text(b"", 500),
            text(b" " * 300_000),
            text(b"{}"),
        ):
            host.answer = answer
            stolen = sign(header(kid="thief"), claims(time.time()), ec_key("thief"))
            assert call(stolen).status_code == 401
            assert call(fresh()).status_code == 200
        assert canary.requests == []
    host.serve(key_set())


def test_a_rotated_key_is_soon_known(call: Call, host: KeyHost) -> None:
    host.serve(key_set(public_jwk(ec_key(), EC_KID), public_jwk(ec_key("new"), "new")))

    def comes_in() -> bool:
        return call(sign(header(kid="new"), claims(time.time()), ec_key("new"))).status_code == 200

    assert until(comes_in)
    assert until(lambda: all(comes_in() for _ in range(6)))  # at both workers
    host.serve(key_set())


def test_a_blocked_key_is_refused_by_both_workers(call: Call, config: Path) -> None:
    def order(*words: str) -> None:
        ended = CliRunner().invoke(commands, ["keys", *words, "--config", str(config)])
        assert ended.exit_code == 0, ended.output

    order("block", EC_KID)
    assert until(lambda: all(call(fresh()).status_code == 401 for _ in range(8)))
    order("unblock", EC_KID)
    assert until(lambda: all(call(fresh()).status_code == 200 for _ in range(8)))


def test_the_address_of_a_token_is_the_configured_one() -> None:
    assert BASE + PATH == AUDIENCE


def test_no_token_reaches_the_log(call: Call, config: Path) -> None:
    token = fresh(jti="a-jti-of-the-tests", tenant="north")
    call(token)
    call(token)
    call(token, f"{PATH}/feedback")
    log = config.with_name("log")
    assert until(lambda: '"replayed"' in log.read_text())
    written = log.read_text()
    for part in token.split("."):
        assert part not in written
    assert "a-jti-of-the-tests" not in written
    assert '"issuer": "ehr"' in written
