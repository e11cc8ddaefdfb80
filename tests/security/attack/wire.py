"""One request as bytes and its answer, over a socket: HTTP libraries are too polite for attacks."""

import json
import socket
from contextlib import suppress
from time import monotonic
from typing import Any, NamedTuple

from fhir.resources.R4B.operationoutcome import OperationOutcome

PATIENCE = 20.0  # s for an answer
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
}
_PIECE = 1 << 16
_ERRORS = 400  # and above: refusals
_TRACES = ("Traceback", ".py", "cds_service", "werkzeug", "sqlalchemy")


class Answer(NamedTuple):
    """What came back; `status` 0 where the connection was closed without an answer."""

    status: int
    headers: dict[str, str]
    body: bytes
    raw: bytes
    seconds: float

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def send(address: tuple[str, int], *parts: bytes, half: bool = False) -> Answer:
    """The answer to these bytes, which must ask for the connection to be closed; `half` ends ours first."""
    begun = monotonic()
    with socket.create_connection(address, PATIENCE) as connection:
        with suppress(ConnectionError):  # refused before all was sent: the answer is there already
            for part in parts:
                connection.sendall(part)
            if half:
                connection.shutdown(socket.SHUT_WR)
        raw = _receive(connection)
    return _parse(raw, monotonic() - begun)


def _receive(connection: socket.socket) -> bytes:
    raw = b""
    with suppress(ConnectionError):
        while piece := connection.recv(_PIECE):
            raw += piece
    return raw


def _parse(raw: bytes, seconds: float) -> Answer:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    status = int(first.split()[1]) if first.startswith("HTTP/1.") else 0
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(status, headers, body, raw, seconds)


def request(method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """An ordinary request; a header of the value "" is left out."""
    usual = {"Host": "cds.example", "Content-Length": str(len(body)), "Connection": "close"}
    lines = [f"{name}: {value}" for name, value in (usual | headers).items() if value]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode("utf-8") + body


def check(answer: Answer, secrets: list[str]) -> None:
    """What holds for every answer: one answer, headers, no trace of our code, nothing secret.

    A refusal repeats nothing of the `secrets` (tokens, names, ids and marks of the run) and is a valid
    OperationOutcome.
    """
    assert answer.raw.count(b"HTTP/1.1 ") <= 1, "more than one answer"
    assert answer.status != 500, f"500: {answer.text[:200]}"
    if not answer.status:
        return
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers.get(name) == value, f"header {name}: {answer.headers.get(name)!r}"
    assert "server" not in answer.headers, "the header Server tells what runs here"
    said = answer.raw.decode(errors="replace")
    if answer.status >= _ERRORS:
        _check_refusal(answer)
    else:
        said = said.replace(answer.text, "")
    leaks = [secret for secret in secrets if secret in said]
    assert not leaks, f"the answer repeats {leaks[0]!r}"


def _check_refusal(answer: Answer) -> None:
    assert answer.headers["content-type"].startswith("application/json"), answer.headers["content-type"]
    outcome = OperationOutcome.model_validate(answer.json)
    assert all(issue.severity and issue.code and issue.details.text for issue in outcome.issue)
    traces = [trace for trace in _TRACES if trace in answer.text]
    assert not traces, f"the answer tells {traces[0]!r}"
