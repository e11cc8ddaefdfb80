import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cds_service.ehr.callers import Caller, Gatekeeper, OpenGate
from cds_service.ehr.http import SafeHttp
from cds_service.ehr.not_admitted import NotAdmitted
from cds_service.settings import FhirServer, Limits, Settings
from tests.support.gate import (
    Memory,
    Watching,
    bearer,
    gatekeeper,
    issuer,
    issuer_with_file,
    refusal,
    settings,
)
from tests.support.signing import (
    AUDIENCE,
    NOW,
    claims,
    ec_key,
    good_token,
    header,
    key_set,
    public_jwk,
    sign,
)

SERVER = FhirServer(base="https://ehr.example/fhir")


def test_a_caller_is_its_issuer_its_tenant_and_its_servers(tmp_path: Path) -> None:
    known = issuer_with_file(tmp_path, fhir_servers=(SERVER,))
    caller = gatekeeper(known).admit(bearer(good_token(tenant="north")), AUDIENCE, NOW)
    assert caller == Caller(known, "north", (SERVER,))
    assert caller.name == "ehr"


def test_everybody_is_admitted_where_nobody_is_known() -> None:
    caller = OpenGate(Settings(fhir_servers=(SERVER,))).admit(["Bearer whatever"], AUDIENCE, NOW)
    assert caller == Caller(None, "", (SERVER,))
    assert caller.name == "open"
    assert caller.may_call("leg-soreness")


@pytest.mark.parametrize(
    ("services", "service", "may"),
    [
        ((), "a", True),
        (("a",), "a", True),
        (("a", "b"), "b", True),
        (("a",), "b", False),
        (("ab",), "a", False),
    ],
)
def test_a_caller_may_call_the_services_of_its_issuer(
    tmp_path: Path, services: tuple[str, ...], service: str, *, may: bool
) -> None:
    assert Caller(issuer_with_file(tmp_path, services=services), "", ()).may_call(service) is may


def test_an_issuer_may_narrow_the_algorithms(tmp_path: Path) -> None:
    gate = gatekeeper(issuer_with_file(tmp_path, algorithms=("RS384",)))
    assert gate.admit(bearer(sign(header("RS384"), claims())), AUDIENCE, NOW)
    assert refusal(gate, good_token()) == ("algorithm", "ehr")


def test_an_issuer_may_narrow_the_life_of_a_token(tmp_path: Path) -> None:
    gate = gatekeeper(issuer_with_file(tmp_path, max_token_seconds=900))
    assert gate.admit(bearer(good_token(exp=NOW + 900)), AUDIENCE, NOW)
    assert refusal(gate, good_token(exp=NOW + 901)) == ("claims", "ehr")


def test_without_tenants_any_tenant_is_taken(tmp_path: Path) -> None:
    gate = gatekeeper(issuer_with_file(tmp_path))
    assert gate.admit(bearer(good_token()), AUDIENCE, NOW).tenant == ""
    assert gate.admit(bearer(good_token(tenant="any")), AUDIENCE, NOW).tenant == "any"


def test_a_token_that_names_a_key_set_nobody_registered_is_refused(tmp_path: Path) -> None:
    gate = gatekeeper(issuer_with_file(tmp_path))
    token = sign(header(jku="https://ehr.example/keys"), claims())
    assert refusal(gate, token) == ("jku", "ehr")


def test_an_unknown_issuer_has_no_alias(tmp_path: Path) -> None:
    assert refusal(gatekeeper(issuer_with_file(tmp_path)), good_token(iss="https://x")) == ("issuer", "")


@pytest.mark.parametrize("seconds", [-50, -30, -20, 0, 20, 30, 50])
def test_clocks_may_differ_by_20_s_and_not_by_120_s(tmp_path: Path, seconds: int) -> None:
    gate = gatekeeper(issuer_with_file(tmp_path))
    soon_over = {"exp": NOW + seconds + 10, "iat": NOW + seconds}
    admitted = -40 < seconds <= 30
    if admitted:
        assert gate.admit(bearer(good_token(**soon_over)), AUDIENCE, NOW)
    else:
        assert refusal(gate, good_token(**soon_over)) == ("time", "ehr")


@pytest.mark.parametrize("now", [NOW - 120, NOW + 420])
def test_the_present_moment_is_that_of_the_call(tmp_path: Path, now: float) -> None:
    assert refusal(gatekeeper(issuer_with_file(tmp_path)), good_token(), now) == ("time", "ehr")


