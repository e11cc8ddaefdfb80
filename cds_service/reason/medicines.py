"""Clauses about medicines: exposures, interactions, dose intensity."""

from functools import partial

from cds_service.chart import Exposure, Taking
from cds_service.knowledge import Knowledge
from cds_service.knowledge.amounts import parse_days
from cds_service.knowledge.clauses import DoseClause, InteractionClause, MedicationClause
from cds_service.knowledge.drugs import Interaction
from cds_service.knowledge.phrases import Phrases
from cds_service.reason.evaluate import CaseLike
from cds_service.reason.held import FALSE, Held, Points, unknown
from cds_service.reason.plan import Decider, makes
from cds_service.truth import Truth
from cds_service.when import When, days_between, within

_ORDERS = "medicationRequests"


def fitting(clause: MedicationClause, case: CaseLike) -> list[tuple[Exposure, Truth]]:
    """The exposures of the clause's medicine, each with whether it fits."""
    members = case.view.knowledge.vocabulary.drugs.members(clause.medication)
    exposures = case.view.exposures(members)
    anchor = case.moment(clause.before or "today") if exposures else None
    return [(found, _fits(clause, found, anchor)) for found in exposures]


def _fits(clause: MedicationClause, exposure: Exposure, anchor: When | None) -> Truth:
    if exposure.taking == Taking.NOW and "now" in clause.taking:
        return True if clause.before is None else _started_by(exposure, anchor)
    if exposure.taking == Taking.ENDED and "ended" in clause.taking:
        if anchor is None or exposure.end is None:
            return None
        assert clause.within is not None  # checked when the rule was loaded
        gap_low, gap_high = days_between(exposure.end, anchor)
        if clause.before and gap_high < 0:  # still taken at the anchor
            return _started_by(exposure, anchor)
        return within((gap_low, gap_high), 0, parse_days(clause.within))
    return False


def _started_by(exposure: Exposure, anchor: When | None) -> Truth:
    if anchor is None or exposure.start is None:
        return None
    low, high = days_between(exposure.start, anchor)
    if low >= 0:
        return True
    return False if high < 0 else None


def _start_key(exposure: Exposure) -> tuple[int, str]:
    return (exposure.start.last if exposure.start else 0, exposure.ingredient)


def _pick(clause: MedicationClause, found: list[Exposure], onset: When | None) -> Exposure:
    found = [exposure for exposure in found if exposure.selected] or found
    if clause.pick and onset is not None:
        before = [exposure for exposure in found if _started_by(exposure, onset) is True]
        if before:
            return max(before, key=_start_key)
    return max(found, key=_start_key)


@makes(MedicationClause)
def make_medication(clause: MedicationClause, knowledge: Knowledge) -> Decider:
    members = knowledge.vocabulary.drugs.members(clause.medication)
    undated = unknown(clause.medication, ": dates or orders not known")

    def decide(case: CaseLike) -> Held:
        view = case.view
        candidates = fitting(clause, case) if view.exposures(members) else []
        if certain := [exposure for exposure, fits in candidates if fits is True]:
            return taken(_pick(clause, certain, view.chart.soreness.onset), knowledge.phrases)
        known = _ORDERS not in view.chart.not_supplied and all(fits is False for _, fits in candidates)
        return FALSE if known else undated

    return decide


def taken(exposure: Exposure, phrases: Phrases) -> Held:
    """The outcome of a clause that this exposure fits."""
    points: Points = {
        "start": exposure.start,
        "end": exposure.end,
        "increases": tuple([change.at for change in exposure.increases]),
    }
    return Held(True, exposure.refs, points, exposure, partial(_words, exposure, phrases))


def _words(exposure: Exposure, phrases: Phrases) -> dict[str, str]:
    start, end = exposure.start, exposure.end
    return {
        "name": described(exposure, phrases),
        "ingredient": phrases.named(exposure.ingredient),
        "since": _since(exposure, phrases),
        "started": phrases.dated(start) if start else phrases.date_unknown,
        "ended": phrases.dated(end) if end else phrases.date_unknown,
        "dose": dose_text(exposure, phrases),
    }


def described(exposure: Exposure, phrases: Phrases) -> str:
    """The name as written, and what has to be said about it."""
    name = exposure.name
    if exposure.by_name:
        name = phrases.by_name.format(name=name)
    if exposure.conflict:
        name = phrases.conflict.format(name=name, conflict=phrases.told(exposure.conflict))
    return name


def dose_text(exposure: Exposure, phrases: Phrases) -> str:
    """The daily dose, a range where the record leaves one; "" when it is not known."""
    if not exposure.daily_dose:
        return ""
    most, least = f"{exposure.daily_dose:g}", exposure.least_dose
    if least is None:
        return phrases.dose.format(dose=most)
    if not least:
        return phrases.dose_up_to.format(most=most)
    return phrases.dose_range.format(least=f"{least:g}", most=most)


