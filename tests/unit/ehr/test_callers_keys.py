from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cds_service.ehr import callers
from cds_service.ehr.callers import Gatekeeper, KeyOrders, TokenStoreDown
from cds_service.ehr.not_admitted import NotAdmitted
from tests.support.gate import (
    Memory,
    Watching,
    bearer,
    gatekeeper,
    issuer,
    issuer_with_file,
    refusal,
)
from tests.support.key_host import KeyHost, key_host, text
from tests.support.signing import (
    AUDIENCE,
    EC_KID,
    ISS,
    NOW,
    RSA_KID,
    claims,
    ec_key,
    good_token,
    header,
    key_set,
    public_jwk,
    sign,
)


class TestOutages:
    def test_without_the_store_nobody_is_admitted(self, tmp_path: Path) -> None:
        class Down(Memory):
            def use_token(self, _digest: bytes, _expires: int) -> bool:
                raise TokenStoreDown

        gate = gatekeeper(issuer_with_file(tmp_path), memory=Down())
        with pytest.raises(TokenStoreDown):
            gate.admit(bearer(good_token()), AUDIENCE, NOW)
        assert refusal(gate, good_token(aud="other")) == ("audience", "ehr")

    def test_without_the_orders_nobody_is_admitted(self, tmp_path: Path) -> None:
        class Down(Memory):
            def key_orders(self) -> KeyOrders:
                raise TokenStoreDown

        gate = gatekeeper(issuer_with_file(tmp_path), memory=Down())
        with pytest.raises(TokenStoreDown):
            gate.admit(bearer(good_token()), AUDIENCE, NOW)
        assert refusal(gate, good_token(iss="https://x")) == ("issuer", "")

    @pytest.mark.parametrize("error", [TypeError, RecursionError, KeyError, MemoryError, OSError])
    def test_whatever_goes_wrong_is_a_refusal(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
    ) -> None:
        """PyJWT raised a bare TypeError for an RS384 header and an EC key."""

        def break_down(*_: Any) -> None:
            raise error

        monkeypatch.setattr(callers, "check_signature", break_down)
        with pytest.raises(NotAdmitted, match="unexpected") as refused:
            gatekeeper(issuer_with_file(tmp_path)).admit(bearer(good_token()), AUDIENCE, NOW)
        assert isinstance(refused.value.__cause__, error)

    def test_a_bug_of_the_store_is_a_refusal_too(self, tmp_path: Path) -> None:
        class Broken(Memory):
            def use_token(self, _digest: bytes, _expires: int) -> bool:
                raise ZeroDivisionError

        gate = gatekeeper(issuer_with_file(tmp_path), memory=Broken())
        assert refusal(gate, good_token())[0] == "unexpected"


class TestOrders:
    def test_a_blocked_key_is_refused_and_the_others_are_not(self, tmp_path: Path) -> None:
        memory = Memory()
        memory.orders = KeyOrders(blocked=frozenset({("ehr", EC_KID), ("other", RSA_KID)}))
        gate = gatekeeper(issuer_with_file(tmp_path), memory=memory)
        assert refusal(gate, good_token()) == ("blocked", "ehr")
        assert gate.admit(bearer(sign(header("RS384"), claims())), AUDIENCE, NOW)

    def test_an_order_reaches_everybody_within_five_seconds(self, tmp_path: Path) -> None:
        memory = Memory()
        gate = gatekeeper(issuer_with_file(tmp_path), memory=memory)
        assert gate.admit(bearer(good_token()), AUDIENCE, NOW)
        memory.orders = KeyOrders(blocked=frozenset({("ehr", EC_KID)}))
        assert gate.admit(bearer(good_token()), AUDIENCE, NOW + 4.9)
        assert memory.asked == 1
        assert refusal(gate, good_token(), NOW + 5) == ("blocked", "ehr")
        memory.orders = KeyOrders()
        assert gate.admit(bearer(good_token(NOW + 10)), AUDIENCE, NOW + 10)
        assert memory.asked == 3

    def test_a_set_is_fetched_anew_when_ordered(self, tmp_path: Path) -> None:
        memory, watch = Memory(), Watching()
        known = issuer_with_file(tmp_path)
        gate = gatekeeper(known, memory=memory, watch=watch)
        assert gate.admit(bearer(good_token()), AUDIENCE, NOW)
        memory.orders = KeyOrders(newer_than={"ehr": NOW + 1, "other": NOW + 99})
        issuer_with_file(tmp_path, key_set(public_jwk(ec_key("new"), "new")))
        assert refusal(gate, good_token(), NOW + 20) == ("kid", "ehr")
        token = sign(header(kid="new"), claims(), ec_key("new"))
        assert gate.admit(bearer(token), AUDIENCE, NOW + 20)
        assert watch.results == [("ehr", "fetched")] * 2
        assert watch.ages == [0, 0]


