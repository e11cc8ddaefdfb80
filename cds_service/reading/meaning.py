"""What a coded, boolean or textual value means: yes, no, not known; left, right, both."""

import re
from collections.abc import Iterable

from cds_service.knowledge.items import ItemRules, Items, Words
from cds_service.reading.codes import ANSWERS, codings, listed, shown_name
from cds_service.reading.datatypes import CodeableConcept
from cds_service.reading.quantities import read_number
from cds_service.reading.resources import Concepts, Measured
from cds_service.truth import Truth

_WORD = re.compile(r"[^\W\d_']+")


def is_present(measured: Measured, items: Items) -> Truth:
    """Whether an Observation of a finding says that it is there.

    Without a value the code itself says so; a value that neither denies nor says unknown is a
    grade ("moderate") and affirms.
    """
    if measured.valueBoolean is not None:
        return measured.valueBoolean
    if measured.valueCodeableConcept is not None:
        return affirms(measured.valueCodeableConcept, items.rules)
    if measured.valueString is not None:
        return affirms_text(measured.valueString, items.rules)
    number = read_number(measured.valueQuantity.value) if measured.valueQuantity else measured.valueInteger
    if number is not None:
        return number > 0
    if measured.dataAbsentReason is not None:
        return None
    denied = any(_matches(concept, items.rules.denied) for concept in listed(measured.interpretation))
    return not denied


def affirms(concept: CodeableConcept, rules: ItemRules) -> Truth:
    """Whether a coded value affirms."""
    own = {code for system, code in codings(concept) if system.endswith(ANSWERS)}
    if _matches(concept, rules.denied) or own & rules.negative:
        return False
    if _matches(concept, rules.unknown) or own & rules.not_answered:
        return None
    if not concept.coding and concept.text:
        return affirms_text(concept.text, rules)
    return True


def affirms_text(text: str, rules: ItemRules) -> Truth:
    """Whether a textual value affirms; "no numbness" and "denies pain" do not."""
    folded = text.strip().casefold()
    words = _WORD.findall(folded)
    if folded in rules.denied.words or (words and words[0] in rules.denied.words):
        return False
    return None if not words or folded in rules.unknown.words else True


def side_of(sites: Concepts, rules: ItemRules) -> str:
    """The side body sites name: left, right, both, or "" when they name none."""
    sides = {side for concept in listed(sites) for side in _sides(concept, rules)}
    if "both" in sides or {"left", "right"} <= sides:
        return "both"
    return next(iter(sides), "")


def _sides(concept: CodeableConcept, rules: ItemRules) -> Iterable[str]:
    for side, words in (("both", rules.both), ("left", rules.left), ("right", rules.right)):
        if _matches(concept, words) or _names(concept, words):
            yield side


def is_leg(sites: Concepts, rules: ItemRules) -> bool:
    """Whether a body site is on the leg."""
    return any(_matches(site, rules.leg) or _names(site, rules.leg) for site in listed(sites))


def _matches(concept: CodeableConcept, words: Words) -> bool:
    return any(f"{system}|{code}" in words.codes for system, code in codings(concept))


def _names(concept: CodeableConcept, words: Words) -> bool:
    text = f" {' '.join(_WORD.findall(shown_name(concept).casefold()))} "
    return any(f" {word} " in text for word in words.words)
