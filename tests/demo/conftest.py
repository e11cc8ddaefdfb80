"""The demo EHR in front of a stub of the service, which says what a test wants and keeps what it is sent."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from flask import Flask, Response, request
from werkzeug.serving import BaseWSGIServer, make_server

from cds_service.demo.addresses import Addresses
from cds_service.demo.app import create_ehr
from cds_service.fixtures import patients
from tests.support.demo import session  # noqa: F401

Json = dict[str, Any]
PREFETCH = {
    "patient": "Patient/{{context.patientId}}",
    "labs": "Observation?patient={{context.patientId}}",
}


class StubService:
    """A CDS service that answers every call with the bytes in `answer`."""

    def __init__(self) -> None:
        self.answer = b'{"cards": []}'
        self.status = 200
        self.feedback_status = 200
        self.calls: list[tuple[str, str]] = []  # the address and the token
        self.bodies: list[Json] = []
        self.feedback: list[Json] = []

    def app(self) -> Flask:
        app = Flask("stub")

        @app.get("/cds-services")
        def discovery() -> Json:
            return {"services": [{"id": "stub", "hook": "patient-view", "prefetch": PREFETCH}]}

        @app.post("/cds-services/stub")
        def hook() -> Response:
            self._keep(self.bodies)
            return Response(self.answer, self.status, mimetype="application/json")

        @app.post("/cds-services/stub/feedback")
        def feedback() -> Response:
            self._keep(self.feedback)
            return Response(b"{}", self.feedback_status, mimetype="application/json")

        return app

    def show(self, *cards: Json) -> None:
        """Answer with these cards from now on."""
        self.answer = json.dumps({"cards": cards}).encode()

    def _keep(self, bodies: list[Json]) -> None:
        self.calls.append((request.base_url, request.headers["Authorization"].removeprefix("Bearer ")))
        bodies.append(json.loads(request.data))


_POLL = 0.02  # s; how soon a server notices that it is to end
_stories = cache(patients)


@pytest.fixture
def stub() -> StubService:
    return StubService()


@pytest.fixture
def ehr(stub: StubService) -> Iterator[str]:
    """The address of an EHR that knows the stub as its service."""
    service = make_server("127.0.0.1", 0, stub.app(), threaded=True)
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    server.app = create_ehr(_stories(), Addresses(url, f"http://127.0.0.1:{service.server_port}"))
    with _serving(service), _serving(server):
        yield url


@contextmanager
def _serving(server: BaseWSGIServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(_POLL,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
