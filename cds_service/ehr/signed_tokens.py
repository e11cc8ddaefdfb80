"""The signed token (JWT) of a CDS client: its shape, its header, its signature, its claims.

What stands here needs neither the network nor a clock. PyJWT does the cryptography. The times are
compared here and not there, because PyJWT reads the clock itself and takes text for a number.
"""

import binascii
import hashlib
import math
import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from typing import Annotated, TypeVar

import jwt
import msgspec
from jwt.types import Options
from msgspec import UNSET, Meta, Struct, UnsetType

from cds_service.ehr.not_admitted import NotAdmitted, Reason
from cds_service.json_object import decode_members

ALGORITHMS = ("ES384", "RS384")
LONGEST = 6144  # characters of a token

_PART = "[A-Za-z0-9_-]+"
_CREDENTIALS = re.compile(rf"(?i:bearer) +({_PART})\.({_PART})\.({_PART})")
_FOUR = 4  # base64 comes in groups of four
_OPTIONS: Options = {
    "require": ["iss", "aud", "exp", "iat", "jti"],
    "enforce_minimum_key_length": True,
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}
_REASONS: tuple[tuple[type[jwt.PyJWTError], Reason], ...] = (
    (jwt.InvalidSignatureError, "signature"),
    (jwt.DecodeError, "malformed"),
    (jwt.InvalidAudienceError, "audience"),
    (jwt.InvalidTokenError, "claims"),
)

T = TypeVar("T")


class Header(Struct, frozen=True):
    """What a token says about itself. Members that are not here (`jwk`, `x5c`, `x5u`) are never looked at."""

    alg: str
    kid: Annotated[str, Meta(min_length=1, max_length=200)]
    typ: str = "JWT"
    jku: str | UnsetType = UNSET
    crit: msgspec.Raw | UnsetType = UNSET
    b64: msgspec.Raw | UnsetType = UNSET
    zip: msgspec.Raw | UnsetType = UNSET


class SignedToken(Struct, frozen=True):
    """A token that nobody has verified: `iss` may only select the issuer whose keys are tried."""

    text: str
    header: Header
    payload: bytes
    iss: str

    def __repr__(self) -> str:
        return "SignedToken(***)"


class Claims(Struct, frozen=True):
    """Claims of a token whose signature, issuer and audience hold. Times are seconds since 1970 UTC."""

    iss: str
    exp: float
    iat: float
    jti: Annotated[str, Meta(min_length=1, max_length=256)]
    nbf: float = -math.inf
    tenant: Annotated[str, Meta(pattern=r"\A[^\x00-\x1f\x7f]{1,200}\Z")] = ""

    def digest(self) -> bytes:
        """What stands for the token among those used: sha256 of issuer and `jti`, which no pair shares."""
        iss, jti = self.iss.encode(), self.jti.encode()
        return hashlib.sha256(len(iss).to_bytes(4, "big") + iss + jti).digest()


class _Issued(Struct):
    iss: str


def read_token(authorization: Sequence[str]) -> SignedToken:
    """The one bearer token of the Authorization headers of a request. Raises `NotAdmitted`."""
    if not authorization:
        raise NotAdmitted("missing")
    match = _CREDENTIALS.fullmatch(authorization[0])
    if len(authorization) > 1 or match is None:
        raise NotAdmitted("malformed")
    text = ".".join(match.groups())
    if len(text) > LONGEST:
        raise NotAdmitted("malformed")
    payload = _decode(match[2])
    header = _read(_decode(match[1]), Header, "header")
    if header.typ != "JWT" or any(member is not UNSET for member in (header.crit, header.b64, header.zip)):
        raise NotAdmitted("header")
    if header.alg not in ALGORITHMS:
        raise NotAdmitted("algorithm")
    return SignedToken(text=text, header=header, payload=payload, iss=_read(payload, _Issued, "issuer").iss)


def check_signature(token: SignedToken, key: jwt.PyJWK, issuer: str, audiences: Sequence[str]) -> None:
    """Check signature, issuer and audience with the issuer's key. Raises `NotAdmitted`."""
    if key.algorithm_name != token.header.alg:
        raise NotAdmitted("algorithm")
    try:
        jwt.decode(
            token.text,
            key,
            algorithms=[key.algorithm_name],
            audience=audiences,
            issuer=issuer,
            options=_OPTIONS,
        )
    except jwt.PyJWTError as error:
        raise NotAdmitted(_reason(error)) from error


def read_claims(token: SignedToken, now: float, skew: float, longest: float) -> Claims:
    """The claims of a token whose signature holds, valid `now` (seconds since 1970, `skew` allowed).

    `longest` is the longest life of a token in seconds. Raises `NotAdmitted`.
    """
    claims = _read(token.payload, Claims, "claims")
    if not 0 < claims.exp - claims.iat <= longest:
        raise NotAdmitted("claims")
    if not max(claims.iat, claims.nbf) - skew <= now < claims.exp + skew:
        raise NotAdmitted("time")
    return claims


def _decode(part: str) -> bytes:
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % _FOUR))
    except binascii.Error as error:
        raise NotAdmitted("malformed") from error


def _read(data: bytes, kind: type[T], reason: Reason) -> T:
    """A JSON object of a kind: what cannot be read is malformed, what is not of the kind is refused."""
    try:
        names = [name.text for name in decode_members(data)]
        if len(set(names)) < len(names):  # two readers of one token must not see two issuers
            raise NotAdmitted("malformed")
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise NotAdmitted(reason) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise NotAdmitted("malformed") from error


def _reason(error: jwt.PyJWTError) -> Reason:
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), "signature")
