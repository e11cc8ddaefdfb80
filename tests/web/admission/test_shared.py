"""Client authentication over HTTP: what the workers share, and what is needed for a start."""

import time
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from cds_service.ehr import callers
from cds_service.knowledge import Knowledge
from cds_service.settings import Issuer, Settings, SettingsError
from cds_service.store import Store, StoreUnavailableError
from cds_service.store.key_orders import block_key, order_refetch, unblock_key
from cds_service.web import metrics
from cds_service.web.admission import SharedTokens
from cds_service.web.process import Process
from tests.security.token_making import payload, token
from tests.support.admission import Make, SetClock, call
from tests.support.gate import issuer, issuer_with_file
from tests.support.signing import BASE, EC_KID, header, sign
from tests.web.calls import assert_refused


def test_without_the_store_nobody_comes_in(
    client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise StoreUnavailableError("locked")

    monkeypatch.setattr(store, "use_token", fail)
    with capture_logs() as lines:
        answer = call(client, token())
    assert_refused(answer, HTTPStatus.SERVICE_UNAVAILABLE, "Tokens cannot be checked now")
    (line,) = [line for line in lines if line["event"] == "refused"]
    assert (line["status"], line["about"]) == (503, ["transient"])
    assert answer.headers["Retry-After"] == "1"
    assert call(client, token(aud="x")).status_code == HTTPStatus.UNAUTHORIZED


def test_without_the_orders_nobody_comes_in(
    client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise StoreUnavailableError("down")

    monkeypatch.setattr(store, "reading", fail)
    assert call(client, token()).status_code == HTTPStatus.SERVICE_UNAVAILABLE


def test_an_order_of_the_operator_counts(client: FlaskClient, store: Store, set_clock: SetClock) -> None:
    assert call(client, token()).status_code == HTTPStatus.OK
    store.writer.submit(lambda connection: block_key(connection, "ehr", EC_KID, "me"))
    set_clock(6)
    assert call(client, token()).status_code == HTTPStatus.UNAUTHORIZED
    assert call(client, sign(header("RS384"), payload())).status_code == HTTPStatus.OK
    store.writer.submit(lambda connection: unblock_key(connection, "ehr", EC_KID, "me"))
    set_clock(12)
    assert call(client, token()).status_code == HTTPStatus.OK


def test_orders_come_from_the_store(store: Store) -> None:
    tokens = SharedTokens(store)
    assert tokens.key_orders() == callers.KeyOrders()
    before = time.time()
    store.writer.submit(lambda connection: block_key(connection, "a", "k", "me"))
    store.writer.submit(lambda connection: block_key(connection, "a", "k", "me"))
    store.writer.submit(lambda connection: order_refetch(connection, "a", "me"))
    orders = tokens.key_orders()
    assert orders.blocked == {("a", "k")}
    assert list(orders.newer_than) == ["a"]
    assert before <= orders.newer_than["a"] <= time.time()


def test_the_age_of_the_keys_is_a_figure(client: FlaskClient) -> None:
    assert call(client, token()).status_code == HTTPStatus.OK
    (sample,) = [
        sample
        for metric in metrics.jwks_age_seconds.collect()
        for sample in metric.samples
        if sample.labels["issuer"] == "ehr"
    ]
    assert sample.value == 0


def test_fetches_are_logged(make: Make, known: Issuer, tmp_path: Path) -> None:
    client = make(known)
    with capture_logs() as lines:
        call(client, token())
        (tmp_path / "keys.json").write_bytes(b"{}")
        call(client, sign(header(kid="unknown"), payload()))
    fetches = [line for line in lines if line["event"] == "key set"]
    assert fetches == [{"event": "key set", "issuer": "ehr", "outcome": "fetched", "log_level": "info"}]


def test_a_key_file_of_no_use_stops_the_start(make: Make, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"issuers\[0\].jwks_file: .* is of no use: no-usable-key"):
        make(issuer_with_file(tmp_path, b'{"keys": []}'))


def test_without_a_store_no_issuer_can_be_checked(knowledge: Knowledge, known: Issuer) -> None:
    settings = Settings(issuers=(known,), public_base_url=BASE)
    with pytest.raises(SettingsError, match=r"database\.url is missing"):
        Process(knowledge, settings)


def test_issuers_whose_keys_are_fetched_need_no_file(make: Make) -> None:
    client = make(issuer(jku="http://127.0.0.1:1/keys"))
    assert call(client, token()).status_code == HTTPStatus.UNAUTHORIZED
