"""The reference pages name every table and every member of an audit line, in order."""

import re
from pathlib import Path

from cds_service.store.audit import HASHED
from cds_service.store.schema import audit, metadata

DOCS = Path(__file__).resolve().parents[2] / "docs" / "reference"


def first_column(page: str, heading: str) -> list[str]:
    section = (DOCS / page).read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


def test_every_member_of_a_line() -> None:
    assert first_column("audit.md", "A line") == [column.name for column in audit.columns]
    assert [*HASHED, "hash"] == first_column("audit.md", "A line"), (
        "the order of the hash is that of the page"
    )


def test_every_table() -> None:
    assert sorted(first_column("store.md", "Tables")) == sorted([*metadata.tables, "alembic_version"])
