"""JSON: bodies that two parsers would read in two ways, or one would not survive."""

import json
from typing import Any

from tests.security.attack.registry import attack
from tests.security.attack.stage import Stage, advice, hook

NESTED = 300
SECONDS = 3.0
MALFORMED = (
    b"{", b"}", b"hook", b"{'hook': 1}", b'{"hook":}', b'{"hook" 1}', b'{"a":1,}', b"{,}", b'{"a":01}',
    b'{"a":"\x01"}', b'{"a":"\\x41"}', b'{"a":1}{"b":2}', b'{"a":1}x', b"// {}", b'{"a":+1}', b'{"a":.5}',
)  # fmt: skip


def bad(stage: Stage, *bodies: bytes) -> None:
    """Each of the bodies is 400, soon."""
    for body in bodies:
        answer = stage.call(body)
        assert answer.status == 400, f"{answer.status} for {body[:60]!r}"
        assert answer.seconds < SECONDS


def with_member(member: bytes) -> bytes:
    """A right body with one more member as it stands."""
    return json.dumps(hook()).encode()[:-1] + b"," + member + b"}"


def with_value(value: Any) -> dict[str, Any]:
    """A right body in which the unit of a result is something else."""
    body = json.loads(json.dumps(hook()))
    body["prefetch"]["labs"]["entry"][0]["resource"]["valueQuantity"]["unit"] = value
    return body


def left_out(stage: Stage, number: bytes) -> None:
    """A result with this value is named as unreadable, and the other records count."""
    body = json.loads(json.dumps(hook()))
    result = body["prefetch"]["labs"]["entry"][0]["resource"]
    result["valueQuantity"]["value"] = 7654321
    answer = stage.call(json.dumps(body).encode().replace(b"7654321", number))
    assert answer.status in {200, 400}
    assert answer.status == 400 or f"Observation/{result['id']} could not be read" in answer.text


@attack(67)
def malformed(stage: Stage) -> None:
    right = json.dumps(hook()).encode()
    bad(stage, *MALFORMED, right[:-1], right + b"}", right + right)


@attack(68)
def no_object(stage: Stage) -> None:
    bad(stage, b"null", b"[]", b'"x"', b"1", b"true", b"[{}]")


@attack(69)
def depth_bombs(stage: Stage) -> None:
    for depth in (1000, 5000, 100_000):
        bad(stage, b"[" * depth, b'{"a":' * depth, with_member(b'"x":' + b"[" * depth + b"]" * depth))
        inside = b'{"x":' * depth + b"1" + b"}" * depth
        bad(stage, json.dumps(hook(prefetch={"labs": 1})).encode().replace(b'"labs": 1', b'"labs":' + inside))


@attack(70)
def nesting_below_the_limit(stage: Stage) -> None:
    for body in (
        with_member(b'"x":' + b"[" * NESTED + b"]" * NESTED),
        with_member(b'"x":' + b"[" * 90 + b"]" * 90),
    ):
        assert stage.call(body).status in {200, 400}
    deep: Any = {"resourceType": "Basic"}
    for _ in range(NESTED):
        deep = {"resourceType": "Bundle", "entry": [{"resource": deep}]}
    prefetch = hook()["prefetch"] | {"labs": deep}
    assert stage.call(hook(prefetch=prefetch)).status in {200, 400}


@attack(71)
def numbers_that_are_none(stage: Stage) -> None:
    bad(stage, *(with_member(b'"x":' + number) for number in (b"NaN", b"Infinity", b"-Infinity")))
    inside = json.dumps(with_value("7654321")).encode()
    bad(stage, *(inside.replace(b'"7654321"', number) for number in (b"NaN", b"-Infinity")))
    for number in (b"1e400", b"-1e400"):
        left_out(stage, number)


@attack(72)
def a_number_of_5000_digits(stage: Stage) -> None:
    bad(
        stage,
        json.dumps(hook(hookInstance=1))
        .encode()
        .replace(b'"hookInstance": 1', b'"hookInstance":' + b"9" * 5000),
    )
    left_out(stage, b"9" * 5000)


@attack(73)
def members_twice(stage: Stage) -> None:
    right = json.dumps(hook()).encode()
    bad(stage, *(with_member(member) for member in (b'"hook":"x"', b'"context":{}', b'"prefetch":{}')))
    bad(stage, right.replace(b'"patientId"', b'"patientId":"other","patientId"'))
    bad(stage, right.replace(b'"patientId"', rb'"patientI\u0064":"other","patientId"'))


@attack(74)
def other_encodings(stage: Stage) -> None:
    text = json.dumps(hook())
    bad(
        stage,
        *(text.encode(coding) for coding in ("utf-16", "utf-16-le", "utf-32")),
        b"\xef\xbb\xbf" + text.encode(),
    )
    bad(
        stage,
        *(with_member(b'"x":"' + odd + b'"') for odd in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf8\x88")),
    )


@attack(75)
def half_a_character(stage: Stage) -> None:
    for half in (r"\ud800", r"\udfff", r"\ud800x"):
        body = json.dumps(with_value("7654321")).replace("7654321", half).encode()
        assert stage.call(body).status in {200, 400}
        assert stage.call(with_member(f'"x":"{half}"'.encode())).status in {200, 400}


@attack(76)
def control_characters(stage: Stage) -> None:
    for text in ("a\x00b", "\x1b[31m", "\x7f\x85", "\u2028\u2029"):
        answer = stage.call(with_value(text))
        assert answer.status in {200, 400}
        assert "\\u0000" not in answer.text
        assert "\\u001b" not in answer.text


@attack(77)
def texts_of_the_world(stage: Stage) -> None:
    for text in ("😀" * 20, "שלום", "e\u0301" * 50, "漢字", "\U0001f9d1\u200d⚕", "\u202eabc"):
        body = with_value(text)
        body["prefetch"]["patient"]["name"] = [{"family": text, "given": [text]}]
        assert stage.call(body).status == 200


@attack(78)
def wide_and_long(stage: Stage) -> None:
    wide = hook(x={str(number): 0 for number in range(200_000)})
    for body in (wide, hook(x="x" * 1_000_000), with_value("u" * 1_000_000)):
        assert stage.call(body).status in {200, 400}


@attack(79)
def names_of_attributes(stage: Stage) -> None:
    odd = {
        name: {"x": 1, "polluted": True} for name in ("__proto__", "__class__", "constructor", "__init__", "")
    }
    body = hook(**{name: value for name, value in odd.items() if name})
    body["context"] = body["context"] | odd
    body["prefetch"] = body["prefetch"] | dict.fromkeys(odd)
    body["prefetch"]["patient"] = body["prefetch"]["patient"] | odd
    assert advice(stage.call(body)) == stage.first
