"""What the feedback report counts, and which rules it flags."""

from typing import Any

import pytest

from cds_service.knowledge.alarms import RuleReview, load_alarms
from cds_service.knowledge.files import cards_dir
from cds_service.store import Store
from cds_service.store.feedback import Sender
from cds_service.store.feedback_export import ExportRow, export_feedback
from cds_service.store.feedback_report import (
    NO_REASON,
    Comment,
    FeedbackReport,
    RuleReport,
    report_feedback,
)
from tests.store.cards import DAY, NOW, SECOND, accept, answer, numbered, show

REVIEW = RuleReview(overridden_above_percent=90, after_shown=50, never_accepted_after_shown=100)


def report(store: Store, since: int = 0, *, comments: bool = False) -> FeedbackReport:
    with store.reading() as connection:
        return report_feedback(connection, REVIEW, since, comments=comments)


def only_rule(store: Store, since: int = 0) -> RuleReport:
    (rule,) = report(store, since).rules
    return rule


def export(store: Store, since: int = 0, *, comments: bool = False) -> list[ExportRow]:
    with store.reading() as connection:
        return list(export_feedback(connection, since, comments=comments))


def test_the_numbers_are_those_of_the_alarm_philosophy() -> None:
    assert load_alarms(cards_dir(), {"ls-warning-signs", "ls-notice"}).review == REVIEW


def test_without_cards_there_is_nothing_to_report(any_store: Store) -> None:
    assert report(any_store) == FeedbackReport(rules=[], items_about_unknown_cards=0, comments=None)


def test_every_card_is_counted_once(any_store: Store) -> None:
    show(any_store, *numbered(10))
    accept(any_store, "c0", "c1")
    answer(any_store, "c2", "c3", reason_code="already-known")
    answer(any_store, "c4", reason_code="data-wrong")
    answer(any_store, "c5")
    assert only_rule(any_store) == RuleReport(
        rule="ls-causes",
        version="1.0.0",
        shown=10,
        accepted=2,
        overridden=4,
        overridden_by_reason={"already-known": 2, "data-wrong": 1, NO_REASON: 1},
        never_answered=4,
        override_percent=40.0,
        median_seconds_to_answer=20,
        flags=[],
    )


def test_a_card_answered_more_than_once_is_one_card(any_store: Store) -> None:
    show(any_store, "c1", "c2")
    answer(any_store, "c1", reason_code="data-wrong")
    answer(any_store, "c1", reason_code="data-wrong", comment="again")
    answer(any_store, "c1", reason_code="patient-declined")
    answer(any_store, "c2", reason_code="data-wrong")
    accept(any_store, "c2")
    rule = only_rule(any_store)
    assert (rule.accepted, rule.overridden, rule.never_answered) == (1, 1, 0)
    assert rule.overridden_by_reason == {"data-wrong": 1, "patient-declined": 1}


def test_rules_and_versions_are_told_apart(any_store: Store) -> None:
    show(any_store, "a", rule="ls-ddi")
    show(any_store, "b", "c", version="1.1.0")
    show(any_store, "d")
    found = [(rule.rule, rule.version, rule.shown) for rule in report(any_store).rules]
    assert found == [("ls-causes", "1.0.0", 1), ("ls-causes", "1.1.0", 2), ("ls-ddi", "1.0.0", 1)]


def test_the_same_card_of_two_tenants_is_two_cards(any_store: Store) -> None:
    show(any_store, "c1")
    show(any_store, "c1", tenant="clinic")
    answer(any_store, "c1")
    rule = only_rule(any_store)
    assert (rule.shown, rule.overridden, rule.never_answered) == (2, 1, 1)


def test_cards_before_the_day_asked_for_are_left_out(any_store: Store) -> None:
    show(any_store, "old", at=NOW - 1)
    show(any_store, "new")
    answer(any_store, "old", "new", "unknown", now=NOW - 1)
    answer(any_store, "unknown too", now=NOW)
    assert only_rule(any_store, NOW).shown == 1
    assert report(any_store, NOW).items_about_unknown_cards == 1
    assert report(any_store).items_about_unknown_cards == 2


