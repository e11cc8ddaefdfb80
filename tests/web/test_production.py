"""The production profile as it runs: prepared by the operator, closed to whoever is not known."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.service import ROOT, Service, serving
from tests.support.signing import AUDIENCE, BASE, ISS, good_token, key_set
from tests.web.calls import hook_call

PATH = "/cds-services/leg-soreness"


def settings(folder: Path) -> dict[str, Any]:
    (folder / "keys.json").write_bytes(key_set())
    (folder / "leg-cds.key").write_text("k" * 64)
    return {
        "profile": "production",
        "public_base_url": BASE,
        "server": {"workers": 2},
        "issuers": [{"name": "ehr", "iss": ISS, "jwks_file": "keys.json", "services": ["leg-soreness"]}],
        "database": {"url": f"sqlite:///{folder}/store.db", "pseudonym_key_file": "leg-cds.key"},
    }


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("production")
    chosen = settings(folder)
    with pytest.raises(AssertionError, match="database migrate"), serving(folder, chosen):
        pass  # a store is never made by the way
    command = [sys.executable, "-m", "cds_service", "database", "migrate", "--config", "leg-cds.yaml"]
    done = subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(ROOT)}, check=False, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    with serving(folder, chosen) as running:
        yield running


def token(**claims: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {good_token(time.time(), **claims)}"}


def test_a_signed_caller_is_answered(service: Service) -> None:
    assert service.post(PATH, hook_call(), **token()).json() == {"cards": []}


def test_nobody_else_is_and_all_are_told_the_same(service: Service) -> None:
    answers = [
        service.post(PATH, hook_call()),
        service.post(PATH, hook_call(), **token(iss="https://other.example")),
        service.post(PATH, hook_call(), **token(aud=f"{AUDIENCE}/feedback")),
        service.post(PATH, hook_call(), Authorization="Basic eDp5"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {"Bearer"}


def test_a_service_the_caller_may_not_call_is_403(service: Service) -> None:
    other = "leg-soreness-order-sign"
    answer = service.post(
        f"/cds-services/{other}", hook_call(other), **token(aud=f"{BASE}/cds-services/{other}")
    )
    assert answer.status_code == 403


def test_a_token_is_used_once_whichever_process_sees_it(service: Service) -> None:
    same = token()
    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(lambda _: service.post(PATH, hook_call(), **same).status_code, range(10)))
    assert sorted(statuses) == [200] + [401] * 9


def test_discovery_is_public_and_pages_of_the_sandbox_are_not_answered(service: Service) -> None:
    assert service.get("/cds-services").status_code == 200
    for origin in ("https://sandbox.cds-hooks.org", "http://localhost:3000"):
        answer = service.post(PATH, hook_call(), Origin=origin, **token())
        assert answer.status_code == 200
        assert "Access-Control-Allow-Origin" not in answer.headers
