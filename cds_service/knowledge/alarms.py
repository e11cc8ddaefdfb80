"""How often a card may come back, and when a rule is looked at again: `cards/alarms.yaml`."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import msgspec

from cds_service.knowledge.amounts import AmountError, parse_hours
from cds_service.knowledge.typed_yaml import typed
from cds_service.knowledge.yaml_source import Source, near_miss, read_yaml

_SECONDS_AN_HOUR = 3600
_Shown = Annotated[int, msgspec.Meta(ge=1)]
_Percent = Annotated[int, msgspec.Meta(ge=1, le=100)]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base: unknown members are errors."""


class Quiet(_Strict, frozen=True):
    """Spans of time such as `14 days` by indicator; critical has none."""

    info: str
    warning: str


class RuleReview(_Strict, frozen=True):
    """What makes a rule due for review."""

    overridden_above_percent: _Percent
    after_shown: _Shown
    never_accepted_after_shown: _Shown


class Alarms(_Strict, frozen=True):
    """alarms.yaml. `never_quiet` are ids of cards that an override does not keep away."""

    quiet: Quiet
    never_quiet: frozenset[str]
    review: RuleReview

    def quiet_seconds(self, card: str, indicator: str) -> int:
        """How long a card stays away after an override, in seconds; 0: not at all."""
        span = {"info": self.quiet.info, "warning": self.quiet.warning}.get(indicator)
        if span is None or card in self.never_quiet:
            return 0
        return parse_hours(span) * _SECONDS_AN_HOUR


def load_alarms(cards: Path, known_cards: Collection[str]) -> Alarms:
    """Read `alarms.yaml`; its cards are among `known_cards`.

    Raises `KnowledgeError` for an unknown, missing or unusable member.
    """
    source = read_yaml(cards / "alarms.yaml")
    alarms = _read(source)
    for index, card in enumerate(source.data["never_quiet"]):
        if card not in known_cards:
            raise source.error(("never_quiet", index), f"no card {card!r}{near_miss(card, known_cards)}")
    return alarms


def load_rule_review(cards: Path) -> RuleReview:
    """The part of `alarms.yaml` that reports need, without loading the rules."""
    return _read(read_yaml(cards / "alarms.yaml")).review


def _read(source: Source) -> Alarms:
    alarms = typed(source, (), source.data, Alarms)
    for indicator, span in source.data["quiet"].items():
        try:
            parse_hours(span)
        except AmountError as error:
            raise source.error(("quiet", indicator), str(error)) from error
    return alarms
