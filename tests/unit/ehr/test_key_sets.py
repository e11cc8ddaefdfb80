from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from cds_service.ehr.key_sets import LARGEST, Key, KeysUnavailable, list_keys, read_key_set
from tests.support.gate import json_bytes
from tests.support.signing import EC_KID, RSA_KID, ec_key, key_set, private_jwk, public_jwk, rsa_key

GOOD = public_jwk(ec_key(), EC_KID)
RSA = public_jwk(rsa_key(), RSA_KID)
P256 = public_jwk(ec.generate_private_key(ec.SECP256R1()), "k")
OCT = {"kty": "oct", "k": "c2VjcmV0", "kid": "k"}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def without(jwk: dict[str, Any], name: str) -> dict[str, Any]:
    return {member: value for member, value in jwk.items() if member != name}


def test_keys_are_found_by_their_id() -> None:
    document = key_set(GOOD, RSA)
    found = read_key_set(document)
    assert {kid: key.algorithm_name for kid, key in found.items()} == {EC_KID: "ES384", RSA_KID: "RS384"}
    assert [(key.kid, key.kty, key.alg, key.why_not) for key in list_keys(document)] == [
        (EC_KID, "EC", "ES384", ""),
        (RSA_KID, "RSA", "RS384", ""),
    ]


@pytest.mark.parametrize(
    "jwk",
    [
        {**GOOD, "kid": "k", "alg": "ES384"},
        {**RSA, "kid": "k", "alg": "RS384"},
        {**without(without(GOOD, "use"), "key_ops"), "kid": "k"},
        {**GOOD, "kid": "k", "key_ops": ["verify", "wrapKey"]},
        {**GOOD, "kid": "k", "x5c": ["?"], "x5t": 1, "more": None},
    ],
)
def test_a_usable_key_is_used(jwk: dict[str, Any]) -> None:
    assert list(read_key_set(key_set(jwk))) == ["k"]