class TestKeyHost:
    @pytest.fixture
    def host(self) -> Iterator[KeyHost]:
        with key_host() as started:
            started.serve(key_set())
            yield started

    @pytest.fixture
    def gate(self, host: KeyHost) -> Gatekeeper:
        return gatekeeper(issuer(jku=host.url))

    def test_a_token_may_name_the_registered_set(self, gate: Gatekeeper, host: KeyHost) -> None:
        assert gate.admit(bearer(sign(header(jku=host.url), claims())), AUDIENCE, NOW)
        assert len(host.requests) == 1

    def test_no_other_set_is_ever_fetched(self, gate: Gatekeeper, host: KeyHost) -> None:
        with key_host() as canary:
            canary.serve(key_set(public_jwk(ec_key("thief"), EC_KID)))
            for member in ("jku", "x5u"):
                token = sign(header(**{member: canary.url}), claims(), ec_key("thief"))
                assert refusal(gate, token)[0] in {"jku", "signature"}
            assert canary.requests == []
        assert len(host.requests) == 1

    def test_what_is_refused_before_needs_no_keys(self, gate: Gatekeeper, host: KeyHost) -> None:
        for token in (good_token(iss="https://x"), "a.b.c", sign(header(jku="https://x"), claims())):
            refusal(gate, token)
        refusal(gate, sign(header(alg="HS384"), claims(), alg="ES384"))
        assert host.requests == []

    def test_an_outage_stops_no_known_key(self, gate: Gatekeeper, host: KeyHost) -> None:
        assert gate.admit(bearer(good_token()), AUDIENCE, NOW)
        host.stop()
        later = NOW + 3600
        assert gate.admit(bearer(good_token(later)), AUDIENCE, later)
        token = sign(header(kid="new"), claims(later), ec_key("new"))
        assert refusal(gate, token, later) == ("kid", "ehr")

    def test_a_host_that_was_never_reached_admits_nobody(self, gate: Gatekeeper, host: KeyHost) -> None:
        host.answer = text(b"", 503)
        assert refusal(gate, good_token()) == ("keys", "ehr")

    def test_a_flood_of_unknown_keys_is_few_fetches(self, gate: Gatekeeper, host: KeyHost) -> None:
        tokens = [sign(header(kid=f"k{number}"), claims(), ec_key("thief")) for number in range(40)]

        def refused(numbered: tuple[int, str]) -> str:
            return refusal(gate, numbered[1], NOW + numbered[0] / 4)[0]

        with ThreadPoolExecutor(8) as threads:
            reasons: Sequence[str] = list(threads.map(refused, enumerate(tokens)))
        assert set(reasons) == {"kid"}
        assert len(host.requests) <= 3

    def test_a_rotated_key_is_known_after_the_cooldown(self, gate: Gatekeeper, host: KeyHost) -> None:
        assert gate.admit(bearer(good_token()), AUDIENCE, NOW)
        host.serve(key_set(public_jwk(ec_key("new"), "new")))
        later = NOW + 10
        assert gate.admit(bearer(sign(header(kid="new"), claims(later), ec_key("new"))), AUDIENCE, later)
        assert refusal(gate, good_token(later), later) == ("kid", "ehr")

    def test_the_base_of_an_issuer_is_no_prefix(self, gate: Gatekeeper) -> None:
        for iss in (f"{ISS}/more", ISS[:-1]):
            assert refusal(gate, good_token(iss=iss)) == ("issuer", "")
