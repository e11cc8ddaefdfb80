"""docs/reference/operations.md names every figure with its labels."""

import re
from pathlib import Path

from cds_service.web import metrics

PAGE = (Path(__file__).parents[2] / "docs/reference/operations.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)*) ?\|", PAGE, re.MULTILINE)


def test_every_figure_is_documented_with_its_labels() -> None:
    documented = {name.removesuffix("_total"): re.findall(r"\w+", labels) for name, labels in ROWS}
    figures = {name.removesuffix("_total"): made for name, made in _figures()}
    assert documented == figures


def _figures() -> list[tuple[str, list[str]]]:
    collectors = [value for value in vars(metrics).values() if hasattr(value, "describe")]
    return [
        (described.name, list(collector._labelnames))  # noqa: SLF001 - there is no other way to ask
        for collector in collectors
        if hasattr(collector, "_labelnames")
        for described in collector.describe()
    ]
