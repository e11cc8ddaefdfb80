"""Charts in our own words for unit tests, written as in a vignette."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from cds_service.chart import Chart
from cds_service.knowledge import Knowledge, load, rule_words
from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.words import Words
from cds_service.knowledge.yaml_source import Source
from cds_service.vignettes.format import Case, VignetteFile
from cds_service.vignettes.scene import build_chart

TODAY = date(2026, 11, 22)


@cache
def knowledge() -> Knowledge:
    return load()


@cache
def words() -> Words:
    known = knowledge()
    return rule_words(cards_dir(), known.vocabulary, known.thresholds, known.sources, known.derived)


def chart(**case: Any) -> Chart:
    """The chart of a case; the keys are those of a vignette (`meds`, `labs`, `soreness`, ...)."""
    story = {"name": "a chart", "today": TODAY, **case}
    source = Source(Path("unit.yaml"), {"cases": [story]}, {})
    return build_chart(VignetteFile("unit", source, TODAY, [msgspec.convert(story, Case)]), 0, knowledge())
