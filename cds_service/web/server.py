"""The HTTP server: gunicorn with threads, set up so that it says as little as possible about itself."""

import signal
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from types import FrameType
from typing import Any

from flask import Flask
from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.http import wsgi  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from cds_service import memory
from cds_service.settings import Settings
from cds_service.web import metrics_server
from cds_service.web.errors import Problem, operation_outcome
from cds_service.web.headers import HEADERS
from cds_service.web.process import Process
from cds_service.web.server_log import ServerLog

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - heartbeat files of the workers, nothing is read back


class _Response(wsgi.Response):  # type: ignore[misc]
    """Without the header that names the server."""

    def default_headers(self) -> list[str]:
        return [line for line in super().default_headers() if not line.startswith("Server:")]


class _Worker(ThreadWorker):  # type: ignore[misc]
    """Ends in the same way however it is told to.

    Gunicorn's own answer to SIGINT and SIGQUIT locks up when it comes while a call is given to a thread.
    """

    def handle_quit(self, number: int, frame: FrameType | None) -> None:
        """Finish the calls under way and end."""
        self.handle_exit(number, frame)


class HookServer(BaseApplication):  # type: ignore[misc]
    """Runs `app` until it is told to stop.

    `announce` is called with each line that tells an operator where callers are welcome; `process`
    begins and ends with each worker.
    """

    def __init__(
        self, app: Flask, settings: Settings, process: Process, announce: Callable[[str], None]
    ) -> None:
        self._app = app
        self._settings = settings
        self._process = process
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
        server = self._settings.server
        return {
            "bind": _address(server.host, server.port),
            "workers": server.workers,
            "threads": server.threads,
            "worker_class": _Worker,
            "preload_app": True,
            "timeout": 30,  # s without a sign of life before a worker is replaced
            "graceful_timeout": 10,  # s for calls under way when the service ends
            "keepalive": 75,  # s; longer than load balancers keep an idle connection
            "max_requests": 20_000,  # then a worker is replaced, so that nothing small adds up
            "max_requests_jitter": 2000,  # and not all of them at once
            "limit_request_line": 4094,
            "limit_request_fields": 64,
            "forwarded_allow_ips": ",".join(server.forwarded_allow_ips),
            "worker_tmp_dir": str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None,
            "control_socket_disable": True,  # it would write into the home folder
            "logger_class": ServerLog,
            "loglevel": "error",  # warnings repeat request headers
            "when_ready": self._welcome,
            "post_worker_init": lambda _worker: self._process.begin(),
            "worker_exit": lambda _arbiter, _worker: self._process.end(),
            "child_exit": lambda _arbiter, worker: metrics_server.forget_process(worker.pid),
        }

    def _welcome(self, arbiter: Any) -> None:
        memory.settle()  # the rules are shared by all workers
        drain_first(self._process.watchdog.drain, self._settings.server.drain_seconds)
        host, port = arbiter.LISTENERS[0].sock.getsockname()[:2]
        self._announce(f"Ready: http://{_address(host, port)}/cds-services")
        if self._settings.metrics is not None:
            self._announce(f"Metrics: {metrics_server.start(self._settings.metrics)}")


def drain_first(drain: Callable[[], None], seconds: float) -> None:
    """On SIGTERM, drain: say that the service is not ready, and end it only `seconds` later.

    Meanwhile calls are answered, and the load balancer sends new ones elsewhere. A second SIGTERM ends
    the waiting.
    """
    end = signal.getsignal(signal.SIGTERM)
    assert callable(end)
    waited = False

    def begin(number: int, frame: FrameType | None) -> None:
        nonlocal waited
        drain()
        if waited or not seconds:
            end(number, frame)
            return
        waited = True
        timer = threading.Timer(seconds, end, (number, None))
        timer.daemon = True
        timer.start()

    signal.signal(signal.SIGTERM, begin)


def _address(host: str, port: int) -> str:
    """Host and port as in a URL: an IPv6 address stands in brackets."""
    host = host.strip("[]")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _write_outcome(sock: socket.socket, status_int: int, reason: str, _message: str) -> None:
    """In place of gunicorn's HTML page, which repeats what was sent."""
    code = "structure" if status_int < HTTPStatus.INTERNAL_SERVER_ERROR else "exception"
    body = operation_outcome((Problem(code, f"{reason}."),))
    headers = HEADERS | {
        "Connection": "close",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    lines = [f"HTTP/1.1 {status_int} {reason}", *(f"{name}: {text}" for name, text in headers.items())]
    util.write_nonblock(sock, "\r\n".join([*lines, "", ""]).encode() + body)
