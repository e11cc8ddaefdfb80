"""The demo EHR in front of a stub of the service, which says what a test wants and keeps what it is sent."""

import html
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
import requests
from flask import Flask, Response, request
from werkzeug.serving import BaseWSGIServer, make_server

from cds_service.demo.addresses import Addresses
from cds_service.demo.app import create_ehr
from cds_service.fixtures import patients
from tests.support.demo import session  # noqa: F401
from tests.support.quiet import Quiet

Json = dict[str, Any]
Open = Callable[..., requests.Response]
PREFETCH = {
    "patient": "Patient/{{context.patientId}}",
    "labs": "Observation?patient={{context.patientId}}",
}


ROSA = "statin-three-weeks-old"
REASONS = [{"code": "data-wrong", "system": "http://o.example", "display": "The data are <wrong>"}]
TASK = {
    "resourceType": "Task",
    "status": "draft",
    "intent": "proposal",
    "for": {"reference": f"Patient/{ROSA}"},
    "code": {"text": "Ask again"},
}
CARD: dict[str, Any] = {
    "uuid": "c1",
    "summary": "Leg soreness & <b>more</b>: 5 < 7",
    "indicator": "warning",
    "detail": "- first *line*\n- <img src=x onerror=alert(1)> ![p](http://evil.example/p.png)\n\n**Bold** [a](http://a.example)",
    "source": {"label": "Label <i>", "topic": {"system": "s", "code": "ls-x"}},
    "suggestions": [
        {
            "uuid": "s1",
            "label": "Do <it>",
            "actions": [{"type": "create", "description": "A task", "resource": TASK}],
        },
        {"uuid": "s2", "label": "Do nothing", "actions": []},
    ],
    "selectionBehavior": "at-most-one",
    "overrideReasons": REASONS,
    "links": [
        {"label": "Paper", "url": "https://paper.example/1", "type": "absolute"},
        {"label": "Script", "url": "javascript:alert(1)", "type": "absolute"},
    ],
}


class StubService:
    """A CDS service that answers every call with the bytes in `answer`."""

    def __init__(self) -> None:
        self.answer = b'{"cards": []}'
        self.status = 200
        self.feedback_status = 200
        self.calls: list[tuple[str, str]] = []  # the address and the token
        self.bodies: list[Json] = []
        self.languages: list[str] = []
        self.feedback: list[Json] = []

    def app(self) -> Flask:
        app = Flask("stub")

        @app.get("/cds-services")
        def discovery() -> Json:
            return {"services": [{"id": "stub", "hook": "patient-view", "prefetch": PREFETCH}]}

        @app.post("/cds-services/stub")
        def hook() -> Response:
            self.languages.append(request.headers.get("Accept-Language", ""))
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
    service = make_server("127.0.0.1", 0, stub.app(), threaded=True, request_handler=Quiet)
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=Quiet)
    url = f"http://127.0.0.1:{server.server_port}"
    server.app = create_ehr(_stories(), Addresses(url, f"http://127.0.0.1:{service.server_port}"))
    with _serving(service), _serving(server):
        yield url


@pytest.fixture
def open_chart(ehr: str, session: requests.Session) -> Open:  # noqa: F811
    def open_it(patient: str = ROSA) -> requests.Response:
        return session.get(f"{ehr}/patients/{patient}", timeout=20)

    return open_it


def text_of(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())


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
