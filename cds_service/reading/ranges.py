"""Which of a laboratory's reference ranges hold for the patient."""

from collections.abc import Callable

from cds_service.knowledge.items import ItemRules
from cds_service.reading.codes import listed
from cds_service.reading.datatypes import CodeableConcept
from cds_service.reading.meaning import says
from cds_service.reading.resources import ReferenceRange
from cds_service.truth import Truth, conjunction

Fitting = Callable[[list[ReferenceRange]], list[ReferenceRange]]


def fitting_ranges(sex: str, rules: ItemRules) -> Fitting:
    """The ranges for a patient of this administrative gender, those made for it first.

    One for people who are not understood holds only where the laboratory gave no second one, one for the
    other sex never.
    """
    words = {"male": rules.male, "female": rules.female}

    def for_sex(concept: CodeableConcept) -> Truth:
        named = {one for one, meaning in words.items() if says(concept, meaning)}
        return None if not named or sex not in words else sex in named

    def fitting(ranges: list[ReferenceRange]) -> list[ReferenceRange]:
        if all(entry.appliesTo is None for entry in ranges):
            return ranges
        held = [conjunction(map(for_sex, listed(entry.appliesTo))) for entry in ranges]
        made = [entry for entry, holds in zip(ranges, held, strict=True) if holds and entry.appliesTo]
        general = [entry for entry in ranges if not entry.appliesTo]
        alone = ranges if len(ranges) == 1 and held[0] is not False else []
        return made + general or alone

    return fitting
