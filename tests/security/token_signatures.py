"""Tokens of a wrong shape, and tokens that somebody else signed or changed."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from functools import partial

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA

from tests.security.token_making import Case, of_parts, payload, token
from tests.support.signing import (
    EC_KID,
    NOW,
    RSA_KID,
    ec_key,
    encode,
    header,
    key_set,
    public_jwk,
    rsa_key,
    sign,
)

_FOUR = 4  # base64 comes in groups of four
_ODD_PARTS: dict[str, Callable[[str], str]] = {
    "empty": lambda _part: "",
    "padded": lambda part: f"{part}=",
    "with a character of ordinary base64": lambda part: f"+{part[1:]}",
    "of a length that base64 does not have": lambda part: part[: len(part) // _FOUR * _FOUR] + "A",
}
_SIGNATURES = {
    "zero": b"\x00" * 96,
    "one byte": b"\x01",
    "short": b"\x01" * 95,
    "long": b"\x01" * 97,
    "all ones": b"\xff" * 96,
}


def misshapen() -> Iterator[Case]:
    """Whatever is not one bearer token of three parts."""
    yield of_parts("two parts", lambda *parts: list(parts[:2]), "malformed")
    yield of_parts("four parts", lambda *parts: [*parts, parts[2]], "malformed")
    yield of_parts("five parts, as JWE", lambda *parts: [*parts, *parts[:2]], "malformed")
    for index in range(3):
        for name, change in _ODD_PARTS.items():
            yield of_parts(f"part {index} {name}", partial(_changed, index, change), "malformed")
    yield Case("longer than 6 kB", lambda: token(more="x" * 6000), "malformed")
    yield Case("a line break at its end", lambda: token() + "\n", "malformed")
    yield Case("a line break within", lambda: token().replace(".", ".\n", 1), "malformed")
    yield Case("a NUL at its end", lambda: token() + "\x00", "malformed")
    yield Case("letters that only look right", lambda: token().replace("e", "\u0435", 1), "malformed")
    yield Case("another token after a comma", lambda: f"{token()},Bearer {token()}", "malformed")
    yield Case("another token after a blank", lambda: f"{token()} {token()}", "malformed")
    yield Case("nothing", lambda: "", "malformed")
    yield Case("dots", lambda: "..", "malformed")


def _changed(index: int, change: Callable[[str], str], *parts: str) -> list[str]:
    return [change(part) if place == index else part for place, part in enumerate(parts)]


def forged() -> Iterator[Case]:
    """Whatever is not signed with the key it names, by the method it names."""
    yield from _by_a_thief()
    yield from _by_another_method()
    for name, signature in _SIGNATURES.items():
        yield of_parts(f"signature {name}", partial(_signed_with, encode(signature)), "signature")
    yield Case("signature in DER", _der, "signature")
    yield of_parts("signature of another token", lambda a, b, _: [a, b, token().split(".")[2]], "signature")
    yield of_parts("claims of another token", lambda a, _, c: [a, token().split(".")[1], c], "signature")
    later = {"exp": int(NOW) + 999}
    yield of_parts("a later end written in", lambda a, _, c: [a, encode(payload(**later)), c], "signature")


def _by_a_thief() -> Iterator[Case]:
    thief = ec_key("thief")
    own = public_jwk(thief, EC_KID)
    for name, head, reason in (
        ("another key under the right name", header(), "signature"),
        ("its own key in the header", header(jwk=own), "signature"),
        ("its own key, its own name", header(jwk=own, kid="x"), "kid"),
        ("its own x5u", header(x5u="https://thief.example"), "signature"),
    ):
        yield Case(name, partial(_signed, head, thief), reason)
    yield Case("another RSA key", partial(_signed, header("RS384"), rsa_key("thief")), "signature")


def _by_another_method() -> Iterator[Case]:
    for alg in ("HS256", "HS384", "HS512"):
        yield Case(f"the public key as the secret of {alg}", partial(_confused, alg), "algorithm")
    yield Case("ES384 with the name of an RSA key", partial(_signed, header(kid=RSA_KID), None), "algorithm")
    yield Case(
        "RS384 with the name of an EC key", partial(_signed, header("RS384", kid=EC_KID), None), "algorithm"
    )
    yield Case("RS384 said, ES384 done", partial(_signed, header("RS384"), ec_key(), "ES384"), "signature")
    for alg in ("RS256", "PS384"):
        yield Case(f"RS384 said, {alg} done", partial(_signed, header("RS384"), rsa_key(), alg), "signature")


def _signed(head: dict[str, object], key: object, alg: str = "") -> str:
    return sign(head, payload(), key, alg)


def _signed_with(signature: str, head: str, body: str, _signature: str) -> list[str]:
    return [head, body, signature]


def _confused(alg: str) -> str:
    text = f"{encode(header(alg=alg))}.{encode(payload())}"
    return f"{text}.{encode(hmac.new(key_set(), text.encode(), getattr(hashlib, f'sha{alg[2:]}')).digest())}"


def _der() -> str:
    text = f"{encode(header())}.{encode(payload())}"
    return f"{text}.{encode(ec_key().sign(text.encode(), ECDSA(hashes.SHA384())))}"
