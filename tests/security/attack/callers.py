"""Callers: who sends no token, a forged one, or one in the wrong place."""

import hashlib
import hmac
import time
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.security.attack.registry import attack
from tests.security.attack.stage import FEEDBACK, PATH, Stage, hook
from tests.security.attack.wire import request
from tests.support.signing import (
    EC_KID,
    RSA_KID,
    claims,
    ec_key,
    encode,
    header,
    key_set,
    public_jwk,
    rsa_key,
    sign,
)

HOSTILE_KIDS = (
    "unknown", "", None, 1, True, ["x"], {"kid": EC_KID}, "../../etc/passwd", "' OR 1=1 --", "\x00",
    "k" * 5000, "é", "%0d%0aX: y", EC_KID.upper(), "http://169.254.169.254/",
)  # fmt: skip


def refused(stage: Stage, *tokens: str, status: tuple[int, ...] = (401,)) -> None:
    """None of the tokens comes in."""
    for token in tokens:
        answer = stage.call(token=stage.remember(token))
        assert answer.status in status, f"{answer.status} for {token[:60]!r}"


@attack(6)
def no_header(stage: Stage) -> None:
    answer = stage.call(token="")
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@attack(7)
def garbage(stage: Stage) -> None:
    good = stage.token()
    for value in ("x", "Bearer", "Bearer x", "Bearer a.b", "Bearer ..", "Basic YTpi", f"Token {good}", good):
        answer = stage.call(Authorization=value)
        assert answer.status == 401, value[:20]


@attack(8)
def alg_none(stage: Stage) -> None:
    for alg in ("none", "None", "NONE", "nOnE", "", "null"):
        head = encode(header(alg=alg))
        payload = encode(claims(time.time(), tenant="north"))
        refused(stage, f"{head}.{payload}.", f"{head}.{payload}.{stage.token().split('.')[2]}")


def _confused() -> Iterator[str]:
    """Tokens signed with the public key as if it were a shared secret."""
    public = ec_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    rsa = rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for bits in (256, 384, 512):
        for kid, secret in ((EC_KID, public), (RSA_KID, rsa), (EC_KID, key_set())):
            said = f"{encode(header(f'HS{bits}', kid=kid))}.{encode(claims(time.time(), tenant='north'))}"
            yield f"{said}.{encode(hmac.new(secret, said.encode(), getattr(hashlib, f'sha{bits}')).digest())}"


@attack(9)
def public_key_as_secret(stage: Stage) -> None:
    refused(stage, *_confused())


@attack(10)
def own_key_in_the_header(stage: Stage) -> None:
    thief = ec_key("thief")
    for kid in (EC_KID, "thief"):
        refused(stage, stage.signed(header(kid=kid, jwk=public_jwk(thief, kid)), thief))


@attack(11)
def own_key_set_named(stage: Stage) -> None:
    where, thief = stage.canary_keys.url, ec_key("thief")
    for name in ("jku", "x5u"):
        for kid in ("thief", EC_KID):
            refused(stage, stage.signed(header(kid=kid, **{name: where}), thief))
    assert stage.astray() == 0


@attack(12)
def another_key_under_the_right_name(stage: Stage) -> None:
    refused(stage, stage.signed(key=ec_key("thief")), stage.signed(header("RS384"), rsa_key("thief")))


@attack(13)
def hostile_key_names(stage: Stage) -> None:
    refused(stage, *(stage.signed(header(kid=kid), alg="ES384") for kid in HOSTILE_KIDS))


@attack(14)
def changed_after_signing(stage: Stage) -> None:
    head, body, signature = stage.token().split(".")
    other = stage.token(sub="other").split(".")
    der = encode(ec_key().sign(f"{head}.{body}".encode(), ECDSA(SHA384())))
    refused(stage, f"{head}.{other[1]}.{signature}", f"{head}.{body}.{other[2]}", f"{head}.{body}.{der}")
    zeros = [encode(b"\x00" * length) for length in (1, 64, 95, 96, 97)]
    refused(stage, *(f"{head}.{body}.{zero}" for zero in (*zeros, "", encode(b"\xff" * 96))))


@attack(15)
def method_of_another_key_family(stage: Stage) -> None:
    refused(
        stage,
        stage.signed(header(kid=RSA_KID)),
        stage.signed(header("RS384", kid=EC_KID)),
        stage.signed(header("RS384"), ec_key(), "ES384"),
        *(
            stage.signed(header(alg=alg), alg="ES384")
            for alg in ("ES256", "ES512", "EdDSA", "PS384", "RS256")
        ),
        stage.signed(header("RS384"), rsa_key(), "PS384"),
    )


@attack(28)
def critical_extensions(stage: Stage) -> None:
    heads = (header(crit=["x"], x=1), header(crit=["b64"], b64=False), header(b64=False), header(crit=[]))
    refused(stage, *(stage.signed(head) for head in heads))


@attack(31)
def encrypted_or_of_another_type(stage: Stage) -> None:
    five = ".".join([*stage.token().split("."), "eA", "eA"])
    refused(stage, five, *(stage.signed(header(typ=typ)) for typ in ("JWE", "at+jwt", "", 1)))


@attack(32)
def a_token_elsewhere_is_none(stage: Stage) -> None:
    token = stage.token()
    assert stage.call(token="", path=f"{PATH}?access_token={token}&token={token}").status == 401
    assert stage.call(hook(access_token=token, authorization=f"Bearer {token}"), token="").status == 401


@attack(33)
def two_headers(stage: Stage) -> None:
    for second in (stage.token(), "x"):
        head = {"Authorization": f"Bearer {stage.token()}\r\nAuthorization: Bearer {second}"}
        sent = request("POST", PATH, b"{}", head | {"Content-Type": "application/json"})
        assert stage.send(sent).status in {400, 401}


@attack(34)
def the_scheme_in_any_case(stage: Stage) -> None:
    for scheme in ("bearer", "BEARER", "bEaReR"):
        assert stage.call(Authorization=f"{scheme} {stage.token()}").status == 200


@attack(35)
def feedback_wants_its_own_token(stage: Stage) -> None:
    body = {"feedback": []}
    assert stage.call(body, token="", path=FEEDBACK).status == 401
    assert stage.call(body, token=stage.token(PATH), path=FEEDBACK).status == 401
    assert stage.call(token=stage.token(FEEDBACK)).status == 401


@attack(37)
def all_refusals_look_alike(stage: Stage) -> None:
    refused(
        stage, "x", stage.token(exp=1), stage.token(iss="x"), stage.token(tenant="x"), stage.token(jti="")
    )
    refused(stage, sign(header(kid="x"), claims(time.time())))
    assert len(stage.refusals) == 1
