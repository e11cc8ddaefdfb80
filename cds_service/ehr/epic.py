"""Epic's dialect of CDS Hooks, where it differs from the standard."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid5


def one_action_each(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cards, a suggestion of several actions as several suggestions: Epic takes one action of each.

    The label is then the action's description; the uuids follow from the suggestion's.
    """
    return [
        {**card, "suggestions": [part for one in card["suggestions"] for part in _parts(one)]}
        if "suggestions" in card
        else card
        for card in cards
    ]


def _parts(suggestion: dict[str, Any]) -> Iterator[dict[str, Any]]:
    actions = suggestion["actions"]
    if len(actions) == 1:
        yield suggestion
        return
    for number, action in enumerate(actions, start=1):
        uuid = str(uuid5(UUID(suggestion["uuid"]), str(number)))
        yield {**suggestion, "label": action["description"], "uuid": uuid, "actions": [action]}
