"""tools/real_data_report.py on data sets of our own."""

from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from cds_service import knowledge
from tests.batch.conftest import ON_STATIN, PATIENTS, TODAY, as_bytes, write
from tools import real_data_report as report

NOW = datetime.combine(TODAY, time.max, UTC)


def test_a_set_is_counted_reviewed_and_compared(tmp_path: Path) -> None:
    stray = {"resourceType": "Condition", "subject": {"reference": "Patient/somebody else"}}
    write(
        tmp_path,
        a__json=ON_STATIN.bundle(TODAY),
        b__json=PATIENTS["died"].bundle(TODAY),
        c__json=as_bytes(stray),
    )
    found = report.examine(tmp_path, NOW, knowledge.load())
    reference = {"set": tmp_path.name, "statin": "2", "diuretic": "0", "vitamin_d": "0", "unread": "0"}
    assert "| 1 / 2 | 0 / 0 | 0 / 0 |" in report.count_line(found, reference)
    assert (
        report.review_line(found) == f"| {tmp_path.name} | 2 | ls-causes 1 | G1: the patient is deceased 1 |"
    )
    (line,) = report.fault_lines(found)
    assert line.endswith("1 x resources of a patient: this Patient was not given; give its file too")


@pytest.mark.parametrize(
    ("reason", "anonymous"),
    [
        (
            "12 resources here and in 3 more files of urn:uuid:1: two different",
            "resources of a patient: two different",
        ),
        ("entry 7: no resource", "an entry: no resource"),
        ("status cannot be read", "status cannot be read"),
    ],
)
def test_reasons_lose_what_names_a_record(reason: str, anonymous: str) -> None:
    assert report.anonymous(reason) == anonymous


def test_no_path_of_a_machine_gets_into_the_report(tmp_path: Path) -> None:
    write(tmp_path, bad__json=b"{")
    found = report.examine(tmp_path, NOW, knowledge.load())
    assert str(tmp_path) not in report.compose([found], "2026-01-01")


def test_the_committed_report_names_every_set_of_the_reference() -> None:
    told = report.REPORT.read_text(encoding="utf-8")
    for name, row in report.read_reference().items():
        assert f"| {name} | " in told
        assert f" / {row['statin']} | " in told
