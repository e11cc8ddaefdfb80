"""CPU time of a call with and without what a hospital needs, side by side in one process."""

import io
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, redirect_stderr
from functools import partial
from pathlib import Path

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bench import timing
from bench.services import PATH
from cds_service import knowledge, memory
from cds_service.settings import Database, Issuer, Settings
from cds_service.store import open_store
from cds_service.web import create_app
from cds_service.web.log import configure
from cds_service.web.process import Process
from tests.support.signing import AUDIENCE, BASE, ISS, good_token, key_set

ROUNDS = timing.ROUNDS
TOKENS = 3000
LIFE = 3000  # s


def measure(body: bytes) -> dict[str, float]:
    """CPU milliseconds a call: alone, with the store, with the store and signed callers."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        with redirect_stderr(Path(os.devnull).open("w")):  # which the log keeps open
            configure()
        tokens = iter([good_token(time.time(), exp=int(time.time()) + LIFE) for _ in range(TOKENS)])
        known = Settings(public_base_url=BASE, issuers=(_issuer(Path(folder)),))
        apps = {
            "the cards alone": _app(Settings(), None, stack),
            "with audit trail and de-duplication": _app(Settings(), Path(folder) / "open.db", stack),
            "with these and the check of the token": _app(known, Path(folder) / "known.db", stack),
        }
        memory.settle()
        return timing.cpu_milliseconds(
            {name: partial(_post, app, body, lambda: next(tokens)) for name, app in apps.items()}
        )


def _app(settings: Settings, file: Path | None, stack: ExitStack) -> Flask:
    store = open_store(Database(url=f"sqlite:///{file}"), create=True) if file else None
    rules = knowledge.load()
    process = Process(rules, settings, store)
    stack.callback(process.end)
    return create_app(rules, settings, process=process)


def _issuer(folder: Path) -> Issuer:
    keys = folder / "keys.json"
    keys.write_bytes(key_set())
    return Issuer(name="ehr", iss=ISS, jwks_file=keys, per_second=10_000, burst=100_000)


def _post(app: Flask, body: bytes, token: Callable[[], str]) -> None:
    """One call, each with a token of its own, which an open service does not look at."""
    environ = _TEMPLATE | {
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": f"Bearer {token()}",
    }
    chunks, status, _ = run_wsgi_app(app, environ, buffered=True)
    if status != "200 OK":
        raise RuntimeError(f"the request failed: {b''.join(chunks).decode()}")


_TEMPLATE = EnvironBuilder(path=PATH, method="POST", content_type="application/json").get_environ()

if not AUDIENCE.endswith(PATH):
    raise RuntimeError("the tokens are for another address")
