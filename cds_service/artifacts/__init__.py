"""The knowledge as FHIR R4 knowledge artifacts, for those who read FHIR rather than `cards/`.

PlanDefinition (a rule), Library (its file), ActivityDefinition (what a card offers), ValueSet and
CodeSystem (the vocabulary), Questionnaire. `cards/` stays the only source: everything here is derived.
"""

from collections.abc import Iterator
from pathlib import Path

from cds_service.artifacts.activities import activities
from cds_service.artifacts.libraries import libraries
from cds_service.artifacts.metadata import Artifact, Publication
from cds_service.artifacts.plans import plans
from cds_service.artifacts.questionnaires import questionnaires
from cds_service.artifacts.terminology import code_systems, value_sets
from cds_service.compose.resources import validate
from cds_service.knowledge import Knowledge
from cds_service.rulebook.on_file import rules_on_file

__all__ = ["artifacts_of"]


def artifacts_of(knowledge: Knowledge, cards: Path) -> dict[str, str]:
    """Every artifact as FHIR R4 JSON under its reference (`PlanDefinition/statin`), in a fixed order.

    Each one has been validated by `fhir.resources`. Raises `KnowledgeError` when a rule is unclear,
    `pydantic.ValidationError` when an artifact is not valid FHIR.
    """
    return {
        f"{artifact['resourceType']}/{artifact['id']}": validate(artifact)
        for artifact in _all(knowledge, cards)
    }


def _all(knowledge: Knowledge, cards: Path) -> Iterator[Artifact]:
    publication = Publication(knowledge)
    on_file = rules_on_file(knowledge, cards)
    yield from plans(publication, [entry.rule for entry in on_file])
    yield from libraries(publication, on_file)
    yield from activities(publication)
    yield from value_sets(publication)
    yield from code_systems(publication, cards)
    yield from questionnaires(publication, cards)
