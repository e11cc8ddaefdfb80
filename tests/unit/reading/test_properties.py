"""What holds for every record: nothing raises, and order, keys and strangers change nothing."""

import random
from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds_service.chart import Chart
from cds_service.reading import Pool
from cds_service.reading.salvage import UnreadableError
from tests.unit.reading.build import (
    BASE,
    ICD,
    SNOMED,
    bundle,
    coded,
    concept,
    condition,
    days_ago,
    form,
    lab,
    patient,
    raw,
    symptom,
)

ChartOf = Callable[[Pool], Chart]
Json = dict[str, Any]
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

ORDER: Json = {
    "resourceType": "MedicationRequest",
    "id": "order",
    "status": "active",
    "intent": "order",
    "medicationReference": {"reference": "Medication/m"},
    "authoredOn": days_ago(20),
    "dosageInstruction": [{"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}],
    "dispenseRequest": {"validityPeriod": {"end": days_ago(-20)}},
}
RECORDS: list[Json] = [
    patient(),
    ORDER,
    {"resourceType": "Medication", "id": "m", "code": {"text": "simvastatin 40 mg"}},
    {"resourceType": "MedicationStatement", "id": "s", "status": "active",
        "effectivePeriod": {"start": days_ago(90)}},
    {"resourceType": "Encounter", "id": "now", "reasonCode": [concept(SNOMED, "10601006")],
        "period": {"start": days_ago(0)}},
    condition(SNOMED, "10601006", bodySite=[{"text": "left leg"}], onsetDateTime=days_ago(12)),
    condition(ICD, "E11.42"),
    symptom("449614009", bodySite={"text": "left calf"}),
    symptom(component=[{"code": concept(f"{BASE}/CodeSystem/items", "severity"), "valueInteger": 4}]),
    form({"present": "yes", "site": [coded("calf")], "onset": [{"valueDate": "2026-11-10"}]}),
    lab("2823-3", 3.1, "mmol/L", referenceRange=[{"low": {"value": 3.5}}], note=[{"text": "hemolyzed"}]),
    lab("2823-3", 3.4, "mmol/L", id="again"),
    lab("1989-3", 8, "ng/mL"),
    lab("49054-0", 6, "ng/mL"),
]  # fmt: skip

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(
        [
            "Patient/p1",
            "active",
            "2026",
            "2026-02-30",
            "9999-12-31",
            "0000-01-01",
            "1e400",
            "#",
            "urn:uuid:",
            "<",
        ]
    ),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in inner for found in paths(item, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


@st.composite
def one_place_replaced(draw: st.DrawFn) -> Any:
    """The values of a prefetch with anything in one place of them."""
    values = {"patient": RECORDS[0], "all": bundle(*RECORDS[1:])}
    return replaced(values, draw(st.sampled_from(paths(values)[1:])), draw(ANYTHING))


def encodable(value: Any) -> bool:
    """Whether the value is JSON text: lone surrogates and huge integers are not."""
    try:
        msgspec.json.encode(value)
    except (UnicodeEncodeError, OverflowError):
        return False
    return True


@SHARED
@given(one_place_replaced())
def test_anything_in_any_place_never_raises(chart_of: ChartOf, values: Any) -> None:
    if encodable(values):
        chart = chart_of(Pool.from_prefetch({key: raw(value) for key, value in values.items()}, "p1", "now"))
        assert chart.patient_id == "p1"


@SHARED
@given(ANYTHING.filter(encodable))
def test_any_json_as_a_bundle_is_read_or_refused(chart_of: ChartOf, value: Any) -> None:
    try:
        pool = Pool.from_bundle(raw(value))
    except UnreadableError:
        return
    chart_of(pool)


@SHARED
@given(st.binary(max_size=60))
def test_any_bytes_as_a_value_never_raise(chart_of: ChartOf, value: bytes) -> None:
    chart_of(Pool.from_prefetch({"labs": msgspec.Raw(value)}, "p1"))


@SHARED
@given(st.integers(0, len(RECORDS) - 1), st.data())
def test_a_value_read_at_once_and_one_read_with_care_give_the_same(
    chart_of: ChartOf, number: int, data: st.DataObject
) -> None:
    """Beside a resource of a type FHIR does not have, a Bundle is read entry by entry."""
    path = data.draw(st.sampled_from(paths(RECORDS[number])[1:]))
    odd = replaced(RECORDS[number], path, data.draw(ANYTHING.filter(encodable)))
    records = [*RECORDS[:number], odd, *RECORDS[number + 1 :]]
    plain, careful = (
        Pool.from_prefetch({"all": raw(bundle(*group))}, "p1", "now")
        for group in (records, [*records, {"resourceType": "NoSuchType"}])
    )
    assert chart_of(plain) == chart_of(careful)


def whole(chart_of: ChartOf) -> Chart:
    return chart_of(Pool.from_prefetch({"all": raw(bundle(*RECORDS))}, "p1", "now"))


def test_the_example_is_worth_the_properties(chart_of: ChartOf) -> None:
    chart = whole(chart_of)
    assert chart.soreness.reported
    assert len(chart.results) == 3
    assert len(chart.problems) == 2
    assert len(chart.exposures) == 1
    assert {"present", "side", "site", "severity", "onset", "warn.swelling"} <= set(chart.answers)


@SHARED
@given(st.randoms(use_true_random=False), st.integers(1, 5))
def test_order_and_keys_do_not_matter(chart_of: ChartOf, shuffle: random.Random, keys: int) -> None:
    records = RECORDS.copy()
    shuffle.shuffle(records)
    values: dict[str, list[Json]] = {f"key {number}": [] for number in range(keys)}
    for record in records:
        values[shuffle.choice(list(values))].append(record)
        if shuffle.random() < 0.2:  # and some resources come in two keys
            values[shuffle.choice(list(values))].append(record)
    prefetch = {key: raw(bundle(*group)) for key, group in values.items()}
    assert chart_of(Pool.from_prefetch(prefetch, "p1", "now")) == whole(chart_of)


@SHARED
@given(
    st.lists(st.sampled_from(["Claim", "Procedure", "Device", "NoSuchType"]), max_size=5),
    ANYTHING.filter(encodable),
)
def test_resources_that_are_not_read_change_nothing(chart_of: ChartOf, kinds: list[str], value: Any) -> None:
    others = [{"resourceType": kind, "id": kind, "member": value} for kind in kinds]
    prefetch = {"all": raw(bundle(*others, *RECORDS, *others))}
    assert chart_of(Pool.from_prefetch(prefetch, "p1", "now")) == whole(chart_of)


@SHARED
@given(st.integers(1, len(RECORDS) - 1))
def test_resources_of_another_patient_change_nothing_but_their_count(chart_of: ChartOf, number: int) -> None:
    others = [
        {**record, "id": "x", "subject": {"reference": "Patient/p2"}} for record in RECORDS[1 : number + 1]
    ]
    others = [record for record in others if record["resourceType"] != "Medication"]
    chart = chart_of(Pool.from_prefetch({"all": raw(bundle(*others, *RECORDS))}, "p1", "now"))
    assert chart.of_other_patients > 0
    assert msgspec.structs.replace(chart, of_other_patients=0) == whole(chart_of)


@SHARED
@given(
    st.sampled_from(RECORDS[1:]), st.sampled_from(["status", "subject", "code"]), ANYTHING.filter(encodable)
)
def test_a_bad_record_never_hides_the_good_ones(
    chart_of: ChartOf, record: Json, member: str, value: Any
) -> None:
    bad = {"resourceType": record["resourceType"], "id": "bad", member: value}
    chart = chart_of(Pool.from_prefetch({"all": raw(bundle(bad, *RECORDS))}, "p1", "now"))
    good = whole(chart_of)
    assert set(good.results) <= set(chart.results)
    assert chart.soreness.reported
    assert chart.age == good.age
