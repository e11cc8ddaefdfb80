"""Findings that are recorded and not understood: named, and neither a sign nor a denial."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from cds_service.knowledge.findings import CodedFinding, Finding, Findings
from cds_service.knowledge.items import Items
from cds_service.reading.codes import status_word
from cds_service.reading.dates import Clock
from cds_service.reading.findings import coded_finding, names_of, read_side, told_at
from cds_service.reading.meaning import Site, is_present, is_unclear, site_of
from cds_service.reading.problems import Diagnosed
from cds_service.reading.resources import Concepts, Observation
from cds_service.reading.results import observed
from cds_service.reading.soreness import opens_gate
from cds_service.reading.symptoms import USABLE, asked_by

_VALUE = "the value is not understood"
_SITE = "the body site is not understood"
_SIDE = "recorded without its side"


class Unclear(Struct, frozen=True):
    """A record that is not understood, and why; `of_soreness` where it may report or deny soreness."""

    ref: str
    why: str
    of_soreness: bool


def unclear_records(
    observations: Iterable[tuple[str, Observation]],
    recent: Iterable[Diagnosed],
    clock: Clock,
    days: int,
    vocabulary: tuple[Findings, Items],
) -> tuple[Unclear, ...]:
    """Observations of the last days, and recent Conditions, that are not understood or lack a side."""
    observed_lately = _unclear_observations(observations, clock, days, vocabulary)
    return (*observed_lately, *_unclear_problems(recent, vocabulary))


def _unclear_observations(
    observations: Iterable[tuple[str, Observation]],
    clock: Clock,
    days: int,
    vocabulary: tuple[Findings, Items],
) -> Iterator[Unclear]:
    findings, items = vocabulary
    for ref, observation in observations:
        if status_word(observation.status) not in USABLE:
            continue
        coded = coded_finding(observation.code, findings)
        if coded is None and not (observation.bodySite and asked_by(observation, items)):
            continue
        when = observed(observation)
        if when is None or not clock.within_days(when, days):
            continue
        why = _why_unclear(observation, coded, findings, items)
        if why:
            yield Unclear(ref, why, coded is not None and opens_gate(coded.findings, findings, items))


def _unclear_problems(recent: Iterable[Diagnosed], vocabulary: tuple[Findings, Items]) -> Iterator[Unclear]:
    findings, items = vocabulary
    for found in recent:
        why = _why_not_told(found.coded, found.condition.bodySite, findings, items)
        if why:
            yield Unclear(found.ref, why, opens_gate(found.coded.findings, findings, items))


def _why_unclear(
    observation: Observation, coded: CodedFinding | None, findings: Findings, items: Items
) -> str:
    if coded is None:
        return _SITE if site_of(observation.bodySite, items.rules) is Site.UNKNOWN else ""
    if not any(_says_anything(findings.words[name]) for name in coded.findings):
        return ""
    names = list(names_of(coded, observation.code))
    if is_unclear(observation, items, names):
        return _VALUE
    present = is_present(observation, items, names)
    if present is False and site_of(observation.bodySite, items.rules) is Site.UNKNOWN:
        return _SITE
    return _why_not_told(coded, observation.bodySite, findings, items) if present else ""


def _why_not_told(coded: CodedFinding, sites: Concepts, findings: Findings, items: Items) -> str:
    told = told_at(coded, sites, findings, items)
    unsaid = [findings.words[name] for name in coded.findings - told if _says_anything(findings.words[name])]
    if unsaid and sites and site_of(sites, items.rules) is Site.UNKNOWN:
        return _SITE
    only_by_side = any(findings.words[name].by_side and not findings.words[name].says for name in told)
    return _SIDE if only_by_side and not read_side(coded, sites, items) else ""


def _says_anything(finding: Finding) -> bool:
    return bool(finding.says or finding.by_side)
