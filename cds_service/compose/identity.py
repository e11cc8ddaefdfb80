"""Names of cards: a fingerprint of the facts, and a uuid for one card shown once."""

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from uuid import NAMESPACE_URL, UUID, uuid5

from cds_service.chart import Chart


def fingerprint(chart: Chart, card: str, verdict: Iterable[str], evidence: Iterable[str]) -> str:
    """A hash of patient, card, verdict (tiers, indicator, rule versions) and evidence with its values.

    Day counts are left out on purpose: the same facts keep their fingerprint from day to day.
    """
    wanted = set(evidence)
    facts = [
        f"{result.ref}={result.shown}@{result.taken}" for result in chart.results if result.ref in wanted
    ]
    for exposure in chart.exposures:
        least = "" if exposure.least_dose is None else f"{exposure.least_dose} to "
        facts += [f"{ref}={least}{exposure.daily_dose}" for ref in exposure.refs if ref in wanted]
    text = "\x1f".join([chart.patient_id, card, *verdict, "\x1e", *sorted(wanted), *sorted(facts)])
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def card_uuid(base: str, instance: str, card: str, mark: str) -> UUID:
    """UUIDv5 of hook instance, card and fingerprint: repeated calls agree, other calls differ."""
    return uuid5(_namespace(base), f"{instance}|{card}|{mark}")


@lru_cache(maxsize=8)
def _namespace(base: str) -> UUID:
    return uuid5(NAMESPACE_URL, base)
