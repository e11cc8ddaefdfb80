"""The envelope of HTTP: addresses, methods, media types, headers, and many at a time."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from tests.security.attack.registry import attack
from tests.security.attack.stage import PATH, Stage, advice, hook
from tests.security.attack.wire import request
from tests.web.calls import MARK

EVIL = "https://evil.example"
MANY = 40
PATHS = (
    f"/{MARK}", f"/cds-services/../{MARK}", "/cds-services/..%2f..%2fetc%2fpasswd", "/..%5c..%5cx",
    "//etc/passwd",
    f"/cds-services/leg-soreness/{MARK}", "/cds-services/%00", "/cds-services/%ff%fe", "/.git/config",
    "/metrics",
    "/static/../../etc/passwd", "/smart/../cds-services/x",
)  # fmt: skip


@attack(44)
def an_unknown_service(stage: Stage) -> None:
    for name in (MARK, "leg-soreness%20", "LEG-SORENESS", "leg-soreness%00"):
        path = f"/cds-services/{name}"
        assert stage.call(token=stage.token(path), path=path).status == 404


@attack(45)
def unknown_addresses(stage: Stage) -> None:
    for path in PATHS:
        for answer in (stage.get(path), stage.call(path=path)):
            assert answer.status in {400, 404, 405}, f"{answer.status} for {path}"


@attack(46)
def another_method(stage: Stage) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        answer = stage.get(PATH, method)
        assert answer.status == 405
        assert "POST" in answer.headers["allow"]
    assert stage.get("/cds-services", "DELETE").status == 405


@attack(47)
def trace(stage: Stage) -> None:
    assert stage.get(PATH, "TRACE", X_Secret=MARK).status in {405, 501}


@attack(48)
def method_overrides(stage: Stage) -> None:
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert advice(stage.call(**{name: "DELETE"})) == stage.first
    assert stage.call(path=f"{PATH}?_method=DELETE", token=stage.token()).status == 200


@attack(49)
def another_media_type(stage: Stage) -> None:
    media = ("", "text/plain", "application/xml", "multipart/form-data; boundary=x", "text/html", MARK, "*/*")
    for one in media:
        assert stage.call(Content_Type=one).status in {400, 415}, one


@attack(50)
def media_types_of_fhir(stage: Stage) -> None:
    for one in ("application/json; charset=utf-8", "application/json;charset=UTF-8", "application/fhir+json"):
        assert stage.call(Content_Type=one).status in {200, 415}, one
    assert stage.call(Content_Type="application/json; charset=utf-16").status == 415


@attack(51)
def an_empty_body(stage: Stage) -> None:
    assert [stage.call(body).status for body in (b"", b" ", b"\n")] == [400] * 3


@attack(60)
def a_compressed_body(stage: Stage) -> None:
    bomb = gzip.compress(b" " * 50_000_000, 1)
    for body, coding in ((bomb, "gzip"), (gzip.compress(json.dumps(hook()).encode()), "gzip"), (b"x", "br")):
        assert stage.call(body, Content_Encoding=coding).status in {400, 415}
    assert stage.call(bomb).status == 400


@attack(61)
def a_foreign_origin(stage: Stage) -> None:
    wanted = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "authorization"}
    for origin in (
        EVIL,
        "null",
        "https://sandbox.cds-hooks.org.evil.example",
        "http://localhost.evil.example",
    ):
        preflight = stage.get(PATH, "OPTIONS", Origin=origin, **wanted)
        for answer in (preflight, stage.call(Origin=origin)):
            assert "access-control-allow-credentials" not in answer.headers
            assert "access-control-allow-origin" not in answer.headers, origin


@attack(62)
def a_hostile_host(stage: Stage) -> None:
    forwarded = {
        "X_Forwarded_Host": f"{MARK}.example",
        "X_Forwarded_Proto": MARK,
        "Forwarded": f"host={MARK}",
    }
    for headers in ({"Host": f"{MARK}.example"}, forwarded, {"Host": "evil.example:99999"}):
        for path in ("/cds-services", "/", f"/{MARK}"):
            raw = stage.get(path, **headers).raw
            assert MARK.encode() not in raw
            assert b"evil.example" not in raw


@attack(63)
def headers_of_json(stage: Stage) -> None:
    for answer in (stage.call(), stage.call(b""), stage.get("/cds-services"), stage.get(f"/{MARK}")):
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@attack(64)
def junk_in_the_query(stage: Stage) -> None:
    for junk in ("?a=1&a=2", "?%00=%ff", "?patientId=other", "?" + "x" * 500, "?__proto__[x]=1", "?;=&&="):
        assert stage.call(token=stage.token(), path=f"{PATH}{junk}").status == 200, junk


@attack(66)
def many_at_a_time(stage: Stage) -> None:
    begun = monotonic()
    with ThreadPoolExecutor(MANY) as threads:
        answers = list(threads.map(lambda _: stage.call(), range(MANY)))
    assert {answer.status for answer in answers} <= {200, 429, 503}
    assert all("retry-after" in answer.headers for answer in answers if answer.status != 200)
    assert any(answer.status == 200 for answer in answers)
    assert monotonic() - begun < MANY  # s


@attack(59)
def oversized_headers(stage: Stage) -> None:
    usual = {"Content-Type": "application/json", "Authorization": f"Bearer {stage.token()}"}
    long = [
        request("POST", PATH, b"{}", usual | {"X-Long": "x" * 200_000}),
        request("POST", PATH, b"{}", usual | {f"X-{number}": MARK for number in range(300)}),
        request("GET", "/" + "a" * 100_000, b"", {}),
        request("GET", f"/cds-services?{'a' * 100_000}", b"", {}),
    ]
    for sent in long:
        assert 400 <= stage.send(sent).status < 500
