"""Gaps are filled within the time there is, whatever blocks, and noted in the pool where they stay."""

import socket
import threading
from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest

from cds_service.ehr.addresses import context_values
from cds_service.ehr.fhir_server import FhirAccess, FhirServers
from cds_service.ehr.gaps import Gap, Wanted, fill_gaps
from cds_service.ehr.unavailable import Reason
from cds_service.reading import Pool
from cds_service.settings import Limits
from tests.support.key_host import KeyHost, key_host

TEMPLATES = {
    "patient": "Patient/{{context.patientId}}",
    "labs": "Observation?patient={{context.patientId}}",
    "encounter": "Encounter/{{context.encounterId}}",
}
FOREVER = 30.0  # s
SHORT = 0.2  # s


@pytest.fixture
def servers() -> FhirServers:
    return FhirServers(Limits())


def wanted(*sent: str) -> Wanted:
    return Wanted(TEMPLATES, context_values("p", None, ""), sent)


def empty_pool() -> Pool:
    return Pool("p", declared=TEMPLATES)


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Names are not resolved until it is set."""
    event = threading.Event()

    def look_up(*_: Any, **__: Any) -> Any:
        event.wait(FOREVER)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield event
    event.set()


def test_a_resolver_that_hangs_does_not_hold_the_call(servers: FhirServers, free: threading.Event) -> None:
    pool, begun = empty_pool(), monotonic()
    access = FhirAccess(base="http://hangs.invalid/fhir", private_network=True)
    assert fill_gaps(pool, access, wanted(), servers, SHORT) == [
        Gap("labs", Reason.LATE),
        Gap("patient", Reason.LATE),
    ]
    assert monotonic() - begun < FOREVER / 2
    assert not free.is_set()
    assert "labs: the FHIR server did not answer in time" in pool.incomplete


def test_no_time_left_is_said_and_nobody_is_asked(servers: FhirServers) -> None:
    with key_host() as host:
        access = FhirAccess(base=host.url.partition("?")[0], private_network=True)
        gaps = fill_gaps(empty_pool(), access, wanted("patient"), servers, 0.0)
        assert gaps == [Gap("labs", Reason.LATE)]
        assert host.requests == []


def test_without_access_nothing_is_noted(servers: FhirServers) -> None:
    pool = empty_pool()
    assert fill_gaps(pool, None, wanted(), servers, SHORT) == []
    assert pool.incomplete == ()


def test_a_refused_access_is_noted_at_every_key_and_open_page(servers: FhirServers) -> None:
    pool = empty_pool()
    pool.add("problems", b'{"resourceType": "Bundle", "link": [{"relation": "next", "url": "x"}]}')
    gaps = fill_gaps(pool, Reason.NOT_LISTED, wanted("patient", "problems"), servers, SHORT)
    assert [gap.key for gap in gaps] == ["labs", "problems"]
    assert all("not one this service may ask" in remark for remark in pool.incomplete)


@pytest.fixture
def host() -> Iterator[KeyHost]:
    with key_host() as found:
        yield found


def test_a_key_the_server_is_said_not_to_have_is_not_asked_for(host: KeyHost, servers: FhirServers) -> None:
    host.serve(b'{"resourceType": "Patient", "id": "p"}')
    base = host.url.partition("?")[0]
    access = FhirAccess(base=base, private_network=True, without=frozenset({"labs"}))
    pool = empty_pool()
    assert fill_gaps(pool, access, wanted(), servers, FOREVER) == []
    assert host.requests == ["/keys/Patient/p"]
    assert pool.not_supplied == {"labs", "encounter"}
    assert pool.incomplete == ()


def test_a_scope_for_some_categories_is_asked_and_said_to_be_a_part(
    host: KeyHost, servers: FhirServers
) -> None:
    host.serve(b'{"resourceType": "Bundle"}')
    scope = "user/Observation.rs?category=x|laboratory"
    access = FhirAccess(base=host.url.partition("?")[0], private_network=True, scope=scope)
    pool = empty_pool()
    gaps = fill_gaps(pool, access, wanted("patient"), servers, FOREVER)
    assert gaps == [Gap("labs", Reason.PART_OF_SCOPE)]
    assert pool.obtained("labs")
    assert len(host.requests) == 1


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"entries": 100}, Reason.ENTRIES),
        ({"hook_bytes": 10_000}, Reason.BYTES),
        ({"calls": 1}, Reason.CALLS),
    ],
)
def test_what_goes_beyond_the_limits_of_a_call_is_left_out_and_said(
    host: KeyHost, limits: dict[str, int], reason: Reason
) -> None:
    entries = ",".join(['{"resource": {"resourceType": "Observation"}}'] * 101)
    host.serve(f'{{"resourceType": "Bundle", "entry": [{entries}], "x": "{"y" * 9_000}"}}'.encode())
    access = FhirAccess(base=host.url.partition("?")[0], private_network=True)
    pool = Pool("p", declared=["labs", "more"])
    search = TEMPLATES["labs"]
    asked = Wanted({"labs": search, "more": search}, context_values("p", None, ""), ())
    gaps = fill_gaps(pool, access, asked, FhirServers(Limits(**limits)), FOREVER)
    assert {gap.reason for gap in gaps} == {reason}
    assert any("more" in remark for remark in pool.incomplete)
