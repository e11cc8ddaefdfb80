"""`thresholds.yaml`: numbers used by more than one rule, with source, mark and date."""

from collections.abc import Collection
from datetime import date
from typing import Literal

import msgspec

from cds_service.knowledge.amounts import Amount, AmountError, parse_amount
from cds_service.knowledge.typed_yaml import typed
from cds_service.knowledge.yaml_source import Source, near_miss
from cds_service.yaml_text import Place

Mark = Literal["V", "V2", "M", "D"]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base: unknown members are errors."""


class NamedAmount(_Strict, frozen=True):
    """A threshold with its source, verification mark, and the day it was last checked."""

    value: str
    because: str
    mark: Mark
    checked: date


class DefaultLimit(_Strict, frozen=True):
    """Limits used when a result carries no reference range."""

    because: str
    mark: Mark
    checked: date
    lower: str | None = None
    upper: str | None = None


class Thresholds(_Strict, frozen=True):
    """thresholds.yaml."""

    tiers: dict[str, int]
    amounts: dict[str, NamedAmount]
    default_limits: dict[str, DefaultLimit]

    def named(self) -> dict[str, Amount]:
        """The amounts by name."""
        return {
            name: msgspec.structs.replace(parse_amount(entry.value, {}), threshold=name)
            for name, entry in self.amounts.items()
        }


def load_thresholds(source: Source, sources: Collection[str]) -> Thresholds:
    """Raises `KnowledgeError` for an amount that cannot be read, or a source nobody named."""
    thresholds = typed(source, (), source.data, Thresholds)
    for table in ("amounts", "default_limits"):
        for name, cited in getattr(thresholds, table).items():
            check_source(source, (table, name, "because"), cited.because, sources)
    for name, entry in thresholds.amounts.items():
        try:
            parse_amount(entry.value, {})
        except AmountError as error:
            raise source.error(("amounts", name), str(error)) from error
    return thresholds


def check_source(source: Source, path: Place, key: str, sources: Collection[str]) -> None:
    """Raise `KnowledgeError` for a key that sources.yaml does not have."""
    if key not in sources:
        raise source.error(path, f"{key!r} is not a key of sources.yaml{near_miss(key, sources)}")
