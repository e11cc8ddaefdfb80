"""The three services that are compared, each called as a WSGI server calls it."""

import io
import json
import os
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from flask import Flask, Response, jsonify, request
from werkzeug.test import EnvironBuilder, run_wsgi_app

from cds_service import knowledge
from cds_service.settings import Settings
from cds_service.web import create_app
from cds_service.web.log import configure

PATH = "/cds-services/leg-soreness"
Post = Callable[[bytes], bytes]


def ours() -> Post:
    """The service itself, as `leg-cds serve` runs it; its log lines go nowhere."""
    with redirect_stderr(Path(os.devnull).open("w")):  # which the log keeps open
        configure()
    return _caller(create_app(knowledge.load(), Settings()))


def parse_only() -> Post:
    """Baseline (a): Flask, `json.loads`, an empty list of cards."""
    return _caller(_baseline(lambda _: None))


def parse_and_validate() -> Post:
    """Baseline (b): the same, and every prefetch value through its `fhir.resources` model."""
    return _caller(_baseline(_validate))


def _baseline(look_at: Callable[[dict[str, Any]], None]) -> Flask:
    app = Flask("baseline")

    @app.post(PATH)
    def answer() -> Response:
        look_at(json.loads(request.get_data()))
        return jsonify(cards=[])

    return app


def _validate(hook_request: dict[str, Any]) -> None:
    for value in hook_request["prefetch"].values():
        if value is not None:
            get_fhir_model_class(value["resourceType"]).model_validate(value)


def _caller(app: Flask) -> Post:
    def post(body: bytes) -> bytes:
        environ = template | {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        chunks, status, _ = run_wsgi_app(app, environ, buffered=True)
        answer = b"".join(chunks)
        if status != "200 OK":
            raise RuntimeError(f"the request failed: {answer.decode()}")
        return answer

    template = EnvironBuilder(path=PATH, method="POST", content_type="application/json").get_environ()
    return post
