"""The public keys of an issuer: what is usable of a key set (JWK Set), by key id."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from msgspec import Struct

LARGEST = 256 * 1024  # bytes of a key set
_MOST_KEYS = 100
_RSA_BITS = 2048  # the least
_ALGORITHMS = {"RSA": "RS384", "EC": "ES384"}
_SECRET = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class KeysUnavailable(Exception):  # noqa: N818 - a state of the issuer, told to the operator
    """An issuer's keys cannot be had; `reason` is one of a closed set."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Key(Struct, frozen=True):
    """One key of a set. `public` is there when tokens can be verified with it, `why_not` when they cannot."""

    kid: str
    kty: str
    alg: str = ""
    public: jwt.PyJWK | None = None
    why_not: str = ""


KeySet = Mapping[str, jwt.PyJWK]
"""The usable keys by their ids."""


class _Useless(Exception):  # noqa: N818 - it never leaves this module
    """A key that can be read and must not be used; the message says why."""


class _Document(Struct):
    keys: list[Any]


def read_key_set(document: bytes) -> KeySet:
    """The usable keys of a JWK Set. A broken key beside good ones is left out.

    Raises `KeysUnavailable` when the document is no key set, too large, or has no usable key.
    """
    usable = {key.kid: key.public for key in list_keys(document) if key.public is not None}
    if not usable:
        raise KeysUnavailable("no-usable-key")
    return usable


def list_keys(document: bytes) -> list[Key]:
    """All keys of a JWK Set in its order. Raises `KeysUnavailable` when it is none, or too large."""
    return _tell_apart([_read_key(member) for member in _members(document)])


def _members(document: bytes) -> list[Any]:
    if len(document) > LARGEST:
        raise KeysUnavailable("too-large")
    try:
        members = msgspec.json.decode(document, type=_Document).keys
    except (msgspec.DecodeError, RecursionError) as error:
        raise KeysUnavailable("not-a-key-set") from error
    if len(members) > _MOST_KEYS:
        raise KeysUnavailable("too-many-keys")
    return members


def _tell_apart(keys: Sequence[Key]) -> list[Key]:
    """A key id that two usable keys have names neither of them."""
    times = Counter(key.kid for key in keys if key.public is not None)
    return [
        Key(kid=key.kid, kty=key.kty, alg=key.alg, why_not="another key has this kid")
        if key.public is not None and times[key.kid] > 1
        else key
        for key in keys
    ]


def _read_key(member: Any) -> Key:
    said = member if isinstance(member, dict) else {}
    kid, kty, alg = (
        text if isinstance(text := said.get(name), str) else "" for name in ("kid", "kty", "alg")
    )
    try:
        public = _public_key(said)
    except _Useless as error:
        return Key(kid=kid, kty=kty, alg=alg, why_not=str(error))
    except Exception as error:  # noqa: BLE001 - whatever ails one key, it is told and the others count
        return Key(kid=kid, kty=kty, alg=alg, why_not=f"cannot be read ({type(error).__name__})")
    return Key(kid=kid, kty=kty, alg=public.algorithm_name, public=public)


def _public_key(said: Mapping[str, Any]) -> jwt.PyJWK:
    """Raises `_Useless`, or whatever PyJWT and cryptography raise for broken keys."""
    kid, kty = said.get("kid"), said.get("kty")
    if not isinstance(kid, str) or not kid:
        raise _Useless("has no kid")
    if kty not in _ALGORITHMS:
        raise _Useless("is neither RSA nor EC")
    if not _SECRET.isdisjoint(said):
        raise _Useless("is a private key")
    if kty == "EC" and said.get("crv") != "P-384":
        raise _Useless("is not on the curve P-384")
    if said.get("alg", _ALGORITHMS[kty]) != _ALGORITHMS[kty]:
        raise _Useless(f"is for another algorithm than {_ALGORITHMS[kty]}")
    if said.get("use", "sig") != "sig" or "verify" not in said.get("key_ops", ["verify"]):
        raise _Useless("is not for signatures")
    key = jwt.PyJWK(dict(said), _ALGORITHMS[kty])
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < _RSA_BITS:
        raise _Useless(f"has fewer than {_RSA_BITS} bits")
    return key
