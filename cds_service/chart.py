"""One patient in our own words: what the rules look at, and what could not be read.

Nothing here knows FHIR. `reading` builds a Chart, `reason` tries the rules on it.
References are `Type/id` strings as the record gives them; dates are `When`; doses are mg a day.
None of them can be part of a cycle, so the garbage collector need not look (`gc=False`).
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from cds_service.measure import Measure
from cds_service.when import When

T = TypeVar("T")


class Taking(StrEnum):
    """Whether a medicine is taken today."""

    NOW = "now"
    ENDED = "ended"
    NEVER = "never"  # planned, in the future, contradicted: no exposure


class Medicine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One medication record as written, recognised or not."""

    name: str
    ref: str
    taking: Taking
    start: When | None = None
    end: When | None = None
    ingredients: tuple[str, ...] = ()  # our ingredient words; empty when not recognised
    matched_by: str = ""  # "code", "name", or "" when not recognised
    systemic: bool = True  # false for eye drops, creams and the like
    classifiable: bool = True  # false when neither a code nor a name could be looked up
    note: str = ""  # e.g. code and name disagree, contradicted by the patient


class DoseChange(msgspec.Struct, frozen=True, gc=False):
    """A later record of the same ingredient with a higher daily dose."""

    at: When
    before: float
    after: float


class Exposure(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All records of one ingredient, joined to one course.

    `daily_dose` is the dose of the newest record that counts, in mg a day, None when it cannot be
    computed. Where the record leaves a range it is the most, and `least_dose` the least (0 in "up to 40
    mg"). `increases` are in order of time. All are read only of ingredients whose dose a rule can
    ask for (`Drugs.dose_matters`); of others they are None and empty. `refs` names the records, newest
    first.
    """

    ingredient: str
    name: str  # the newest record's name, as written
    taking: Taking
    start: When | None
    end: When | None
    daily_dose: float | None
    increases: tuple[DoseChange, ...]
    refs: tuple[str, ...]
    by_name: bool = False  # recognised by its name only
    conflict: str = ""  # e.g. an active order the patient says is not taken
    least_dose: float | None = None
    selected: bool = False  # being ordered just now


class Result(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One laboratory or vital-sign result of an analyte of the vocabulary.

    `value`, `low` and `high` are in the analyte's own unit (cards/vocabulary/labs.yaml); `shown`
    is the value as the record gives it. A result with `unusable` earns no points, and is said.
    """

    analyte: str
    label: str  # analyte name for the reader, with the fraction where it matters (25-OH vitamin D3)
    shown: str
    taken: When | None
    ref: str
    value: Measure | None = None
    low: float | None = None
    high: float | None = None
    unusable: str = ""  # why it cannot be used: "no unit", "status preliminary", "text only" ...
    remark: str = ""  # shown with the value: "haemolysed"
    flags: frozenset[str] = frozenset()  # words the rules may ask for: "haemolysed", "post-dialysis"
    fraction: str = ""  # "total", "D2", "D3" where the analyte has fractions


class Problem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A condition that is not refuted and not entered in error."""

    findings: frozenset[str]  # words of cards/vocabulary/findings.yaml
    name: str
    ref: str
    active: bool
    recorded: When | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known about one item of the Questionnaire, from its newest source.

    Exactly one of `codes`, `number`, `when` is filled.
    """

    item: str  # linkId
    ref: str
    reported: When | None
    codes: frozenset[str] = frozenset()
    number: float | None = None
    when: When | None = None


class Soreness(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Fact F1: leg soreness reported (CLINICAL.md 3.3 in the specification)."""

    reported: bool
    onset: When | None = None
    recorded: When | None = None
    refs: tuple[str, ...] = ()
    why_not: str = ""  # "no report", "newest report says no", "report older than 30 days"


class Skipped(msgspec.Struct, frozen=True, gc=False):
    """A resource that could not be read, by reference and reason; never its content."""

    ref: str
    reason: str


class Details(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What orders and results say.

    `skipped` names everything that could not be read: the records of `Chart.unread`, and what of an order
    could not.
    """

    exposures: tuple[Exposure, ...] = ()
    medicines: tuple[Medicine, ...] = ()
    results: tuple[Result, ...] = ()
    skipped: tuple[Skipped, ...] = ()


class Later(Generic[T]):
    """Something that is read when it is first asked for."""

    __slots__ = ("_found", "_read")
    __hash__ = None  # type: ignore[assignment] # it would have to be read

    def __init__(self, read: Callable[[], T]) -> None:
        self._read: Callable[[], T] | None = read

    @property
    def now(self) -> T:
        """What it is."""
        if self._read is not None:
            self._found = self._read()
            self._read = None  # and with it all that was only needed for reading
        return self._found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Later) and bool(self.now == other.now)


class Chart(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Everything the rules may look at for one patient on one day.

    Most patients report no soreness, and then nobody asks for the `details`, which are most of the work.
    """

    patient_id: str
    today: When
    age: int | None
    sex: str  # FHIR administrative gender, "" when absent
    deceased: bool
    pregnant: bool
    pregnancy_ref: str
    soreness: Soreness
    problems: tuple[Problem, ...] = ()
    answers: dict[str, Answer] = {}
    unread: tuple[Skipped, ...] = ()  # records
    of_other_patients: int = 0
    not_supplied: frozenset[str] = frozenset()  # prefetch keys nobody sent
    incomplete: tuple[str, ...] = ()  # what else was missing, e.g. "labs: more pages exist"
    details: Later[Details] = msgspec.field(default_factory=lambda: Later(Details))

    @property
    def exposures(self) -> tuple[Exposure, ...]:
        """Medicines by ingredient, those of orders made just now first."""
        return self.details.now.exposures

    @property
    def medicines(self) -> tuple[Medicine, ...]:
        """Medicines as written, in order of time."""
        return self.details.now.medicines

    @property
    def results(self) -> tuple[Result, ...]:
        """Laboratory results and the like, newest first."""
        return self.details.now.results

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Everything that could not be read."""
        return self.details.now.skipped
