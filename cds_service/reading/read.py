"""A pool of resources becomes a chart."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar, cast

from msgspec import Struct

from cds_service.chart import Answer, Chart, Later, Skipped, Soreness
from cds_service.knowledge.limits import ReadingLimits
from cds_service.knowledge.vocabulary import Vocabulary
from cds_service.reading.answers import newest_answers
from cds_service.reading.codes import with_code_of
from cds_service.reading.complaints import free_text_complaints
from cds_service.reading.dates import Clock
from cds_service.reading.details import Unread, in_order
from cds_service.reading.findings import answers_of, read_side, told_at
from cds_service.reading.forms import read_forms, unread_forms
from cds_service.reading.patient import is_deceased, read_age, read_pregnancy
from cds_service.reading.pool import Pool
from cds_service.reading.problems import Diagnosed, read_diagnoses
from cds_service.reading.ranges import Fitting, fitting_ranges
from cds_service.reading.resources import (
    Condition,
    Encounter,
    Observation,
    Patient,
    QuestionnaireResponse,
)
from cds_service.reading.soreness import (
    Report,
    belongs_to,
    current_encounter,
    encounter_in_progress,
    opens_gate,
    read_soreness,
    reports_in_answers,
    reports_in_encounter,
)
from cds_service.reading.symptoms import read_symptoms
from cds_service.reading.text import clean
from cds_service.reading.unclear import unclear_records
from cds_service.reading.unplaced import misdated_birth, misdated_conditions, undated_symptoms
from cds_service.when import When

T = TypeVar("T", bound=Struct)


class _Reader:
    """One reading: the pool, the clock and the words it is read with."""

    def __init__(self, pool: Pool, now: datetime, vocabulary: Vocabulary, limits: ReadingLimits) -> None:
        self.pool = pool
        self.now = now
        self.clock = Clock(now, timedelta(minutes=limits.future_tolerance_minutes))
        self.words = vocabulary
        self.limits = limits
        self.observations = with_code_of(vocabulary.observation_codes, self.typed(Observation))
        self.told = with_code_of(vocabulary.symptom_codes, self.observations)
        self.current = self._current_encounter()
        self.diagnoses = read_diagnoses(self.typed(Condition), self.clock, vocabulary.findings)
        self.recent = list(filter(self.is_recent, self.diagnoses))
        self.statements = self._read_statements()
        words = (vocabulary.findings, vocabulary.items)
        days = limits.report_recent_days
        self.unclear = unclear_records(self.told, self.recent, self.clock, days, words)

    def typed(self, kind: type[T]) -> list[tuple[str, T]]:
        """Resources of this patient of one type."""
        return cast("list[tuple[str, T]]", self.pool.of_kind(kind.__name__))

    def _current_encounter(self) -> tuple[str, Encounter] | None:
        encounters = self.typed(Encounter)
        if self.pool.has_context:
            return current_encounter(encounters, self.pool.encounter_id, self.clock)
        return encounter_in_progress(encounters, self.clock, self.limits.report_recent_days)

    def _read_statements(self) -> list[Answer]:
        """Everything forms and Observations say, of any age."""
        forms = read_forms(self.typed(QuestionnaireResponse), self.clock, self.words.items)
        symptoms = read_symptoms(self.told, self.clock, self.words.findings, self.words.items)
        return [*forms, *symptoms]

    def unplaced(self) -> Iterable[Skipped]:
        """What may report soreness or give the age, and cannot be placed in time or understood."""
        findings, items = self.words.findings, self.words.items
        yield from unread_forms(self.typed(QuestionnaireResponse), items)
        yield from undated_symptoms(self.told, findings, items)
        yield from misdated_conditions(self.diagnoses, findings, items)
        yield from misdated_birth(self.typed(Patient), self.clock.today)
        yield from (Skipped(one.ref, one.why) for one in self.unclear if one.of_soreness)

    def incomplete(self, *, sore: bool) -> tuple[str, ...]:
        """What is missing besides whole keys; complaints in free text count, as nobody reads them."""
        days = self.limits.report_recent_days
        said = free_text_complaints(self.told, self.current, self.clock, days, self.words.items)
        lost = self.pool.obtained("patient") and not self.typed(Patient)
        nobody = ("patient: no Patient was found",) if lost else ()
        return (
            *nobody,
            *self.pool.incomplete,
            *(f"free-text complaint not interpreted: {ref}" for ref in said),
            *(f"{one.why}: {one.ref}" for one in self.unclear if sore and not one.of_soreness),
        )

    def is_recent(self, diagnosed: Diagnosed) -> bool:
        """Whether a Condition is active and new, or belongs to the encounter in context."""
        if not diagnosed.active or diagnosed.planned:
            return False
        if belongs_to(diagnosed, self.current):
            return True
        recorded = diagnosed.recorded
        return recorded is not None and self.clock.within_days(recorded, self.limits.condition_recent_days)

    def problem_answers(self) -> Iterable[Answer]:
        """What recent Conditions say about items of the form."""
        words = (self.words.findings, self.words.items)
        for one in self.recent:
            yield from answers_of(one.coded, one.condition.bodySite, one.recorded, one.ref, words)

    def problem_onsets(self) -> Iterable[Answer]:
        """When recent Conditions of soreness began."""
        item = self.words.items.rules.onset
        for one in self.recent:
            if one.onset and self.opens_gate(one):
                yield Answer(item=item, ref=one.ref, reported=one.recorded, when=one.onset)

    def opens_gate(self, diagnosed: Diagnosed) -> bool:
        """Whether a Condition is soreness of the legs."""
        words = (self.words.findings, self.words.items)
        return opens_gate(told_at(diagnosed.coded, diagnosed.condition.bodySite, *words), *words)

    def answers(self) -> dict[str, Answer]:
        """The newest recent answer to each item; dates that lie ahead are no answers.

        When the soreness began is what was answered, else what a Condition says (CLINICAL 3.3).
        """
        days, items = self.limits.report_recent_days, self.words.items
        recent = [answer for answer in self.statements if self._within(answer, days)]
        if not any(answer.item == items.rules.onset for answer in recent):
            recent += self.problem_onsets()
        return newest_answers([*recent, *self.problem_answers()], items, self.words.findings.sides)

    def _within(self, answer: Answer, days: int) -> bool:
        ahead = answer.when is not None and self.clock.is_future(answer.when)
        return not ahead and answer.reported is not None and self.clock.within_days(answer.reported, days)

    def soreness(self, onset: When | None) -> Soreness:
        """Fact F1."""
        days = self.limits.report_recent_days
        spoken = list(reports_in_answers(self.statements, self.words.items))
        reports = [said for said in spoken if not said.sore or self.clock.within_days(said.when, days)]
        reports += reports_in_encounter(self.current, self.clock, self.words.findings, self.words.items)
        today = When(self.clock.today, self.clock.today)
        for diagnosed in self.recent:
            if self.opens_gate(diagnosed):
                side = read_side(diagnosed.coded, diagnosed.condition.bodySite, self.words.items)
                reports.append(Report(diagnosed.recorded or today, diagnosed.ref, side=side))
        return read_soreness(reports, spoken, onset)

    def rest(self, fitting: Fitting, skipped: tuple[Skipped, ...]) -> Unread:
        """Orders and results, which are read when they are first asked for."""
        return Unread(
            pool=self.pool,
            now=self.now,
            clock=self.clock,
            vocabulary=self.words,
            limits=self.limits,
            observations=self.observations,
            fitting=fitting,
            skipped=skipped,
        )


def read_chart(pool: Pool, now: datetime, vocabulary: Vocabulary, limits: ReadingLimits) -> Chart:
    """Everything the rules may look at; `now` carries a zone.

    Never raises for what a record holds: a resource that cannot be read is in `Chart.skipped`. Orders and
    results are read when they are first asked for.
    """
    reader = _Reader(pool, now, vocabulary, limits)
    patient = next((found for _, found in reader.typed(Patient)), None)
    answers = reader.answers()
    onset = answers.get(vocabulary.items.rules.onset)
    soreness = reader.soreness(onset.when if onset else None)
    sex, age = clean((patient.gender or "") if patient else "", limits.name_length), read_age(patient, now)
    pregnancy_ref = read_pregnancy(
        reader.statements, reader.diagnoses, reader.clock, limits.pregnancy_recent_days, vocabulary.items
    )
    unread = in_order(*pool.skipped, *reader.unplaced())
    rest = reader.rest(fitting_ranges(sex, age, vocabulary.items.rules), unread)
    return Chart(
        patient_id=pool.patient_id,
        today=When(reader.clock.today, reader.clock.today, now.timestamp()),
        age=age,
        sex=sex,
        deceased=is_deceased(patient),
        pregnant=bool(pregnancy_ref),
        pregnancy_ref=pregnancy_ref,
        soreness=soreness,
        problems=tuple([diagnosed.problem(limits.name_length) for diagnosed in reader.diagnoses]),
        answers=answers,
        unread=unread,
        of_other_patients=pool.of_other_patients + pool.drafts_of_other_patients,
        not_supplied=pool.not_supplied,
        incomplete=reader.incomplete(sore=soreness.reported),
        details=Later(rest.details),
    )
