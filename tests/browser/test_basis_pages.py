"""The pages that show the basis of the cards, in a real browser."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import Place
from tests.support.browser import NARROW, WIDE, Visit

PAGES = ["", "source-attributes", "rules", "smart/launch"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_pages_are_accessible_and_load_nothing_from_elsewhere(
    visit: Callable[..., Visit], place: Place, path: str, width: int, scheme: str
) -> None:
    found = visit(f"{place.url}/{path}", allowed=place.url, width=width, scheme=scheme)

    assert found.violations() == []
    assert found.overflow() <= 0
    assert found.refused == []
    assert found.complaints == []


def test_the_source_of_a_card_leads_to_its_rule(visit: Callable[..., Visit], place: Place) -> None:
    page = visit(f"{place.url}/source-attributes#statin-1.0.0", allowed=place.url).page
    place_of_rule = page.locator("[id='statin-1.0.0']")

    assert place_of_rule.get_by_role("heading", name="Statin-associated muscle symptoms").is_visible()
    assert page.evaluate("document.getElementById('statin-1.0.0').getBoundingClientRect().top") < 900
