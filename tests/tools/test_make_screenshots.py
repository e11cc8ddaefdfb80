"""The tool writes the report it takes pictures of; the browser itself is tested with the report."""

from pathlib import Path

from cds_service.knowledge import load
from tools.make_screenshots import SHOWN, rows, write_report


def test_the_patient_to_show_is_in_the_worklist(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    shown = write_report(report)
    page = report.read_text()
    assert f'<tr id="p{shown}">' in page
    assert "a fixed day" in page
    assert SHOWN in {row.patient for row in rows(load())}
