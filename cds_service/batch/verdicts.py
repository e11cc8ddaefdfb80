"""Gates that are surely closed: known from the Patient alone, because nothing else could open them."""

from datetime import datetime

import msgspec

from cds_service.batch.survey import ODD
from cds_service.knowledge import Knowledge
from cds_service.knowledge.catalogue import Gate
from cds_service.knowledge.clauses import PatientClause, SorenessClause
from cds_service.reading import Pool
from cds_service.reading.dates import read_date
from cds_service.reading.glance import QUIET
from cds_service.reading.patient import read_age
from cds_service.reading.resources import Patient
from cds_service.review import review

_OF_THE_PATIENT = frozenset({"age", "age known", "sex", "deceased"})
_NAME = "p"


class Verdicts:
    """Answers as of one moment with one knowledge; the review itself is asked, once a kind of patient."""

    def __init__(self, now: datetime, knowledge: Knowledge) -> None:
        self._now = now
        self._knowledge = knowledge
        self._heaviest = _heaviest(knowledge)
        self._known: dict[tuple[object, ...], tuple[str, int]] = {}

    def closed_by(self, born: str | None, sex: str | None, weight: int, *, deceased: bool) -> str:
        """The gate that is closed, whatever a full reading would find; "" where it has to be read.

        `weight` is of the heaviest of all the patient's records.
        """
        patient = Patient(birthDate=born, gender=sex, deceasedBoolean=deceased)
        kind = (read_age(patient, self._now), sex, deceased, bool(born), read_date(born) is None)
        known = self._known.get(kind)
        if known is None:
            known = self._known[kind] = self._ask(patient)
        closed_by, heaviest = known
        return closed_by if weight <= heaviest else ""

    def _ask(self, patient: Patient) -> tuple[str, int]:
        """The gate a patient without any record is stopped by, and with how heavy records it still is."""
        said = msgspec.to_builtins(patient) | {"resourceType": Patient.__name__, "id": _NAME}
        found = review(Pool.from_resources([msgspec.json.encode(said)], _NAME), self._now, self._knowledge)
        gate = found.findings.gate
        if gate is None or found.cards or found.chart.skipped or found.chart.incomplete:
            return "", QUIET
        return found.closed_by, self._heaviest[gate.open_if]


def _heaviest(knowledge: Knowledge) -> dict[str, int]:
    """By sentence of a gate, how heavy records it is closed for, if it is for none: -1 for "never sure".

    A gate that asks for anything else than the Patient and soreness makes all gates from it on unsure.
    """
    found: dict[str, int] = {}
    unsure = False
    for gate in knowledge.gates.gates:
        asked = _asked(gate, knowledge)
        unsure |= asked is None
        found[gate.open_if] = QUIET - 1 if unsure or asked is None else asked
    return found


def _asked(gate: Gate, knowledge: Knowledge) -> int | None:
    gates = knowledge.gates
    clauses = [gates.given[name] for name in gates.sentences[gate.open_if].names]
    of_patient = [
        isinstance(clause, PatientClause) and clause.patient in _OF_THE_PATIENT for clause in clauses
    ]
    sore = [isinstance(clause, SorenessClause) and clause.soreness == "reported" for clause in clauses]
    if not all(one or other for one, other in zip(of_patient, sore, strict=True)):
        return None
    return QUIET if any(sore) else ODD - 1
