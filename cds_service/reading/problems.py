"""Conditions as problems with findings."""

from collections.abc import Iterable

from msgspec import Struct

from cds_service.chart import Problem
from cds_service.knowledge.findings import CodedFinding, Findings
from cds_service.reading.codes import status_words, written_name
from cds_service.reading.dates import Clock, read_date, read_period
from cds_service.reading.findings import coded_finding
from cds_service.reading.resources import Condition
from cds_service.reading.text import clean
from cds_service.when import When

_DROPPED = frozenset({"refuted", "entered-in-error"})
_ACTIVE = frozenset({"active", "recurrence", "relapse"})


class Diagnosed(Struct, frozen=True, gc=False):
    """A Condition that holds and says something the rules know, with its dates.

    `recorded` falls back on the onset, which cannot be later; both are None when in the future.
    """

    ref: str
    condition: Condition
    coded: CodedFinding
    active: bool
    planned: bool  # recorded in the future
    recorded: When | None
    onset: When | None

    def problem(self, name_length: int) -> Problem:
        """The problem as the chart shows it."""
        name = clean(written_name(self.condition.code), name_length)
        return Problem(
            findings=self.coded.findings,
            name=name or self.coded.label,
            ref=self.ref,
            active=self.active and not self.planned,
            recorded=self.recorded,
        )


def read_diagnoses(
    conditions: Iterable[tuple[str, Condition]], clock: Clock, findings: Findings
) -> list[Diagnosed]:
    """Conditions with a finding of the vocabulary that are not refuted and not entered in error.

    Unconfirmed, provisional and differential ones hold: CLINICAL 3.3 leaves out the refuted only.
    """
    found = []
    for ref, condition in conditions:
        coded = coded_finding(condition.code, findings)
        if coded is None or not coded.findings:
            continue
        clinical = status_words(condition.clinicalStatus)
        verified = status_words(condition.verificationStatus)
        if _DROPPED.isdisjoint(clinical) and _DROPPED.isdisjoint(verified):
            found.append(_dated(ref, condition, coded, clinical, clock))
    return found


def recorded_on(condition: Condition) -> When | None:
    """When a Condition was recorded, or began; None when it does not say, or what it says is no date."""
    start, _ = read_period(condition.onsetPeriod)
    return read_date(condition.recordedDate, condition.assertedDate) or read_date(
        condition.onsetDateTime, start
    )


def _dated(
    ref: str, condition: Condition, coded: CodedFinding, clinical: frozenset[str], clock: Clock
) -> Diagnosed:
    start, _ = read_period(condition.onsetPeriod)
    onset = read_date(condition.onsetDateTime, start)
    recorded = read_date(condition.recordedDate, condition.assertedDate) or onset
    return Diagnosed(
        ref,
        condition,
        coded,
        _is_active(condition, clinical),
        recorded is not None and clock.is_future(recorded),
        clock.past(recorded),
        clock.past(onset),
    )


def is_active(condition: Condition) -> bool:
    """Whether a Condition still holds, by its clinical status or for want of an end."""
    return _is_active(condition, status_words(condition.clinicalStatus))


def _is_active(condition: Condition, clinical: frozenset[str]) -> bool:
    """Without a clinical status, as thousands of real Conditions are, an abatement ends it."""
    if clinical:
        return not clinical.isdisjoint(_ACTIVE)
    abated = (condition.abatementDateTime, condition.abatementPeriod, condition.abatementString)
    return not any(abated) and not condition.abatementBoolean
