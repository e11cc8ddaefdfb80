"""Long code lists as tab-separated tables with `#` comments."""

from collections.abc import Iterator
from pathlib import Path

from cds_service.knowledge.yaml_source import KnowledgeError


def read_rows(file: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every row below the header.

    Raises `KnowledgeError` when the header or a row has other columns.
    """
    seen_header = False
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != len(columns):
            raise KnowledgeError(file, number, f"expected {len(columns)} columns, found {len(cells)}")
        if seen_header:
            yield number, cells
        elif tuple(cells) != columns:
            raise KnowledgeError(file, number, f"expected the header {' '.join(columns)}")
        seen_header = True
