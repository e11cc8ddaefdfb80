"""The framing of HTTP: lengths that lie, chunks that are none, bodies that never end."""

import json
import socket
from contextlib import ExitStack

from tests.security.attack import wire
from tests.security.attack.registry import attack
from tests.security.attack.stage import PATH, Stage, hook

LIMIT = 10 << 20  # bytes of a body
SECONDS = 5.0  # for an answer to a length that cannot be


def head(stage: Stage, framing: str) -> bytes:
    """The head of a right call with these lines about its body."""
    lines = (
        f"POST {PATH} HTTP/1.1", "Host: cds.example", "Content-Type: application/json",
        f"Authorization: Bearer {stage.token()}", "Connection: close", framing, "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


def chunked(body: bytes, size: int) -> bytes:
    """The body in chunks."""
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def right_body() -> bytes:
    return json.dumps(hook()).encode()


@attack(52)
def a_body_over_the_limit(stage: Stage) -> None:
    answer = stage.call(right_body().ljust(LIMIT + 1000))
    assert answer.status == 413
    assert answer.seconds < SECONDS


@attack(53)
def chunks_over_the_limit(stage: Stage) -> None:
    big = chunked(right_body().ljust(LIMIT + 100_000), 500_000)
    assert stage.send(head(stage, "Transfer-Encoding: chunked"), big).status == 413


@attack(54)
def chunks_under_the_limit(stage: Stage) -> None:
    for size in (7, 1000, 1_000_000):
        answer = stage.send(head(stage, "Transfer-Encoding: chunked"), chunked(right_body(), size))
        assert answer.status in {200, 411}


@attack(55)
def a_length_of_100_gigabytes(stage: Stage) -> None:
    for length in (10**11, 10**30):
        answer = stage.send(head(stage, f"Content-Length: {length}"), b"{")
        assert answer.status in {400, 413}
        assert answer.seconds < SECONDS


@attack(56)
def lengths_that_contradict(stage: Stage) -> None:
    length = len(right_body())
    framings = (
        "Content-Length: -1", "Content-Length: x", "Content-Length: +5", "Content-Length: 0x10",
        f"Content-Length: {length}\r\nContent-Length: 5", f"Content-Length: {length}, 5",
        f"Content-Length: {length}\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked", "Transfer-Encoding: \x0bchunked", f"Content-Length : {length}",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    )  # fmt: skip
    for framing in framings:
        answer = stage.send(head(stage, framing), right_body(), half=True)
        assert answer.status in {400, 501}, f"{answer.status} for {framing!r}"


@attack(57)
def chunk_sizes_that_are_none(stage: Stage) -> None:
    for size in (b"zz", b"-5", b"5;" + b"x" * 10_000, b"", b"0x5", b"ffffffffffffffffff"):
        answer = stage.send(
            head(stage, "Transfer-Encoding: chunked"), size + b"\r\n{}\r\n0\r\n\r\n", half=True
        )
        assert answer.status in {400, 413}, f"{answer.status} for {size[:20]!r}"


@attack(58)
def a_body_that_is_cut_off(stage: Stage) -> None:
    body = right_body()
    cuts = (
        head(stage, f"Content-Length: {len(body)}") + body[:500],
        head(stage, f"Content-Length: {len(body) + 1}") + body,
        head(stage, "Transfer-Encoding: chunked") + chunked(body, 100)[:500],
        head(stage, "Transfer-Encoding: chunked") + b"5\r\n{}",
    )
    for sent in cuts:
        assert stage.send(sent, half=True).status in {0, 400}


@attack(65)
def half_sent_bodies(stage: Stage) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            slow = stack.enter_context(socket.create_connection(stage.address, wire.PATIENCE))
            slow.sendall(head(stage, "Content-Length: 9999") + b'{"hook":')
        answer = stage.get("/cds-services")
        assert answer.status == 200
        assert answer.seconds < 2
