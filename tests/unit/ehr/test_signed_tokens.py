import hashlib
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.ehr import signed_tokens
from cds_service.ehr.key_sets import read_key_set
from cds_service.ehr.not_admitted import NotAdmitted, Reason
from cds_service.ehr.signed_tokens import Claims, check_signature, read_claims, read_token
from tests.support.signing import (
    AUDIENCE,
    EC_KID,
    ISS,
    NOW,
    RSA_KID,
    claims,
    good_token,
    header,
    key_set,
    sign,
)

SPECIFICATION = Path(__file__).parent / "specification"
"""The example of the CDS Hooks specification, https://cds-hooks.hl7.org (Trusting CDS Clients)."""

KEYS = read_key_set(key_set())
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def reason_of(authorization: list[str]) -> Reason:
    with pytest.raises(NotAdmitted) as refusal:
        read_token(authorization)
    return refusal.value.reason


def test_the_example_of_the_specification_verifies_with_its_key() -> None:
    text = (SPECIFICATION / "token.txt").read_text().strip()
    key = read_key_set((SPECIFICATION / "keys.json").read_bytes())["example-kid"]
    token = read_token([f"Bearer {text}"])
    check_signature(
        token, key, "https://fhir-ehr.example.com/", ["https://cds.example.org/cds-services/some-service"]
    )
    said = read_claims(token, 1_422_568_860, 30, 10 * 365 * 86_400)
    assert said.jti == "ee22b021-e1b7-4611-ba5b-8eec6a33ac1e"
    assert said.tenant == "2ddd6c3a-8e9a-44c6-a305-52111ad302a2"
    assert token.header.jku == "https://fhir-ehr.example.com/jwk_uri"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer   "])
def test_the_scheme_may_be_written_in_any_case(scheme: str) -> None:
    assert read_token([f"{scheme} {good_token()}"]).iss == ISS


@pytest.mark.parametrize(
    "before", ["", "Bearer", "Basic ", "Bearer\t", "Bearer\u00a0", "Token ", " Bearer ", "Bearer: "]
)
def test_other_schemes_are_malformed(before: str) -> None:
    assert reason_of([before + good_token()]) == "malformed"


def test_no_header_is_not_the_same_as_an_empty_one() -> None:
    assert reason_of([]) == "missing"
    assert reason_of([""]) == "malformed"


def test_two_headers_are_one_too_many() -> None:
    assert reason_of([f"Bearer {good_token()}"] * 2) == "malformed"


def test_a_token_may_have_6144_characters() -> None:
    spare = signed_tokens.LONGEST - len(good_token(more=""))
    within = [good_token(more="x" * length) for length in range(spare * 3 // 4 - 4, spare * 3 // 4 + 1)]
    longest = max((token for token in within if len(token) <= signed_tokens.LONGEST), key=len)
    assert len(longest) == signed_tokens.LONGEST
    assert read_token([f"Bearer {longest}"]).text == longest
    one_more = next(
        token
        for extra in range(1, 4)
        if len(token := good_token(more="x" * (spare * 3 // 4 + extra))) > len(longest)
    )
    assert len(one_more) <= signed_tokens.LONGEST + 2
    assert reason_of([f"Bearer {one_more}"]) == "malformed"


def test_a_token_does_not_show_itself() -> None:
    assert repr(read_token([f"Bearer {good_token()}"])) == "SignedToken(***)"


def test_the_library_is_asked_for_all_it_can_check(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(jwt, "decode", lambda text, key, **options: asked.update(options, text=text, key=key))
    token = read_token([f"Bearer {good_token()}"])
    check_signature(token, KEYS[EC_KID], ISS, [AUDIENCE])
    assert asked == {
        "text": token.text,
        "key": KEYS[EC_KID],
        "algorithms": ["ES384"],
        "audience": [AUDIENCE],
        "issuer": ISS,
        "options": {
            "require": ["iss", "aud", "exp", "iat", "jti"],
            "enforce_minimum_key_length": True,
            "verify_exp": False,  # by `read_claims`
            "verify_iat": False,
            "verify_nbf": False,
        },
    }


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (jwt.InvalidSignatureError, "signature"),
        (jwt.DecodeError, "malformed"),
        (jwt.InvalidAudienceError, "audience"),
        (jwt.InvalidIssuerError, "claims"),
        (jwt.MissingRequiredClaimError, "claims"),
        (jwt.InvalidKeyError, "signature"),
    ],
)
def test_what_the_library_refuses_has_a_reason(
    monkeypatch: pytest.MonkeyPatch, error: type[jwt.PyJWTError], reason: Reason
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise error("x")

    monkeypatch.setattr(jwt, "decode", refuse)
    with pytest.raises(NotAdmitted) as refusal:
        check_signature(read_token([f"Bearer {good_token()}"]), KEYS[EC_KID], ISS, [AUDIENCE])
    assert refusal.value.reason == reason


def test_the_library_alone_would_refuse_another_algorithm_too() -> None:
    """Our check comes first; theirs must hold if ours were gone."""
    with pytest.raises(jwt.InvalidAlgorithmError):
        jwt.decode(sign(header("RS384"), claims()), KEYS[EC_KID], algorithms=["ES384"], audience=AUDIENCE)


def test_a_key_of_the_other_kind_is_refused_before_the_library_sees_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jwt, "decode", lambda *_, **__: pytest.fail("was asked"))
    with pytest.raises(NotAdmitted, match="algorithm"):
        check_signature(read_token([f"Bearer {good_token()}"]), KEYS[RSA_KID], ISS, [AUDIENCE])


@pytest.mark.parametrize("issuer", ["https://ehr.example", "https://other.example", ""])
def test_the_issuer_is_checked_with_the_signature(issuer: str) -> None:
    with pytest.raises(NotAdmitted, match="claims"):
        check_signature(read_token([f"Bearer {good_token()}"]), KEYS[EC_KID], issuer, [AUDIENCE])


def claims_of(**changed: Any) -> Claims:
    return read_claims(read_token([f"Bearer {good_token(**changed)}"]), NOW, 30, 3600)


def test_the_claims_say_when_and_for_whom() -> None:
    said = claims_of(tenant="north", nbf=NOW - 300, jti="j")
    assert said == Claims(iss=ISS, exp=NOW + 300, iat=NOW, jti="j", nbf=NOW - 300, tenant="north")


def test_a_tenant_has_up_to_200_characters() -> None:
    assert claims_of(tenant="n" * 200).tenant == "n" * 200
    for tenant in ("n" * 201, "", "\x1f", "\x7f", "n\n"):
        with pytest.raises(NotAdmitted, match="claims"):
            claims_of(tenant=tenant)


def test_what_is_optional_may_be_missing() -> None:
    assert claims_of().tenant == ""
    assert claims_of().nbf == -float("inf")


def test_the_digest_is_a_hash_of_issuer_and_jti() -> None:
    iss = ISS.encode()
    expected = hashlib.sha256(len(iss).to_bytes(4, "big") + iss + b"j").digest()
    assert claims_of(jti="j").digest() == expected


@given(NAMES, NAMES, NAMES, NAMES)
def test_only_the_same_issuer_and_jti_have_the_same_digest(iss: str, jti: str, iss2: str, jti2: str) -> None:
    def digest(iss: str, jti: str) -> bytes:
        return Claims(iss=iss, jti=jti, exp=1, iat=0).digest()

    assert (digest(iss, jti) == digest(iss2, jti2)) == ((iss, jti) == (iss2, jti2))
    assert digest(iss + jti, jti2) != digest(iss, jti + jti2) or not jti
