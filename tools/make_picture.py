"""Draw docs/img/cards.svg: the cards of one synthetic patient, as the service answers them today.

The picture is text in an SVG of its own: it scales, can be read aloud, and follows light and dark pages.
"""

import re
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from cds_service import fixtures, knowledge
from cds_service.settings import Settings
from cds_service.web import create_app
from cds_service.web.log import configure

PATIENT = "simvastatin-and-clarithromycin"
PICTURE = Path(__file__).resolve().parent.parent / "docs" / "img" / "cards.svg"
WIDTH, MARGIN, LINE, INDENT = 880, 24, 20, 8  # pixels; the indent is that of one blank
SUMMARY_COLUMNS, DETAIL_COLUMNS, DETAIL_LINES = 80, 98, 14

STYLE = """
svg { color-scheme: light dark; font: 14px system-ui, sans-serif }
.page { fill: #f4f5f7 } .card { fill: #fff; stroke: #c9ced6 } text { fill: #1c2430 }
.summary { font-weight: 600; font-size: 15px } .head { font-weight: 600 }
.quiet { fill: #566072; font-size: 12px }
.critical { fill: #b3261e } .warning { fill: #8a5300 } .info { fill: #1f5fa8 }
@media (prefers-color-scheme: dark) {
  .page { fill: #14181e } .card { fill: #1d232c; stroke: #3a4452 }
  text { fill: #e4e8ee } .quiet { fill: #a3adbb }
  .critical { fill: #f2867e } .warning { fill: #e8b04b } .info { fill: #7db4f0 }
}
"""


class Line(NamedTuple):
    """A line of text, its CSS class, and how far it stands in, in pixels."""

    text: str
    look: str
    indent: int = 0


def main() -> None:
    """Ask the service and draw what it answers."""
    patient = next(patient for patient in fixtures.patients() if patient.id == PATIENT)
    configure()
    service = create_app(knowledge.load(), Settings()).test_client()
    request = patient.hook_request(datetime.now(UTC).date())
    answer = service.post("/cds-services/leg-soreness", json=request)
    PICTURE.write_text(draw(patient.story, answer.get_json()["cards"]))
    print(f"wrote {PICTURE.name}: {patient.story}")


def draw(story: str, cards: list[dict[str, Any]]) -> str:
    """The cards under the patient's story, one below the other."""
    parts, top = [_text(MARGIN, 36, Line(f"Synthetic patient: {story}", "quiet"))], 52
    for card in cards:
        lines = list(_lines(card))
        height = LINE * len(lines) + 28
        parts += _card(card["indicator"], lines, top, height)
        top += height + 14
    size = f'width="{WIDTH}" height="{top + 6}" viewBox="0 0 {WIDTH} {top + 6}"'
    summaries = escape(" ".join(card["summary"] for card in cards))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc">\n'
        f'<title id="title">Cards of one synthetic patient</title>\n<desc id="desc">{summaries}</desc>\n'
        f'<style>{STYLE}</style>\n<rect class="page" width="100%" height="100%"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _card(indicator: str, lines: list[Line], top: int, height: int) -> Iterator[str]:
    box = f'x="{MARGIN}" y="{top}" height="{height}"'
    yield f'<rect class="card" {box} width="{WIDTH - 2 * MARGIN}" rx="4"/>'
    yield f'<rect class="{indicator}" {box} width="6" rx="3"/>'
    for number, line in enumerate(lines, 1):
        yield _text(MARGIN + 22 + line.indent, top + 8 + LINE * number, line)


def _text(left: int, top: int, line: Line) -> str:
    return f'<text x="{left}" y="{top}" class="{line.look}">{escape(line.text)}</text>'


def _lines(card: dict[str, Any]) -> Iterator[Line]:
    yield Line(card["indicator"].upper(), f"quiet {card['indicator']}")
    for text in textwrap.wrap(card["summary"], SUMMARY_COLUMNS):
        yield Line(text, "summary")
    details = list(_detail(card.get("detail", "")))
    yield from details[:DETAIL_LINES]
    if len(details) > DETAIL_LINES:
        yield Line("... more in the card", "quiet")
    offers = "; ".join(suggestion["label"] for suggestion in card.get("suggestions", []))
    for text in textwrap.wrap(f"Offers: {offers}" if offers else "", DETAIL_COLUMNS):
        yield Line(text, "quiet")


def _detail(markdown: str) -> Iterator[Line]:
    for line in filter(None, map(str.rstrip, markdown.splitlines())):
        look = "head" if line.startswith(("#", "**")) else "body"
        words = line.lstrip()
        plain = re.sub(r"^[#]+ |\*+|\\(?=\W)|\]\([^)]*\)|\[(?=\w)", "", re.sub(r"^[-*] ", "\u2022 ", words))
        indent = INDENT * (len(line) - len(words))
        for text in textwrap.wrap(plain, DETAIL_COLUMNS - len(line) + len(words)):
            yield Line(text, look, indent)


if __name__ == "__main__":
    main()
