"""The rules, loaded once."""

import pytest

from cds_service.knowledge import Knowledge, load
from cds_service.vignettes.survey import Surveyor


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture(scope="session")
def surveyor(knowledge: Knowledge) -> Surveyor:
    return Surveyor(knowledge)
