"""The synthetic patients over real HTTP, and the same patients as a Bundle."""

from datetime import UTC, datetime

import msgspec
import pytest

from cds_service.fixtures import FixturePatient, patients
from cds_service.knowledge import Knowledge
from cds_service.reading import Pool
from cds_service.review import review
from tests.conftest import Call
from tests.scenarios import card_rules, expectations
from tests.scenarios.codes import Json

PATIENTS = patients()
each_patient = pytest.mark.parametrize("patient", PATIENTS, ids=lambda patient: patient.id)


@each_patient
@pytest.mark.parametrize("hook", ["patient-view", "encounter-start"])
def test_the_story_gives_its_cards(patient: FixturePatient, hook: str, call: Call) -> None:
    service = "leg-soreness" if hook == "patient-view" else f"leg-soreness-{hook}"
    response = call(service, patient.hook_request(datetime.now(UTC).date(), hook))
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    wanted = {"cards": patient.cards, "tiers": patient.tiers, "top": patient.top}
    expectations.check(answer, wanted)
    card_rules.check(answer, patient.id)
    card_rules.check_filled(answer)


@each_patient
def test_the_bundle_gives_the_same_cards(patient: FixturePatient, knowledge: Knowledge, call: Call) -> None:
    now = datetime.now(UTC)
    answer = call("leg-soreness", patient.hook_request(now.date())).json()
    pool = Pool.from_bundle(msgspec.json.encode(patient.bundle(now.date())))
    found = msgspec.to_builtins(review(pool, now, knowledge, service="leg-soreness").cards)
    assert card_rules.without_identity({"cards": found}) == card_rules.without_identity(answer)
