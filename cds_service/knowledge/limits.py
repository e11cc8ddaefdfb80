"""How far back records are read: `cards/reading.yaml`."""

from pathlib import Path
from typing import Annotated

import msgspec

from cds_service.knowledge.typed_yaml import typed
from cds_service.knowledge.yaml_source import read_yaml

Count = Annotated[int, msgspec.Meta(ge=0)]


class ReadingLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of recency and size; the unit ends each name."""

    report_recent_days: Count
    condition_recent_days: Count
    order_grace_days: Count
    administration_days: Count
    chain_gap_days: Count
    future_tolerance_minutes: Count
    pregnancy_recent_days: Count
    name_length: Count


def load_limits(cards: Path) -> ReadingLimits:
    """Read `reading.yaml`.

    Raises `KnowledgeError` for an unknown, missing or unusable number.
    """
    source = read_yaml(cards / "reading.yaml")
    return typed(source, (), source.data, ReadingLimits)
