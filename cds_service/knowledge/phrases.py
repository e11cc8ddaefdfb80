"""`cards/text/phrases.yaml` and `gaps.yaml`: the short phrases between facts."""

from pathlib import Path

import msgspec

from cds_service.knowledge.typed_yaml import typed
from cds_service.knowledge.yaml_source import read_yaml


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One field a phrase; `str.format` fills the braces."""

    since: str
    since_unknown: str
    date_unknown: str
    by_name: str
    conflict: str
    dose: str
    default_limit: str
    remark: str
    times: str
    contraindicated: str
    over_limit: str
    caution: str
    other_pair: str
    soreness_since: str
    days: str
    days_range: str


class Gaps(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The lines about what was checked and what could not be."""

    not_supplied: str
    skipped: str
    more_skipped: str
    other_patients: str
    unmatched: str
    medicine_note: str
    no_dose: str
    stale: str
    no_result: str
    unusable: str
    no_onset: str
    in_range: str
    low: str
    high: str
    no_range: str
    cause_unknown: str
    unsupported_cause: str
    started: str
    also: str
    also_support: str


def load_phrases(cards: Path) -> Phrases:
    """Raises `KnowledgeError` for an unknown or missing phrase."""
    source = read_yaml(cards / "text" / "phrases.yaml")
    return typed(source, (), source.data, Phrases)


def load_gaps(cards: Path) -> Gaps:
    """Raises `KnowledgeError` for an unknown or missing line."""
    source = read_yaml(cards / "text" / "gaps.yaml")
    return typed(source, (), source.data, Gaps)
