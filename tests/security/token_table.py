"""Tokens that must not be admitted, each with the reason that goes to the log, and some that must be."""

import json
from collections.abc import Iterator

from tests.security.token_making import (
    JKU,
    Case,
    of_bytes,
    of_claim,
    of_header,
    payload,
    token,
    with_member,
)
from tests.security.token_signatures import forged, misshapen
from tests.support.signing import AUDIENCE, BASE, EC_KID, ISS, NOW, OMIT, ec_key, header, public_jwk, sign

DEEP = b'{"x":' + b"[" * 2500 + b"]" * 2500 + b"}"


def admitted() -> Iterator[Case]:
    """Tokens that real EHRs send, and their limits."""
    yield Case("as it should be", token)
    yield Case("RS384", lambda: sign(header("RS384"), payload()))
    yield of_header("typ", OMIT, "")
    yield of_header("jku", JKU, "")
    for name in ("jwk", "x5c", "x5u", "x5t", "cty"):  # never looked at
        yield Case(f"header {name} of a thief", lambda name=name: _with_key_of_a_thief(name))
    for aud in ([AUDIENCE], ["https://other.example", AUDIENCE], "alias-typed-in"):
        yield of_claim("aud", aud, "")
    for name, value in (("sub", "client-id"), ("jti", "j" * 256), ("jti", "1"), ("tenant", "süd")):
        yield of_claim(name, value, "")
    yield of_claim("nbf", int(NOW) - 300, "")  # as Epic sends it
    yield of_claim("nbf", NOW + 30, "")
    yield of_claim("iat", int(NOW) + 30, "")
    yield of_claim("iat", NOW - 0.5, "")
    yield Case("just before its end, seen by a clock 30 s late", lambda: token(iat=NOW - 329, exp=NOW - 29.5))
    yield Case("an hour long", lambda: token(iat=int(NOW), exp=int(NOW) + 3600))
    yield Case("a second long", lambda: token(iat=int(NOW), exp=int(NOW) + 1))
    yield of_claim("https://ehr.example/extension", {"deep": [1, {"a": None}]}, "")


def _with_key_of_a_thief(name: str) -> str:
    return sign(header(**{name: public_jwk(ec_key("thief"), EC_KID)}), payload())


def refused() -> Iterator[Case]:
    """Every way of being wrong that the specification of this check names."""
    yield from misshapen()
    yield from forged()
    yield from _headers()
    yield from _hostile_headers()
    yield from _hostile_claims()
    yield from _times()
    yield from _names()
    yield from _audiences()


