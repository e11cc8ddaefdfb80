"""A real headless Chromium for the tests of pages. Nothing but this machine is ever asked for anything.

Import the fixtures where they are needed:

    from tests.support.browser import Visit, browser, visit  # noqa: F401

`visit(url)` opens a page with every request refused that `allowed` does not name, and `Visit` tells what
happened. Without the browser the tests are skipped and say so.
"""

import atexit
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response, Route, sync_playwright

AXE_RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
NARROW, WIDE, HEIGHT = 360, 1280, 900  # CSS pixels
_LIMIT = 30_000.0  # ms until anything a test waits for must have happened
Scheme = Literal["light", "dark"]


@dataclass
class Visit:
    """A page that was opened: what it asked for in vain, and what it complained about."""

    page: Page
    refused: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    answer: Response | None = None  # of the first address, after redirects

    def turn(self, width: int, scheme: Scheme) -> None:
        """Look at the same page in a window of another width, by day or by night."""
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        self.page.emulate_media(color_scheme=scheme)

    def unfold(self) -> None:
        """Open every <details>."""
        self.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")

    def violations(self, *, contrast: bool = True) -> list[str]:
        """What axe finds against WCAG 2.2 AA, with the places; most of its time goes into `contrast`."""
        rules = {"color-contrast": {"enabled": contrast}}
        options = {**AXE_RULES, "resultTypes": ["violations"], "rules": rules}
        found = Axe().run(self.page, options=options).response
        return [
            f"{rule['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return width


def find_chromium() -> str | None:
    """The program, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@cache
def _started(program: str) -> Browser:
    """One browser a process: several modules import the fixture, and Playwright runs once in a thread."""
    playwright = sync_playwright().start()
    atexit.register(playwright.stop)
    return playwright.chromium.launch(executable_path=program, args=["--no-sandbox"], timeout=_LIMIT)


@pytest.fixture(scope="session")
def browser() -> Browser:
    """One browser for all tests of a process."""
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium is installed")
    return _started(program)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens pages; `allowed` starts the addresses that are let through."""
    contexts = []

    def open_page(
        url: str, *, width: int = WIDE, scheme: Scheme = "light", allowed: str = "", **options: Any
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHT}, color_scheme=scheme, **options
        )
        contexts.append(context)
        context.set_default_timeout(_LIMIT)
        visited = Visit(context.new_page())
        visited.page.on("console", lambda said: visited.complaints.append(said.text))
        visited.page.on("pageerror", lambda error: visited.complaints.append(str(error)))
        context.route("**/*", lambda route: _decide(route, (url, *([allowed] if allowed else [])), visited))
        visited.answer = visited.page.goto(url)
        return visited

    yield open_page
    for context in contexts:
        context.close()


def _decide(route: Route, allowed: tuple[str, ...], visited: Visit) -> None:
    if route.request.url.startswith(allowed):
        route.continue_()
        return
    visited.refused.append(route.request.url)
    route.abort()
