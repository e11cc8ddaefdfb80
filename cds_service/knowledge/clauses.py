"""The closed set of clause kinds a rule may name under `given`.

A clause is one small mapping; its kind is the first of these keys it carries. Fields are text as
the file has it; `cds_service.knowledge.checks` resolves names and units, `cds_service.reason`
gives each kind its truth. A new kind is code with tests, a new rule never is.
"""

from typing import ClassVar, Literal

import msgspec

Words = str | list[str]


class _Clause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all clause kinds: unknown members are errors.

    `FACTS` are the words a template may print (`{{ soon.days }}`), `POINTS` the points in time
    other clauses may measure from (`on_statin.start`).
    """

    FACTS: ClassVar[frozenset[str]] = frozenset()
    POINTS: ClassVar[frozenset[str]] = frozenset()


class MedicationClause(_Clause, frozen=True):
    """An exposure: `{medication: statins, taking: now}`.

    `within` limits how long before `before` (default: today) an ended exposure may have ended.
    `pick` says which of several exposures is meant; without it the latest started one is.
    """

    FACTS: ClassVar[frozenset[str]] = frozenset({"name", "since", "started", "ended", "dose", "ingredient"})
    POINTS: ClassVar[frozenset[str]] = frozenset({"start", "end", "increases"})
    medication: str
    taking: Literal["now", "ended", "now or ended"]
    within: str | None = None
    before: str | None = None
    pick: Literal["latest start not after onset"] | None = None


class IntervalClause(_Clause, rename={"from_": "from"}, frozen=True):
    """The days between two points: `{from: on_statin.start, to: soreness.onset, within: 84 days}`.

    `within` means 0 up to and including that many days.
    """

    FACTS: ClassVar[frozenset[str]] = frozenset({"days"})
    from_: str
    to: str
    within: str | None = None
    at_least: str | None = None
    more_than: str | None = None


class AnswerClause(_Clause, frozen=True):
    """An answer of the Questionnaire: `{answer: site, any_of: [thigh]}` or a number's bounds."""

    FACTS: ClassVar[frozenset[str]] = frozenset({"shown", "number"})
    POINTS: ClassVar[frozenset[str]] = frozenset({"when"})

    answer: str
    any_of: list[str] | None = None
    at_least: float | None = None
    at_most: float | None = None
    dated: Literal[True] | None = None


class LabClause(_Clause, frozen=True):
    """The newest usable result: `{lab: potassium, below: 3.0 mmol/L, newer_than: 90 days}`.

    `newer_than` is the age today; a result exactly that old still counts. `range` goes by the
    result's own reference range, or by default limits; `normal in its own range` by its own alone.
    """

    FACTS: ClassVar[frozenset[str]] = frozenset({"name", "value", "taken", "times", "limit", "remark"})
    POINTS: ClassVar[frozenset[str]] = frozenset({"taken"})
    lab: str
    newer_than: str
    below: str | float | None = None
    at_least: str | float | None = None
    above: str | float | None = None
    at_most: str | float | None = None
    range: Literal["normal", "low", "high", "normal in its own range"] | None = None
    flag: str | None = None
    fraction: str | None = None


class RiseClause(_Clause, frozen=True):
    """The newest result against an earlier one: `{rise: creatinine, by: 0.3 mg/dL, ...}`."""

    FACTS: ClassVar[frozenset[str]] = frozenset({"name", "value", "taken", "earlier"})
    rise: str
    by: str
    or_times: float
    within: str
    newer_than: str


class AvailableClause(_Clause, frozen=True):
    """Whether usable results exist: `{available: [potassium, magnesium], newer_than: 30 days}`.

    All of them, or with `any` at least one.
    """

    available: Words
    newer_than: str
    any: Literal[True] | None = None


class AnsweredClause(_Clause, frozen=True):
    """Whether the reader knows these items: `{answered: [severity, side]}`."""

    answered: Words


class UnusableClause(_Clause, frozen=True):
    """Whether a result exists that cannot be used: `{unusable: [potassium]}`."""

    FACTS: ClassVar[frozenset[str]] = frozenset({"name", "value", "why"})
    unusable: Words


class ProblemClause(_Clause, frozen=True):
    """A finding on the problem list: `{problem: hypothyroidism}`; active unless `ever`."""

    FACTS: ClassVar[frozenset[str]] = frozenset({"name", "recorded"})
    POINTS: ClassVar[frozenset[str]] = frozenset({"recorded"})
    problem: Words
    ever: Literal[True] | None = None
    within: str | None = None


class PatientClause(_Clause, rename={"is_": "is"}, frozen=True):
    """The patient: `{patient: age, at_least: 65 years}`, `{patient: sex, is: female}`."""

    patient: Literal["age", "sex", "pregnant", "deceased", "age known"]
    at_least: str | None = None
    more_than: str | None = None
    is_: str | None = None


class SorenessClause(_Clause, frozen=True):
    """Fact F1: `{soreness: reported}`, or that its onset is known."""

    soreness: Literal["reported", "onset known"]


class InteractionClause(_Clause, frozen=True):
    """A statin and an active partner of the interaction table, by grade."""

    FACTS: ClassVar[frozenset[str]] = frozenset({"statin", "partner", "verdict", "since", "others"})
    POINTS: ClassVar[frozenset[str]] = frozenset({"starts"})
    interaction: list[Literal["contraindicated", "over limit", "caution"]]
    of: str


class DoseClause(_Clause, frozen=True):
    """The intensity of an exposure's daily dose: `{dose: on_statin, intensity: [high]}`."""

    FACTS: ClassVar[frozenset[str]] = frozenset({"dose", "intensity"})
    dose: str
    intensity: list[Literal["low", "moderate", "high"]]


class CauseClause(_Clause, frozen=True):
    """Another cause's tier: `{cause: doms, tier: [strong]}`."""

    FACTS: ClassVar[frozenset[str]] = frozenset({"tier"})
    cause: str
    tier: list[Literal["strong", "moderate", "weak"]]


class LatestClause(_Clause, frozen=True):
    """The latest of some points in time: `{latest: [a.start, b.start], not_after: soreness.onset}`.

    `otherwise` names points that stand in when none of the clauses behind `latest` holds.
    """

    FACTS: ClassVar[frozenset[str]] = frozenset({"date"})
    POINTS: ClassVar[frozenset[str]] = frozenset({"date"})
    latest: list[str]
    not_after: str
    otherwise: list[str] = []


class MeansClause(_Clause, frozen=True):
    """A sentence with a name of its own: `{means: thighs or hips}`."""

    means: str


Clause = (
    MedicationClause
    | IntervalClause
    | AnswerClause
    | LabClause
    | RiseClause
    | AvailableClause
    | AnsweredClause
    | UnusableClause
    | ProblemClause
    | PatientClause
    | SorenessClause
    | InteractionClause
    | DoseClause
    | CauseClause
    | LatestClause
    | MeansClause
)

KINDS: dict[str, type[Clause]] = {
    "medication": MedicationClause,
    "from": IntervalClause,
    "answer": AnswerClause,
    "lab": LabClause,
    "rise": RiseClause,
    "available": AvailableClause,
    "answered": AnsweredClause,
    "unusable": UnusableClause,
    "problem": ProblemClause,
    "patient": PatientClause,
    "soreness": SorenessClause,
    "interaction": InteractionClause,
    "dose": DoseClause,
    "cause": CauseClause,
    "latest": LatestClause,
    "means": MeansClause,
}