@pytest.mark.parametrize(
    ("shown", "overridden", "flags"),
    [
        (49, 49, []),
        (50, 45, []),
        (50, 46, ["more than 90 % overridden"]),
        (99, 0, []),
        (100, 0, ["never accepted in 100 shows"]),
        (100, 91, ["more than 90 % overridden", "never accepted in 100 shows"]),
    ],
)
def test_which_rules_are_flagged(any_store: Store, shown: int, overridden: int, flags: list[str]) -> None:
    show(any_store, *numbered(shown))
    answer(any_store, *numbered(overridden))
    assert only_rule(any_store).flags == flags


def test_a_rule_accepted_once_is_not_called_never_accepted(any_store: Store) -> None:
    show(any_store, *numbered(100))
    accept(any_store, "c0")
    assert only_rule(any_store).flags == []


@pytest.mark.parametrize(
    ("seconds", "median"),
    [([], None), ([5], 5), ([1, 9], 1), ([1, 4, 9], 4), ([-30], 0), ([7, 7, 7, 900], 7)],
)
def test_the_median_time_to_an_answer(any_store: Store, seconds: list[int], median: int | None) -> None:
    show(any_store, *numbered(6))
    for uuid, took in zip(numbered(6), seconds, strict=False):
        answer(any_store, uuid, outcome_at=NOW + took * SECOND)
    assert only_rule(any_store).median_seconds_to_answer == median


def test_comments_come_only_when_asked_for(any_store: Store) -> None:
    show(any_store, "c1", "c2")
    answer(any_store, "c1", comment="first", reason_code="data-wrong")
    answer(any_store, "c2", comment="second", now=NOW + DAY)
    answer(any_store, "unknown", comment="of no rule")
    assert report(any_store).comments is None
    assert report(any_store, comments=True).comments == [
        Comment("ls-causes", "1.0.0", "data-wrong", "first"),
        Comment("ls-causes", "1.0.0", "", "second"),
    ]


def whole(**said: Any) -> ExportRow:
    plain = {
        "intervention": "ls-causes",
        "version": "1.0.0",
        "indicator": "info",
        "action": "overridden",
        "accepted_suggestions": [],
        "feedback": "",
        "feedback_system": "",
        "comment": "",
        "date": "2026-11-22T10:00:20+00:00",
        "location": "ward",
        "issuer": "north",
        "service": "leg-soreness",
        "card": "c1",
    }
    return ExportRow(**plain | said)


def test_an_export_has_every_item_with_its_user(any_store: Store) -> None:
    show(any_store, "c1")
    show(any_store, "c1")  # the same call again
    answer(any_store, "c1", reason_code="data-wrong", reason_system="urn:x", comment="hello")
    answer(any_store, "c1", outcome="accepted", accepted=("s1", "s2"), now=NOW + DAY)
    user = any_store.pseudonyms.name("user", "north", "ward", "Practitioner/d1")
    first = whole(user=user, feedback="data-wrong", feedback_system="urn:x")
    second = whole(user=user, action="accepted", accepted_suggestions=["s1", "s2"])
    assert export(any_store) == [first, second]
    assert export(any_store, NOW + DAY) == [second]
    assert [row.comment for row in export(any_store, comments=True)] == ["hello", ""]


def test_an_item_about_an_unknown_card_is_exported_without_what_is_not_known(any_store: Store) -> None:
    show(any_store, "c1")
    answer(any_store, "c1", sender=Sender("south", "", "leg-soreness"))
    (row,) = export(any_store)
    unknown = {"intervention": "", "version": "", "indicator": "", "user": ""}
    assert row == whole(issuer="south", location="", **unknown)


@pytest.mark.parametrize(
    ("at", "written"),
    [(-62_135_596_800_000_000, "0001-01-01T00:00:00+00:00"), (NOW + 1, "2026-11-22T10:00:00.000001+00:00")],
)
def test_dates_of_any_year_are_written(any_store: Store, at: int, written: str) -> None:
    answer(any_store, "c1", outcome_at=at)
    assert export(any_store)[0].date == written
