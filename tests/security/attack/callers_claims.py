"""Callers: tokens whose claims are wrong, and tokens used twice."""

import json
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.security.attack.callers import refused
from tests.security.attack.registry import attack
from tests.security.attack.stage import PATH, Stage
from tests.support.signing import AUDIENCE, BASE, ISS, OMIT, claims, header, rsa_key, sign

HOUR = 3600
DEEP = b'{"x":' + b"[" * 2500 + b"]" * 2500 + b"}"
ABSURD = ('"1900000000"', "true", "null", "[]", "{}", "NaN", "Infinity", "1e400", "-1", "0", '""', "9" * 3000)


def _with_raw(name: str, value: str) -> str:
    """A rightly signed token with one claim as it stands."""
    payload = json.dumps(claims(time.time(), tenant="north", **{name: OMIT})).encode()
    return sign(header(), payload[:-1] + f',"{name}":{value}}}'.encode())


@attack(16)
def expired(stage: Stage) -> None:
    now, before = int(time.time()), refused_for_their_time(stage)
    refused(stage, stage.token(iat=now - 400, exp=now - 60), stage.token(iat=now - 9000, exp=now - 6000))
    assert refused_for_their_time(stage) == before + 2


def refused_for_their_time(stage: Stage) -> float:
    """How many tokens were refused for their time so far."""
    page = stage.service.get(stage.service.metrics).text
    found = re.search(r'^auth_refused_total\{reason="time"\} (\S+)$', page, re.MULTILINE)
    return float(found[1]) if found else 0.0


@attack(17)
def absurd_times(stage: Stage) -> None:
    refused(stage, *(_with_raw(name, value) for name in ("exp", "iat") for value in ABSURD))
    refused(stage, *(_with_raw("nbf", value) for value in ABSURD if value not in {"-1", "0"}))


@attack(18)
def lives_over_an_hour(stage: Stage) -> None:
    now = int(time.time())
    refused(stage, stage.token(iat=now, exp=now + HOUR + 1), stage.token(iat=now, exp=now + 10**9))


@attack(19)
def of_the_future(stage: Stage) -> None:
    later = int(time.time()) + 120
    refused(stage, stage.token(iat=later, exp=later + 60), stage.token(nbf=later))


@attack(20)
def a_claim_is_missing(stage: Stage) -> None:
    refused(stage, *(stage.token(**{name: OMIT}) for name in ("iss", "aud", "exp", "iat", "jti")))


@attack(21)
def another_audience(stage: Stage) -> None:
    others: tuple[Any, ...] = (
        f"{AUDIENCE}-order-sign", f"https://other.example{PATH}", f"{BASE}/cds-services", f"{AUDIENCE}/",
        AUDIENCE[:-1], AUDIENCE.upper(), "", [], [""], None, 1, {"aud": AUDIENCE}, f"{AUDIENCE}/feedback",
        f"{stage.service.url}{PATH}", "*",
    )  # fmt: skip
    refused(stage, *(stage.token(aud=other) for other in others))


@attack(22)
def an_audience_in_a_list(stage: Stage) -> None:
    assert stage.call(token=stage.token(aud=["https://other.example", AUDIENCE])).status == 200


@attack(23)
def another_issuer(stage: Stage) -> None:
    others: tuple[Any, ...] = (
        "https://other.example", f"{ISS}/", ISS[:-1], ISS.upper(), f" {ISS}", ISS.replace("https", "http"),
        "", None, 1, True, [ISS], {"iss": ISS}, "*", "https://sandbox.cds-hooks.org",
    )  # fmt: skip
    refused(stage, *(stage.token(iss=other) for other in others))


@attack(24)
def a_jti_that_is_none(stage: Stage) -> None:
    refused(stage, *(stage.token(jti=jti) for jti in ("", None, 1, True, ["x"], {}, "j" * 257)))


@attack(25)
def used_twice(stage: Stage) -> None:
    token = stage.token()
    assert [stage.call(token=token).status for _ in range(6)] == [200, *[401] * 5]


@attack(26)
def used_ten_times_at_once(stage: Stage) -> None:
    for _ in range(3):
        token = stage.token()
        with ThreadPoolExecutor(10) as threads:
            came = Counter(threads.map(lambda one: stage.call(token=one).status, [token] * 10))
        assert came == {200: 1, 401: 9}, came


@attack(27)
def the_same_jti_signed_anew(stage: Stage) -> None:
    token = stage.token(jti="used-once")
    assert stage.call(token=token).status == 200
    refused(stage, stage.token(jti="used-once", sub="other"))
    refused(stage, stage.signed(header("RS384"), rsa_key(), jti="used-once"))


@attack(29)
def hostile_json_inside(stage: Stage) -> None:
    head = json.dumps(header()).encode()
    more = [head[:-1] + b"," + member + b"}" for member in (b'"x":' + b"9" * 5000, b'"x":NaN', b'"x":"\xff"')]
    heads = (DEEP, b"[]", b"null", b'"x"', b"", head + b"\x00", b"\xef\xbb\xbf" + head, *more)
    payload = json.dumps(claims(time.time(), tenant="north")).encode()
    refused(stage, *(sign(one, payload) for one in heads))
    refused(stage, sign(header(), DEEP))


@attack(30)
def claims_that_are_no_object(stage: Stage) -> None:
    refused(stage, *(sign(header(), value) for value in (b"[]", b"null", b"1", b'"x"', b"", b"{", b"true")))


@attack(36)
def another_tenant(stage: Stage) -> None:
    others: tuple[Any, ...] = ("south", "North", "", None, 1, ["north"], OMIT)
    refused(stage, *(stage.token(tenant=tenant) for tenant in others), status=(401, 403))
