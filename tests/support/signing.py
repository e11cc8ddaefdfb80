"""An EHR that signs its calls: its keys, its key set, and tokens that are right unless told otherwise."""

import json
from base64 import urlsafe_b64encode
from functools import cache
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt import get_algorithm_by_name
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISS = "https://ehr.example/fhir"
BASE = "https://cds.example"
AUDIENCE = f"{BASE}/cds-services/leg-soreness"
NOW = 4_000_000_000.0
EC_KID = "ec/1+a="  # base64 text, as Epic's key ids are
RSA_KID = "rsa-1"
OMIT: Any = object()
"""In place of a member: leave it out."""

Json = dict[str, Any]


@cache
def ec_key(_name: str = "ehr") -> ec.EllipticCurvePrivateKey:
    """A key on P-384, one for each name."""
    return ec.generate_private_key(ec.SECP384R1())


@cache
def rsa_key(_name: str = "ehr", bits: int = 2048) -> rsa.RSAPrivateKey:
    """An RSA key, one for each name and size."""
    return rsa.generate_private_key(65537, bits)


def public_jwk(key: Any, kid: Any, **more: Any) -> Json:
    """The public key as a member of a key set."""
    kind = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig", **more}


def private_jwk(key: Any, kid: str) -> Json:
    """The private key as a member of a key set, where it must never be."""
    kind = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    return {**kind.to_jwk(key, as_dict=True), "kid": kid}


def key_set(*keys: Any) -> bytes:
    """A key set document; without keys that of the EHR."""
    return json.dumps(
        {"keys": keys or (public_jwk(ec_key(), EC_KID), public_jwk(rsa_key(), RSA_KID))}
    ).encode()


def claims(now: float = NOW, **changed: Any) -> Json:
    """The claims of a good token, with some changed or left out."""
    good = {"iss": ISS, "aud": AUDIENCE, "exp": int(now) + 300, "iat": int(now), "jti": str(uuid4())}
    return _with(good, changed)


def header(alg: str = "ES384", **changed: Any) -> Json:
    """The header of a good token, with some members changed or left out."""
    good = {"alg": alg, "typ": "JWT", "kid": RSA_KID if alg == "RS384" else EC_KID}
    return _with(good, changed)


def sign(head: Json | bytes, payload: Json | bytes, key: Any = None, alg: str = "") -> str:
    """A token of any header and payload, signed with any key and the method `alg`."""
    method = alg or (head["alg"] if isinstance(head, dict) else "ES384")
    text = f"{encode(head)}.{encode(payload)}"
    using = key or (rsa_key() if method.startswith("RS") else ec_key())
    return f"{text}.{encode(get_algorithm_by_name(method).sign(text.encode(), using))}"


def encode(part: Json | bytes) -> str:
    """Base64url without padding."""
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def good_token(now: float = NOW, **changed: Any) -> str:
    """A token of the EHR, ES384, with some claims changed."""
    return sign(header(), claims(now, **changed))


def _with(good: Json, changed: Json) -> Json:
    return {name: value for name, value in {**good, **changed}.items() if value is not OMIT}
