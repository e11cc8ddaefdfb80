"""What could not be assessed, in words: nobody supplied it, it is stale, unusable or unreadable."""

import re
from collections.abc import Iterator

from cds_service.chart import Chart, Exposure, Result, Taking
from cds_service.knowledge import Knowledge
from cds_service.knowledge.amounts import parse_age, parse_days
from cds_service.knowledge.phrases import Phrases
from cds_service.reason import ChartView
from cds_service.reason.medicines import dose_text
from cds_service.wording import Rendered, escape_markdown

_NAMED = 5  # more are counted, not named
_PLACE = re.compile(r"[/:\s]")


def place_of(text: str) -> str:
    """The type or prefetch key something is said about: `Condition/1: ...`, `symptoms entry 3`."""
    return _PLACE.split(text, maxsplit=1)[0]


def supply_gaps(chart: Chart, knowledge: Knowledge) -> Iterator[str]:
    """Keys nobody supplied, pages missing, resources skipped or of other patients."""
    gaps, phrases = knowledge.gaps, knowledge.phrases
    for key, name in knowledge.ranking.sources_of_data.items():
        if key in chart.not_supplied:
            yield gaps.not_supplied.format(name=name)
    for text in chart.incomplete:
        place, colon, remark = text.partition(": ")
        source = knowledge.ranking.sources_of_data.get(place)
        yield escape_markdown(f"{source}{colon}{phrases.told(remark)}" if source else phrases.told(text))
    for skipped in chart.skipped[:_NAMED]:
        ref, reason = (escape_markdown(phrases.told(text)) for text in (skipped.ref, skipped.reason))
        yield gaps.skipped.format(ref=ref, reason=reason)
    if len(chart.skipped) > _NAMED:
        yield gaps.more_skipped.format(count=len(chart.skipped) - _NAMED)
    if chart.of_other_patients:
        yield gaps.other_patients.format(count=chart.of_other_patients)


def medicine_gaps(chart: Chart, knowledge: Knowledge) -> Iterator[str]:
    """Medicines that could not be recognised, or whose record contradicts itself."""
    told = knowledge.phrases.told
    for exposure in chart.exposures:
        if exposure.conflict and exposure.taking == Taking.NEVER:
            name, note = escape_markdown(exposure.name), escape_markdown(told(exposure.conflict))
            yield knowledge.gaps.medicine_note.format(name=name, note=note)
    undosed = _undosed(chart, knowledge)
    for medicine in chart.medicines:
        if (medicine.classifiable and not medicine.note and medicine.ref not in undosed) or (
            medicine.taking is Taking.NEVER
        ):
            continue
        name = escape_markdown(told(medicine.name))
        if not medicine.classifiable:
            yield knowledge.gaps.unmatched.format(name=name)
        elif medicine.note:
            yield knowledge.gaps.medicine_note.format(name=name, note=escape_markdown(told(medicine.note)))
        else:
            yield knowledge.gaps.no_dose.format(name=name)


def _undosed(chart: Chart, knowledge: Knowledge) -> set[str]:
    """The newest records of medicines taken now whose daily dose matters and is not known."""
    dosed = knowledge.vocabulary.drugs.members(knowledge.ranking.dose_matters)
    return {
        exposure.refs[0]
        for exposure in chart.exposures
        if exposure.daily_dose is None and exposure.taking == Taking.NOW and exposure.ingredient in dosed
    }


def ended_some_time(chart: Chart, knowledge: Knowledge) -> Iterator[Exposure]:
    """Exposures that surely ended in the look-back of a rule, but nobody said when, so none counted them."""
    for medicine, look_back in knowledge.ranking.end_matters.items():
        members = knowledge.vocabulary.drugs.members(medicine)
        earliest = chart.today.last - parse_days(look_back)
        for exposure in chart.exposures:
            undated = exposure.taking is Taking.ENDED and exposure.end is None
            if undated and exposure.ingredient in members and _since(exposure, earliest):
                yield exposure


def _since(exposure: Exposure, earliest: int) -> bool:
    return exposure.start is None or exposure.start.last >= earliest


def unchecked_pairs(chart: Chart, knowledge: Knowledge) -> dict[str, str]:
    """Statins taken now with a medicine that limits their dose, where the dose is not known, in words."""
    gaps, named = knowledge.gaps, knowledge.phrases.named
    return {
        f"{statin} {partner}": gaps.pair_unchecked.format(
            statin=named(statin), partner=named(partner), limit=f"{limit:g}"
        )
        for statin, partner, limit in _limited(chart, knowledge)
    }


