"""Fact F1: leg soreness reported, by whom, when, and since when."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from cds_service.chart import Answer, Soreness
from cds_service.knowledge.findings import Findings
from cds_service.knowledge.items import Items
from cds_service.reading.codes import codings, listed, status_word
from cds_service.reading.dates import Clock, newer, read_date, read_period
from cds_service.reading.findings import coded_finding
from cds_service.reading.legs import ONE_LEG, OfOneLeg
from cds_service.reading.problems import Diagnosed
from cds_service.reading.references import plain_reference
from cds_service.reading.resources import Encounter
from cds_service.when import When

DENIED = "newest report says no"
TOO_OLD = "the reports are too old"
_ENCOUNTER_DIAGNOSIS = "encounter-diagnosis"
IN_PROGRESS = "in-progress"
_NOT_HELD = frozenset({"cancelled", "entered-in-error"})


class Report(Struct, frozen=True):
    """One statement that the legs are sore, or that they are not; `side` says which of them, if one."""

    when: When
    ref: str
    sore: bool = True
    side: str = ""


def current_encounter(
    encounters: Iterable[tuple[str, Encounter]], encounter_id: str | None, clock: Clock
) -> tuple[str, Encounter] | None:
    """The encounter in context, unless it was cancelled or lies ahead; without one in context, none."""
    for ref, encounter in encounters:
        if encounter_id is None or ref != f"Encounter/{encounter_id}":
            continue
        begun = begun_on(encounter)
        if status_word(encounter.status) not in _NOT_HELD and not (begun and clock.is_future(begun)):
            return ref, encounter
    return None


def encounter_in_progress(
    encounters: Iterable[tuple[str, Encounter]], clock: Clock, days: int
) -> tuple[str, Encounter] | None:
    """For a record without a context: the newest encounter in progress, begun at most `days` ago.

    Records hold encounters nobody ever closed, hence the limit.
    """
    going_on = [
        (begun.first, ref, encounter)
        for ref, encounter in encounters
        if status_word(encounter.status) == IN_PROGRESS
        and (begun := begun_on(encounter)) is not None
        and clock.within_days(begun, days)
    ]
    newest = max(going_on, key=lambda one: one[:2], default=None)
    return newest and newest[1:]


def begun_on(encounter: Encounter) -> When | None:
    """When an encounter began."""
    start, _ = read_period(encounter.period)
    return read_date(start)


def reports_in_answers(answers: Iterable[Answer], items: Items) -> Iterator[Report]:
    """What forms and Observations say about the item that asks for soreness."""
    for answer in answers:
        if answer.item == items.rules.reported and answer.reported is not None:
            side = answer.leg if isinstance(answer, OfOneLeg) else ""
            yield Report(
                answer.reported, answer.ref, sore=not answer.codes <= items.rules.negative, side=side
            )


def opens_gate(names: frozenset[str], findings: Findings, items: Items) -> bool:
    """Whether one of the findings says that the legs are sore."""
    return any(items.rules.reported in findings.words[name].says for name in names)


def reports_in_encounter(
    current: tuple[str, Encounter] | None, clock: Clock, findings: Findings, items: Items
) -> Iterator[Report]:
    """The reason of the encounter in context."""
    if current is None:
        return
    ref, encounter = current
    when = clock.past(begun_on(encounter)) or When(clock.today, clock.today)
    for reason in (*listed(encounter.reasonCode), *listed(encounter.reason)):
        coded = coded_finding(reason, findings)
        if coded is not None and opens_gate(coded.findings, findings, items):
            yield Report(when, ref)


def belongs_to(diagnosed: Diagnosed, current: tuple[str, Encounter] | None) -> bool:
    """Whether a Condition is a diagnosis of, or the reason for, the encounter in context."""
    if current is None:
        return False
    ref, encounter = current
    named = [diagnosis.condition for diagnosis in encounter.diagnosis] + encounter.reasonReference
    if any(plain_reference(entry.reference or "") == diagnosed.ref for entry in named if entry):
        return True
    category = {code for concept in listed(diagnosed.condition.category) for _, code in codings(concept)}
    made_in = diagnosed.condition.encounter
    return (
        _ENCOUNTER_DIAGNOSIS in category
        and made_in is not None
        and plain_reference(made_in.reference or "") == ref
    )


def read_soreness(reports: list[Report], spoken: list[Report], onset: When | None) -> Soreness:
    """The newest statement wins; a "no" closes only when newer than every positive report about that leg.

    `reports` are those recent enough to count, and every denial; `spoken` are all, to say why not.
    """
    positive = sorted((report for report in reports if report.sore), key=_newest_first)
    denials = [report for report in reports if not report.sore]
    if not positive:
        return Soreness(reported=False, why_not=_why_not(spoken))
    if all(_overruled(report, denials) for report in positive):
        return Soreness(reported=False, why_not=DENIED)
    refs = tuple(dict.fromkeys(report.ref for report in positive))
    return Soreness(reported=True, onset=onset, recorded=positive[0].when, refs=refs)


def _overruled(report: Report, denials: list[Report]) -> bool:
    """Whether newer denials are about the legs reported: both at once, that leg, or each."""
    denied = {_leg(denial.side) for denial in denials if newer(denial.when, report.when)}
    return not denied.isdisjoint({"", _leg(report.side)}) or denied >= set(ONE_LEG)


def _leg(side: str) -> str:
    return side if side in ONE_LEG else ""


def _why_not(spoken: list[Report]) -> str:
    newest = min(spoken, key=_newest_first, default=None)
    if newest is None:
        return "no report"
    return TOO_OLD if newest.sore else DENIED


def _newest_first(report: Report) -> tuple[int, float, str]:
    return -report.when.last, -(report.when.instant or 0.0), report.ref
