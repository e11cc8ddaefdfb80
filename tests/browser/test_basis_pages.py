"""The pages that show the basis of the cards, in a real browser."""

from collections.abc import Callable

from tests.browser.conftest import Place
from tests.support.browser import Visit


def test_the_source_of_a_card_leads_to_its_rule(visit: Callable[..., Visit], shared_place: Place) -> None:
    page = visit(f"{shared_place.url}/source-attributes#statin-1.0.3", allowed=shared_place.url).page
    place_of_rule = page.locator("[id='statin-1.0.3']")

    assert place_of_rule.get_by_role("heading", name="Statin-associated muscle symptoms").is_visible()
    assert page.evaluate("document.getElementById('statin-1.0.3').getBoundingClientRect().top") < 900
