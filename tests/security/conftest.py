"""A gatekeeper for one EHR, whose keys are in a file."""

import pytest

from cds_service.ehr.callers import Gatekeeper
from tests.security.token_making import JKU, TENANTS
from tests.support.gate import gatekeeper, issuer_with_file


@pytest.fixture(scope="session")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gatekeeper:
    folder = tmp_path_factory.mktemp("keys")
    return gatekeeper(issuer_with_file(folder, tenants=TENANTS, jku=JKU, audiences=("alias-typed-in",)))
