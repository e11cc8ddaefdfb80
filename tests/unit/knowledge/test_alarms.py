import re
from pathlib import Path

import pytest

from cds_service.knowledge import Knowledge, load
from cds_service.knowledge.alarms import load_alarms, load_rule_review
from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.yaml_source import KnowledgeError

TEXT = (cards_dir() / "alarms.yaml").read_text(encoding="utf-8")
CARDS = {"ls-warning-signs", "ls-notice", "ls-causes"}
DAY = 86_400  # s


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load()


@pytest.mark.parametrize(
    ("card", "indicator", "seconds"),
    [
        ("ls-causes", "info", 14 * DAY),
        ("ls-causes", "warning", 3 * DAY),
        ("ls-dvt", "critical", 0),
        ("ls-warning-signs", "warning", 0),
        ("ls-notice", "info", 0),
    ],
)
def test_how_long_cards_stay_quiet(knowledge: Knowledge, card: str, indicator: str, seconds: int) -> None:
    assert knowledge.alarms.quiet_seconds(card, indicator) == seconds


def test_the_review_is_read_without_the_rules(knowledge: Knowledge) -> None:
    assert load_rule_review(cards_dir()) == knowledge.alarms.review


def test_every_number_says_where_it_is_from() -> None:
    numbers = [line for line in TEXT.splitlines() if re.search(r": \d", line)]
    assert len(numbers) == 5
    assert all(re.search(r"#.*\[D\]", line) for line in numbers)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("info: 14 days", "info: a fortnight", r"alarms.yaml:7: 'a fortnight' is not a time span"),
        ("info: 14 days", "info: 14", r"alarms.yaml:7: Expected `str`"),
        ("warning: 72 hours", "critical: 72 hours", r"alarms.yaml:6: unknown word 'critical'"),
        ("[ls-warning-signs,", "[ls-warning-sings,", "alarms.yaml:12: .*did you mean 'ls-warning-signs'"),
        ("percent: 90", "percent: 101", r"alarms.yaml:16: Expected `int` <= 100"),
        ("after_shown: 50", "after_shown: 0", r"alarms.yaml:17: Expected `int` >= 1"),
        ("after_shown: 50", "after_shwn: 50", "did you mean 'after_shown'"),
    ],
)
def test_what_is_unclear_is_refused_by_file_and_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in TEXT
    (tmp_path / "alarms.yaml").write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=message):
        load_alarms(tmp_path, CARDS)
