"""Hostile records in the HTML report: every text stays a text."""

from pathlib import Path

import msgspec
import pytest

from cds_service.batch.books import Fault
from cds_service.batch.row import Row
from tests.batch.sinks.pages import Reader
from tests.batch.sinks.rows import card, facts, row, written

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><style>*{display:none}</style>",
    "</title></svg><svg onload=alert(1)>",
    "--><!-- ]]> &lt;script&gt; {{ 7*7 }} {% raw %}",
    "javascript:alert(1)",
    "url(http://evil.example/x.png)",
    "</details></td></tr></table><h1>",
]


def hostile_row(text: str) -> Row:
    """A row with the text in every field a record or a file name can reach."""
    story = {"name": text, "rosuvastatin": "10 mg", "start": "2026-11-01"}
    drawn = facts((7, 7), {"potassium": 3.1}, meds=[story], soreness={"onset": "2026-11-10"})
    return row(
        text,
        sources=[text],
        service=text,
        cards=[card(id="ls-dvt", summary=text, detail=text, evidence=[text], fingerprint=text)],
        skipped=[{"ref": text, "reason": text}],
        incomplete=[text],
        facts=msgspec.structs.replace(
            drawn, levels={"potassium": msgspec.structs.replace(drawn.levels["potassium"], shown=text)}
        ),
    )


def structure(page: str) -> list[tuple[str, list[str]]]:
    return [(tag, sorted(attributes)) for tag, attributes in Reader(page).elements]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_of_a_record_becomes_part_of_the_page(payload: str, tmp_path: Path) -> None:
    closed = row(closed_by=payload, cards=[])

    def made(text: str, shut: Row) -> str:
        fault = Fault(text, 1, text)
        return written(tmp_path, "html", [hostile_row(text), shut], [fault], identified=True).decode()

    harmless = made("harmless", row(closed_by="harmless", cards=[]))
    page = made(payload, closed)
    assert structure(page) == structure(harmless)
    assert payload in Reader(page).text
