"""The vocabulary as ValueSets, and our own code systems."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from cds_service.artifacts.metadata import Artifact, Publication, lab_set, medication_set, problem_set
from cds_service.knowledge.findings import Findings

_CATEGORY = 3  # characters of an ICD-10-CM category, before the dot
_COPYRIGHT = (
    "Holds codes of RxNorm, ATC, LOINC, SNOMED CT or ICD-10-CM, each on the terms of its owner; see NOTICE."
)

Code = tuple[str, str, bool]
"""System URL, code, and whether all codes below it are meant too."""


def value_sets(publication: Publication) -> Iterator[Artifact]:
    """Classes of medicines, findings and analytes by the codes that are read as them."""
    drugs, findings = publication.knowledge.vocabulary.drugs, publication.knowledge.vocabulary.findings
    labs = publication.knowledge.vocabulary.labs
    for word in sorted(publication.medication_words()):
        yield _value_set(publication, medication_set(word), f"Medicines: {word}", drugs.codes_of(word))
    for word in sorted(findings.words):
        yield _value_set(publication, problem_set(word), f"Finding: {word}", _codes(findings, word))
    for name, analyte in sorted(labs.analytes.items()):
        codes = [(system, code, False) for (system, code), lab in labs.codes.items() if lab.analyte == name]
        yield _value_set(publication, lab_set(name), f"Results: {analyte.label}", codes)


def _value_set(publication: Publication, identifier: str, title: str, codes: Iterable[Code]) -> Artifact:
    included = list(_includes(codes))
    compose = {"compose": {"include": included}} if included else {}
    return publication.head("ValueSet", identifier, title) | {"copyright": _COPYRIGHT} | compose


def _includes(codes: Iterable[Code]) -> Iterator[Artifact]:
    """Exact codes of a system together; a code with all below it is an include of its own."""
    exact: dict[str, set[str]] = defaultdict(set)
    below: set[tuple[str, str]] = set()
    for system, code, with_descendants in codes:
        if with_descendants:
            below.add((system, code))
        else:
            exact[system].add(code)
    for system in sorted(exact):
        yield {"system": system, "concept": [{"code": code} for code in sorted(exact[system])]}
    for system, code in sorted(below):
        yield {"system": system, "filter": [{"property": "concept", "op": "is-a", "value": code}]}


def _codes(findings: Findings, word: str) -> Iterator[Code]:
    systems = {name: url for url, name in reversed(findings.urls.items())}  # the official URL stands first
    for code, found in findings.snomed.items():
        if word in found.findings:
            yield systems["snomed"], code, False
    for code, found in findings.icd10cm.items():
        if word in found.findings:
            yield systems["icd10cm"], _dotted(code), True


def _dotted(code: str) -> str:
    return f"{code[:_CATEGORY]}.{code[_CATEGORY:]}" if len(code) > _CATEGORY else code


def code_systems(publication: Publication, cards: Path) -> Iterator[Artifact]:
    """Cards, override reasons, and the items and answers of the Questionnaire."""
    knowledge = publication.knowledge
    cards_shown = {sign.id: sign.title for sign in knowledge.signs.values()}
    for card in (knowledge.ranking, knowledge.notice):
        cards_shown[card.id] = card.title
    yield _code_system(publication, "cards", "Cards of this service", cards_shown)
    reasons = knowledge.override_reasons
    yield _code_system(publication, reasons.system, "Reasons for overriding a card", reasons.reasons)
    for file in sorted((cards / "questionnaire").glob("codesystem-*.json")):
        yield msgspec.json.decode(publication.readdressed(file.read_text(encoding="utf-8")))


def _code_system(publication: Publication, identifier: str, title: str, displays: dict[str, str]) -> Artifact:
    return publication.head("CodeSystem", identifier, title) | {
        "caseSensitive": True,
        "content": "complete",
        "count": len(displays),
        "concept": [{"code": code, "display": display} for code, display in displays.items()],
    }
