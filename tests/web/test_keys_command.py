"""`leg-cds keys`, as an operator types it."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from ruamel.yaml import YAML

from cds_service.cli import commands
from cds_service.cli._store import operator
from cds_service.ehr.callers import KeyOrders
from cds_service.settings import Database
from cds_service.store import Store, open_store
from cds_service.web.admission import SharedTokens
from tests.support.key_host import KeyHost, key_host, text
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
    private_jwk,
    public_jwk,
    rsa_key,
    sign,
)

PATH = "/cds-services/leg-soreness"


@pytest.fixture
def host() -> Iterator[KeyHost]:
    with key_host() as started:
        started.serve(key_set())
        yield started


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(Database(url=f"sqlite:///{tmp_path / 'store.db'}"), create=True)
    yield opened
    opened.close()


@pytest.fixture
def config(tmp_path: Path, store: Store, host: KeyHost) -> Path:
    return write(tmp_path, store, [{"name": "ehr", "iss": ISS, "jku": host.url}])


def write(folder: Path, store: Store | None, issuers: list[dict[str, object]]) -> Path:
    file = folder / "leg-cds.yaml"
    database = {"database": {"url": f"sqlite:///{store.address}"}} if store else {}
    YAML().dump({"public_base_url": BASE, "issuers": issuers, **database}, file)
    return file


def keys(*arguments: str, config: Path, typed: str = "") -> Result:
    return CliRunner().invoke(commands, ["keys", *arguments, "--config", str(config)], input=typed)


def test_show_lists_the_keys_of_an_issuer(config: Path, host: KeyHost) -> None:
    broken = {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "kid": "o"}
    host.serve(key_set(public_jwk(ec_key(), EC_KID), broken, {"kty": "RSA"}), Cache_Control="max-age=600")
    shown = keys("show", config=config)
    assert shown.stdout.splitlines() == [
        f"ehr: {host.url}, fetched now",
        f"  {EC_KID}  EC ES384  usable",
        "  o  oct HS256  is neither RSA nor EC",
        "  (no kid)  RSA   has no kid",
        "  fresh for 600 s",
    ]
    assert shown.exit_code == 0


def test_show_never_prints_a_key(config: Path, host: KeyHost) -> None:
    members = [private_jwk(ec_key(), "e"), private_jwk(rsa_key(), "r"), public_jwk(ec_key(), EC_KID)]
    host.serve(key_set(*members))
    shown = keys("show", config=config)
    assert "is a private key" in shown.output
    for member in members:
        for name in member.keys() & {"d", "p", "q", "n", "x", "y"}:
            assert member[name] not in shown.output


def test_show_says_why_there_are_no_keys(config: Path, host: KeyHost) -> None:
    host.answer = text(b"", 500)
    shown = keys("show", config=config)
    assert "its keys cannot be had: failed" in shown.stdout
    assert shown.exit_code == 1
    host.serve(json.dumps({"keys": [{"kty": "EC", "kid": "k", "crv": "P-256"}]}).encode())
    shown = keys("show", config=config)
    assert "  k  EC   is not on the curve P-384" in shown.stdout
    assert shown.exit_code == 1


def test_a_file_has_an_age(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(key_set())
    config = write(tmp_path, None, [{"name": "ehr", "iss": ISS, "jwks_file": "keys.json"}])
    shown = keys("show", config=config)
    assert f"ehr: {file}, changed 0.0 h ago" in shown.stdout
    assert shown.exit_code == 0


def test_one_issuer_can_be_chosen(tmp_path: Path, store: Store, host: KeyHost) -> None:
    issuers: list[dict[str, object]] = [
        {"name": name, "iss": f"https://{name}.example", "jku": host.url} for name in ("a", "b")
    ]
    config = write(tmp_path, store, issuers)
    assert keys("show", config=config).stdout.count("fetched now") == 2
    assert keys("show", "--issuer", "b", config=config).stdout.startswith("b: ")
    wrong = keys("show", "--issuer", "c", config=config)
    assert wrong.exit_code == 2
    assert "known: a, b" in wrong.stderr
    unclear = keys("block", "k", config=config)
    assert unclear.exit_code == 2
    assert "--issuer a or b" in unclear.stderr
    assert keys("block", "k", "--issuer", "b", config=config).exit_code == 0
    assert SharedTokens(store).key_orders() == KeyOrders(blocked=frozenset({("b", "k")}))


def test_block_and_unblock_reach_the_store(config: Path, store: Store) -> None:
    assert keys("block", EC_KID, config=config).exit_code == 0
    assert SharedTokens(store).key_orders().blocked == {("ehr", EC_KID)}
    assert f"  {EC_KID}  EC ES384  is blocked" in keys("show", config=config).stdout
    assert keys("block", "gone", config=config).exit_code == 0
    assert "  gone  is blocked and not in the set" in keys("show", config=config).stdout
    assert keys("unblock", EC_KID, config=config).exit_code == 0
    again = keys("unblock", EC_KID, config=config)
    assert (again.exit_code, again.stderr) == (1, f"{EC_KID} of ehr is not blocked.\n")
    assert SharedTokens(store).key_orders().blocked == {("ehr", "gone")}


def test_a_set_whose_keys_are_all_blocked_has_none_to_use(config: Path, host: KeyHost) -> None:
    host.serve(key_set(public_jwk(ec_key(), EC_KID)))
    keys("block", EC_KID, config=config)
    assert keys("show", config=config).exit_code == 1


def test_refresh_orders_all_workers_and_shows(config: Path, store: Store) -> None:
    before = time.time()
    shown = keys("refresh", config=config)
    assert shown.exit_code == 0
    assert "usable" in shown.stdout
    assert before <= SharedTokens(store).key_orders().newer_than["ehr"] <= time.time()


def test_orders_leave_a_line_in_the_audit_trail(config: Path, store: Store) -> None:
    for command in (["block", "k"], ["unblock", "k"], ["refresh"]):
        keys(*command, config=config)
    with store.reading() as connection:
        question = "select event, outcome, issuer, details from audit order by sequence"
        lines = connection.exec_driver_sql(question).all()
    by = operator()
    assert [(line.event, line.outcome, line.issuer, json.loads(line.details)) for line in lines] == [
        ("block-key", "done", "ehr", {"by": by, "kid": "k"}),
        ("unblock-key", "done", "ehr", {"by": by, "kid": "k"}),
        ("refresh-keys", "done", "ehr", {"by": by}),
    ]


@pytest.mark.parametrize("command", [["block", "k"], ["unblock", "k"], ["refresh"]])
def test_orders_need_a_store(tmp_path: Path, host: KeyHost, command: list[str]) -> None:
    config = write(tmp_path, None, [{"name": "ehr", "iss": ISS, "jku": host.url}])
    refused = keys(*command, config=config)
    assert refused.exit_code == 2
    assert "no database is configured" in refused.stderr


@pytest.mark.parametrize("command", [["show"], ["block", "k"], ["check", PATH]])
def test_without_issuers_there_is_nothing_to_do(tmp_path: Path, store: Store, command: list[str]) -> None:
    refused = keys(*command, config=write(tmp_path, store, []))
    assert refused.exit_code == 2
    assert "nobody is authenticated" in refused.stderr


@pytest.mark.parametrize("form", ["{}", "Bearer {}", "  {}\n"])
def test_check_says_who_would_be_admitted(config: Path, form: str) -> None:
    token = good_token(time.time(), tenant="north")
    for _ in range(2):  # it is not used up
        checked = keys("check", PATH, config=config, typed=form.format(token))
        assert checked.exit_code == 0
        assert checked.stdout == "admitted: issuer ehr, tenant north, unless it was used before\n"


Refused = Callable[[float], str]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (
            lambda now: good_token(now, aud=BASE),
            "refused: audience (issuer ehr): its aud is neither this address",
        ),
        (lambda now: good_token(now - 900), "refused: time (issuer ehr): it has expired"),
        (lambda now: good_token(now, iss="x"), "refused: issuer: its iss is"),
        (lambda now: sign(header(), claims(now), ec_key("thief")), "refused: signature (issuer ehr)"),
        (lambda _now: "", "refused: malformed: it is not one bearer token"),
    ],
)
def test_check_says_why_a_token_would_be_refused(config: Path, make: Refused, told: str) -> None:
    token = make(time.time())
    checked = keys("check", PATH, config=config, typed=token)
    assert checked.exit_code == 1
    assert told in checked.stderr
    assert not token or token not in checked.output


def test_check_knows_what_is_blocked(config: Path) -> None:
    keys("block", EC_KID, config=config)
    checked = keys("check", PATH, config=config, typed=good_token(time.time()))
    assert "refused: blocked (issuer ehr)" in checked.stderr


def test_check_tells_of_a_key_host_that_is_down(config: Path, host: KeyHost) -> None:
    host.answer = text(b"", 500)
    checked = keys("check", PATH, config=config, typed=good_token(time.time()))
    assert "key set of ehr: failed" in checked.stderr
    assert "refused: keys (issuer ehr): the keys of the issuer cannot be had" in checked.stderr


def test_the_address_is_the_one_tokens_are_for() -> None:
    assert BASE + PATH == AUDIENCE


def test_a_key_file_of_no_use_is_told_by_check_config(tmp_path: Path) -> None:
    config = write(tmp_path, None, [{"name": "ehr", "iss": ISS, "jwks_file": "keys.json"}])
    (tmp_path / "keys.json").write_bytes(key_set())
    checked = CliRunner().invoke(commands, ["check-config", str(config)])
    assert checked.exit_code == 0
    assert f"issuer ehr: keys of {tmp_path / 'keys.json'}" in checked.output
    (tmp_path / "keys.json").write_bytes(b'{"keys": []}')
    checked = CliRunner().invoke(commands, ["check-config", str(config)])
    assert checked.exit_code == 2
    assert f"issuers[0].jwks_file: {tmp_path / 'keys.json'} is of no use" in checked.stderr
