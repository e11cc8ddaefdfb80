"""An EHR's key host on loopback: a real HTTP server whose answer the test chooses."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


class KeyHost:
    """Serves what `answer` writes at any path, and counts the requests."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}/keys?of=ehr"
        self.requests: list[str] = []
        self.answer: Answer = text(b'{"keys": []}')
        self._server = server

    def serve(self, document: bytes, **headers: str) -> None:
        """Answer with a JSON document from now on."""
        self.answer = text(document, **headers)

    def stop(self) -> None:
        """Refuse connections from now on."""
        self._server.shutdown()
        self._server.server_close()


def text(body: bytes, status: int = 200, **headers: str) -> Answer:
    """An ordinary answer; header names with `_` for `-`."""

    def write(handler: BaseHTTPRequestHandler) -> None:
        said = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        handler.send_response(status)
        for name, value in {
            **said,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return write


@contextmanager
def key_host() -> Iterator[KeyHost]:
    """A key host for the length of a `with` statement."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.requests.append(self.path)
            host.answer(self)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    host = KeyHost(server)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield host
    finally:
        host.stop()
        thread.join()
