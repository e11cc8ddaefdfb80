"""The whole service in front of an EHR, both on loopback, for a real browser."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from werkzeug.serving import make_server

from cds_service.knowledge import load
from cds_service.settings import Database, FhirServer, Issuer, Settings, SmartClient
from cds_service.store import open_store
from cds_service.web import create_app
from cds_service.web.process import Process
from tests.support.browser import browser, visit  # noqa: F401
from tests.support.signing import ec_key, key_set, public_jwk
from tests.support.smart_ehr import CLIENT_ID, SmartEhr, running_ehr


class Place(NamedTuple):
    """Where the service answers, and the EHR it is launched from."""

    url: str
    ehr: SmartEhr

    @property
    def launch(self) -> str:
        """The address the EHR opens the app with."""
        return f"{self.url}/smart/launch?iss={self.ehr.base}&launch=l1"


@pytest.fixture(params=["statin-three-weeks-old"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with running_ehr(request.param) as ehr:
        server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
        url = f"http://127.0.0.1:{server.server_port}"
        knowledge, settings = load(), _settings(url, ehr, tmp_path)
        store = open_store(Database(url=f"sqlite:///{tmp_path / 'smart.db'}"), create=True)
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
    return Settings(public_base_url=url, issuers=(issuer,))
