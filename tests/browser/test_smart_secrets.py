"""What stays in the browser of a shared computer, and who may show the app in a frame."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import Place
from tests.support.browser import Visit

LOOPBACK = "http://127.0.0.1:"
KEPT = """() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie,
location.href, document.referrer, document.documentElement.outerHTML])"""


def test_no_token_is_kept_where_a_script_or_the_next_page_sees_it(
    visit: Callable[..., Visit], place: Place
) -> None:
    found = visit(place.launch, allowed=LOOPBACK)
    page = found.page
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.headers.get('referer')}"))
    page.goto(page.url.replace("/form", "/cards"))

    assert sent
    kept = page.evaluate(KEPT)
    assert kept.startswith('[{},{},"",'), kept[:200]
    for secret in ("synthetic-token", "code=", "state=", "eyJ"):
        assert secret not in kept
        assert secret not in "".join(sent)
    assert all(cookie.get("httpOnly") for cookie in page.context.cookies())
    assert "synthetic-token" not in str(page.context.cookies())


def test_after_closing_the_back_button_shows_nothing(visit: Callable[..., Visit], place: Place) -> None:
    page = visit(place.launch, allowed=LOOPBACK).page
    page.goto(page.url.replace("/form", "/cards"))
    assert "Leg soreness" in page.content()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Close")).to_have_count(0)
    for _ in range(2):
        answer = page.go_back()
        assert answer is not None
        assert answer.status == 401
        assert "Leg soreness: " not in page.content()


def test_another_site_cannot_show_the_app_in_a_frame(visit: Callable[..., Visit], place: Place) -> None:
    found = visit(place.launch, allowed=LOOPBACK)
    inside = found.page.url
    found.page.goto(f"{place.ehr.base}/metadata")
    found.page.set_content(f'<iframe src="{inside}"></iframe>')
    found.page.wait_for_load_state("networkidle")

    (frame,) = [frame for frame in found.page.frames if frame.parent_frame]
    assert not frame.url.startswith(place.url)
    assert any("frame-ancestors" in said for said in found.complaints), found.complaints