def _headers() -> Iterator[Case]:
    for alg in ("none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "ES256", "ES512", "ES256K"):
        yield of_header("alg", alg, "algorithm")
    for alg in ("RS256", "RS512", "PS384", "EdDSA", "es384", "ES384 ", "rs384", "dir", "A128KW"):
        yield of_header("alg", alg, "algorithm")
    for value in (OMIT, None, 1, True, ["ES384"], {"alg": "ES384"}):
        yield of_header("alg", value, "header")
    for value in (OMIT, None, "", 1, True, [EC_KID], {"kid": EC_KID}, "k" * 201):
        yield of_header("kid", value, "header")
    for kid in (
        "unknown",
        EC_KID.upper(),
        f"{EC_KID} ",
        "k" * 200,
        "../../etc/passwd",
        "' OR 1=1 --",
        "\x00",
    ):
        yield of_header("kid", kid, "kid")
    for typ in ("jwt", "at+jwt", "JWE", "", None, 1, ["JWT"]):
        yield of_header("typ", typ, "header")
    for name, value in (("crit", ["exp"]), ("crit", []), ("crit", ["b64"]), ("b64", False), ("zip", "DEF")):
        yield of_header(name, value, "header")
    yield of_header("b64", True, "header")
    yield of_header("zip", None, "header")
    for jku in ("https://thief.example/keys", JKU + "#", JKU.upper(), JKU + "&x=1", "", "file:///keys"):
        yield of_header("jku", jku, "jku")
    for jku in (None, 1, [JKU]):
        yield of_header("jku", jku, "header")


def _hostile_headers() -> Iterator[Case]:
    plain = json.dumps(header()).encode()
    yield of_bytes("header an array", b'["ES384"]', None, "header")
    yield of_bytes("header a text", b'"ES384"', None, "header")
    yield of_bytes("header null", b"null", None, "header")
    yield of_bytes("header no JSON", b"alg=ES384", None, "malformed")
    yield of_bytes("header in UTF-16", json.dumps(header()).encode("utf-16"), None, "malformed")
    yield of_bytes("header with a BOM", b"\xef\xbb\xbf" + plain, None, "malformed")
    yield of_bytes("header nested deep", DEEP, None, "malformed")
    yield of_bytes("header with a NUL", plain + b"\x00", None, "malformed")
    yield with_member("header with 4310 digits", "header", b'"x":' + b"9" * 4310, "malformed")
    yield with_member("header with NaN", "header", b'"x":NaN', "malformed")
    yield with_member("header says alg twice", "header", b'"alg":"ES384"', "malformed")
    yield with_member("header says kid twice, escaped", "header", rb'"k\u0069d":"x"', "malformed")
    yield with_member("header with half a character", "header", rb'"kid2":"\ud800"', "malformed")
    yield with_member("header not UTF-8", "header", b'"x":"\xff"', "malformed")


def _hostile_claims() -> Iterator[Case]:
    yield of_bytes("claims an array", None, b'["iss"]', "issuer")
    yield of_bytes("claims a number", None, b"5", "issuer")
    yield of_bytes("claims no JSON", None, b"iss", "malformed")
    yield of_bytes("claims nested deep", None, DEEP, "malformed")
    yield with_member("claims say exp twice", "claims", b'"exp":1900000000', "malformed")
    yield with_member("claims say iss twice", "claims", b'"iss":"https://thief.example"', "malformed")
    yield with_member("claims with NaN", "claims", b'"x":NaN', "malformed")
    yield with_member("claims with half a character", "claims", rb'"x":"\udfff"', "malformed")
    yield with_member("claims with endless digits", "claims", b'"nbf":' + b"9" * 3900, "claims")


def _times() -> Iterator[Case]:
    absurd = ("1900000000", True, None, [], {}, "", "now")
    for name in ("exp", "iat", "nbf"):
        for value in absurd:
            yield of_claim(name, value, "claims")
    for value in (-1, 0, 1e300, -1e300, 10**18, float(10**9)):
        yield of_claim("exp", value, "claims")
    for value in (-1, 0, 1e300, -1e300, 10**18):
        yield of_claim("iat", value, "claims")
    yield of_claim("nbf", 1e300, "time")
    yield of_claim("nbf", int(NOW) + 31, "time")
    yield of_claim("iat", int(NOW) + 31, "time")
    yield Case("expired 30 s ago", lambda: token(iat=NOW - 330, exp=NOW - 30), "time")
    yield Case("expired long ago", lambda: token(iat=NOW - 7200, exp=NOW - 7000), "time")
    yield Case("lives over an hour", lambda: token(iat=int(NOW), exp=int(NOW) + 3601), "claims")
    yield Case("lives ten years", lambda: token(exp=int(NOW) + 10 * 365 * 86_400), "claims")
    yield Case("ends as it begins", lambda: token(iat=int(NOW), exp=int(NOW)), "claims")
    yield Case("ends before it begins", lambda: token(iat=int(NOW) + 10, exp=int(NOW) + 5), "claims")


def _names() -> Iterator[Case]:
    for name in ("aud", "exp", "iat", "jti"):
        yield of_claim(name, OMIT, "claims")
    yield of_claim("iss", OMIT, "issuer")
    near_misses = (
        f"{ISS}/",
        ISS.upper(),
        ISS[:-1],
        f"{ISS} ",
        f"{ISS}\x00",
        ISS.replace("https", "http"),
        "*",
    )
    for iss in (*near_misses, "", None, 1, [ISS], {"iss": ISS}, "https://sandbox.cds-hooks.org"):
        yield of_claim("iss", iss, "issuer")
    for jti in ("", None, 1, ["x"], "j" * 257, True):
        yield of_claim("jti", jti, "claims")
    for tenant in (OMIT, "south", "North", "north ", "no"):
        yield of_claim("tenant", tenant, "tenant")
    for tenant in (None, 1, ["north"], "", "north\n", "n" * 201, "a\x00b"):
        yield of_claim("tenant", tenant, "claims")
    yield of_claim("sub", 5, "claims")


def _audiences() -> Iterator[Case]:
    others = (
        f"{BASE}/cds-services",
        f"{AUDIENCE}/",
        f"{AUDIENCE}/feedback",
        f"{AUDIENCE}-order-sign",
        AUDIENCE.upper(),
        AUDIENCE[:-1],
        BASE,
        "https://other.example/cds-services/leg-soreness",
        [f"{AUDIENCE}/", BASE],
        "alias",
    )
    for aud in others:
        yield of_claim("aud", aud, "audience")
    for aud in ([1], [AUDIENCE, 1], {"a": AUDIENCE}, 1, True, [None]):
        yield of_claim("aud", aud, "audience")
    for aud in ("", [], None):
        yield of_claim("aud", aud, "claims")
