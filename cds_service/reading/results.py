"""Observations of the analytes of the vocabulary: laboratory results and vital signs."""

from collections.abc import Iterable
from operator import itemgetter

from msgspec import Struct

from cds_service.chart import Result
from cds_service.knowledge.labs import LabCode, Labs
from cds_service.reading.codes import listed, shown_name, status_word
from cds_service.reading.dates import Clock, read_date, read_period
from cds_service.reading.parts import join_parts
from cds_service.reading.quantities import Reading, read_quantity, read_range, shown_quantity
from cds_service.reading.resources import Measured, Observation
from cds_service.reading.text import clean
from cds_service.when import When

_USABLE = frozenset({"final", "amended", "corrected"})
_DROPPED = frozenset({"cancelled", "entered-in-error"})
_Age = tuple[int, float, str, str, str]


class _Dated(Struct, frozen=True, gc=False):
    """What the results of one Observation share."""

    ref: str
    observation: Observation
    status: str
    taken: When | None


def read_results(
    observations: Iterable[tuple[str, Observation]], clock: Clock, labs: Labs, name_length: int
) -> tuple[Result, ...]:
    """All results of known analytes, newest first; those that cannot be used say why."""
    reader = _Reader(clock, labs, name_length)
    dated: list[tuple[_Age, Result]] = []
    for ref, observation in observations:
        code = known_code(observation, labs)
        if code is None and not observation.component:
            continue
        status = status_word(observation.status)
        if status in _DROPPED:
            continue
        reading = _Dated(ref, observation, status, observed(observation))
        if code is not None:
            dated += reader.read(observation, code, reading)
        for component in observation.component:
            part = known_code(component, labs)
            if part is not None:
                dated += reader.read(component, part, reading)
    dated.sort(key=itemgetter(0), reverse=True)
    return join_parts([result for _, result in dated], labs)


def known_code(measured: Measured, labs: Labs) -> LabCode | None:
    """The vocabulary's entry for the first coding it knows; a local code or a text alone is none."""
    if measured.code is not None:
        for coding in measured.code.coding:
            if coding.system and coding.code:
                code = labs.of_code(coding.system, coding.code)
                if code is not None:
                    return code
    return None


class _Reader:
    """Reads what one clock, one vocabulary and one limit to names make of an Observation."""

    def __init__(self, clock: Clock, labs: Labs, name_length: int) -> None:
        self._clock = clock
        self._labs = labs
        self._name_length = name_length

    def read(self, measured: Measured, code: LabCode, dated: _Dated) -> Iterable[tuple[_Age, Result]]:
        """The result with its age; none when there is no value, as with a dataAbsentReason."""
        shown, reading = self._value(measured, code)
        if not shown:
            return ()
        taken = dated.taken
        future = taken is not None and self._clock.is_future(taken)
        flags = self._flags(measured, code, dated.observation)
        low, high = read_range(measured, code, self._labs.units)
        result = Result(
            analyte=code.analyte,
            label=code.label,
            shown=shown,
            taken=taken if taken is None or future else taken.clamped(self._clock.today),
            ref=dated.ref,
            value=reading.value,
            low=low,
            high=high,
            unusable=_status_problem(dated.status) or _date_problem(taken, future=future) or reading.unusable,
            remark=", ".join(sorted(flags)) if flags else "",
            flags=flags,
            fraction=code.part,
        )
        return ((_age(result, dated.observation), result),)

    def _value(self, measured: Measured, code: LabCode) -> tuple[str, Reading]:
        quantity = measured.valueQuantity
        if quantity is not None:
            if quantity.value is None:
                return "", Reading()
            return shown_quantity(quantity), read_quantity(quantity, code, self._labs.units)
        if measured.valueInteger is not None:
            return str(measured.valueInteger)[: self._name_length], Reading(unusable="no unit")
        text = measured.valueString or shown_name(measured.valueCodeableConcept)
        return clean(text, self._name_length), Reading(unusable="text, not a quantity")

    def _flags(self, measured: Measured, code: LabCode, observation: Observation) -> frozenset[str]:
        if observation.note or observation.comment or measured.interpretation:
            return code.flags | _said_flags(measured, observation, self._labs)
        return code.flags


def observed(observation: Observation) -> When | None:
    """When it was observed: effective date, end of the period, or else when it was issued."""
    if observation.effectiveDateTime and (when := read_date(observation.effectiveDateTime)):
        return when
    start, end = read_period(observation.effectivePeriod)
    return read_date(end, start, observation.effectiveInstant, observation.issued)


def _status_problem(status: str) -> str:
    if status in _USABLE:
        return ""
    return f"status {clean(status, 30)}" if status else "no status"


def _date_problem(taken: When | None, *, future: bool) -> str:
    if taken is None:
        return "no date"
    return "date in the future" if future else ""


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
