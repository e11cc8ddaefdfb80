"""Which records could report soreness of the legs: told by their codes, and by the days they are of."""

from collections.abc import Set as AbstractSet
from typing import Any

from msgspec import Struct

from cds_service.knowledge.findings import CodedFinding
from cds_service.knowledge.vocabulary import Vocabulary
from cds_service.reading.codes import listed, status_word
from cds_service.reading.datatypes import CodeableConcept
from cds_service.reading.dates import read_date
from cds_service.reading.forms import is_ours
from cds_service.reading.problems import is_active, recorded_on
from cds_service.reading.resources import Condition, Encounter, QuestionnaireResponse
from cds_service.reading.soreness import IN_PROGRESS, begun_on
from cds_service.when import When

ALWAYS, NEVER = 10**7, 0
"""Ordinals of days that are later, and earlier, than any."""

_REMEMBERED = 50_000
_OVER = "finished"  # most encounters are, and as FHIR spells it


class Telling(Struct, gc=False):
    """The days of what was found, as ordinals, `NEVER` for nothing.

    `told` is the last day of what could report soreness, `ALWAYS` where its day is not known. `begun` is
    when the latest encounter began that is still in progress: it makes an old problem a present one.
    """

    told: int = NEVER
    begun: int = NEVER

    def add(self, other: "Telling") -> None:
        """Take the later days of both."""
        self.told = max(self.told, other.told)
        self.begun = max(self.begun, other.begun)


class Tellings:
    """Knows the codes, whatever their system, that say or deny soreness or stand for a complaint in words."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        rules = vocabulary.items.rules
        asking = {code for code, item in rules.loinc.items() if item == rules.reported}
        self._known = frozenset({rules.reported, *asking, *rules.free_text})
        self._reported = rules.reported
        self._findings = vocabulary.findings
        self._items = vocabulary.items
        self._quiet: set[str | None] = {None}

    def any_of(self, codes: AbstractSet[str | None]) -> bool:
        """Whether one of the codes tells; quick for codes that were asked before."""
        return not codes <= self._quiet and any(map(self.tells, codes))

    def tells(self, code: str | None) -> bool:
        """Whether the code tells."""
        if code in self._quiet:
            return False
        if not isinstance(code, str) or code in self._known or any(map(self._says, self._named(code))):
            return True
        if len(self._quiet) < _REMEMBERED:
            self._quiet.add(code)
        return False

    def of_observation(self, observation: Any) -> Telling | None:
        """What an Observation, of which only codes were read, could tell: its day is not known."""
        parts = (part.code for part in observation.component)
        return Telling(ALWAYS) if any(map(self._in_concept, (observation.code, *parts))) else None

    def of_condition(self, condition: Condition) -> Telling | None:
        """What a Condition could tell; one that no longer holds tells nothing."""
        if not self._in_concept(condition.code) or not is_active(condition):
            return None
        written = condition.recordedDate or condition.assertedDate
        if written and read_date(written) is None:
            return Telling(ALWAYS)
        recorded = recorded_on(condition)
        return Telling(NEVER + 1 if recorded is None else recorded.last)

    def of_encounter(self, encounter: Encounter) -> Telling | None:
        """What an encounter could tell that is in progress: its reason, and that it is."""
        if encounter.status == _OVER or status_word(encounter.status) != IN_PROGRESS:
            return None
        begun = _last(begun_on(encounter), NEVER)
        reasons = (*listed(encounter.reasonCode), *listed(encounter.reason))
        tells = any(not reason.coding or self._in_concept(reason) for reason in reasons)
        return Telling(begun if tells else NEVER, begun)

    def of_form(self, response: QuestionnaireResponse) -> Telling | None:
        """What an answered form could tell, if it is ours."""
        if not is_ours(response, self._items):
            return None
        return Telling(_last(read_date(response.authored), ALWAYS))

    def _in_concept(self, concept: CodeableConcept | None) -> bool:
        return concept is not None and any(self.tells(coding.code) for coding in concept.coding)

    def _named(self, code: str) -> tuple[CodedFinding | None, CodedFinding | None]:
        return self._findings.snomed.get(code), self._findings.of_icd10cm(code)

    def _says(self, coded: CodedFinding | None) -> bool:
        if coded is None:
            return False
        words = (self._findings.words[name] for name in coded.findings)
        return any(self._reported in word.says or self._reported in word.denies for word in words)


def _last(when: When | None, unknown: int) -> int:
    return unknown if when is None else when.last
