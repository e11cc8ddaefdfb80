"""What the first call would otherwise wait for: the FHIR models take about a second to import."""

from cds_service.compose.resources import fill
from cds_service.knowledge import Knowledge
from cds_service.web.errors import Problem, operation_outcome


def warm_up(knowledge: Knowledge) -> None:
    """Build one OperationOutcome and every proposed resource, so that what they need is at hand."""
    operation_outcome((Problem("informational", "warm-up"),))
    for suggestion in knowledge.suggestions:
        for action in suggestion.actions:
            fill(action.template, knowledge.base, "Patient/example")
