"""A server that sends a byte now and then lets no timeout pass; the deadline ends it all the same."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from time import monotonic

import pytest

from cds_service.ehr.deadline import Deadline
from cds_service.ehr.http import SafeHttp, Target
from cds_service.ehr.unavailable import Reason, Unavailable
from cds_service.settings import Limits

PATIENT = Limits(connect_seconds=60, read_seconds=60)  # only the deadline can end a call
SHORT = 0.3  # s
FOREVER = 20.0  # s
PAUSE = 0.02  # s between two bytes
GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
TLS_RECORD = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xf0"  # a long record of a handshake, as it begins
Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Answers the first requests of a connection well; then begins an answer, and drips."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def start(begin: bytes, well: int = 0, scheme: str = "http") -> str:
            threading.Thread(target=_serve, args=(listening, begin, well, over), daemon=True).start()
            return f"{scheme}://127.0.0.1:{listening.getsockname()[1]}/fhir"

        yield start
        over.set()


def _serve(listening: socket.socket, begin: bytes, well: int, over: threading.Event) -> None:
    connection, _ = listening.accept()
    with connection, contextlib.suppress(OSError):
        for _ in range(well):
            connection.recv(9999)
            connection.sendall(GOOD)
        connection.recv(9999)
        connection.sendall(begin)
        while not over.wait(PAUSE):
            connection.sendall(b"x")


def get(http: SafeHttp, url: str, seconds: float) -> Reason | None:
    begun = monotonic()
    try:
        with Deadline(seconds) as deadline:
            http.get(Target(url=url, base=url, private_network=True), deadline, 1_000_000)
    except Unavailable as error:
        assert monotonic() - begun < FOREVER
        return error.reason
    return None


@pytest.mark.parametrize(
    "begin",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        HEAD + b"X-Long: ",
        HEAD + b"Content-Length: 1000000\r\n\r\n",
        HEAD + b"Content-Length: 1000000\r\nConnection: close\r\n\r\n",
        HEAD + b"\r\n",
    ],
)
def test_a_dripping_answer_ends_with_the_deadline(serve: Serve, begin: bytes) -> None:
    assert get(SafeHttp(PATIENT), serve(begin), SHORT) is Reason.LATE


def test_so_does_one_on_a_connection_that_was_used_before(serve: Serve) -> None:
    http, url = SafeHttp(PATIENT), serve(HEAD + b"X-Long: ", well=2)
    assert [get(http, url, FOREVER), get(http, url, FOREVER)] == [None, None]
    assert get(http, url, SHORT) is Reason.LATE


def test_so_does_a_dripping_handshake(serve: Serve) -> None:
    assert get(SafeHttp(PATIENT), serve(TLS_RECORD, scheme="https"), SHORT) is Reason.LATE


def test_a_connection_made_for_a_private_network_is_not_used_for_others(serve: Serve) -> None:
    http, url = SafeHttp(PATIENT), serve(b"", well=2)
    assert get(http, url, FOREVER) is None
    with pytest.raises(Unavailable), Deadline(FOREVER) as deadline:
        http.get(Target(url=url, base=url), deadline, 100)
    assert get(http, url, FOREVER) is None
