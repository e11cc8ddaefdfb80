"""A first look calls quiet only what the full reading cannot hear, and gives up where it is unsure."""

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.knowledge.vocabulary import Vocabulary
from cds_service.reading.glance import Glancer
from cds_service.reading.glance_owners import Lines
from cds_service.reading.passed_over import PASSED_OVER
from cds_service.reading.tellings import ALWAYS, NEVER, Telling
from cds_service.when import When
from tests.unit.reading.build import BASE, ICD, LOINC, SNOMED, Json, bundle, concept, days_ago, patient

SUBJECT = {"reference": "Patient/p1"}
FORM = f"{BASE}/Questionnaire/morning-leg-soreness|0.1.0"
ITEMS = f"{BASE}/CodeSystem/items"
LEG_PAIN, LEG_CRAMP, HEADACHE = "10601006", "449918009", "25064002"


def record(kind: str, **members: Any) -> Json:
    return {"resourceType": kind, "id": kind.lower(), "subject": SUBJECT, **members}


def encoded(value: object) -> bytes:
    return msgspec.json.encode(value)


@pytest.fixture(scope="session")
def glancer(vocabulary: Vocabulary) -> Glancer:
    return Glancer(vocabulary)


def telling_of(glancer: Glancer, *records: Json) -> Telling:
    found = glancer.bundle(encoded(bundle(patient(), *records)))
    assert found is not None
    return found.seen["Patient/p1"].telling


QUIET = {
    "a result": record("Observation", code=concept(LOINC, "2823-3")),
    "a result without codes": record("Observation", code={"text": "potassium"}),
    "another problem": record("Condition", code=concept(SNOMED, HEADACHE)),
    "a problem in words": record("Condition", code={"text": "leg pain"}),
    "a problem that is over": record(
        "Condition", code=concept(SNOMED, LEG_PAIN), clinicalStatus=concept("x", "resolved")
    ),
    "a visit that is over": record("Encounter", status="finished", reasonCode=[concept(SNOMED, LEG_PAIN)]),
    "another form": record(
        "QuestionnaireResponse", questionnaire=f"{BASE}/Questionnaire/other", authored=days_ago(1)
    ),
    "an order": record("MedicationRequest", medicationCodeableConcept=concept(SNOMED, LEG_PAIN)),
    "what nobody reads": record("Procedure", code=concept(SNOMED, LEG_PAIN)),
}


@pytest.mark.parametrize("resource", QUIET.values(), ids=QUIET)
def test_quiet_records_tell_nothing(resource: Json, glancer: Glancer) -> None:
    found = glancer.bundle(encoded(bundle(patient(), resource)))
    assert found is not None
    assert all(seen.telling == Telling() for seen in found.seen.values())


TELLING = {
    "an Observation of leg pain": record("Observation", code=concept(SNOMED, LEG_PAIN)),
    "an Observation of a part of the leg": record("Observation", code=concept(SNOMED, "300954003")),
    "one whose body site nobody knows": record(
        "Observation", code=concept(SNOMED, "68962001"), bodySite=concept(SNOMED, "1234567")
    ),
    "an item of the form": record("Observation", code=concept(ITEMS, "present")),
    "an item in a component": record(
        "Observation", code=concept(LOINC, "2823-3"), component=[{"code": concept(ITEMS, "present")}]
    ),
    "a complaint in free text": record("Observation", code=concept(LOINC, "10154-3"), valueString="legs"),
    "a code of ICD-10-CM without the dot": record("Observation", code=concept(ICD, "R252")),
    "the second of two codes": record(
        "Observation", code={"coding": [{"code": "x"}, {"system": SNOMED, "code": LEG_CRAMP}]}
    ),
}


@pytest.mark.parametrize("resource", TELLING.values(), ids=TELLING)
def test_observations_that_could_report_soreness_tell_whenever_they_were_made(
    resource: Json, glancer: Glancer
) -> None:
    assert telling_of(glancer, resource) == Telling(ALWAYS)


def day(text: str) -> int:
    return When.parse(text).last


def test_problems_and_forms_tell_by_their_day(glancer: Glancer) -> None:
    when = days_ago(3)
    sore = record("Condition", code=concept(ICD, "M79.604"))
    assert telling_of(glancer, {**sore, "recordedDate": when}) == Telling(day(when))
    assert telling_of(glancer, {**sore, "onsetDateTime": "2025"}) == Telling(day("2025-12-31"))
    assert NEVER < telling_of(glancer, sore).told < day("1900-01-01")
    assert telling_of(glancer, {**sore, "recordedDate": "yesterday"}) == Telling(ALWAYS)
    form = record("QuestionnaireResponse", questionnaire=FORM)
    assert telling_of(glancer, {**form, "authored": when}) == Telling(day(when))
    assert telling_of(glancer, form) == Telling(ALWAYS)


def test_an_encounter_going_on_tells_by_when_it_began(glancer: Glancer) -> None:
    when = days_ago(3)
    visit = record("Encounter", status="In-Progress ", period={"start": when})
    assert telling_of(glancer, visit) == Telling(NEVER, day(when))
    for reason in (concept(SNOMED, LEG_PAIN), {"text": "legs hurt"}):
        assert telling_of(glancer, {**visit, "reasonCode": [reason]}) == Telling(day(when), day(when))


def test_every_code_of_a_finding_of_soreness_tells(vocabulary: Vocabulary, glancer: Glancer) -> None:
    findings, reported = vocabulary.findings, vocabulary.items.rules.reported
    for system, table in ((SNOMED, findings.snomed), (ICD, findings.icd10cm)):
        for code, coded in table.items():
            if any(reported in findings.words[name].says for name in coded.findings):
                assert telling_of(glancer, record("Observation", code=concept(system, code))).told == ALWAYS


