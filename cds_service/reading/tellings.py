"""Which records could report soreness of the legs, told by their codes alone."""

from collections.abc import Set as AbstractSet

from cds_service.knowledge.findings import CodedFinding
from cds_service.knowledge.vocabulary import Vocabulary
from cds_service.reading.codes import listed, status_word
from cds_service.reading.datatypes import CodeableConcept
from cds_service.reading.resources import Encounter
from cds_service.reading.soreness import IN_PROGRESS

_REMEMBERED = 50_000
_OVER = "finished"  # most encounters are, and as FHIR spells it


class Tellings:
    """Codes, whatever their system, that say or deny soreness, or stand for a complaint in free text."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        rules = vocabulary.items.rules
        asking = {code for code, item in rules.loinc.items() if item == rules.reported}
        self._known = frozenset({rules.reported, *asking, *rules.free_text})
        self._reported = rules.reported
        self._findings = vocabulary.findings
        self._quiet: set[str | None] = {None}

    def any_of(self, codes: AbstractSet[str | None]) -> bool:
        """Whether one of the codes tells; quick for codes that were asked before."""
        return not codes <= self._quiet and any(map(self.tells, codes))

    def tells(self, code: str | None) -> bool:
        """Whether the code tells."""
        if code is None or code in self._quiet:
            return False
        if code in self._known or any(map(self._says, self._named(code))):
            return True
        if len(self._quiet) < _REMEMBERED:
            self._quiet.add(code)
        return False

    def in_encounter(self, encounter: Encounter) -> bool:
        """Whether an encounter may be going on for a reason that tells, or that is given in words only."""
        if encounter.status == _OVER or status_word(encounter.status) != IN_PROGRESS:
            return False
        reasons = (*listed(encounter.reasonCode), *listed(encounter.reason))
        return any(not reason.coding or self.in_concept(reason) for reason in reasons)

    def in_concept(self, concept: CodeableConcept | None) -> bool:
        """Whether one of the codings tells."""
        return concept is not None and any(self.tells(coding.code) for coding in concept.coding)

    def _named(self, code: str) -> tuple[CodedFinding | None, CodedFinding | None]:
        return self._findings.snomed.get(code), self._findings.of_icd10cm(code)

    def _says(self, coded: CodedFinding | None) -> bool:
        if coded is None:
            return False
        words = (self._findings.words[name] for name in coded.findings)
        return any(self._reported in word.says or self._reported in word.denies for word in words)
