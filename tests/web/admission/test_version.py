"""`/version`: for a signed caller or an operator, and for nobody else."""

import platform
from base64 import b64encode
from http import HTTPStatus

import pytest
from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from cds_service import __version__
from cds_service.knowledge import Knowledge
from cds_service.settings import Issuer, Limits, Operator, Settings
from cds_service.store import Store
from cds_service.store.schema_revision import known_revisions
from cds_service.web import create_app
from cds_service.web.process import Process
from tests.security.token_making import token
from tests.support.admission import Make
from tests.support.signing import AUDIENCE, BASE
from tests.web.calls import assert_refused

PATH = "/version"
PASSWORD = "a long enough password"  # noqa: S105 - made up


def ask(client: FlaskClient, authorization: str | None) -> TestResponse:
    return client.get(PATH, headers={"Authorization": authorization} if authorization else {})


def basic(name: str, password: str) -> str:
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"


def with_operator(make: Make, *issuers: Issuer) -> FlaskClient:
    hashed = generate_password_hash(PASSWORD)
    return make(*issuers, operators=(Operator(name="ward-lead", password_hash=hashed),))


def test_a_signed_caller_is_told_everything(client: FlaskClient, knowledge: Knowledge) -> None:
    answer = ask(client, f"Bearer {token(aud=BASE + PATH)}")
    assert answer.status_code == HTTPStatus.OK
    assert answer.get_json() == {
        "version": __version__,
        "knowledgeVersion": knowledge.version,
        "schemaRevision": known_revisions()[-1],
        "pythonVersion": platform.python_version(),
    }


@pytest.mark.parametrize("signed_callers", [True, False])
def test_an_operator_is_told_with_and_without_signed_callers(
    make: Make, known: Issuer, *, signed_callers: bool
) -> None:
    client = with_operator(make, *([known] if signed_callers else []))
    answer = ask(client, basic("ward-lead", PASSWORD))
    assert answer.status_code == HTTPStatus.OK
    assert answer.get_json()["version"] == __version__


def test_nobody_else_is_told_and_all_get_the_one_401(make: Make, known: Issuer) -> None:
    client = with_operator(make, known)
    used = token(aud=BASE + PATH)
    assert ask(client, f"Bearer {used}").status_code == HTTPStatus.OK
    wrong = [
        None,
        "Bearer x",
        f"Bearer {used}",
        f"Bearer {token(aud=AUDIENCE)}",
        f"Bearer {token(aud=BASE)}",
        basic("ward-lead", "another password"),
        basic("stranger", PASSWORD),
    ]
    answers = [ask(client, authorization) for authorization in wrong]
    for answer in answers:
        assert_refused(answer, HTTPStatus.UNAUTHORIZED)
        assert __version__ not in answer.text
    assert len({answer.data for answer in answers}) == 1


def test_an_open_service_tells_nobody(make: Make) -> None:
    client = make()
    for authorization in (None, f"Bearer {token(aud=BASE + PATH)}", basic("ward-lead", PASSWORD)):
        assert_refused(ask(client, authorization), HTTPStatus.UNAUTHORIZED)


def test_whoever_guesses_has_to_wait(make: Make) -> None:
    client = with_operator(make)
    statuses = [ask(client, basic("ward-lead", f"guess {number}")).status_code for number in range(25)]
    assert statuses[0] == HTTPStatus.UNAUTHORIZED
    assert statuses[-1] == HTTPStatus.TOO_MANY_REQUESTS


def test_guesses_count_whichever_page_they_are_at(make: Make) -> None:
    client = with_operator(make)
    headers = {"Authorization": basic("ward-lead", "a guess")}
    pages = ["/feedback", PATH] * 12
    statuses = [client.get(page, headers=headers).status_code for page in pages]
    assert statuses[-2:] == [HTTPStatus.TOO_MANY_REQUESTS] * 2


def test_where_nothing_is_stored_there_is_no_schema(knowledge: Knowledge) -> None:
    operator = Operator(name="ward-lead", password_hash=generate_password_hash(PASSWORD))
    settings = Settings(operators=(operator,), limits=Limits())
    client = create_app(knowledge, settings, process=Process(knowledge, settings)).test_client()
    assert ask(client, basic("ward-lead", PASSWORD)).get_json()["schemaRevision"] is None


def test_while_the_store_is_down_an_operator_is_asked_to_come_again(make: Make, store: Store) -> None:
    client = with_operator(make)
    store.close()
    assert store.address.file is not None
    store.address.file.rename(store.address.file.with_suffix(".away"))
    assert_refused(ask(client, basic("ward-lead", PASSWORD)), HTTPStatus.SERVICE_UNAVAILABLE)
