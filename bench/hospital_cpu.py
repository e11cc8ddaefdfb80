"""CPU time of a call with and without what a hospital needs, side by side in one process.

Every call is about another patient, as in a hospital: its lines in the store are new ones.
"""

import io
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stderr
from functools import partial
from itertools import count
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bench import bodies, timing
from bench.services import PATH
from cds_service import knowledge, memory
from cds_service.settings import Database, Issuer, Settings
from cds_service.store import open_store
from cds_service.web import create_app
from cds_service.web.log import configure
from cds_service.web.process import Process
from tests.support.signing import AUDIENCE, BASE, ISS, ec_key, good_token, key_set, rsa_key

ROUNDS = timing.ROUNDS
TOKENS = 3000
LIFE = 3000  # s


class Measured(NamedTuple):
    """CPU milliseconds: a call alone, with the store, with the store and signed callers; a signature."""

    calls: dict[str, float]
    signatures: dict[str, float]


def measure(body: bytes) -> Measured:
    """All of them in turn. The cryptography of a token cannot cost less than the check of its signature."""
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
        bodies_sent = _bodies(body)
        calls = {name: partial(_post, app, bodies_sent, tokens) for name, app in apps.items()}
        memory.settle()
        found = timing.cpu_milliseconds(calls | SIGNATURES)
    return Measured({name: found[name] for name in calls}, {name: found[name] for name in SIGNATURES})


def _bodies(body: bytes) -> Iterator[bytes]:
    """The same chart of one patient after the other."""
    instance = msgspec.json.decode(body, type=_Instance).hookInstance.encode()
    patient = bodies.SORE.encode()
    for number in count():
        other = b"%0*d" % (len(patient), number)
        yield body.replace(patient, other).replace(instance, str(uuid4()).encode())


class _Instance(msgspec.Struct):
    hookInstance: str


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


def _post(app: Flask, sent: Iterator[bytes], tokens: Iterator[str]) -> None:
    """One call, each with a token of its own, which an open service does not look at."""
    body = next(sent)
    environ = _TEMPLATE | {
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": f"Bearer {next(tokens)}",
    }
    chunks, status, _ = run_wsgi_app(app, environ, buffered=True)
    if status != "200 OK":
        raise RuntimeError(f"the request failed: {b''.join(chunks).decode()}")


def _signature_checks() -> dict[str, Callable[[], object]]:
    """The check of one signature by the cryptography library, for each algorithm."""
    text, digest = b"x" * 300, hashes.SHA384()
    curve, rsa = ec_key(), rsa_key()
    by_curve, by_rsa = curve.sign(text, ECDSA(digest)), rsa.sign(text, PKCS1v15(), digest)
    return {
        "ES384": partial(curve.public_key().verify, by_curve, text, ECDSA(digest)),
        "RS384": partial(rsa.public_key().verify, by_rsa, text, PKCS1v15(), digest),
    }


SIGNATURES = _signature_checks()
_TEMPLATE = EnvironBuilder(path=PATH, method="POST", content_type="application/json").get_environ()

if not AUDIENCE.endswith(PATH):
    raise RuntimeError("the tokens are for another address")
