"""Which tokens are admitted: those of the table, and whatever Hypothesis makes of a good one."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.ehr.callers import Gatekeeper
from cds_service.ehr.not_admitted import NotAdmitted
from tests.security.token_making import Case, payload, token
from tests.security.token_table import admitted, refused
from tests.support.gate import bearer, json_bytes
from tests.support.signing import AUDIENCE, NOW, encode, header, sign

REFUSED = list(refused())
SKEW = 30
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def is_admitted(gate: Gatekeeper, authorization: list[str]) -> bool:
    """Anything but a caller or a refusal that was meant fails the test."""
    try:
        return gate.admit(authorization, AUDIENCE, NOW).name == "ehr"
    except NotAdmitted as refusal:
        if refusal.reason == "unexpected":
            pytest.fail(f"a library broke: {refusal.__cause__!r}")
        return False


@pytest.mark.parametrize("case", list(admitted()), ids=lambda case: case.name)
def test_tokens_as_ehrs_send_them_are_admitted(gate: Gatekeeper, case: Case) -> None:
    caller = gate.admit(bearer(case.make()), AUDIENCE, NOW)
    assert caller.name == "ehr"
    assert caller.tenant in {"north", "süd"}


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_wrong_tokens_are_refused_for_the_right_reason(gate: Gatekeeper, case: Case) -> None:
    with pytest.raises(NotAdmitted) as refusal:
        gate.admit(bearer(case.make()), AUDIENCE, NOW)
    assert refusal.value.reason == case.reason


def test_the_table_is_long() -> None:
    assert len(REFUSED) >= 150


@given(st.data())
def test_a_changed_character_is_never_overlooked(gate: Gatekeeper, data: st.DataObject) -> None:
    text = token()
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda character: character != text[place]))
    assert not is_admitted(gate, bearer(text[:place] + other + text[place + 1 :]))


@given(st.data())
def test_a_cut_or_lengthened_token_is_never_admitted(gate: Gatekeeper, data: st.DataObject) -> None:
    text = token()
    cut = data.draw(st.integers(0, len(text) - 1))
    assert not is_admitted(gate, bearer(text[:cut]))
    assert not is_admitted(gate, bearer(text[cut + 1 :]))
    assert not is_admitted(gate, bearer(text + data.draw(st.text("Aa0-_.", min_size=1, max_size=8))))


@given(st.lists(st.text(max_size=80), max_size=3))
def test_garbage_is_never_admitted(gate: Gatekeeper, authorization: list[str]) -> None:
    assert not is_admitted(gate, authorization)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_signed_bytes_of_any_kind_are_never_admitted(gate: Gatekeeper, head: bytes, body: bytes) -> None:
    assert not is_admitted(gate, bearer(sign(head, body)))
    assert not is_admitted(gate, bearer(sign(json_bytes(header()), body)))


@given(
    st.sampled_from(["alg", "kid", "typ", "jku", "crit", "b64", "zip"]),
    JSON | st.sampled_from(["ES256", "RS384", "none", "HS384", "JWT ", "at+jwt"]),
)
def test_no_other_header_is_admitted(gate: Gatekeeper, name: str, value: Any) -> None:
    head = header(**{name: value})
    good = head == header()
    assert is_admitted(gate, bearer(sign(head, payload(), alg="ES384"))) == good


@given(
    st.dictionaries(
        st.text(max_size=12).filter(lambda name: name not in {"alg", "kid", "typ"}), JSON, max_size=3
    )
)
def test_members_of_the_header_that_nobody_knows_change_nothing(
    gate: Gatekeeper, more: dict[str, Any]
) -> None:
    known = more.keys() & {"jku", "crit", "b64", "zip"}
    if not known and not _has_no_json(more):
        assert is_admitted(gate, bearer(sign({**more, **header()}, payload())))


@given(st.sampled_from(["iss", "aud", "tenant"]), JSON)
def test_no_other_issuer_audience_or_tenant_is_admitted(gate: Gatekeeper, name: str, value: Any) -> None:
    assert not is_admitted(gate, bearer(token(**{name: value})))


AROUND_NOW = st.integers(-4000, 4000).map(lambda seconds: int(NOW) + seconds) | st.floats(NOW - 60, NOW + 60)


@given(
    AROUND_NOW | st.integers() | st.floats(), AROUND_NOW | st.integers() | st.floats(), st.none() | AROUND_NOW
)
def test_times_are_judged_as_the_specification_says(
    gate: Gatekeeper, iat: float, exp: float, nbf: float | None
) -> None:
    times = {"iat": iat, "exp": exp} | ({} if nbf is None else {"nbf": nbf})
    right = (
        all(math.isfinite(time) for time in times.values())
        and 0 < exp - iat <= 3600
        and iat <= NOW + SKEW
        and exp > NOW - SKEW
        and (nbf is None or nbf <= NOW + SKEW)
    )
    assert is_admitted(gate, bearer(token(**times))) == right


@given(JSON, JSON)
def test_two_claims_that_are_read_as_one_never_confuse(gate: Gatekeeper, first: Any, second: Any) -> None:
    body = (
        json_bytes(payload())[:-1] + b',"jti":' + json_bytes(first) + b',"jti":' + json_bytes(second) + b"}"
    )
    assert not is_admitted(gate, bearer(f"{encode(header())}.{encode(body)}.AAAA"))
    assert not is_admitted(gate, bearer(sign(json_bytes(header()), body)))


def _has_no_json(value: Any) -> bool:
    """NaN and infinities are no JSON, half characters no Unicode."""
    text = json_bytes(value)
    return b"NaN" in text or b"Infinity" in text or b"\\ud" in text
