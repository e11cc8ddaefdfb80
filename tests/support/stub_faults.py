"""What a FHIR server can do wrong, one function a fault."""

import contextlib
import gzip
import itertools
import json
import socket
import struct
import threading
from collections.abc import Callable
from functools import cache
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple

Json = dict[str, Any]

FHIR_JSON = "application/fhir+json"
_DRIP = 0.2  # s between two bytes
_FOREVER = 30.0  # s after which a fault that never ends does end
_SLOW = 0.15  # s a slow server takes for each answer
_MEGABYTE = b" " * 1_000_000
_FEW_BYTES = 10


class Exchange(NamedTuple):
    """One request: who answers, what was asked for, what a good answer were, how often it came so far."""

    handler: BaseHTTPRequestHandler
    kind: str
    base: str
    found: Any
    astray: str
    times: int

    def head(self, status: int = 200, **headers: str) -> None:
        """Status and headers; `_` in a name is `-`."""
        self.handler.send_response(status)
        for name, value in {"Content_Type": FHIR_JSON, **headers}.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()

    def write(self, body: bytes) -> None:
        """Bytes of the body, or of anything; nobody may be listening any more."""
        with contextlib.suppress(OSError):
            self.handler.wfile.write(body)
            self.handler.wfile.flush()

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        """A whole answer."""
        self.head(status, Content_Length=str(len(body)), **headers)
        self.write(body)

    def say(self, body: Any, status: int = 200, **headers: str) -> None:
        """A whole answer in JSON."""
        self.send(json.dumps(body).encode(), status, **headers)

    def drip(self, piece: bytes) -> None:
        """The piece again and again, slowly, as long as anybody listens."""
        with contextlib.suppress(OSError):
            for _ in range(int(_FOREVER / _DRIP)):
                self.handler.wfile.write(piece)
                wait(_DRIP)
        self.handler.close_connection = True


Fault = Callable[[Exchange], None]
FAULTS: dict[str, Fault] = {}


def fault(function: Fault) -> Fault:
    """Make a function a fault, by its name with `-` for `_`."""
    FAULTS[function.__name__.replace("_", "-")] = function
    return function


def wait(seconds: float) -> None:
    threading.Event().wait(seconds)


@fault
def slow(exchange: Exchange) -> None:
    wait(_SLOW)
    exchange.say(exchange.found)


@fault
def hang(exchange: Exchange) -> None:
    with contextlib.suppress(OSError):
        exchange.handler.connection.settimeout(_FOREVER)
        exchange.handler.rfile.read(1)  # returns when the other side gives up
    exchange.handler.close_connection = True


@fault
def drip_head(exchange: Exchange) -> None:
    exchange.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    exchange.drip(b"x")


@fault
def drip_body(exchange: Exchange) -> None:
    exchange.head(Content_Length="1000000")
    exchange.drip(b" ")


@fault
def drip_chunks(exchange: Exchange) -> None:
    exchange.head(Transfer_Encoding="chunked", Connection="close")
    exchange.drip(b"1\r\n \r\n")


@fault
def cut_off(exchange: Exchange) -> None:
    body = json.dumps(exchange.found).encode()
    exchange.head(Content_Length=str(len(body)))
    exchange.write(body[:-_FEW_BYTES])
    exchange.handler.close_connection = True


@fault
def cut_chunks(exchange: Exchange) -> None:
    exchange.head(Transfer_Encoding="chunked")
    exchange.write(b"ff\r\n" + json.dumps(exchange.found).encode()[:_FEW_BYTES])
    exchange.handler.close_connection = True


@fault
def wrong_length(exchange: Exchange) -> None:
    body = json.dumps(exchange.found).encode()
    exchange.head(Content_Length=str(len(body) - _FEW_BYTES))
    exchange.write(body)
    exchange.handler.close_connection = True


@fault
def reset(exchange: Exchange) -> None:
    linger = struct.pack("ii", 1, 0)
    exchange.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    exchange.handler.close_connection = True
    exchange.handler.connection.close()


@fault
def reset_once(exchange: Exchange) -> None:
    if exchange.times == 1:
        reset(exchange)
    else:
        exchange.say(exchange.found)


@fault
def no_json(exchange: Exchange) -> None:
    exchange.send(b'{"resourceType": "Bundle", "entry": [')


@fault
def login_page(exchange: Exchange) -> None:
    exchange.send(b"<html>Sign in</html>", Content_Type="text/html")


@fault
def login_page_as_json(exchange: Exchange) -> None:
    exchange.send(b"<html>Sign in</html>")


@fault
def null(exchange: Exchange) -> None:
    exchange.send(b"null")


@fault
def array(exchange: Exchange) -> None:
    exchange.send(b"[]")


@fault
def empty(exchange: Exchange) -> None:
    exchange.send(b"")


@fault
def depth_bomb(exchange: Exchange) -> None:
    exchange.send(b'{"resourceType":"Bundle","entry":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


@fault
def huge(exchange: Exchange) -> None:
    exchange.head(Content_Length=str(300 * len(_MEGABYTE)))
    for _ in range(300):
        exchange.write(_MEGABYTE)


@cache
def bomb() -> bytes:
    """150 MB, compressed; made before anybody is welcome, because that takes a while."""
    return gzip.compress(150 * _MEGABYTE, compresslevel=1)


@fault
def gzip_bomb(exchange: Exchange) -> None:
    exchange.send(bomb(), Content_Encoding="gzip")


@fault
def bad_header(exchange: Exchange) -> None:
    exchange.write(b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Type: text/plain\r\n\r\n")
    exchange.handler.close_connection = True


def _status(code: int, **headers: str) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.send(b"", code, **headers)

    FAULTS[f"status-{code}"] = answer


for _code in (400, 401, 403, 404, 410, 500):
    _status(_code)
_status(429, Retry_After="3600")
_status(503, Retry_After="3600")


@fault
def busy_once(exchange: Exchange) -> None:
    if exchange.times == 1:
        exchange.send(b"", 503, Retry_After="0")
    else:
        exchange.say(exchange.found)


def paged(exchange: Exchange, link: str) -> None:
    """The good answer with a further page at `link`."""
    exchange.say({**exchange.found, "link": [{"relation": "next", "url": link}]})


@fault
def loop(exchange: Exchange) -> None:
    paged(exchange, f"{exchange.base}/{exchange.kind}?again=1")


_pages = itertools.count()


@fault
def endless(exchange: Exchange) -> None:
    paged(exchange, f"{exchange.base}/{exchange.kind}?page={next(_pages)}")
