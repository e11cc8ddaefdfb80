"""What a coded, boolean or textual value means: yes, no, not known; a side; the leg or elsewhere."""

import re
from collections.abc import Iterable
from enum import Enum, auto

from cds_service.knowledge.items import ItemRules, Items, Words
from cds_service.reading.codes import ANSWERS, codings, listed, shown_name
from cds_service.reading.datatypes import CodeableConcept
from cds_service.reading.quantities import read_number
from cds_service.reading.resources import Concepts, Measured
from cds_service.truth import Truth

_WORD = re.compile(r"[^\W\d_']+")


class Site(Enum):
    """Where the body sites of a record lie; `UNSAID` when there are none, or only a side is told."""

    UNSAID = auto()
    LEG = auto()
    LEG_PART = auto()
    ELSEWHERE = auto()
    UNKNOWN = auto()


def is_present(measured: Measured, items: Items, names: Iterable[str] = ()) -> Truth:
    """Whether an Observation of a finding that has these names says that it is there.

    Without a value the code itself says so; a value that neither denies nor says unknown is a
    grade ("moderate") and affirms. A value beside the reason why there is none says nothing.
    """
    if measured.dataAbsentReason is not None:
        return None
    if measured.valueBoolean is not None:
        return measured.valueBoolean
    if measured.valueCodeableConcept is not None:
        return affirms(measured.valueCodeableConcept, items.rules, names)
    if measured.valueString is not None:
        return affirms_text(measured.valueString, items.rules, names)
    number = read_number(measured.valueQuantity.value) if measured.valueQuantity else measured.valueInteger
    if number is not None:
        return number > 0
    return not any(means(concept, items.rules.denied) for concept in listed(measured.interpretation))


def is_unclear(measured: Measured, items: Items, names: Iterable[str]) -> bool:
    """Whether there is a value in words that is neither yes nor no, and does not say unknown."""
    if measured.dataAbsentReason is not None or is_present(measured, items, names) is not None:
        return False
    concept, unknown = measured.valueCodeableConcept, items.rules.unknown
    text = measured.valueString or shown_name(concept)
    is_told = concept is not None and (means(concept, unknown) or _own(concept) & items.rules.not_answered)
    return bool(_WORD.search(text)) and not is_told and text.strip().casefold() not in unknown.words


def affirms(concept: CodeableConcept, rules: ItemRules, names: Iterable[str] = ()) -> Truth:
    """Whether a coded value affirms; one of an unknown code goes by its words."""
    own = _own(concept)
    if means(concept, rules.denied) or own & rules.negative:
        return False
    if means(concept, rules.unknown) or own & rules.not_answered:
        return None
    text = shown_name(concept)
    if own or means(concept, rules.affirmed) or (concept.coding and not _WORD.search(text)):
        return True
    return affirms_text(text, rules, names)


def _own(concept: CodeableConcept) -> set[str]:
    return {code for system, code in codings(concept) if system.endswith(ANSWERS)}


def affirms_text(text: str, rules: ItemRules, names: Iterable[str] = ()) -> Truth:
    """Whether a textual value affirms.

    "No" and "denies numbness" do not, where the finding has the name numbness; "no improvement" and
    "none at rest" are not understood.
    """
    folded = text.strip().casefold()
    words = _WORD.findall(folded)
    if not {folded, " ".join(words)}.isdisjoint(rules.denied.words):
        return False
    if not words or folded in rules.unknown.words:
        return None
    if rules.negating.isdisjoint(words) and rules.denied.words.isdisjoint(words):
        return True
    own = {word for name in names for word in _WORD.findall(name.casefold())}
    return False if words[0] in rules.denied.words and own.issuperset(words[1:]) else None


def side_of(sites: Concepts, rules: ItemRules) -> str:
    """The side body sites name: left, right, both, or "" when they name none."""
    sides = {side for concept in listed(sites) for side in _sides(concept, rules)}
    if "both" in sides or {"left", "right"} <= sides:
        return "both"
    return next(iter(sides), "")


def _sides(concept: CodeableConcept, rules: ItemRules) -> Iterable[str]:
    for side, words in (("both", rules.both), ("left", rules.left), ("right", rules.right)):
        if means(concept, words) or _names(concept, words):
            yield side


def site_of(sites: Concepts, rules: ItemRules) -> Site:
    """Where the body sites lie; of several, the leg counts first."""
    found = {_site(concept, rules) for concept in listed(sites)}
    order = (Site.LEG, Site.LEG_PART, Site.ELSEWHERE, Site.UNKNOWN)
    return next((site for site in order if site in found), Site.UNSAID)


def _site(concept: CodeableConcept, rules: ItemRules) -> Site:
    places = ((Site.LEG_PART, rules.leg_part), (Site.LEG, rules.leg), (Site.ELSEWHERE, rules.elsewhere))
    for site, words in places:
        if means(concept, words) or _names(concept, words):
            return site
    sides = (rules.left, rules.right, rules.both)
    said = not shown_name(concept) or any(says(concept, words) for words in sides)
    return Site.UNSAID if said else Site.UNKNOWN


def means(concept: CodeableConcept, words: Words) -> bool:
    """Whether one of the codes has this meaning."""
    return any(f"{system}|{code}" in words.codes for system, code in codings(concept))


def says(concept: CodeableConcept, words: Words) -> bool:
    """Whether a code or the name as a whole has this meaning."""
    return means(concept, words) or _is(concept, words)


def _is(concept: CodeableConcept, words: Words) -> bool:
    return shown_name(concept).strip().casefold() in words.words


def _names(concept: CodeableConcept, words: Words) -> bool:
    text = f" {' '.join(_WORD.findall(shown_name(concept).casefold()))} "
    return any(f" {word} " in text for word in words.words)
