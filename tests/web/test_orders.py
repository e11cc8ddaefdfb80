"""order-select and order-sign: drafts count, the selected ones first, and odd drafts do no harm."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.fixtures import patients
from cds_service.review import review

Json = dict[str, Any]
Client = Callable[[Any], FlaskClient]

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
STORY = "simvastatin-and-clarithromycin"
CODES = {
    "simvastatin": ("198211", 40),
    "clarithromycin": ("197517", 500),
    "itraconazole": ("28031", 200),
    "lovastatin": ("197905", 40),
    "levofloxacin": ("199885", 500),
    "ciprofloxacin": ("197511", 500),
}


def order(name: str, ident: str) -> Json:
    """A draft as the public Sandbox sends it, without intent."""
    code, dose = CODES[name]
    return {
        "resourceType": "MedicationRequest", "id": ident, "status": "draft",
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": code, "display": name}]},
        "dosageInstruction": [{
            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
            "doseAndRate": [{"doseQuantity": {"value": dose, "unit": "mg", "code": "mg"}}],
        }],
    }  # fmt: skip


def request(drafts: list[Json], selections: list[str] | None, story: str = STORY, **bundle: Any) -> Json:
    """A hook call of a patient of whom only the drafts are medicines."""
    today = datetime.now(UTC).date()
    patient = next(found for found in patients() if found.id == story)
    call = copy.deepcopy(patient.hook_request(today, "order-sign" if selections is None else "order-select"))
    call["prefetch"]["medicationRequests"] = None
    entries = [{"resource": draft} for draft in drafts]
    call["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": entries, **bundle}
    if selections is not None:
        call["context"]["selections"] = selections
    return call


@pytest.fixture
def ordering(make_client: Client) -> Callable[[Json], dict[str, Json]]:
    client = make_client(review)

    def cards(call: Json) -> dict[str, Json]:
        answer = client.post(f"/cds-services/leg-soreness-{call['hook']}", json=call)
        assert answer.status_code == 200, answer.text
        return {card["source"]["topic"]["code"]: card for card in answer.get_json()["cards"]}

    return cards


Ordering = Callable[[Json], dict[str, Json]]


@pytest.mark.parametrize("selections", [None, [], ["MedicationRequest/2"], ["nothing/known"]])
def test_drafts_count_as_taken_from_today(ordering: Ordering, selections: list[str] | None) -> None:
    drafts = [order("simvastatin", "1"), order("clarithromycin", "2")]
    cards = ordering(request(drafts, selections))
    assert list(cards) == ["ls-ddi"]
    assert "clarithromycin" in cards["ls-ddi"]["summary"]


@pytest.mark.parametrize(
    ("selected", "first"),
    [(["MedicationRequest/2"], "lovastatin"), (["1"], "simvastatin"), ([], "lovastatin")],
)
def test_the_selected_statin_is_the_subject(ordering: Ordering, selected: list[str], first: str) -> None:
    drafts = [order("simvastatin", "1"), order("lovastatin", "2"), order("itraconazole", "3")]
    card = ordering(request(drafts, selected))["ls-ddi"]
    assert card["summary"].lower().startswith(first)
    assert "simvastatin" in card["detail"].lower()
    assert "lovastatin" in card["detail"].lower()


@pytest.mark.parametrize(
    ("selected", "partners"),
    [
        (["MedicationRequest/3"], "itraconazole and clarithromycin"),
        (["MedicationRequest/2"], "clarithromycin and itraconazole"),
    ],
)
def test_the_selected_partner_is_named_first(ordering: Ordering, selected: list[str], partners: str) -> None:
    drafts = [order("simvastatin", "1"), order("clarithromycin", "2"), order("itraconazole", "3")]
    assert partners in ordering(request(drafts, selected))["ls-ddi"]["summary"]


@pytest.mark.parametrize("name", ["levofloxacin", "ciprofloxacin"])
def test_the_selected_fluoroquinolone_is_the_subject(ordering: Ordering, name: str) -> None:
    drafts = [order("levofloxacin", "levofloxacin"), order("ciprofloxacin", "ciprofloxacin")]
    cards = ordering(request(drafts, [f"MedicationRequest/{name}"], "levofloxacin-and-achilles"))
    assert cards["ls-fq"]["summary"].lower().startswith(name)


def test_a_draft_without_a_medicine_does_no_harm(ordering: Ordering) -> None:
    bare = {"resourceType": "MedicationRequest", "id": "9", "status": "draft"}
    drafts = [
        bare,
        {"resourceType": "ServiceRequest"},
        order("simvastatin", "1"),
        order("clarithromycin", "2"),
    ]
    assert list(ordering(request(drafts, ["MedicationRequest/9"]))) == ["ls-ddi"]
    assert ordering(request([bare], ["MedicationRequest/9"])) == {}


@pytest.mark.parametrize(
    ("bundle", "cards"),
    [
        ({"type": "batch"}, ["ls-ddi"]),
        ({"type": None}, ["ls-ddi"]),
        ({"entry": []}, []),
        ({"entry": [{}]}, ["ls-notice"]),
    ],
)
def test_a_bundle_of_any_type_will_do(ordering: Ordering, bundle: Json, cards: list[str]) -> None:
    drafts = [order("simvastatin", "1"), order("clarithromycin", "2")]
    assert list(ordering(request(drafts, None, **bundle))) == cards


def test_orders_are_not_passed_in_silence_when_medicines_could_not_be_read(ordering: Ordering) -> None:
    call = request([order("simvastatin", "1")], ["MedicationRequest/1"])
    assert ordering(call) == {}
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    call["prefetch"]["medicationRequests"] = failed
    notice = ordering(call)["ls-notice"]
    assert "not fully checked" in notice["summary"]
    assert "medication orders" in notice["detail"]


def test_the_drafts_of_another_patient_do_not_count(ordering: Ordering) -> None:
    other = {"subject": {"reference": "Patient/somebody-else"}}
    drafts = [order("simvastatin", "1"), order("clarithromycin", "2") | other]
    assert list(ordering(request(drafts, ["MedicationRequest/2"]))) == ["ls-notice"]
