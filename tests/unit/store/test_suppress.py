"""Overridden cards stay away for a while, and nothing else does."""

import pytest

from cds_service.knowledge.alarms import Alarms, load_alarms
from cds_service.knowledge.files import cards_dir
from cds_service.store import ShownCard
from cds_service.store.snooze import Split, suppress

NOW = 1_795_341_600_000_000  # 2026-11-22T10:00:00Z
HOUR = 3_600_000_000
DAY = 24 * HOUR


@pytest.fixture(scope="module")
def alarms() -> Alarms:
    return load_alarms(cards_dir(), {"ls-warning-signs", "ls-notice"})


def kept(
    card: str = "ls-causes", indicator: str = "info", fingerprint: str = "f1", uuid: str = "u1"
) -> ShownCard:
    return ShownCard(
        uuid=uuid,
        card=card,
        rule=card,
        rule_version="1.0.0",
        knowledge_version="k",
        indicator=indicator,
        fingerprint=fingerprint,
    )


@pytest.mark.parametrize(
    ("indicator", "ago", "away"),
    [
        ("info", 0, True),
        ("info", 14 * DAY - 1, True),
        ("info", 14 * DAY, False),
        ("warning", 72 * HOUR - 1, True),
        ("warning", 72 * HOUR, False),
        ("critical", 0, False),
    ],
)
def test_how_long_an_overridden_card_stays_away(alarms: Alarms, indicator: str, ago: int, away: bool) -> None:
    card = kept(indicator=indicator)
    split = suppress([card], {"f1": NOW - ago}, alarms, NOW)
    assert split == (Split((), (card,)) if away else Split((card,), ()))


@pytest.mark.parametrize("indicator", ["info", "warning", "critical"])
@pytest.mark.parametrize("card", ["ls-warning-signs", "ls-notice"])
def test_warning_signs_and_notices_never_stay_away(alarms: Alarms, card: str, indicator: str) -> None:
    assert suppress([kept(card, indicator)], {"f1": NOW}, alarms, NOW).quiet == ()


def test_changed_facts_bring_a_card_back(alarms: Alarms) -> None:
    assert suppress([kept(fingerprint="f2")], {"f1": NOW}, alarms, NOW).quiet == ()


def test_the_other_cards_of_the_call_are_shown_in_their_order(alarms: Alarms) -> None:
    cards = [kept("ls-dvt", "critical", "a"), kept("ls-ddi", "warning", "b"), kept("ls-causes", "info", "c")]
    assert suppress(cards, {"a": NOW, "b": NOW}, alarms, NOW) == Split((cards[0], cards[2]), (cards[1],))
