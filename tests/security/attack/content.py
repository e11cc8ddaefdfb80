"""FHIR content: records that are broken, hostile or endless, beside good ones."""

import copy
from collections.abc import Iterator
from typing import Any

from tests.security.attack.registry import attack
from tests.security.attack.stage import BUDGET, MARGIN, Stage, advice, hook

Json = dict[str, Any]

SECONDS = 2 * BUDGET + MARGIN  # for the largest bodies
BAD_ENTRIES: tuple[Any, ...] = (
    None, 1, "x", [], {}, {"resource": None}, {"resource": "x"}, {"resource": []}, {"resource": {}},
    {"resource": {"resourceType": None}}, {"resource": {"resourceType": "Nonsense", "id": "n"}},
    {"resource": {"resourceType": "Observation", "code": 5, "valueQuantity": [], "status": {}}},
    {"resource": {"resourceType": "MedicationRequest", "medicationCodeableConcept": "x", "subject": 1}},
    {"resource": {"resourceType": "Observation", "code": {"coding": [None, 1, {"code": 5}]}}},
)  # fmt: skip
NUMBERS = (1e308, -1, 0, "12", 1e-300, 1.123456789012345678901234567890, -1e308, 2**63, True, None, [], "")
DATES = (
    "2026", "2026-02", "2026-01-01T10:00:00", "2016-12-31T23:59:60Z", "0000-01-01", "9999-12-31",
    "2026-02-30", "x",
    5, "", None, [], "2026-13-01", "2026-01-01T25:00:00Z", "10000-01-01", "2026-01-01T10:00:00+99:00",
    "-0001-01-01",
)  # fmt: skip


def fresh() -> Json:
    """A call whose resources may be changed."""
    return copy.deepcopy(hook())


def entries(body: Json, key: str = "labs") -> list[Any]:
    found: list[Any] = body["prefetch"][key]["entry"]
    return found


def survives(stage: Stage, bodies: Iterator[Json], statuses: tuple[int, ...] = (200, 400, 412)) -> None:
    """Every call is answered in time, and never with silence."""
    for body in bodies:
        answer = stage.call(body)
        assert answer.status in statuses, answer.status
        assert answer.status != 200 or answer.json["cards"]
        assert answer.seconds < SECONDS


def changed(member: str, values: tuple[Any, ...]) -> Iterator[Json]:
    """Calls in which one member of every result and prescription has one of the values."""
    for value in values:
        body = fresh()
        for entry in (*entries(body), *entries(body, "medicationRequests")):
            entry["resource"][member] = value
        yield body


@attack(96)
def bad_entries_beside_good_ones(stage: Stage) -> None:
    body = fresh()
    for key in ("labs", "medicationRequests"):
        entries(body, key)[:0] = copy.deepcopy(BAD_ENTRIES)
        entries(body, key).extend(copy.deepcopy(BAD_ENTRIES))
    answer = stage.call(body)
    assert [one[:2] for one in advice(answer)][: len(stage.first)] == [one[:2] for one in stage.first]


@attack(97)
def each_bad_entry_alone(stage: Stage) -> None:
    def alone() -> Iterator[Json]:
        for bad in BAD_ENTRIES:
            body = fresh()
            body["prefetch"]["labs"]["entry"] = [bad]
            yield body

    survives(stage, alone())


@attack(98)
def members_of_newer_versions(stage: Stage) -> None:
    body = fresh()
    for entry in (*entries(body), *entries(body, "medicationRequests")):
        entry["resource"] |= {"newMember": {"x": [1]}, "_status": {"extension": []}, "vendor": None}
    assert advice(stage.call(body)) == stage.first


@attack(99)
def bundles_that_are_none(stage: Stage) -> None:
    def odd() -> Iterator[Json]:
        for change in (
            {"entry": None},
            {"entry": {}},
            {"entry": "x"},
            {"type": "batch-response"},
            {"type": 5},
        ):
            body = fresh()
            body["prefetch"]["labs"] |= change
            yield body
        body = fresh()
        del body["prefetch"]["labs"]["entry"]
        yield body

    survives(stage, odd())


@attack(100)
def hostile_numbers(stage: Stage) -> None:
    survives(stage, changed("valueQuantity", tuple({"value": one, "unit": "mmol/L"} for one in NUMBERS)))


@attack(101)
def hostile_dates(stage: Stage) -> None:
    for member in ("effectiveDateTime", "authoredOn"):
        survives(stage, changed(member, DATES))


def filled(number: int) -> Json:
    """A call with so many irrelevant results before the relevant ones."""
    body = fresh()
    weight = {
        "resourceType": "Observation", "status": "final", "effectiveDateTime": "2020-01-01",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": f"Patient/{body['context']['patientId']}"},
    }  # fmt: skip
    filler = [{"resource": weight | {"id": f"w{index}"}} for index in range(number)]
    entries(body)[:0] = filler
    return body


@attack(102)
def a_hundred_thousand_entries(stage: Stage) -> None:
    minimal = fresh()
    entries(minimal)[:0] = [
        {"resource": {"resourceType": "Basic", "id": str(index)}} for index in range(10**5)
    ]
    for body in (minimal, filled(10**5)):
        answer = stage.call(body)
        assert answer.status in {200, 413}
        assert answer.seconds < SECONDS


@attack(103)
def two_thousand_irrelevant_entries(stage: Stage) -> None:
    assert advice(stage.call(filled(2000))) == stage.first


@attack(104)
def odd_codings(stage: Stage) -> None:
    def odd() -> Iterator[Json]:
        many = [{"system": "http://loinc.org", "code": str(index)} for index in range(10_000)]
        for coding in (
            many,
            [{"code": 5}],
            [{"system": None, "code": "x"}],
            [{"display": {}}],
            {},
            "x",
            [[]],
        ):
            yield from changed("code", ({"coding": coding},))
            yield from changed("medicationCodeableConcept", ({"coding": coding, "text": {}},))

    survives(stage, odd())


@attack(105)
def references_in_circles(stage: Stage) -> None:
    def circles() -> Iterator[Json]:
        for target in (
            "MedicationRequest/three-medicines-at-once-2",
            "#",
            "#x",
            "x/" * 10_000,
            "Medication/" + "../" * 9,
        ):
            body = fresh()
            for entry in entries(body, "medicationRequests"):
                del entry["resource"]["medicationCodeableConcept"]
                entry["resource"]["medicationReference"] = {"reference": target}
                entry["resource"]["contained"] = [
                    {
                        "resourceType": "Medication",
                        "id": "x",
                        "ingredient": [{"itemReference": {"reference": "#x"}}],
                    }
                ]
            yield body

    survives(stage, circles())


@attack(106)
def texts_that_kill_patterns(stage: Stage) -> None:
    for text in (
        "a" * 50_000 + "!",
        "1" * 50_000,
        " " * 50_000 + "x",
        "1 tablet " * 9000,
        "(" * 30_000,
        "0." * 30_000,
    ):
        body = fresh()
        for entry in (*entries(body), *entries(body, "medicationRequests")):
            entry["resource"] |= {
                "valueString": text,
                "dosageInstruction": [{"text": text}],
                "medicationCodeableConcept": {"text": text},
                "effectiveDateTime": text,
            }
        answer = stage.call(body)
        assert answer.status in {200, 400, 412}
        assert answer.seconds < BUDGET
