import re
from pathlib import Path

import pytest

from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.limits import load_limits
from cds_service.knowledge.yaml_source import KnowledgeError

TEXT = (cards_dir() / "reading.yaml").read_text(encoding="utf-8")


def test_the_packaged_limits() -> None:
    limits = load_limits(cards_dir())
    assert (limits.report_recent_days, limits.condition_recent_days) == (30, 90)
    assert limits.future_tolerance_minutes == 5


def test_every_number_says_where_it_is_from() -> None:
    numbers = [line for line in TEXT.splitlines() if re.match(r"\w+:", line)]
    assert numbers
    assert all(re.search(r"#.*\S", line) for line in numbers)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("report_recent_days: 30", "report_recent_days: thirty", r"reading.yaml:\d+: Expected `int`"),
        ("report_recent_days: 30", "report_recent_days: -1", r"reading.yaml:\d+: Expected `int` >= 0"),
        ("report_recent_days: 30", "report_recnt_days: 30", "did you mean 'report_recent_days'"),
        ("report_recent_days: 30", "", "missing required field `report_recent_days`"),
        ("report_recent_days: 30", "report_recent_days: 30\nreport_recent_days: 31", "duplicate key"),
        (TEXT, "# nothing\n", "the file is empty"),
        (TEXT, "- 30\n", "reading.yaml:1"),
    ],
)
def test_what_is_unclear_is_refused_by_file_and_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    (tmp_path / "reading.yaml").write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=message):
        load_limits(tmp_path)