def test_whose_records_they_are(glancer: Glancer) -> None:
    other = {**record("Observation", code=concept(LOINC, "2823-3")), "subject": {"reference": "Patient/p2"}}
    records = (QUIET["a result"], QUIET["an order"], other, QUIET["what nobody reads"])
    found = glancer.bundle(encoded(bundle(patient(), *records, {"resourceType": "Medication"})))
    assert found is not None
    assert {key: seen.counts for key, seen in found.seen.items()} == {
        "Patient/p1": {"Observation": 1, "MedicationRequest": 1},
        "Patient/p2": {"Observation": 1},
    }
    assert (found.passed_over, found.loose) == ({"Procedure": 1}, 1)
    assert [person.name for person in found.persons] == ["p1"]
    lines = Lines()
    assert glancer.lines(b"\n".join(map(encoded, (patient(), *records))), lines)
    assert lines.references == {
        "Observation": Counter({"Patient/p1": 1, "Patient/p2": 1}),
        "MedicationRequest": Counter({"Patient/p1": 1}),
    }
    assert [person.name for person in lines.persons] == ["p1"]


def test_a_bundle_says_when_it_was_made(glancer: Glancer) -> None:
    meta = {"meta": {"lastUpdated": "2026-02-01"}}
    for more, time in (({}, ""), (meta, "2026-02-01"), ({**meta, "timestamp": "2026-01-01"}, "2026-01-01")):
        found = glancer.bundle(encoded(bundle(patient(), **more)))
        assert found is not None
        assert found.time == time


TWICE = b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"a","id":"b"}}]}'
WANT_CARE = {
    "a Patient with a member twice": TWICE,
    "a Bundle with a member twice": b'{"resourceType":"Bundle","type":"x","type":"y"}',
    "a record of nobody": encoded(bundle({"resourceType": "Observation"})),
    "a record of a contained patient": encoded(
        bundle({"resourceType": "Observation", "subject": {"reference": "#p"}})
    ),
    "a Patient without a name": encoded(bundle({"resourceType": "Patient"})),
    "a Patient whose birth date is no text": encoded(bundle(patient(birthDate=1970))),
    "a type that FHIR does not have": encoded(bundle({"resourceType": "NoSuchType"})),
    "a server's remark": encoded(bundle({"resourceType": "OperationOutcome"})),
    "a Bundle in a Bundle": encoded(bundle(bundle())),
    "an entry without a resource": encoded({"resourceType": "Bundle", "entry": [{}]}),
    "an entry that is none": encoded({"resourceType": "Bundle", "entry": [7]}),
    "no list of entries": encoded({"resourceType": "Bundle", "entry": {}}),
    "a page that follows": encoded(bundle(link=[{"relation": "next", "url": "x"}])),
    "a hook request": encoded(bundle(hook="patient-view")),
    "an unreadable problem": encoded(bundle(patient(), record("Condition", code=7))),
    "an unreadable date of a problem": encoded(bundle(patient(), record("Condition", onsetDateTime=7))),
    "an unreadable result": encoded(bundle(patient(), record("Observation", code=7))),
    "text that is no UTF-8": encoded(bundle(patient(name="?"))).replace(b"?", b"\xff"),
    "no JSON": encoded(bundle(patient()))[:-1],
    "NaN": encoded(bundle(patient(multipleBirthInteger=0))).replace(b":0", b":NaN"),
    "no Bundle": encoded(patient()),
    "a list": b"[]",
    "nothing": b"",
}


@pytest.mark.parametrize("raw", WANT_CARE.values(), ids=WANT_CARE)
def test_whatever_is_not_expected_wants_care(raw: bytes, glancer: Glancer) -> None:
    assert glancer.bundle(raw) is None


def test_a_line_that_wants_care_enters_nothing(glancer: Glancer) -> None:
    good = encoded(QUIET["a result"])
    for bad in (b"{", b"7", encoded(record("Condition", code=7)), encoded({"resourceType": "Observation"})):
        lines = Lines()
        assert not glancer.lines(b"\n".join([good, bad, good]), lines)
        assert lines == Lines()


@pytest.mark.parametrize("kind", PASSED_OVER)
def test_types_that_nobody_reads_are_counted(kind: str, glancer: Glancer) -> None:
    found = glancer.bundle(encoded(bundle({"resourceType": kind})))
    assert found is not None
    assert found.passed_over == {kind: 1}


RECORDS = [*QUIET.values(), *TELLING.values(), {"resourceType": "Medication", "id": "m"}]


@given(st.lists(st.sampled_from(RECORDS), max_size=5))
def test_a_bundle_and_its_lines_show_the_same(glancer: Glancer, records: list[Json]) -> None:
    found, lines = glancer.bundle(encoded(bundle(patient(), *records))), Lines()
    assert glancer.lines(b"\n".join(map(encoded, (patient(), *records))), lines)
    assert found is not None
    told = Telling()
    for telling in lines.telling.values():
        told.add(telling)
    assert told == (found.seen["Patient/p1"].telling if found.seen else Telling())
    assert lines.persons == found.persons
    counts = {kind: sum(names.values()) for kind, names in lines.references.items()}
    assert counts == (found.seen["Patient/p1"].counts if found.seen else {})
    assert (lines.passed_over, lines.loose) == (found.passed_over, found.loose)
