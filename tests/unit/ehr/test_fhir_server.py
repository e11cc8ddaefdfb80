"""Which FHIR server may be asked, when it is asked again, and when it is left alone."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from cds_service.ehr.allowance import Allowance
from cds_service.ehr.breaker import State
from cds_service.ehr.deadline import Deadline
from cds_service.ehr.fhir_server import Authorization, FhirAccess, FhirServers, open_access
from cds_service.ehr.token import Token
from cds_service.ehr.unavailable import Reason, Unavailable
from cds_service.settings import FhirServer, Limits
from tests.support.key_host import KeyHost, key_host, text

SECONDS = 10.0
DOCUMENT = json.dumps({"a": 1}).encode()
TOKEN = Token("secret-of-one-call")


@pytest.fixture
def host() -> Iterator[KeyHost]:
    with key_host() as found:
        found.serve(DOCUMENT)
        yield found


LISTED = (
    FhirServer(base="https://ehr.example/fhir"),
    FhirServer(base="https://b.example/r4", without=("labs",)),
)


def test_access_is_opened_to_listed_servers_only() -> None:
    access = open_access("https://b.example/r4/", Authorization(TOKEN, 300, "user/*.read"), LISTED)
    assert isinstance(access, FhirAccess)
    assert (access.base, access.without) == ("https://b.example/r4", {"labs"})
    assert "secret" not in repr(access)
    assert "secret" not in str(Authorization(TOKEN))
    assert open_access("https://c.example/r4", None, LISTED) is Reason.NOT_LISTED
    assert open_access("https://b.example/r4", Authorization(TOKEN, 0), LISTED) is Reason.EXPIRED
    assert open_access("", None, LISTED) is None
    assert open_access("https://c.example/r4", None, ()) is None


Ask = Callable[[], Reason | None]


@pytest.fixture
def servers() -> FhirServers:
    return FhirServers(Limits(breaker_failures=2))


@pytest.fixture
def ask(host: KeyHost, servers: FhirServers) -> Ask:
    access = FhirAccess(base=host.url.partition("?")[0], token=TOKEN, private_network=True)

    def once() -> Reason | None:
        try:
            with Deadline(SECONDS) as deadline:
                servers.get(access, f"{access.base}/x", deadline, Allowance(servers.limits))
        except Unavailable as error:
            return error.reason
        return None

    return once


@pytest.mark.parametrize(
    ("status", "headers", "asked"),
    [
        (503, {"Retry_After": "0"}, 2),
        (429, {"Retry_After": "0"}, 2),
        (503, {}, 1),
        (503, {"Retry_After": "3600"}, 1),
        (503, {"Retry_After": "Fri, 31 Dec 1999 23:59:59 GMT"}, 1),
        (500, {"Retry_After": "0"}, 1),
        (401, {"Retry_After": "0"}, 1),
        (404, {"Retry_After": "0"}, 1),
    ],
)
def test_only_what_may_help_is_tried_again_and_only_once(
    host: KeyHost, ask: Ask, status: int, headers: dict[str, str], asked: int
) -> None:
    host.answer = text(b"", status=status, **headers)
    assert ask() is not None
    assert len(host.requests) == asked


def test_refusals_do_not_make_a_server_rest_and_failures_do(
    host: KeyHost, ask: Ask, servers: FhirServers
) -> None:
    host.answer = text(b"", status=403)
    for _ in range(5):
        assert ask() is Reason.FORBIDDEN
    host.answer = text(b"", status=500)
    assert [ask(), ask(), ask()] == [Reason.FAILED, Reason.FAILED, Reason.RESTING]
    assert list(servers.states().values()) == [State.OPEN]


def test_a_broken_connection_that_a_retry_made_good_is_no_failure(
    host: KeyHost, ask: Ask, servers: FhirServers
) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if len(host.requests) % 2:
            handler.close_connection = True
        else:
            text(DOCUMENT)(handler)

    host.answer = answer
    assert [ask() for _ in range(4)] == [None] * 4
    assert list(servers.states().values()) == [State.CLOSED]


def test_every_request_is_told_to_the_metrics(host: KeyHost) -> None:
    told: list[tuple[str, str]] = []
    servers = FhirServers(Limits(), lambda base, result, _seconds: told.append((base, result)))
    access = FhirAccess(base=host.url.partition("?")[0], private_network=True)
    with Deadline(SECONDS) as deadline:
        servers.get(access, f"{access.base}/x", deadline, Allowance(servers.limits))
    assert told == [(access.base, "ok")]


@pytest.mark.parametrize(
    ("connect_seconds", "state"), [(0.01, State.OPEN), (5.0, State.CLOSED)], ids=["enough", "hardly any"]
)
def test_only_a_server_that_had_time_to_answer_has_failed(
    host: KeyHost, connect_seconds: float, state: State
) -> None:
    answered = threading.Event()
    host.answer = lambda _: answered.wait(SECONDS) and None
    servers = FhirServers(Limits(breaker_failures=1, connect_seconds=connect_seconds))
    access = FhirAccess(base=host.url.partition("?")[0], private_network=True)
    with pytest.raises(Unavailable, match="late"), Deadline(0.2) as deadline:
        servers.get(access, f"{access.base}/x", deadline, Allowance(servers.limits))
    answered.set()
    assert list(servers.states().values()) == [state]
