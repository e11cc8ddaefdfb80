"""The application with the real knowledge, and a review that only remembers what it was asked."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.knowledge import Knowledge, load
from cds_service.settings import Settings
from cds_service.web import create_app
from tests.web.calls import Remembering


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture
def review() -> Remembering:
    return Remembering()


@pytest.fixture
def make_client(knowledge: Knowledge) -> Callable[..., FlaskClient]:
    def make(review: Any, **settings: Any) -> FlaskClient:
        return create_app(knowledge, Settings(**settings), review).test_client()

    return make


@pytest.fixture
def client(make_client: Callable[..., FlaskClient], review: Remembering) -> FlaskClient:
    return make_client(review)
