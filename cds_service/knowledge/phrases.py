"""`cards/text/phrases.yaml` and `gaps.yaml`: the short phrases between facts."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import msgspec

from cds_service import wording
from cds_service.knowledge.glossary import Glossary
from cds_service.knowledge.typed_yaml import typed
from cds_service.knowledge.yaml_source import Source, read_yaml
from cds_service.when import When

_MONTHS_A_YEAR = 12
_LONGEST_MONTH = 31


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """phrases.yaml: one field a phrase; `str.format` fills the braces."""

    since: str
    since_unknown: str
    date_unknown: str
    by_name: str
    conflict: str
    dose: str
    dose_range: str
    dose_up_to: str
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
    day: str
    month: str
    months: str
    conjunction: str
    strong: str
    moderate: str
    weak: str


class Phrases(_File, frozen=True, kw_only=True):
    """The phrases, with the words for what is no phrase."""

    glossary: Glossary = Glossary()

    def dated(self, when: When) -> str:
        """A day, a month or a year, as precisely as it is known."""
        start = date.fromordinal(when.first)
        if when.last - when.first > _LONGEST_MONTH:
            return str(start.year)
        month = self.months.split()[start.month - 1]
        pattern = self.day if when.exact else self.month
        return pattern.format(day=start.day, month=month, year=start.year)

    def named(self, word: str) -> str:
        """A name of ours in the language of the cards."""
        return self.glossary.name(word)

    def told(self, remark: str) -> str:
        """A remark on the chart in the language of the cards."""
        return self.glossary.remark(remark)

    def listed(self, words: Iterable[str]) -> str:
        """`a`, `a and b`, `a, b and c`."""
        return wording.listed(words, self.conjunction)

    def tier(self, tier: str) -> str:
        """The word for a tier of support."""
        return {"strong": self.strong, "moderate": self.moderate, "weak": self.weak}.get(tier, tier)


class Gaps(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The lines about what was checked and what could not be."""

    not_supplied: str
    skipped: str
    more_skipped: str
    other_patients: str
    unmatched: str
    medicine_note: str
    no_dose: str
    no_end: str
    pair_unchecked: str
    partner_unchecked: str
    dose_left_open: str
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
    """Raises `KnowledgeError` for an unknown or missing phrase, or not twelve months."""
    source = read_yaml(cards / "text" / "phrases.yaml")
    written = typed(source, (), source.data, _File)
    _check_months(source, written.months)
    return Phrases(**msgspec.structs.asdict(written))


def _check_months(source: Source, months: str) -> None:
    if len(months.split()) != _MONTHS_A_YEAR:
        raise source.error(("months",), "write the twelve months with spaces between them")


def load_gaps(cards: Path) -> Gaps:
    """Raises `KnowledgeError` for an unknown or missing line."""
    source = read_yaml(cards / "text" / "gaps.yaml")
    return typed(source, (), source.data, Gaps)
