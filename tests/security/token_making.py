"""How the tokens of the table are made: at `NOW`, for the hook of `AUDIENCE`, by an EHR with two tenants."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.support.signing import OMIT, claims, header, sign

JKU = "https://ehr.example/keys?of=ehr"
TENANTS = ("north", "süd")


class Case(NamedTuple):
    """What is odd about a token, how to make it, and why it is refused ("" for admitted)."""

    name: str
    make: Callable[[], str]
    reason: str = ""


def payload(**changed: Any) -> dict[str, Any]:
    """Claims that are right, with a tenant."""
    return claims(**{"tenant": "north", **changed})


def token(**changed: Any) -> str:
    """A token with some claims changed."""
    return sign(header(), payload(**changed))


def of_claim(name: str, value: Any, reason: str) -> Case:
    """A token in which one claim is changed."""
    said = "left out" if value is OMIT else repr(value)[:40]
    return Case(f"claim {name} {said}", lambda: token(**{name: value}), reason)


def of_header(name: str, value: Any, reason: str) -> Case:
    """A token in which one member of the header is changed."""
    said = "left out" if value is OMIT else repr(value)[:40]
    return Case(
        f"header {name} {said}", lambda: sign(header(**{name: value}), payload(), alg="ES384"), reason
    )


def of_bytes(name: str, head: bytes | None, body: bytes | None, reason: str) -> Case:
    """A token of any bytes, rightly signed; None for a header or claims as they should be."""

    def make() -> str:
        right = json.dumps(header()).encode(), json.dumps(payload()).encode()
        return sign(right[0] if head is None else head, right[1] if body is None else body)

    return Case(name, make, reason)


def with_member(name: str, part: str, member: bytes, reason: str) -> Case:
    """A token with one more member, as it stands, in its `header` or its `claims`."""

    def make() -> str:
        head, body = (json.dumps(right).encode() for right in (header(), payload()))
        more = b"," + member + b"}"
        return sign(head[:-1] + more, body) if part == "header" else sign(head, body[:-1] + more)

    return Case(name, make, reason)


def of_parts(name: str, change: Callable[[str, str, str], list[str]], reason: str) -> Case:
    """A right token whose three parts are changed after it was signed."""
    return Case(name, lambda: ".".join(change(*token().split("."))), reason)
