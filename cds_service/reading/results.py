"""Observations of the analytes of the vocabulary: laboratory results and vital signs."""

from collections.abc import Iterable
from operator import itemgetter

from msgspec import Struct

from cds_service.chart import Result
from cds_service.knowledge.labs import LabCode, Labs
from cds_service.reading.codes import listed, shown_name, status_word
from cds_service.reading.dates import Clock, read_date, read_period
from cds_service.reading.parts import join_parts
from cds_service.reading.quantities import Reading, read_range, show_and_read
from cds_service.reading.ranges import Fitting
from cds_service.reading.resources import Measured, Observation
from cds_service.reading.text import clean
from cds_service.when import When

_USABLE = frozenset({"final", "amended", "corrected"})
_DROPPED = frozenset({"cancelled", "entered-in-error"})
_NO_RANGE = (None, None)
_MARKED_ABSENT = "marked as absent"
_Age = tuple[int, float, str, str, str]


class _Dated(Struct, frozen=True, gc=False):
    """What the results of one Observation share; `unusable` says why none of them can be used."""

    ref: str
    observation: Observation
    taken: When | None
    unusable: str


def read_results(
    observations: Iterable[tuple[str, Observation]],
    clock: Clock,
    labs: Labs,
    name_length: int,
    fitting: Fitting,
) -> tuple[Result, ...]:
    """All results of known analytes, newest first; those that cannot be used say why.

    `fitting` tells which reference ranges hold for the patient.
    """
    reader = _Reader(clock, labs, name_length, fitting)
    dated: list[tuple[_Age, Result]] = []
    for ref, observation in observations:
        code = known_code(observation, labs)
        if code is None and not observation.component:
            continue
        status = status_word(observation.status)
        if status in _DROPPED:
            continue
        shared = reader.date(ref, observation, status)
        if code is not None and (result := reader.read(observation, code, shared)):
            dated.append((_age(result, observation), result))
        for component in observation.component:
            part = known_code(component, labs)
            if part is not None and (result := reader.read(component, part, shared)):
                dated.append((_age(result, observation), result))
    dated.sort(key=itemgetter(0), reverse=True)
    return join_parts([result for _, result in dated], labs)


def known_code(measured: Measured, labs: Labs) -> LabCode | None:
    """The vocabulary's entry for the first coding it knows; a local code or a text alone is none."""
    if measured.code is not None:
        for coding in measured.code.coding:
            if coding.system and coding.code and (code := labs.of_code(coding.system, coding.code)):
                return code
    return None


class _Reader:
    """Reads what one clock, one vocabulary and one limit to names make of an Observation."""

    def __init__(self, clock: Clock, labs: Labs, name_length: int, fitting: Fitting) -> None:
        self._clock = clock
        self._labs = labs
        self._name_length = name_length
        self._fitting = fitting

    def date(self, ref: str, observation: Observation, status: str) -> _Dated:
        """When it was observed, and whether status and date let it be used."""
        problem = "" if status in _USABLE else _status_problem(status)
        taken = observed(observation)
        if taken is None:
            return _Dated(ref, observation, None, problem or "no date")
        if self._clock.is_future(taken):
            return _Dated(ref, observation, taken, problem or "date in the future")
        return _Dated(ref, observation, taken.clamped(self._clock.today), problem)

    def read(self, measured: Measured, code: LabCode, dated: _Dated) -> Result | None:
        """The result; None when there is no value. One beside the reason why there is none is not used."""
        shown, reading = self._value(measured, code)
        if not shown:
            return None
        said = measured.interpretation or dated.observation.note or dated.observation.comment
        flags = code.flags | _said_flags(measured, dated.observation, self._labs) if said else code.flags
        ranges = self._fitting(measured.referenceRange) if measured.referenceRange else []
        low, high = read_range(measured, ranges, code, self._labs.units) if ranges else _NO_RANGE
        absent = "" if measured.dataAbsentReason is None else _MARKED_ABSENT
        return Result(
            analyte=code.analyte,
            label=code.label,
            shown=shown,
            taken=dated.taken,
            ref=dated.ref,
            value=reading.value,
            low=low,
            high=high,
            unusable=dated.unusable or absent or reading.unusable,
            remark=", ".join(sorted(flags)) if flags else "",
            flags=flags,
            fraction=code.part,
        )

    def _value(self, measured: Measured, code: LabCode) -> tuple[str, Reading]:
        quantity = measured.valueQuantity
        if quantity is not None:
            if quantity.value is None:
                return "", Reading()
            return show_and_read(quantity, code, self._labs.units)
        if measured.valueInteger is not None:
            return str(measured.valueInteger)[: self._name_length], Reading(unusable="no unit")
        text = measured.valueString or shown_name(measured.valueCodeableConcept)
        return clean(text, self._name_length), Reading(unusable="text, not a quantity")


def observed(observation: Observation) -> When | None:
    """When it was observed: effective date, end of the period, or else when it was issued."""
    if observation.effectiveDateTime and (when := read_date(observation.effectiveDateTime)):
        return when
    start, end = read_period(observation.effectivePeriod)
    return read_date(end, start, observation.effectiveInstant, observation.issued)


def _status_problem(status: str) -> str:
    return f"status {clean(status, 30)}" if status else "no status"


def _said_flags(measured: Measured, observation: Observation, labs: Labs) -> frozenset[str]:
    """What notes and interpretations say about the specimen."""
    interpretations = listed(measured.interpretation)
    texts = [note.text for note in observation.note] + [observation.comment]
    texts += [shown_name(concept) for concept in interpretations]
    codes = {coding.code for concept in interpretations for coding in concept.coding}
    text = " | ".join(filter(None, texts)).casefold()
    flags = set()
    for flag, remark in labs.remarks.items():
        for negation in remark.not_words:
            text = text.replace(negation, "")
        if not codes.isdisjoint(remark.codes) or any(word in text for word in remark.words):
            flags.add(flag)
    return frozenset(flags)


def _age(result: Result, observation: Observation) -> _Age:
    """Sorts the oldest first, undated before all."""
    taken, issued = result.taken, observation.issued or ""
    if taken is None:
        return 0, 0.0, issued, result.ref, result.label
    return taken.last, taken.instant or 0.0, issued, result.ref, result.label
