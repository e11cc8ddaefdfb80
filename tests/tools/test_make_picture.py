from xml.etree import ElementTree as ET

from tools.make_picture import draw

SVG = "{http://www.w3.org/2000/svg}"
CARD = {
    "indicator": "warning",
    "summary": "Potassium <3.5 & leg cramps: " + "repeat " * 14,
    "detail": "**Supported**\n\n- **Low potassium** (strong)\n  - raised by: K \\<3.5\n" + "- more\n" * 20,
    "suggestions": [{"label": "Order potassium"}],
}


def texts(picture: str) -> list[str]:
    return ["".join(text.itertext()) for text in ET.fromstring(picture).iter(f"{SVG}text")]  # noqa: S314 - ours


def test_the_picture_is_a_titled_image_that_says_what_the_cards_say() -> None:
    image = ET.fromstring(draw("a story", [CARD]))  # noqa: S314 - ours
    assert image.get("role") == "img"
    assert image.findtext(f"{SVG}title")
    assert "Potassium <3.5 & leg cramps" in (image.findtext(f"{SVG}desc") or "")


def test_long_lines_are_broken_and_long_cards_are_cut_with_a_word() -> None:
    lines = texts(draw("a story", [CARD]))
    assert max(map(len, lines)) <= 100
    assert "... more in the card" in lines
    assert "Offers: Order potassium" in lines
    assert "\u2022 Low potassium (strong)" in lines
    assert "\u2022 raised by: K <3.5" in lines


def test_every_card_has_its_indicator_as_a_word_and_a_colour() -> None:
    picture = draw("a story", [CARD, CARD | {"indicator": "critical"}])
    assert [text for text in texts(picture) if text.isupper()] == ["WARNING", "CRITICAL"]
    assert 'class="critical"' in picture
