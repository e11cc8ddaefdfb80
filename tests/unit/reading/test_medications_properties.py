"""What holds for any medication records."""

from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds_service.reading.medication_resources import Medication
from cds_service.reading.medications import read_medications
from tests.unit.reading.medication_records import DRUGS, LIMITS, NOW, RXNORM, TYPES, read_named

STATUSES = [
    "active",
    "stopped",
    "completed",
    "on-hold",
    "not-taken",
    "unknown",
    "entered-in-error",
    "x",
    None,
]
DATES = [
    None,
    "2026",
    "2026-09",
    "2026-10-01",
    "2026-11-20T10:00:00Z",
    "2025-01-01",
    "2026-12-01",
    "yesterday",
]
dates = st.sampled_from(DATES)
periods = st.fixed_dictionaries({}, optional={"start": dates, "end": dates})
concepts = st.one_of(
    st.sampled_from(["617311", "310812", "198211", "0"]).map(
        lambda code: {"coding": [{"system": RXNORM, "code": code}]}
    ),
    st.sampled_from(["Lipitor 40 mg", "nystatin", "cream", ""]).map(lambda text: {"text": text}),
    st.text(max_size=30),
)
quantities = st.fixed_dictionaries(
    {},
    optional={
        "value": st.floats() | st.text(max_size=3),
        "unit": st.sampled_from(["mg", "tablet", "mL", "?"]),
    },
)
repeats = st.fixed_dictionaries(
    {},
    optional={
        "frequency": st.floats(),
        "period": st.floats(),
        "periodUnit": st.sampled_from(["d", "h", "wk", "?"]),
        "boundsPeriod": periods,
    },
)
dosages = st.fixed_dictionaries(
    {},
    optional={
        "text": st.text(max_size=30),
        "sequence": st.integers(0, 2),
        "timing": st.builds(lambda repeat: {"repeat": repeat}, repeats),
        "doseAndRate": st.lists(
            st.builds(lambda quantity: {"doseQuantity": quantity}, quantities), max_size=2
        ),
    },
)
records = st.fixed_dictionaries(
    {"resourceType": st.sampled_from(sorted(TYPES)), "status": st.sampled_from(STATUSES)},
    optional={
        "medicationCodeableConcept": concepts,
        "medicationReference": st.fixed_dictionaries(
            {},
            optional={
                "reference": st.sampled_from(["#a", "Medication/1", "x"]),
                "display": st.text(max_size=20),
            },
        ),
        "intent": st.sampled_from(["order", "plan", None]),
        "authoredOn": dates,
        "dateAsserted": dates,
        "effectivePeriod": periods,
        "effectiveDateTime": dates,
        "whenHandedOver": dates,
        "daysSupply": quantities,
        "dosageInstruction": st.lists(dosages, max_size=2),
        "dispenseRequest": st.builds(lambda validity: {"validityPeriod": validity}, periods),
    },
)
patients = st.lists(records, max_size=6).map(lambda some: [(f"r/{i}", one) for i, one in enumerate(some)])


@settings(suppress_health_check=[HealthCheck.too_slow])  # of the strategy, on a busy machine
@given(patients, st.randoms(use_true_random=False))
def test_any_order_of_the_records_gives_the_same(patient: list[tuple[str, Any]], random: Any) -> None:
    shuffled = list(patient)
    random.shuffle(shuffled)
    assert repr(read_named(*patient)) == repr(read_named(*shuffled))


@given(patients)
def test_what_is_read_makes_sense(patient: list[tuple[str, Any]]) -> None:
    found = read_named(*patient)
    refs = {ref for ref, _ in patient}
    words = [one.ingredient for one in found.exposures]
    assert words == sorted(set(words))
    assert len(found.medicines) <= len(patient)
    for exposure in found.exposures:
        assert exposure.refs
        assert set(exposure.refs) <= refs
        assert exposure.start is None or exposure.start.last <= NOW.toordinal()
        assert exposure.daily_dose is None or exposure.daily_dose > 0
        assert all(one.after > one.before for one in exposure.increases)


@given(patients, records)
def test_a_record_of_another_medicine_changes_no_exposure(patient: list[tuple[str, Any]], other: Any) -> None:
    unrelated = other | {"medicationCodeableConcept": {"text": "prenatal vitamins"}}
    assert read_named(*patient).exposures == read_named(*patient, ("other", unrelated)).exposures


@given(st.dictionaries(st.sampled_from(["#a", "Medication/1", "x"]), st.just("Medication/1")), patients)
def test_references_that_lead_in_circles_end(targets: dict[str, str], patient: list[tuple[str, Any]]) -> None:
    part = {"itemReference": {"reference": "Medication/1"}}
    loop = msgspec.convert({"resourceType": "Medication", "ingredient": [part]}, Medication)
    named = [(ref, msgspec.convert(one, TYPES[one["resourceType"]])) for ref, one in patient]
    found = read_medications(named, lambda ref: loop if ref in targets else None, NOW, DRUGS, LIMITS)
    assert len(found.medicines) <= len(patient)
