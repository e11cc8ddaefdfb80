"""Gates that are surely closed: known from the Patient alone, because nothing else could open them."""

import operator
from datetime import datetime

import msgspec

from cds_service.chart import Chart
from cds_service.knowledge import Knowledge
from cds_service.knowledge.clauses import PatientClause, SorenessClause
from cds_service.reading import Pool, read_chart
from cds_service.reading.patient import birth_fault, read_age
from cds_service.reading.resources import Patient
from cds_service.reading.tellings import NEVER, Telling
from cds_service.reason import ChartView, reason
from cds_service.when import When

_OF_THE_PATIENT = frozenset({"age", "age known", "sex", "deceased"})
_REPORTED = "reported"
_NAME = "p"


class Verdicts:
    """Answers as of one moment with one knowledge: the gates themselves are asked, once a kind of patient."""

    def __init__(self, now: datetime, knowledge: Knowledge) -> None:
        self._now = now
        self._knowledge = knowledge
        self._sure = _sure_gates(knowledge)
        self._alike = _without_records(now, knowledge)
        self._known: dict[tuple[int | None, str | None, bool], tuple[str, bool]] = {}
        limits, today = knowledge.reading, When.at(now).first
        self._today = today
        # A day more than the reader allows: records of that day may lie within its limits.
        self._told = today - max(limits.report_recent_days, limits.condition_recent_days) - 1
        self._begun = today - limits.report_recent_days - 1

    def closed_by(self, born: str | None, sex: str | None, telling: Telling, *, deceased: bool) -> str:
        """The gate that is closed, whatever a full reading would find; "" where it has to be read.

        `telling` is of all the patient's records together.
        """
        patient = Patient(birthDate=born)
        age = read_age(patient, self._now)
        if age is None and birth_fault(patient, self._today):
            return ""  # what the date was meant to be may have opened the gate
        known = self._known.get((age, sex, deceased))
        if known is None:
            known = self._known[age, sex, deceased] = self._ask(age, sex or "", deceased=deceased)
        closed_by, whatever_is_told = known
        return closed_by if whatever_is_told or not self._may_be_sore(telling) else ""

    def _may_be_sore(self, telling: Telling) -> bool:
        """Whether something was told lately, or at any time if there is an encounter now."""
        return telling.told >= self._told or (telling.told > NEVER and telling.begun >= self._begun)

    def _ask(self, age: int | None, sex: str, *, deceased: bool) -> tuple[str, bool]:
        """The gate a patient without any record is stopped by, and whether soreness would not open it."""
        chart = msgspec.structs.replace(self._alike, age=age, sex=sex, deceased=deceased)
        found = reason(ChartView(chart, self._knowledge))
        if found.gate is None or found.gate.open_if not in self._sure:
            return "", True
        return found.closed_by, self._sure[found.gate.open_if]


def _without_records(now: datetime, knowledge: Knowledge) -> Chart:
    """The chart of a Patient of whom nothing else is recorded."""
    resource = msgspec.json.encode({"resourceType": Patient.__name__, "id": _NAME})
    pool = Pool.from_resources([resource], _NAME)
    return read_chart(pool, now, knowledge.vocabulary, knowledge.reading)


def _sure_gates(knowledge: Knowledge) -> dict[str, bool]:
    """By sentence, the gates that ask for the Patient or soreness only: whether for the Patient alone.

    A gate that asks for anything else, and every gate after it, is not among them.
    """
    found: dict[str, bool] = {}
    gates = knowledge.gates
    for gate in gates.gates:
        clauses = [gates.given[name] for name in gates.sentences[gate.open_if].names]
        sore = [isinstance(clause, SorenessClause) and clause.soreness == _REPORTED for clause in clauses]
        ours = [isinstance(clause, PatientClause) and clause.patient in _OF_THE_PATIENT for clause in clauses]
        if not all(map(operator.or_, sore, ours)):
            break
        found[gate.open_if] = not any(sore)
    return found