def orders_in_doubt(view: ChartView) -> dict[str, str]:
    """What of the orders could not be checked: pairs without a dose, medicines of today not recognised.

    The keys are the same in every language.
    """
    chart, gaps, told = view.chart, view.knowledge.gaps, view.knowledge.phrases.told
    unmatched = {
        medicine.ref: gaps.unmatched.format(name=escape_markdown(told(medicine.name)))
        for medicine in chart.medicines
        if not medicine.classifiable and medicine.taking is Taking.NOW
        if medicine.start is not None and medicine.start.first == chart.today.first
    }
    return unchecked_pairs(chart, view.knowledge) | unmatched


def _limited(chart: Chart, knowledge: Knowledge) -> Iterator[tuple[str, str, float]]:
    now = [exposure for exposure in chart.exposures if exposure.taking is Taking.NOW]
    undosed = (exposure.ingredient for exposure in now if exposure.daily_dose is None)
    taken = {exposure.ingredient for exposure in now}
    for statin in undosed:
        for entry in knowledge.vocabulary.drugs.interactions(statin):
            if entry.limit_mg is not None:
                for partner in sorted(taken & set(entry.partners)):
                    yield statin, partner, entry.limit_mg


def _unchecked_partners(chart: Chart, knowledge: Knowledge) -> Iterator[str]:
    """What interacts with a statin from a daily dose on, where that dose is not known, in words."""
    named, now = knowledge.phrases.named, [one for one in chart.exposures if one.taking is Taking.NOW]
    undosed = sorted({exposure.ingredient for exposure in now if exposure.daily_dose is None})
    for statin in sorted({exposure.ingredient for exposure in now}):
        for entry in knowledge.vocabulary.drugs.interactions(statin):
            if entry.partner_from_mg is not None:
                for partner in (word for word in undosed if word in entry.partners):
                    yield knowledge.gaps.partner_unchecked.format(
                        statin=named(statin), partner=named(partner), least=f"{entry.partner_from_mg:g}"
                    )


def _doses_left_open(chart: Chart, knowledge: Knowledge) -> Iterator[str]:
    """Medicines taken now whose record allows more than one daily dose, where the dose matters."""
    for exposure in chart.exposures:
        if exposure.least_dose is not None and exposure.taking is Taking.NOW:
            name, dose = escape_markdown(exposure.name), dose_text(exposure, knowledge.phrases)
            yield knowledge.gaps.dose_left_open.format(name=name, dose=dose)


def result_gaps(view: ChartView) -> Iterator[str]:
    """Analytes without a usable, recent result: missing, stale, or unusable and why."""
    knowledge = view.knowledge
    absent: dict[str, list[str]] = {}
    for analyte, limit in knowledge.ranking.report.items():
        newest = view.newest[analyte]
        if newest is not None and not newest.recent(*parse_age(limit)):
            yield _described(knowledge.gaps.stale, newest.result, limit, knowledge.phrases)
        elif not view.all_results(analyte):
            absent.setdefault(limit, []).append(analyte)
    if "labs" not in view.chart.not_supplied:
        for limit, analytes in absent.items():
            names = ", ".join(map(knowledge.phrases.named, analytes))
            yield knowledge.gaps.no_result.format(names=names, limit=knowledge.phrases.named(limit))
    if unusable := view.newest.unusable():
        for analyte in knowledge.vocabulary.labs.analytes:
            if analyte in unusable:
                yield _described(knowledge.gaps.unusable, unusable[analyte], "", knowledge.phrases)


def _described(phrase: str, result: Result, limit: str, phrases: Phrases) -> str:
    return phrase.format(
        name=phrases.named(result.label),
        value=escape_markdown(result.shown),
        date=phrases.dated(result.taken) if result.taken else "",
        why=escape_markdown(phrases.told(result.unusable)),
        limit=phrases.named(limit),
    )


def all_gaps(view: ChartView) -> list[Rendered]:
    """Every line of the block "Cannot assess"."""
    chart, knowledge = view.chart, view.knowledge
    lines = [*supply_gaps(chart, knowledge), *result_gaps(view), *medicine_gaps(chart, knowledge)]
    if chart.soreness.onset is None:
        lines.append(knowledge.gaps.no_onset)
    ended = (escape_markdown(exposure.name) for exposure in ended_some_time(chart, knowledge))
    lines += [knowledge.gaps.no_end.format(name=name) for name in ended]
    lines += unchecked_pairs(chart, knowledge).values()
    lines += _unchecked_partners(chart, knowledge)
    lines += _doses_left_open(chart, knowledge)
    return [Rendered(line) for line in dict.fromkeys(lines)]
