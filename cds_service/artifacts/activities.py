"""What a card may offer as ActivityDefinitions: draft orders, a draft problem, a task; never a medicine."""

from collections.abc import Iterator

from cds_service.artifacts.metadata import Artifact, Publication
from cds_service.artifacts.plans import activity_id

_REQUESTS = frozenset({"ServiceRequest", "Task"})  # of RequestResourceType, what our suggestions create


def activities(publication: Publication) -> Iterator[Artifact]:
    """One ActivityDefinition an action of suggestions.yaml."""
    for suggestion in publication.knowledge.suggestions:
        for number, action in enumerate(suggestion.actions, 1):
            resource = action.resource
            head = publication.head("ActivityDefinition", activity_id(suggestion, number), suggestion.label)
            kind = resource["resourceType"]
            request = {"kind": kind, "intent": resource["intent"]} if kind in _REQUESTS else {}
            yield head | {"description": action.description, "code": resource["code"], **request}
