"""Clauses about medicines: exposures, interactions, dose intensity."""

from cds_service.chart import Exposure, Taking
from cds_service.knowledge.amounts import parse_days
from cds_service.knowledge.clauses import DoseClause, InteractionClause, MedicationClause
from cds_service.knowledge.drugs import Interaction
from cds_service.knowledge.phrases import Phrases
from cds_service.reason.evaluate import CaseLike, decides
from cds_service.reason.held import Held, held, unknown
from cds_service.truth import Truth, disjunction
from cds_service.when import When, days_between, within
from cds_service.wording import listed

_ORDERS = "medicationRequests"


def fitting(clause: MedicationClause, case: CaseLike) -> list[tuple[Exposure, Truth]]:
    """The exposures of the clause's medicine, each with whether it fits."""
    members = case.view.knowledge.vocabulary.drugs.members(clause.medication)
    anchor = case.moment(clause.before) if clause.before else case.view.chart.today
    return [(found, _fits(clause, found, anchor)) for found in case.view.exposures(members)]


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


def _pick(clause: MedicationClause, found: list[Exposure], case: CaseLike) -> Exposure:
    onset = case.view.chart.soreness.onset
    if clause.pick and onset is not None:
        before = [exposure for exposure in found if _started_by(exposure, onset) is True]
        if before:
            return max(before, key=_start_key)
    return max(found, key=_start_key)


@decides(MedicationClause)
def decide_medication(clause: MedicationClause, name: str, case: CaseLike) -> Held:
    phrases = case.view.knowledge.phrases
    if name in case.bound:
        return _taken(case.bound[name], phrases)
    candidates = fitting(clause, case)
    certain = [exposure for exposure, fits in candidates if fits is True]
    if certain:
        return _taken(_pick(clause, certain, case), phrases)
    truth = disjunction(fits for _, fits in candidates)
    if truth is False and _ORDERS not in case.view.chart.not_supplied:
        return held(False)
    return unknown(f"{clause.medication}: dates or orders not known")


def _taken(exposure: Exposure, phrases: Phrases) -> Held:
    return held(
        True,
        exposure.refs,
        _words(exposure, phrases),
        points={
            "start": exposure.start,
            "end": exposure.end,
            "increases": tuple(change.at for change in exposure.increases),
        },
        exposure=exposure,
    )


def _words(exposure: Exposure, phrases: Phrases) -> dict[str, str]:
    start, end = exposure.start, exposure.end
    return {
        "name": described(exposure, phrases),
        "ingredient": exposure.ingredient,
        "since": _since(exposure, phrases),
        "started": str(start) if start else phrases.date_unknown,
        "ended": str(end) if end else phrases.date_unknown,
        "dose": dose_text(exposure, phrases),
    }


def described(exposure: Exposure, phrases: Phrases) -> str:
    """The name as written, and what has to be said about it."""
    name = exposure.name
    if exposure.by_name:
        name = phrases.by_name.format(name=name)
    if exposure.conflict:
        name = phrases.conflict.format(name=name, conflict=exposure.conflict)
    return name


def dose_text(exposure: Exposure, phrases: Phrases) -> str:
    """The daily dose, "" when it is not known."""
    return phrases.dose.format(dose=f"{exposure.daily_dose:g}") if exposure.daily_dose else ""


@decides(InteractionClause)
def decide_interaction(clause: InteractionClause, name: str, case: CaseLike) -> Held:
    statin = case.held(clause.of).exposure
    if statin is None:
        return unknown("no statin to pair")
    drugs = case.view.knowledge.vocabulary.drugs
    truths = {
        (entry, partner.ingredient): (_interacts(clause, entry, statin, partner), partner)
        for entry in drugs.interactions(statin.ingredient)
        for partner in case.view.exposures(entry.partners)
    }
    pairs = [(entry, partner) for (entry, _), (truth, partner) in truths.items() if truth is True]
    if pairs:
        return _paired(statin, pairs, case.view.knowledge.phrases)
    undecided = any(truth is None for truth, _ in truths.values())
    return unknown(f"{statin.ingredient}: daily dose not known") if undecided else held(False)


def _interacts(clause: InteractionClause, entry: Interaction, statin: Exposure, partner: Exposure) -> Truth:
    if partner.taking != Taking.NOW or partner.ingredient == statin.ingredient:
        return False
    if entry.partner_from_mg is not None and (partner.daily_dose or 0) < entry.partner_from_mg:
        return False
    if entry.contraindicated:
        return "contraindicated" in clause.interaction
    if entry.limit_mg is None:
        return "caution" in clause.interaction
    if "over limit" not in clause.interaction:
        return False
    return None if statin.daily_dose is None else statin.daily_dose > entry.limit_mg


def _paired(statin: Exposure, pairs: list[tuple[Interaction, Exposure]], phrases: Phrases) -> Held:
    """The facts of all pairs: the worst verdict with its partners, the others behind it."""
    by_verdict: dict[str, list[Exposure]] = {}
    for entry, partner in sorted(pairs, key=lambda pair: not pair[0].contraindicated):
        by_verdict.setdefault(_verdict(entry, phrases), []).append(partner)
    (verdict, worst), *others = by_verdict.items()
    partners = [partner for _, partner in pairs]
    return held(
        True,
        tuple(dict.fromkeys(ref for exposure in (statin, *partners) for ref in exposure.refs)),
        {
            "statin": f"{statin.ingredient.capitalize()} {dose_text(statin, phrases)}".strip(),
            "partner": listed(partner.ingredient for partner in worst),
            "verdict": verdict,
            "since": listed(_since(partner, phrases) for partner in worst),
            "others": "".join(
                phrases.other_pair.format(partner=partner.ingredient, verdict=text)
                for text, rest in others
                for partner in rest
            ),
        },
        points={"starts": tuple(partner.start for partner in partners if partner.start)},
    )


def _since(exposure: Exposure, phrases: Phrases) -> str:
    return phrases.since.format(date=exposure.start) if exposure.start else phrases.since_unknown


def _verdict(entry: Interaction, phrases: Phrases) -> str:
    if entry.contraindicated:
        return phrases.contraindicated
    if entry.limit_mg is not None:
        return phrases.over_limit.format(limit=f"{entry.limit_mg:g}")
    return phrases.caution


@decides(DoseClause)
def decide_dose(clause: DoseClause, name: str, case: CaseLike) -> Held:
    exposure = case.held(clause.dose).exposure
    if exposure is None or exposure.daily_dose is None:
        return unknown("daily dose not known")
    intensity = case.view.knowledge.vocabulary.drugs.intensity(exposure.ingredient, exposure.daily_dose)
    dose = dose_text(exposure, case.view.knowledge.phrases)
    words = {"dose": dose, "intensity": intensity}
    return held(intensity in clause.intensity, exposure.refs, words)