@makes(InteractionClause)
def make_interaction(clause: InteractionClause, knowledge: Knowledge) -> Decider:
    drugs, alone = knowledge.vocabulary.drugs, unknown("no statin to pair")

    def decide(case: CaseLike) -> Held:
        statin = case.held(clause.of).exposure
        if statin is None:
            return alone
        others = [one for one in case.view.chart.exposures if _could_interact(one, statin)]
        if not others:
            return FALSE
        truths = {
            (entry, partner.ingredient): (_interacts(clause, entry, statin, partner), partner)
            for entry in drugs.interactions(statin.ingredient)
            for partner in others
            if partner.ingredient in entry.partners
        }
        pairs = [(entry, partner) for (entry, _), (truth, partner) in truths.items() if truth is True]
        if pairs:
            return _paired(statin, pairs, knowledge.phrases)
        if unclear := next((key for key, (truth, _) in truths.items() if truth is None), None):
            entry, partner_word = unclear
            undosed = statin.ingredient if entry.partner_from_mg is None else partner_word
            return unknown(undosed, ": daily dose not known")
        return FALSE

    return decide


def _could_interact(partner: Exposure, statin: Exposure) -> bool:
    return partner.taking is Taking.NOW and partner.ingredient != statin.ingredient


def _interacts(clause: InteractionClause, entry: Interaction, statin: Exposure, partner: Exposure) -> Truth:
    graded = _graded(clause, entry, statin)
    if graded is False or entry.partner_from_mg is None:
        return graded
    if partner.daily_dose is None:
        return None
    return graded if partner.daily_dose >= entry.partner_from_mg else False


def _graded(clause: InteractionClause, entry: Interaction, statin: Exposure) -> Truth:
    if entry.contraindicated:
        return "contraindicated" in clause.interaction
    if entry.limit_mg is None:
        return "caution" in clause.interaction
    if "over limit" not in clause.interaction:
        return False
    return None if statin.daily_dose is None else statin.daily_dose > entry.limit_mg


def _paired(statin: Exposure, pairs: list[tuple[Interaction, Exposure]], phrases: Phrases) -> Held:
    """All pairs, the worst first."""
    pairs = sorted(pairs, key=lambda pair: (not pair[0].contraindicated, not pair[1].selected))
    partners = [partner for _, partner in pairs]
    return Held(
        True,
        tuple(dict.fromkeys(ref for exposure in (statin, *partners) for ref in exposure.refs)),
        {"starts": tuple([partner.start for partner in partners if partner.start])},
        words=partial(_paired_words, statin, pairs, phrases),
    )


def _paired_words(
    statin: Exposure, pairs: list[tuple[Interaction, Exposure]], phrases: Phrases
) -> dict[str, str]:
    """The worst verdict with its partners, the others behind it."""
    by_verdict: dict[str, list[Exposure]] = {}
    for entry, partner in pairs:
        by_verdict.setdefault(_verdict(entry, phrases), []).append(partner)
    (verdict, worst), *others = by_verdict.items()
    return {
        "statin": f"{phrases.named(statin.ingredient).capitalize()} {dose_text(statin, phrases)}".strip(),
        "partner": phrases.listed(phrases.named(partner.ingredient) for partner in worst),
        "verdict": verdict,
        "since": phrases.listed(_since(partner, phrases) for partner in worst),
        "others": "".join(
            phrases.other_pair.format(partner=phrases.named(partner.ingredient), verdict=text)
            for text, rest in others
            for partner in rest
        ),
    }


def _since(exposure: Exposure, phrases: Phrases) -> str:
    start = exposure.start
    return phrases.since.format(date=phrases.dated(start)) if start else phrases.since_unknown


def _verdict(entry: Interaction, phrases: Phrases) -> str:
    if entry.contraindicated:
        return phrases.contraindicated
    if entry.limit_mg is not None:
        return phrases.over_limit.format(limit=f"{entry.limit_mg:g}")
    return phrases.caution


@makes(DoseClause)
def make_dose(clause: DoseClause, knowledge: Knowledge) -> Decider:
    drugs, undosed = knowledge.vocabulary.drugs, unknown("daily dose not known")
    unclear = unknown("the order leaves the daily dose open, and with it the intensity")

    def decide(case: CaseLike) -> Held:
        exposure = case.held(clause.dose).exposure
        if exposure is None or exposure.daily_dose is None:
            return undosed
        intensity = drugs.intensity(exposure.ingredient, exposure.daily_dose)
        least = exposure.least_dose
        if least is not None and drugs.intensity(exposure.ingredient, least) != intensity:
            return unclear
        words = partial(_dose_words, exposure, intensity, knowledge.phrases)
        return Held(intensity in clause.intensity, exposure.refs, words=words)

    return decide


def _dose_words(exposure: Exposure, intensity: str, phrases: Phrases) -> dict[str, str]:
    return {"dose": dose_text(exposure, phrases), "intensity": intensity}
