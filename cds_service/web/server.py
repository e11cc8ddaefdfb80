"""The HTTP server: gunicorn with threads, set up so that it says as little as possible about itself."""

import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.http import wsgi  # type: ignore[import-untyped]

from cds_service import memory
from cds_service.settings import Settings
from cds_service.web.errors import Problem, operation_outcome

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - heartbeat files of the workers, nothing is read back


class _Response(wsgi.Response):  # type: ignore[misc]
    """Without the header that names the server."""

    def default_headers(self) -> list[str]:
        return [line for line in super().default_headers() if not line.startswith("Server:")]


class HookServer(BaseApplication):  # type: ignore[misc]
    """Runs `app` until it is told to stop.

    `announce` is called with the URL once callers are welcome; `warm_up` in each worker, in a
    thread of its own.
    """

    def __init__(
        self, app: Flask, settings: Settings, announce: Callable[[str], None], warm_up: Callable[[], None]
    ) -> None:
        self._app = app
        self._settings = settings
        self._warm_up = warm_up
        self._announce = announce
        wsgi.Response = _Response
        util.write_error = _write_outcome
        super().__init__()

    def load(self) -> Flask:
        """The application, made before the workers start so that they share it."""
        return self._app

    def load_config(self) -> None:
        """Set gunicorn up; it reads no file and no environment variable."""
        for name, value in self._options().items():
            self.cfg.set(name, value)

    def _options(self) -> dict[str, Any]:
        settings = self._settings
        return {
            "bind": _address(settings.host, settings.port),
            "workers": settings.workers,
            "threads": settings.threads,
            "worker_class": "gthread",
            "preload_app": True,
            "timeout": 30,  # s without a sign of life before a worker is replaced
            "graceful_timeout": 10,  # s for calls under way when the service ends
            "keepalive": 75,  # s; longer than load balancers keep an idle connection
            "limit_request_line": 4094,
            "limit_request_fields": 64,
            "worker_tmp_dir": str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None,
            "control_socket_disable": True,  # it would write into the home folder
            "loglevel": "error",  # warnings repeat request headers
            "when_ready": self._welcome,
            "post_worker_init": self._prepare,
        }

    def _prepare(self, _worker: Any) -> None:
        threading.Thread(target=self._warm_up, name="warm-up", daemon=True).start()

    def _welcome(self, arbiter: Any) -> None:
        memory.settle()  # the rules are shared by all workers
        host, port = arbiter.LISTENERS[0].sock.getsockname()[:2]
        self._announce(f"http://{_address(host, port)}")


def _address(host: str, port: int) -> str:
    """Host and port as in a URL: an IPv6 address stands in brackets."""
    host = host.strip("[]")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _write_outcome(sock: socket.socket, status_int: int, reason: str, _message: str) -> None:
    """In place of gunicorn's HTML page, which repeats what was sent."""
    code = "structure" if status_int < HTTPStatus.INTERNAL_SERVER_ERROR else "exception"
    body = operation_outcome((Problem(code, f"{reason}."),))
    head = (
        f"HTTP/1.1 {status_int} {reason}\r\nConnection: close\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    util.write_nonblock(sock, head.encode() + body)