def test_the_skew_is_that_of_the_configuration(tmp_path: Path) -> None:
    known = issuer_with_file(tmp_path)
    strict = settings(known, limits=Limits(clock_skew_seconds=5))
    memory = Memory()
    gate = Gatekeeper(strict, memory, SafeHttp(Limits()), Watching())
    assert gate.admit(bearer(good_token(iat=NOW + 5, exp=NOW + 60.5)), AUDIENCE, NOW)
    assert list(memory.used.values()) == [math.ceil(NOW + 65.5)]
    assert refusal(gate, good_token(iat=NOW + 6)) == ("time", "ehr")


class TestIssuersApart:
    @pytest.fixture
    def gate(self, tmp_path: Path) -> Gatekeeper:
        for name in "ab":
            (tmp_path / name).write_bytes(key_set(public_jwk(ec_key(name), "k")))
        return gatekeeper(
            issuer(name="a", iss="https://a.example", jwks_file=tmp_path / "a", audiences=("only-a",)),
            issuer(name="b", iss="https://b.example", jwks_file=tmp_path / "b", tenants=("t",)),
        )

    def test_each_is_verified_with_its_own_keys(self, gate: Gatekeeper) -> None:
        for name in "ab":
            token = sign(header(kid="k"), claims(iss=f"https://{name}.example", tenant="t"), ec_key(name))
            assert gate.admit(bearer(token), AUDIENCE, NOW).name == name

    def test_nobody_signs_as_another(self, gate: Gatekeeper) -> None:
        token = sign(header(kid="k"), claims(iss="https://b.example", tenant="t"), ec_key("a"))
        assert refusal(gate, token) == ("signature", "b")

    def test_an_alias_of_one_is_none_of_the_other(self, gate: Gatekeeper) -> None:
        said = claims(iss="https://a.example", aud="only-a")
        assert gate.admit(bearer(sign(header(kid="k"), said, ec_key("a"))), AUDIENCE, NOW)
        said = claims(iss="https://b.example", aud="only-a", tenant="t")
        assert refusal(gate, sign(header(kid="k"), said, ec_key("b"))) == ("audience", "b")

    def test_the_same_jti_of_two_is_no_replay(self, gate: Gatekeeper) -> None:
        for name in "ab":
            said = claims(iss=f"https://{name}.example", jti="same", tenant="t")
            assert gate.admit(bearer(sign(header(kid="k"), said, ec_key(name))), AUDIENCE, NOW)


class TestReplay:
    @pytest.fixture
    def memory(self) -> Memory:
        return Memory()

    @pytest.fixture
    def gate(self, tmp_path: Path, memory: Memory) -> Gatekeeper:
        return gatekeeper(issuer_with_file(tmp_path), memory=memory)

    def test_a_token_is_good_once(self, gate: Gatekeeper, memory: Memory) -> None:
        token = good_token(exp=NOW + 299.5)
        assert gate.admit(bearer(token), AUDIENCE, NOW)
        assert refusal(gate, token) == ("replayed", "ehr")
        assert list(memory.used.values()) == [NOW + 330]  # its end and the skew, whole seconds

    def test_the_same_jti_signed_anew_is_a_replay(self, gate: Gatekeeper) -> None:
        assert gate.admit(bearer(good_token(jti="one")), AUDIENCE, NOW)
        assert refusal(gate, sign(header("RS384"), claims(jti="one", exp=NOW + 9))) == ("replayed", "ehr")

    def test_of_ten_at_a_time_one_is_admitted(self, gate: Gatekeeper) -> None:
        token = good_token()

        def admitted(_number: int) -> bool:
            try:
                return bool(gate.admit(bearer(token), AUDIENCE, NOW))
            except NotAdmitted:
                return False

        with ThreadPoolExecutor(10) as threads:
            assert sum(threads.map(admitted, range(10))) == 1

    def test_only_what_holds_otherwise_is_marked_as_used(self, gate: Gatekeeper, memory: Memory) -> None:
        refusal(gate, good_token(jti="one"), audience=f"{AUDIENCE}/feedback")
        refusal(gate, good_token(jti="one"), now=NOW + 400)
        refusal(gate, sign(header(), claims(jti="one"), ec_key("thief")))
        assert memory.used == {}
        assert gate.admit(bearer(good_token(jti="one")), AUDIENCE, NOW)

    def test_to_verify_uses_nothing_up(self, gate: Gatekeeper, memory: Memory) -> None:
        token = good_token(jti="one")
        for _ in range(2):
            assert gate.verify(bearer(token), AUDIENCE, NOW).caller.name == "ehr"
        assert memory.used == {}

    def test_tokens_from_before_the_memory_begins_are_refused(self, gate: Gatekeeper, memory: Memory) -> None:
        memory.known_since = NOW
        assert refusal(gate, good_token(iat=NOW - 31)) == ("replayed", "ehr")
        assert memory.used == {}
        assert gate.admit(bearer(good_token(iat=NOW - 30)), AUDIENCE, NOW)
