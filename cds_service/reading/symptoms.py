"""Observations of symptoms and of single items of the form."""

from collections.abc import Iterable, Iterator

from cds_service.chart import Answer
from cds_service.knowledge.findings import Findings
from cds_service.knowledge.items import Item, Items
from cds_service.reading.answers import Given, read_answer
from cds_service.reading.codes import ITEMS, codings, status_word
from cds_service.reading.dates import Clock
from cds_service.reading.findings import answers_of, coded_finding, denials_of, names_of
from cds_service.reading.legs import ONE_LEG, OfOneLeg
from cds_service.reading.meaning import Site, is_present, side_of, site_of
from cds_service.reading.resources import Measured, Observation
from cds_service.reading.results import observed
from cds_service.when import When

USABLE = frozenset({"final", "amended", "corrected"})
"""Statuses of an Observation that says something."""

NOT_LEGS = frozenset({Site.ELSEWHERE, Site.UNKNOWN})
"""Where a score or an answer is not known to be about the legs."""


def read_symptoms(
    observations: Iterable[tuple[str, Observation]], clock: Clock, findings: Findings, items: Items
) -> Iterator[Answer]:
    """Every answer an Observation gives, itself or in a component; undated and future ones give none."""
    for ref, observation in observations:
        if status_word(observation.status) not in USABLE:
            continue
        coded = coded_finding(observation.code, findings)
        asked = asked_by(observation, items)
        if coded is None and asked is None and not observation.component:
            continue
        reported = clock.past(observed(observation))
        if reported is None:
            continue
        if coded is not None:
            present = is_present(observation, items, names_of(coded, observation.code))
            if present:
                yield from answers_of(coded, observation.bodySite, reported, ref, (findings, items))
            elif present is False:
                yield from denials_of(coded, observation.bodySite, reported, ref, (findings, items))
        if site_of(observation.bodySite, items.rules) not in NOT_LEGS:
            yield from _components(observation, asked, reported, ref, items)


def _components(
    observation: Observation, asked: Item | None, reported: When, ref: str, items: Items
) -> Iterator[Answer]:
    side = side_of(observation.bodySite, items.rules)
    pairs: list[tuple[Measured, Item | None]] = [(observation, asked)]
    pairs += [(component, asked_by(component, items)) for component in observation.component]
    for measured, item in pairs:
        if measured.dataAbsentReason is not None:
            continue
        answer = read_answer(item, [_given(measured)], reported, ref, items) if item else None
        if item is not None and answer is not None:
            yield answer if item.repeats else _of_leg(answer, side, items)


def _of_leg(answer: Answer, side: str, items: Items) -> Answer:
    """A yes, a no or a number about one leg says nothing of the other; what names a side stands as it is."""
    plain = items.rules.affirmative | items.rules.negative
    if side not in ONE_LEG or answer.when is not None or not answer.codes <= plain:
        return answer
    return OfOneLeg(
        item=answer.item,
        ref=answer.ref,
        reported=answer.reported,
        codes=answer.codes,
        number=answer.number,
        leg=side,
    )


def asked_by(measured: Measured, items: Items) -> Item | None:
    """The item of the form that an Observation or a component asks."""
    for system, code in codings(measured.code):
        name = code if system.endswith(ITEMS) else items.asked.get((system, code))
        if name in items.by_link_id:
            return items.by_link_id[name]
    return None


def _given(measured: Measured) -> Given:
    return Given(
        concept=measured.valueCodeableConcept,
        text=measured.valueString,
        truth=measured.valueBoolean,
        number=measured.valueInteger,
        quantity=measured.valueQuantity,
        date=measured.valueDateTime,
    )
