"""Every page there is: accessible by day, by night, on a phone, at twice the size; nothing from elsewhere."""

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page

from tests.batch.sinks.pages import FAULTS
from tests.batch.sinks.rows import fixture_rows, written
from tests.browser.conftest import OPERATOR, PATIENT, Place
from tests.support.browser import NARROW, WIDE, Scheme, Visit
from tests.support.demo import Demo, demo  # noqa: F401

Open = Callable[..., Visit]
WINDOWS: list[tuple[int, Scheme]] = [
    (WIDE, "light"),
    (WIDE, "dark"),
    (NARROW, "light"),
    (NARROW, "dark"),
    (WIDE // 2, "light"),  # what a window has left at 200 %
]
SERVICE = {
    "start": "/",
    "launch without an EHR": "/smart/launch",
    "launch by a stranger": "/smart/launch?iss=https://ehr.example&launch=1",
    "visit that is over": "/smart/no-such-visit/form",
}
VISIT = ["form", "cards", "timeline"]
AUTHORIZE = "/oauth/authorize?"
DEMO = {
    "patients": "/",
    "chart with cards": "/patients/three-medicines-at-once",
    "chart without cards": "/patients/nothing-at-all",
    "soreness": "/patients/leg-pain-and-an-empty-chart/soreness",
    "no such patient": "/patients/nobody",
    "forgotten chart": "/openings/none",
    "authorization refused": AUTHORIZE + urlencode({"client_id": "stranger"}),
}
REFUSED = "Failed to load resource: the server responded with a status of 4"
"""What the browser itself says of a page with an error status."""
UNSAFE = """() => [...document.querySelectorAll('script:not([src]), [style], style')]
    .map(one => one.outerHTML).concat([...document.querySelectorAll('*')]
    .flatMap(one => one.getAttributeNames()).filter(name => name.startsWith('on')))"""


@pytest.fixture
def look(visit: Open) -> Open:
    """Opens a page; nothing but this machine is ever asked."""

    def open_it(url: str, **options: object) -> Visit:
        return visit(url, allowed="http://127.0.0.1:", **options)

    return open_it


def faults(found: Visit) -> Iterator[str]:
    """All that is wrong with the page, in every window. Colours differ by day and by night, not by width."""
    found.unfold()
    seen: set[Scheme] = set()
    for width, scheme in WINDOWS:
        found.turn(width, scheme)
        window = f"{width} px, {scheme}"
        yield from (f"{window}: {fault}" for fault in found.violations(contrast=scheme not in seen))
        seen.add(scheme)
        if (much := found.overflow()) > 0:
            yield f"{window}: {much} px too wide"
    yield from (f"asked for {url}" for url in found.refused)
    yield from (said for said in found.complaints if not said.startswith(REFUSED))


def loose_ends(found: Visit) -> Iterator[str]:
    """What a strict Content-Security-Policy should not allow, or has nothing to do with."""
    assert found.answer is not None
    policy = found.answer.headers.get("content-security-policy", "")
    if not policy.startswith("default-src 'none'") or "unsafe" in policy or "*" in policy:
        yield f"policy: {policy}"
    yield from found.page.evaluate(UNSAFE)


@pytest.mark.parametrize("path", SERVICE.values(), ids=SERVICE.keys())
def test_a_page_of_the_service(look: Open, shared_place: Place, path: str) -> None:
    found = look(shared_place.url + path)
    assert list(faults(found)) == []
    assert list(loose_ends(found)) == []


def thin_out(found: Visit, sections: str) -> None:
    """Leave every sixth of many sections that are made alike, once all of them have been seen to fit."""
    for width, scheme in WINDOWS:
        found.turn(width, scheme)
        assert found.overflow() <= 0
    alike = found.page.locator(f"{sections}:not(:nth-of-type(6n + 1))")
    assert alike.evaluate_all("found => found.map(one => one.remove()).length") > len(WINDOWS)


def test_the_basis(look: Open, shared_place: Place) -> None:
    found = look(f"{shared_place.url}/source-attributes")
    found.unfold()
    assert list(loose_ends(found)) == []
    thin_out(found, "#rules > section")
    assert list(faults(found)) == []


def test_the_rule_book(look: Open, shared_place: Place) -> None:
    found = look(f"{shared_place.url}/rules")
    assert found.page.locator("style").count() == 1
    thin_out(found, "main > section:not(#gates ~ section):not(#gates)")
    assert list(faults(found)) == []
    assert found.answer is not None
    assert "style-src 'sha256-" in found.answer.headers["content-security-policy"]
    assert found.page.locator("script, [style]").count() == 0


def test_the_page_of_operators(look: Open, shared_place: Place) -> None:
    found = look(f"{shared_place.url}/feedback", http_credentials=OPERATOR)
    assert found.page.get_by_role("img").count() == 1
    assert list(faults(found)) == []
    assert list(loose_ends(found)) == []


def test_the_page_for_those_who_are_not_operators(look: Open, shared_place: Place) -> None:
    wrong = {**OPERATOR, "password": "another password"}
    found = look(f"{shared_place.url}/", http_credentials=wrong)
    body = found.page.request.get(f"{shared_place.url}/feedback").text()
    assert "<script" not in body
    found.page.set_content(body)  # a browser shows it once the user gives up
    assert found.page.get_by_role("heading", name="Sign in").is_visible()
    assert list(faults(found)) == []


@pytest.mark.parametrize("name", VISIT)
def test_a_page_of_a_visit(look: Open, shared_place: Place, name: str) -> None:
    found = look(shared_place.launch)
    found.answer = found.page.goto(found.page.url.replace("/form", f"/{name}"))
    assert list(faults(found)) == []
    assert list(loose_ends(found)) == []


def test_the_form_with_mistakes(look: Open, shared_place: Place) -> None:
    found = look(shared_place.launch)
    found.page.get_by_role("group", name="When did it start?").get_by_label("Year").fill("1")
    found.page.get_by_role("button", name="Save the answers").click()
    assert found.page.locator("#problems").is_visible()
    assert list(faults(found)) == []


def test_the_thanks_to_a_patient(look: Open, place: Place) -> None:
    place.ehr.claims = {"fhirUser": f"{place.ehr.base}/Patient/{PATIENT}"}
    found = look(place.launch)
    found.page.get_by_role("button", name="Save the answers").click()
    assert found.page.get_by_role("heading", name="Thank you").is_visible()
    assert list(faults(found)) == []


def test_the_end_of_a_visit(look: Open, shared_place: Place) -> None:
    found = look(shared_place.launch)
    found.page.get_by_role("button", name="Close").click()
    assert found.page.get_by_role("heading", name="Closed").is_visible()
    assert list(faults(found)) == []


@pytest.mark.parametrize("path", DEMO.values(), ids=DEMO.keys())
def test_a_page_of_the_demo(look: Open, demo: Demo, path: str) -> None:  # noqa: F811
    found = look(demo.ehr + path)
    assert list(faults(found)) == []
    assert list(loose_ends(found)) == []


def test_the_choice_of_a_patient(look: Open, demo: Demo) -> None:  # noqa: F811
    found = look(f"{demo.service}/smart/launch?iss={demo.ehr}/fhir")
    assert found.page.get_by_role("heading", name="Choose a patient").is_visible()
    assert list(faults(found)) == []
    assert list(loose_ends(found)) == []


def test_the_report_of_a_population(look: Open, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("report")
    written(folder, "html", fixture_rows(), FAULTS)
    found = look((folder / "out.html").as_uri())
    assert list(faults(found)) == []
    assert policy_in(found.page).startswith("default-src 'none'")


def policy_in(page: Page) -> str:
    policy = page.locator('meta[http-equiv="Content-Security-Policy"]').get_attribute("content")
    return policy or ""
