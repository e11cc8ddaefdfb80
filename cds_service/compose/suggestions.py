"""Suggestions on a card: `create` of draft resources only."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid5

from cds_service.compose.resources import fill
from cds_service.reason import ChartView
from cds_service.reason.findings import Offer


def suggestions_for(card: str, offers: Iterable[Offer], view: ChartView, uuid: UUID) -> list[dict[str, Any]]:
    """The suggestions of one card; their uuids follow from the card's."""
    return [_suggestion(offer, view, uuid) for offer in offers if offer.suggestion.on == card]


def _suggestion(offer: Offer, view: ChartView, uuid: UUID) -> dict[str, Any]:
    suggestion = offer.suggestion
    patient = view.chart.patient_id
    reference = patient if patient.startswith("urn:") else f"Patient/{patient}"
    return {
        "label": suggestion.label,
        "uuid": str(uuid5(uuid, suggestion.id)),
        "isRecommended": offer.recommended,
        "actions": [
            {
                "type": "create",
                "description": action.description,
                "resource": fill(action.template, view.knowledge.base, reference),
            }
            for action in suggestion.actions
        ],
    }
