"""The report in a real browser: offline, without a complaint, and accessible."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.batch.sinks.pages import FAULTS
from tests.batch.sinks.rows import fixture_rows, many, written
from tests.batch.sinks.test_report_hostile import PAYLOADS, hostile_row
from tests.support.browser import NARROW, WIDE, Scheme, Visit, browser, visit  # noqa: F401

Open = Callable[..., Visit]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    written(folder, "html", fixture_rows(), FAULTS)
    return (folder / "out.html").as_uri()


def unfold(visited: Visit) -> None:
    """Open every <details>."""
    visited.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_no_request_no_complaint_no_violation(report: str, width: int, scheme: Scheme, visit: Open) -> None:  # noqa: F811
    visited = visit(report, width=width, scheme=scheme)
    assert visited.violations() == []
    assert visited.overflow() <= 0
    unfold(visited)
    assert visited.violations() == []
    assert visited.overflow() <= 0
    assert (visited.refused, visited.complaints) == ([], [])


def test_it_works_without_script(report: str, visit: Open) -> None:  # noqa: F811
    visited = visit(report, java_script_enabled=False)
    visited.page.get_by_text("Timeline of 5", exact=True).click()
    assert visited.page.locator("#p5 svg").is_visible()
    visited.page.get_by_role("link", name="by cause").click()
    assert visited.page.url.endswith("#by-cause")


def test_a_patient_is_found_by_the_cause(report: str, visit: Open) -> None:  # noqa: F811
    page = visit(report).page
    page.get_by_text("Vitamin D deficiency", exact=True).last.click()
    page.locator(".links a:visible").first.click()
    assert page.locator("tr:target").count() == 1


def test_print_unfolds_the_timelines_in_grey(report: str, visit: Open) -> None:  # noqa: F811
    page = visit(report).page
    page.emulate_media(media="print")
    assert page.locator("#p5 svg").is_visible()
    assert "grayscale" in page.evaluate("getComputedStyle(document.querySelector('#p5 svg')).filter")
    assert not page.locator("nav").is_visible()


def test_thousands_of_patients_open(tmp_path: Path, visit: Open) -> None:  # noqa: F811
    written(tmp_path, "html", many(3_000))
    visited = visit((tmp_path / "out.html").as_uri())
    rows = visited.page.locator(".worklist > tbody > tr")
    assert rows.count() > 2_500
    rows.last.scroll_into_view_if_needed()
    assert (visited.refused, visited.complaints) == ([], [])


def test_hostile_records_do_nothing(tmp_path: Path, visit: Open) -> None:  # noqa: F811
    written(tmp_path, "html", map(hostile_row, PAYLOADS), identified=True)
    visited = visit((tmp_path / "out.html").as_uri())
    unfold(visited)
    assert (visited.refused, visited.complaints) == ([], [])
    assert visited.violations() == []
