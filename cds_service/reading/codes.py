"""Codings, status words and names of coded concepts."""

import re
from collections.abc import Iterable, Iterator

from cds_service.reading.datatypes import CodeableConcept, Coding, Concept
from cds_service.reading.resources import Concepts, Observation

ITEMS = "CodeSystem/items"
ANSWERS = "CodeSystem/answers"
"""Tails of our own code systems: every operator publishes them under a base of its own."""

_PLAIN = {
    word: frozenset({word})
    for word in (
        "final", "amended", "corrected", "preliminary", "active", "inactive", "resolved", "recurrence",
        "relapse", "remission", "confirmed", "unconfirmed", "provisional", "differential", "refuted",
        "completed", "finished", "in-progress", "entered-in-error",
    )
}  # fmt: skip
"""Status codes as they should be written, which need no tidying."""
_CODE = re.compile(r"[A-Za-z][A-Za-z-]*")


def codings(concept: CodeableConcept | None) -> Iterator[tuple[str, str]]:
    """System and code of every coding that has both."""
    if concept is None:
        return
    for coding in concept.coding:
        if coding.system and coding.code:
            yield coding.system, coding.code


def has_code_of(known: frozenset[str], observation: Observation) -> bool:
    """Whether a coding of the Observation or of a component is known, whatever its system."""
    if observation.code is not None:
        for coding in observation.code.coding:
            if coding.code in known:
                return True
    return bool(observation.component) and any(
        coding.code in known
        for component in observation.component
        if component.code is not None
        for coding in component.code.coding
    )


def with_code_of(
    known: frozenset[str], observations: Iterable[tuple[str, Observation]]
) -> list[tuple[str, Observation]]:
    """The Observations with a known code; nearly all have one coding and no component."""
    found = []
    for pair in observations:
        observation = pair[1]
        concept = observation.code
        if concept is not None and len(concept.coding) == 1 and not observation.component:
            if concept.coding[0].code in known:
                found.append(pair)
        elif has_code_of(known, observation):
            found.append(pair)
    return found


def listed(concepts: Concepts) -> list[CodeableConcept]:
    """A list of concepts, whether the record gave a list, one object or nothing."""
    if concepts is None:
        return []
    return concepts if isinstance(concepts, list) else [concepts]


def status_words(concept: Concept) -> frozenset[str]:
    """The codes of a status, from a CodeableConcept or from a bare string (STU3)."""
    if concept is None:
        return frozenset()
    if isinstance(concept, str):
        return frozenset({status_word(concept)})
    if len(concept.coding) == 1 and (known := _PLAIN.get(concept.coding[0].code or "")):
        return known
    return frozenset(status_word(coding.code) for coding in concept.coding if coding.code)


def status_word(text: str | None) -> str:
    """A status code without stray blanks and capitals; "" when there is none."""
    if text is not None and text in _PLAIN:
        return text
    match = _CODE.search(text) if text else None
    return match[0].lower() if match else ""


def shown_name(concept: CodeableConcept | None) -> str:
    """What a reader would call the concept: its text, else the first display, else a code."""
    return written_name(concept) or (_any_code(concept.coding) if concept is not None else "")


def written_name(concept: CodeableConcept | None) -> str:
    """The words of a concept: its text, else the first display; "" when it has codes only."""
    if concept is None:
        return ""
    if concept.text:
        return concept.text
    return next((coding.display for coding in concept.coding if coding.display), "")


def _any_code(coding: list[Coding]) -> str:
    return next((entry.code for entry in coding if entry.code), "")
