"""Complaints in free text: told, and not interpreted."""

from collections.abc import Iterable, Iterator

from cds_service.knowledge.items import Items
from cds_service.reading.codes import has_code_of, listed, status_word
from cds_service.reading.dates import Clock
from cds_service.reading.resources import Encounter, Observation
from cds_service.reading.results import observed

_DROPPED = frozenset({"cancelled", "entered-in-error"})


def free_text_complaints(
    observations: Iterable[tuple[str, Observation]],
    current: tuple[str, Encounter] | None,
    clock: Clock,
    days: int,
    items: Items,
) -> Iterator[str]:
    """References of recent chief complaints, and of the current encounter, that hold words only."""
    for ref, observation in observations:
        if not has_code_of(items.rules.free_text, observation) or status_word(observation.status) in _DROPPED:
            continue
        when = observed(observation)
        if _in_words(observation) and when is not None and clock.within_days(when, days):
            yield ref
    if current is not None:
        ref, encounter = current
        if any(reason.text and not reason.coding for reason in listed(encounter.reasonCode)):
            yield ref


def _in_words(observation: Observation) -> bool:
    concept = observation.valueCodeableConcept
    return bool(observation.valueString or (concept and concept.text and not concept.coding))
