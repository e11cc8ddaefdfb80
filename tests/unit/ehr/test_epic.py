"""Epic takes one action of a suggestion; nothing is lost on the way."""

from uuid import UUID

from cds_service.ehr.epic import one_action_each

UUIDS = ("7b1c6f3e-5c8e-5f1d-9d52-0c4f3a1e2b6d", "2c3f8d0a-1f64-5c5e-8f0a-52c1a4d0b7e3")
PANEL = {"type": "create", "description": "Draft order for a panel", "resource": {"resourceType": "Task"}}
MAGNESIUM = {"type": "create", "description": "Draft order for magnesium", "resource": {}}


def test_two_actions_become_two_suggestions_named_after_them() -> None:
    both = {"label": "Both", "uuid": UUIDS[0], "isRecommended": True, "actions": [PANEL, MAGNESIUM]}
    one = {"label": "One", "uuid": UUIDS[1], "isRecommended": False, "actions": [PANEL]}
    (card,) = one_action_each([{"uuid": "c", "suggestions": [both, one], "selectionBehavior": "any"}])
    panel, magnesium, kept = card["suggestions"]
    assert [panel["actions"], magnesium["actions"]] == [[PANEL], [MAGNESIUM]]
    assert [panel["label"], magnesium["label"]] == ["Draft order for a panel", "Draft order for magnesium"]
    assert panel["isRecommended"]
    assert kept == one
    assert len({UUID(found["uuid"]) for found in card["suggestions"]}) == 3
    assert card["selectionBehavior"] == "any"


def test_the_same_suggestion_gets_the_same_uuids_again() -> None:
    cards = [{"suggestions": [{"label": "", "uuid": UUIDS[0], "actions": [PANEL, MAGNESIUM]}]}]
    assert one_action_each(cards) == one_action_each(cards)


def test_a_card_without_suggestions_stays_as_it_is() -> None:
    assert one_action_each([{"uuid": "c"}]) == [{"uuid": "c"}]
