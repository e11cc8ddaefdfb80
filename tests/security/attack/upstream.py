"""The EHR's FHIR server: where the token goes, and what is fetched with it."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from tests.fhir.ehr import GOOD, OPTIONAL, TOKEN, keys
from tests.fhir.test_addresses import LOOK_ALIKES, NONSENSE, SPELLINGS
from tests.security.attack.registry import attack
from tests.security.attack.semantics import HOSTILE_IDS, with_context
from tests.security.attack.stage import BUDGET, MARGIN, Stage, advice

ALLOWED = GOOD[0]
HUNG = 8  # calls at a time


def nowhere(stage: Stage, servers: list[Any], *statuses: int) -> None:
    """None of the servers is asked."""
    before = len(stage.fetched(ALLOWED))
    for server in servers:
        answer = stage.with_fhir("-", keys(), fhirServer=server)
        assert answer.status in statuses, f"{answer.status} for {server!r}"
    assert stage.astray() == 0
    assert len(stage.fetched(ALLOWED)) == before


@attack(107)
def a_server_that_is_not_listed(stage: Stage) -> None:
    where = urlsplit(stage.canary)
    nowhere(stage, [one.format(address=where.netloc, port=where.port) for one in SPELLINGS], 412)
    only_some = stage.with_fhir(stage.canary, OPTIONAL)
    assert only_some.status == 200
    assert "not one this service may ask" in only_some.text
    assert stage.astray() == 0


@attack(108)
def look_alikes_of_a_listed_server(stage: Stage) -> None:
    base = f"{stage.fhir_server}/{ALLOWED}"
    netloc = urlsplit(stage.canary).netloc
    nowhere(
        stage, [one.format(base=base, upper=base.upper(), canary=netloc) for one in LOOK_ALIKES], 400, 412
    )


@attack(109)
def other_schemes(stage: Stage) -> None:
    nowhere(stage, NONSENSE, 400)


@attack(110)
def what_is_missing_is_fetched(stage: Stage) -> None:
    base = GOOD[1]
    assert advice(stage.with_fhir(base, keys())) == stage.first
    fetched = stage.fetched(base)
    assert {one["headers"]["Authorization"] for one in fetched} == {f"Bearer {TOKEN}"}
    assert stage.astray() == 0


@attack(111)
def hostile_ids_do_not_reach_the_address(stage: Stage) -> None:
    base = GOOD[2]
    access = {"fhirServer": f"{stage.fhir_server}/{base}"}
    for one in (*HOSTILE_IDS, "x%3f", "1&_include=*", "../../admin"):
        body = with_context(patientId=one) | access | {"prefetch": {}}
        assert stage.call(body).status == 400
    assert stage.fetched(base) == []


@attack(112)
def searches_run_beside_each_other(stage: Stage) -> None:
    assert (
        advice(stage.with_fhir("together/all", OPTIONAL)) == stage.first
    )  # answered when three wait at once
    with ThreadPoolExecutor(4) as threads:
        slow = [threads.submit(stage.with_fhir, "hang/all", OPTIONAL) for _ in range(3)]
        begun = monotonic()
        assert stage.with_fhir("ok/all", OPTIONAL).status == 200
        assert monotonic() - begun < 2
        assert {one.result().status for one in slow} == {200}


@attack(113)
def cookies_are_not_kept(stage: Stage) -> None:
    for _ in range(3):
        stage.with_fhir("cookie/all", keys())
    assert not [one for one in stage.fetched("cookie/all") if "Cookie" in one["headers"]]


@attack(114)
def answers_are_not_kept(stage: Stage) -> None:
    base, came = GOOD[3], []
    for _ in range(2):
        stage.with_fhir(base, keys())
        came.append(len(stage.fetched(base)))
    assert came[1] == 2 * came[0]


@attack(137)
def redirects_are_not_followed(stage: Stage) -> None:
    for fault in ("redirect-302", "redirect-308", "dripping-redirect"):
        assert stage.with_fhir(f"{fault}/all", keys()).status == 412
        assert "pointed to another address" in stage.with_fhir(f"{fault}/all-again", OPTIONAL).text
    assert stage.astray() == 0


@attack(138)
def foreign_pages_are_not_followed(stage: Stage) -> None:
    for fault in ("foreign-next", "climbing-next"):
        answer = stage.with_fhir(f"{fault}/Observation", ["labs"])
        assert "an address that may not be asked" in answer.text
    assert stage.astray() == 0


@attack(139)
def endless_pages(stage: Stage) -> None:
    answer = stage.with_fhir("endless/all", keys())
    assert answer.seconds < BUDGET + MARGIN
    assert "more than" in answer.text
    assert len(stage.fetched("endless/all")) <= 60


@attack(140)
def records_of_another_patient(stage: Stage) -> None:
    refused = stage.with_fhir("other-patient/all", keys())
    assert refused.status == 412
    assert "somebody-else" not in refused.text
    some = stage.with_fhir("other-patient/all", ["medicationRequests"])
    assert "records of another patient left out" in some.text


@attack(141)
def one_search_fails(stage: Stage) -> None:
    answer = stage.with_fhir("status-500/Observation", keys())
    assert answer.status == 200
    assert "laboratory results: the FHIR server reported an error" in answer.text


@attack(142)
def hanging_searches_hold_nobody_up(stage: Stage) -> None:
    with ThreadPoolExecutor(HUNG) as threads:
        hung = [threads.submit(stage.with_fhir, "hang/MedicationRequest", keys()) for _ in range(HUNG)]
        answers = [stage.call() for _ in range(3)]
        assert all(answer.status == 200 and answer.seconds < 2 for answer in answers)
        assert all(one.result().seconds < BUDGET + MARGIN for one in hung)


@attack(143)
def a_server_recovers(stage: Stage) -> None:
    begun = monotonic()
    while advice_or_none(stage) != stage.first:
        assert monotonic() - begun < 40


def advice_or_none(stage: Stage) -> Any:
    answer = stage.with_fhir("recovering/all", keys())
    return advice(answer) if answer.status == 200 else None
