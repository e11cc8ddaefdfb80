"""Observations of the analytes of the vocabulary: laboratory results and vital signs."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from cds_service.chart import Result
from cds_service.knowledge.labs import LabCode, Labs
from cds_service.reading.codes import codings, listed, shown_name, status_word
from cds_service.reading.dates import Clock, read_date, read_period
from cds_service.reading.parts import join_parts
from cds_service.reading.quantities import Reading, read_quantity, read_range, shown_quantity
from cds_service.reading.resources import Measured, Observation
from cds_service.reading.text import clean
from cds_service.when import When

_USABLE = frozenset({"final", "amended", "corrected"})
_DROPPED = frozenset({"cancelled", "entered-in-error"})


class Found(Struct, frozen=True):
    """An Observation, or a component of one, with a code of the vocabulary."""

    measured: Measured
    code: LabCode
    observation: Observation
    ref: str


def read_results(
    observations: Iterable[tuple[str, Observation]], clock: Clock, labs: Labs, name_length: int
) -> tuple[Result, ...]:
    """All results of known analytes, newest first; those that cannot be used say why."""
    dated: list[tuple[Result, str]] = []
    for ref, observation in observations:
        for found in _find(ref, observation, labs):
            result = _read(found, clock, labs, name_length)
            if result is not None:
                dated.append((result, observation.issued or ""))
    dated.sort(key=_newest_first, reverse=True)
    return join_parts([result for result, _ in dated], labs)


def _find(ref: str, observation: Observation, labs: Labs) -> Iterator[Found]:
    code = known_code(observation, labs)
    if code is None and not observation.component:
        return
    if status_word(observation.status) in _DROPPED:
        return
    if code is not None:
        yield Found(observation, code, observation, ref)
    for component in observation.component:
        part = known_code(component, labs)
        if part is not None:
            yield Found(component, part, observation, ref)


def known_code(measured: Measured, labs: Labs) -> LabCode | None:
    """The vocabulary's entry for the first coding it knows; a local code or a text alone is none."""
    for coding in codings(measured.code):
        code = labs.of_code(*coding)
        if code is not None:
            return code
    return None


def _read(found: Found, clock: Clock, labs: Labs, name_length: int) -> Result | None:
    """None when there is no value, as with a dataAbsentReason."""
    shown, reading = _value(found, labs, name_length)
    if not shown:
        return None
    taken = observed(found.observation)
    unusable = _status_problem(found.observation) or _date_problem(taken, clock) or reading.unusable
    low, high = read_range(found.measured, found.code, labs.units)
    flags = found.code.flags | _flags(found, labs)
    return Result(
        analyte=found.code.analyte,
        label=found.code.label,
        shown=shown,
        taken=taken if taken is None or clock.is_future(taken) else taken.clamped(clock.today),
        ref=found.ref,
        value=reading.value,
        low=low,
        high=high,
        unusable=unusable,
        remark=", ".join(sorted(flags)),
        flags=flags,
        fraction=found.code.part,
    )


def _value(found: Found, labs: Labs, name_length: int) -> tuple[str, Reading]:
    measured = found.measured
    if measured.valueQuantity is not None:
        if measured.valueQuantity.value is None:
            return "", Reading()
        return shown_quantity(measured.valueQuantity), read_quantity(
            measured.valueQuantity, found.code, labs.units
        )
    if measured.valueInteger is not None:
        return str(measured.valueInteger)[:name_length], Reading(unusable="no unit")
    text = measured.valueString or shown_name(measured.valueCodeableConcept)
    return clean(text, name_length), Reading(unusable="text, not a quantity")


def observed(observation: Observation) -> When | None:
    """When it was observed: effective date, end of the period, or else when it was issued."""
    start, end = read_period(observation.effectivePeriod)
    return read_date(
        observation.effectiveDateTime, end, start, observation.effectiveInstant, observation.issued
    )


def _status_problem(observation: Observation) -> str:
    status = status_word(observation.status)
    if status in _USABLE:
        return ""
    return f"status {clean(status, 30)}" if status else "no status"


def _date_problem(taken: When | None, clock: Clock) -> str:
    if taken is None:
        return "no date"
    return "date in the future" if clock.is_future(taken) else ""


def _flags(found: Found, labs: Labs) -> frozenset[str]:
    observation = found.observation
    interpretations = listed(found.measured.interpretation)
    if not (observation.note or observation.comment or interpretations):
        return frozenset()
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


def _newest_first(dated: tuple[Result, str]) -> tuple[int, float, str, str, str]:
    result, issued = dated
    if result.taken is None:
        return 0, 0.0, issued, result.ref, result.label
    return result.taken.last, result.taken.instant or 0.0, issued, result.ref, result.label
