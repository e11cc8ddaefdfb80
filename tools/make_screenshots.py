"""Draw docs/img/report-light.png and timeline-light.png: the report on the synthetic patients, in a browser.

Needs a Chromium on this machine. The patients are reviewed as of a fixed day, so that the pictures only
change when the report does.
"""

import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from playwright.sync_api import Browser, Page, sync_playwright

from cds_service import fixtures
from cds_service.batch.row import Row, row_of
from cds_service.batch.sinks import Header, open_sink
from cds_service.knowledge import Knowledge, load
from cds_service.reading import Pool
from cds_service.review import DEFAULT_SERVICE, review

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "img"
DAY = date(2026, 11, 22)
NOW = datetime.combine(DAY, time.max, UTC)
ROUNDS = 12  # the synthetic patients so many times, for distributions to look at
SHOWN = "three-medicines-at-once"
WIDTH, HEIGHT = 1000, 1180


def rows(knowledge: Knowledge) -> Iterator[Row]:
    """The reviews of the synthetic patients, over and over under other numbers."""
    for _ in range(ROUNDS):
        for patient in fixtures.patients():
            pool = Pool(patient.id)
            pool.add("", msgspec.json.encode(patient.bundle(DAY)))
            found = review(pool, NOW, knowledge)
            yield row_of(found, pool, knowledge, DEFAULT_SERVICE, [], len(patient.resources(DAY)))


def write_report(path: Path) -> int:
    """The report as `leg-cds review --format html` writes it; returns the number of the patient to show."""
    knowledge, shown = load(), 0
    header = Header(knowledge=knowledge, as_of=NOW, chosen="a fixed day")
    with open_sink("html", path, header) as sink:
        for number, row in enumerate(rows(knowledge), 1):
            sink.write(row)
            shown = shown or (number if row.patient == SHOWN else 0)
    return shown


def take(browser: Browser, report: str, shown: int) -> None:
    """The head of the report and one patient."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
    page.goto(report)
    page.screenshot(path=FOLDER / "report-light.png")
    _unfold(page, shown)
    page.locator(f"#p{shown}").screenshot(path=FOLDER / "timeline-light.png")
    page.close()


def _unfold(page: Page, shown: int) -> None:
    page.locator(f"#p{shown} summary").click()
    page.mouse.move(0, 0)


def main() -> None:
    """Write the report, look at it, keep the pictures."""
    program = shutil.which("chromium") or sys.exit("no chromium on this machine")
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        report = Path(folder) / "report.html"
        shown = write_report(report)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        take(browser, report.as_uri(), shown)
        browser.close()
    print(f"wrote {', '.join(sorted(path.name for path in FOLDER.glob('*.png')))}")


if __name__ == "__main__":
    main()
