"""The app in front of an EHR, both real but for the browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds_service.knowledge import Knowledge
from cds_service.settings import Database, FhirServer, Issuer, Settings, SmartClient
from cds_service.store import open_store
from cds_service.web import create_app
from cds_service.web.process import Process
from tests.support.signing import ec_key, key_set, public_jwk
from tests.support.smart_ehr import CLIENT_ID, SmartEhr, running_ehr

OWN = "http://127.0.0.1:5000"
PATIENT = "statin-three-weeks-old"


@pytest.fixture
def ehr() -> Iterator[SmartEhr]:
    with running_ehr(PATIENT) as ehr:
        yield ehr


@pytest.fixture
def settings(ehr: SmartEhr, tmp_path: Path) -> Settings:
    keys = tmp_path / "keys.json"
    keys.write_bytes(key_set(public_jwk(ec_key("ehr"), "ehr")))
    issuer = Issuer(
        name="general",
        iss=ehr.base,
        jwks_file=keys,
        fhir_servers=(FhirServer(base=ehr.base, private_network=True),),
        smart=SmartClient(client_id=CLIENT_ID),
    )
    return Settings(public_base_url=OWN, issuers=(issuer,))


@pytest.fixture
def process(knowledge: Knowledge, settings: Settings, tmp_path: Path) -> Iterator[Process]:
    database = Database(url=f"sqlite:///{tmp_path / 'smart.db'}")
    store = open_store(database, create=True)
    process = Process(knowledge, settings, store)
    yield process
    process.end()


class Browser:
    """A browser at the app: it follows a launch and fills in forms."""

    def __init__(self, client: FlaskClient, ehr: SmartEhr) -> None:
        self.client = client
        self.ehr = ehr

    def begin(self) -> TestResponse:
        """The launch, as far as the authorization server."""
        return self.client.get("/smart/launch", query_string={"iss": self.ehr.base, "launch": "l1"})

    def launch(self) -> TestResponse:
        """The whole launch, as far as the answer of the callback."""
        return self.client.get(f"/smart/callback?{self.ehr.permit(self.begin().location)}")

    def open_form(self) -> tuple[str, str]:
        """Where the visit is, and the page with its form."""
        address = self.launch().location.removeprefix(OWN)
        return address, self.client.get(address).text

    def hidden(self, page: str) -> dict[str, str]:
        """The hidden fields of the form of the page."""
        fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
        return dict(fields)


@pytest.fixture
def browser(knowledge: Knowledge, settings: Settings, process: Process, ehr: SmartEhr) -> Browser:
    client = create_app(knowledge, settings, process=process).test_client()
    return Browser(client, ehr)
