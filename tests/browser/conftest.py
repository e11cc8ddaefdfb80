"""The whole service in front of an EHR, both on loopback, for a real browser."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from werkzeug.security import generate_password_hash
from werkzeug.serving import make_server

from cds_service.knowledge import load
from cds_service.settings import Database, FhirServer, Issuer, Operator, Settings, SmartClient
from cds_service.store import open_store
from cds_service.web import create_app
from cds_service.web.process import Process
from tests.store.cards import accept, answer, numbered, show
from tests.support.browser import browser, visit  # noqa: F401
from tests.support.quiet import Quiet
from tests.support.signing import ec_key, key_set, public_jwk
from tests.support.smart_ehr import CLIENT_ID, SmartEhr, running_ehr

PATIENT = "statin-three-weeks-old"
OPERATOR = {"username": "ward-lead", "password": "a long enough password"}  # made up
_hash = cache(generate_password_hash)


class Place(NamedTuple):
    """Where the service answers, and the EHR it is launched from."""

    url: str
    ehr: SmartEhr

    @property
    def launch(self) -> str:
        """The address the EHR opens the app with."""
        return f"{self.url}/smart/launch?iss={self.ehr.base}&launch=l1"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A service and an EHR for this test alone."""
    with running_place(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def shared_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One service and EHR for tests that only look."""
    with running_place(tmp_path_factory.mktemp("place")) as running:
        yield running


@contextmanager
def running_place(folder: Path) -> Iterator[Place]:
    """A service in front of an EHR; somebody has seen and answered cards before."""
    with running_ehr(PATIENT) as ehr:
        server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=Quiet)
        url = f"http://127.0.0.1:{server.server_port}"
        knowledge, settings = load(), _settings(url, ehr, folder)
        store = open_store(Database(url=f"sqlite:///{folder / 'smart.db'}"), create=True)
        show(store, *numbered(3), at=time.time_ns() // 1000)
        accept(store, "c0")
        answer(store, "c1", reason_code="already-known")
        process = Process(knowledge, settings, store)
        server.app = create_app(knowledge, settings, process=process)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Place(url, ehr)
        server.shutdown()
        thread.join()
        server.server_close()
        process.end()


def _settings(url: str, ehr: SmartEhr, folder: Path) -> Settings:
    keys = folder / "keys.json"
    keys.write_bytes(key_set(public_jwk(ec_key("ehr"), "ehr")))
    issuer = Issuer(
        name="general",
        iss=ehr.base,
        jwks_file=keys,
        fhir_servers=(FhirServer(base=ehr.base, private_network=True),),
        smart=SmartClient(client_id=CLIENT_ID),
    )
    operator = Operator(name=OPERATOR["username"], password_hash=_hash(OPERATOR["password"]))
    return Settings(public_base_url=url, issuers=(issuer,), operators=(operator,))
