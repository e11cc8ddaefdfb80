"""A service that knows one EHR and keeps its store in a file; its clock stands at `NOW`."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.knowledge import Knowledge
from cds_service.settings import Database, Issuer, Limits, Settings
from cds_service.store import Store, open_store
from cds_service.web import create_app
from cds_service.web.process import Process
from tests.security.token_making import JKU, TENANTS
from tests.support.admission import Make, SetClock
from tests.support.gate import issuer_with_file
from tests.support.signing import BASE, NOW

GENEROUS = Limits(refusals_per_second=10_000, refusals_burst=100_000)


@pytest.fixture
def known(tmp_path: Path) -> Issuer:
    return issuer_with_file(tmp_path, tenants=TENANTS, jku=JKU, audiences=("alias-typed-in",))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(Database(url=f"sqlite:///{tmp_path / 'store.db'}"), create=True)
    yield opened
    opened.close()


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    def at(seconds: float) -> None:
        monkeypatch.setattr("cds_service.web.admission.time", SimpleNamespace(time=lambda: NOW + seconds))

    at(0)
    return at


@pytest.fixture
def make(knowledge: Knowledge, store: Store, set_clock: SetClock) -> Make:
    set_clock(0)

    def client(*issuers: Issuer, **changed: Any) -> FlaskClient:
        settings = Settings(issuers=issuers, public_base_url=BASE, limits=GENEROUS, **changed)
        return create_app(knowledge, settings, process=Process(knowledge, settings, store)).test_client()

    return client


@pytest.fixture
def client(make: Make, known: Issuer) -> FlaskClient:
    return make(known)
