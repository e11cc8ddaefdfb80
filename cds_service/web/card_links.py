"""The addresses of this service on a card: the basis of its rule, and the app where the EHR has it."""

from collections.abc import Iterable
from typing import Any

from cds_service.rulebook.source_attributes import anchor_of
from cds_service.settings import Issuer
from cds_service.web.pages.language import gettext
from cds_service.wording import translatable

Card = dict[str, Any]

_KNOWLEDGE = "example.leg-soreness.knowledge"
_APP = translatable("Questions and timeline on leg soreness")


def with_addresses(cards: Iterable[Card], own_address: str, issuer: Issuer | None) -> list[Card]:
    """The cards with `source.url`, and a link to the app for an EHR that has it; no patient data in either.

    `own_address` is where this service answers, "" when that is not known; the cards then stay as they are.
    """
    if not own_address:
        return list(cards)
    has_app = issuer is not None and issuer.smart is not None
    link = {"label": gettext(_APP), "type": "smart", "url": f"{own_address}/smart/launch"}
    app = [link] if has_app else []
    return [_addressed(card, own_address, app) for card in cards]


def _addressed(card: Card, own_address: str, app: list[Card]) -> Card:
    rule = card["extension"][_KNOWLEDGE]
    basis = f"{own_address}/source-attributes#{anchor_of(rule['rule'], rule['version'])}"
    addressed = {**card, "source": {**card["source"], "url": basis}}
    if app:
        addressed["links"] = [*app, *card.get("links", [])]
    return addressed