UNUSABLE = [
    ("is neither RSA nor EC", OCT),
    ("is neither RSA nor EC", {"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "k"}),
    ("is neither RSA nor EC", without(GOOD, "kty") | {"kid": "k"}),
    ("is neither RSA nor EC", {**GOOD, "kid": "k", "kty": "ec"}),
    ("is neither RSA nor EC", {**GOOD, "kid": "k", "kty": 1}),
    ("has no kid", without(GOOD, "kid")),
    ("has no kid", {**GOOD, "kid": ""}),
    ("has no kid", {**GOOD, "kid": 1}),
    ("has no kid", "text"),
    ("has no kid", None),
    ("is a private key", private_jwk(ec_key(), "k")),
    ("is a private key", private_jwk(rsa_key(), "k")),
    *(
        ("is a private key", {**RSA, "kid": "k", name: "AQAB"})
        for name in ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
    ),
    ("is not on the curve P-384", P256),
    ("is not on the curve P-384", {**GOOD, "kid": "k", "crv": "P-256"}),
    ("is not on the curve P-384", without(GOOD, "crv") | {"kid": "k"}),
    ("is for another algorithm than ES384", {**GOOD, "kid": "k", "alg": "ES256"}),
    ("is for another algorithm than ES384", {**GOOD, "kid": "k", "alg": None}),
    ("is for another algorithm than RS384", {**RSA, "kid": "k", "alg": "RS256"}),
    ("is for another algorithm than RS384", {**RSA, "kid": "k", "alg": "ES384"}),
    ("is not for signatures", {**GOOD, "kid": "k", "use": "enc"}),
    ("is not for signatures", {**GOOD, "kid": "k", "use": None}),
    ("is not for signatures", {**GOOD, "kid": "k", "key_ops": ["sign"]}),
    ("is not for signatures", {**GOOD, "kid": "k", "key_ops": []}),
    ("has fewer than 2048 bits", public_jwk(rsa_key("small", 2040), "k")),
    ("cannot be read (TypeError)", {**GOOD, "kid": "k", "key_ops": 5}),
    ("cannot be read", {**GOOD, "kid": "k", "x": "AAAA"}),
    ("cannot be read", {**GOOD, "kid": "k", "x": GOOD["y"], "y": GOOD["x"]}),  # no point of the curve
    ("cannot be read", {**GOOD, "kid": "k", "x": 5}),
    ("cannot be read", without(GOOD, "y") | {"kid": "k"}),
    ("cannot be read", {**RSA, "kid": "k", "e": ""}),
    ("cannot be read", {**RSA, "kid": "k", "e": "AA"}),
    ("cannot be read", {**RSA, "kid": "k", "n": None}),
    ("cannot be read", without(RSA, "n") | {"kid": "k"}),
]


@pytest.mark.parametrize(("why", "jwk"), UNUSABLE)
def test_a_broken_key_beside_a_good_one_is_named_and_left_out(why: str, jwk: Any) -> None:
    document = json_bytes({"keys": [jwk, GOOD]})
    assert list(read_key_set(document)) == [EC_KID]
    bad, good = list_keys(document)
    assert bad.why_not.startswith(why)
    assert bad.public is None
    assert good.why_not == ""
    assert good.public


def test_what_a_broken_key_says_of_itself_is_kept() -> None:
    (key,) = list_keys(json_bytes({"keys": [{**OCT, "alg": "HS256"}]}))
    assert key == Key(kid="k", kty="oct", alg="HS256", why_not="is neither RSA nor EC")


def test_what_an_unreadable_key_says_of_itself_is_kept() -> None:
    (key,) = list_keys(json_bytes({"keys": [{**GOOD, "kid": "k", "alg": "ES384", "x": "AAAA"}]}))
    assert key == Key(kid="k", kty="EC", alg="ES384", why_not="cannot be read (InvalidKeyError)")


def test_what_is_no_text_is_not_kept() -> None:
    (key,) = list_keys(json_bytes({"keys": [{"kty": 1, "alg": [], "kid": {}}]}))
    assert key == Key(kid="", kty="", why_not="has no kid")


def test_a_key_of_2048_bits_is_long_enough() -> None:
    assert rsa_key().key_size == 2048
    assert read_key_set(key_set(RSA))


def test_two_keys_of_one_name_are_both_left_out() -> None:
    document = key_set(GOOD, {**RSA, "kid": "two"}, public_jwk(ec_key("other"), "two"))
    assert list(read_key_set(document)) == [EC_KID]
    assert [(key.kid, key.kty, key.alg, key.why_not) for key in list_keys(document)[1:]] == [
        ("two", "RSA", "RS384", "another key has this kid"),
        ("two", "EC", "ES384", "another key has this kid"),
    ]


def test_a_broken_key_of_the_same_name_does_not_disable_the_good_one() -> None:
    document = key_set({**OCT, "kid": EC_KID}, GOOD)
    assert list(read_key_set(document)) == [EC_KID]
    assert list_keys(document)[0].why_not == "is neither RSA nor EC"


def reason(document: bytes) -> str:
    with pytest.raises(KeysUnavailable) as refusal:
        read_key_set(document)
    assert str(refusal.value) == refusal.value.reason
    return refusal.value.reason


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"keys":{}}',
        b'{"keys":null}',
        b"<html>",
        b"\xff\xfe{",
        b"[" * 5000,
        b'{"keys":[NaN]}',
    ],
)
def test_what_is_no_key_set_is_refused(document: bytes) -> None:
    assert reason(document) == "not-a-key-set"


@pytest.mark.parametrize("keys", [[], [OCT], [1, None, "x"], [GOOD, GOOD]])
def test_a_set_without_a_usable_key_is_refused(keys: list[Any]) -> None:
    assert reason(json_bytes({"keys": keys})) == "no-usable-key"


def test_a_set_is_bounded_in_bytes_and_keys() -> None:
    document = key_set(GOOD)
    assert LARGEST == 262_144
    assert read_key_set(document + b" " * (LARGEST - len(document)))
    assert reason(document + b" " * (LARGEST + 1 - len(document))) == "too-large"
    assert read_key_set(json_bytes({"keys": [OCT] * 99 + [GOOD]}))
    assert reason(json_bytes({"keys": [OCT] * 100 + [GOOD]})) == "too-many-keys"


@given(
    st.lists(JSON | st.dictionaries(st.sampled_from([*GOOD, *RSA, "d", "alg", "key_ops"]), JSON), max_size=4)
)
def test_no_junk_disables_the_good_key(junk: list[Any]) -> None:
    assert EC_KID in read_key_set(json_bytes({"keys": [*junk, GOOD]}))


@given(
    st.sampled_from([GOOD, RSA]),
    st.sampled_from(["kty", "crv", "x", "y", "n", "e", "use", "alg", "key_ops"]),
    JSON,
)
def test_a_changed_key_never_breaks_the_reading(jwk: dict[str, Any], name: str, value: Any) -> None:
    keys = [{**jwk, "kid": "k", name: value}, public_jwk(ec_key("b"), "b")]
    assert "b" in read_key_set(json_bytes({"keys": keys}))


@given(st.binary(max_size=200))
def test_any_bytes_give_keys_or_a_reason(document: bytes) -> None:
    assert reason(document) in {"not-a-key-set", "no-usable-key"}
