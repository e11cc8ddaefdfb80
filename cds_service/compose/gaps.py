"""What could not be assessed, in words: nobody supplied it, it is stale, unusable or unreadable."""

import re
from collections.abc import Iterator

from cds_service.chart import Chart, Result, Taking
from cds_service.knowledge import Knowledge
from cds_service.reason import ChartView
from cds_service.wording import Rendered, escape_markdown

_NAMED = 5  # more are counted, not named
_PLACE = re.compile(r"[/:\s]")


def place_of(text: str) -> str:
    """The type or prefetch key something is said about: `Condition/1: ...`, `symptoms entry 3`."""
    return _PLACE.split(text, maxsplit=1)[0]


def supply_gaps(chart: Chart, knowledge: Knowledge) -> Iterator[str]:
    """Keys nobody supplied, pages missing, resources skipped or of other patients."""
    gaps = knowledge.gaps
    for key, name in knowledge.ranking.sources_of_data.items():
        if key in chart.not_supplied:
            yield gaps.not_supplied.format(name=name)
    for text in chart.incomplete:
        place = place_of(text)
        name = knowledge.ranking.sources_of_data.get(place, place)
        yield escape_markdown(name + text.removeprefix(place))
    for skipped in chart.skipped[:_NAMED]:
        yield gaps.skipped.format(ref=escape_markdown(skipped.ref), reason=escape_markdown(skipped.reason))
    if len(chart.skipped) > _NAMED:
        yield gaps.more_skipped.format(count=len(chart.skipped) - _NAMED)
    if chart.of_other_patients:
        yield gaps.other_patients.format(count=chart.of_other_patients)


def medicine_gaps(chart: Chart, knowledge: Knowledge) -> Iterator[str]:
    """Medicines that could not be recognised, or whose record contradicts itself."""
    for exposure in chart.exposures:
        if exposure.conflict and exposure.taking == Taking.NEVER:
            name, note = escape_markdown(exposure.name), escape_markdown(exposure.conflict)
            yield knowledge.gaps.medicine_note.format(name=name, note=note)
    undosed = _undosed(chart, knowledge)
    for medicine in chart.medicines:
        if medicine.taking == Taking.NEVER:
            continue
        if not medicine.classifiable:
            yield knowledge.gaps.unmatched.format(name=escape_markdown(medicine.name))
        elif medicine.note:
            name, note = escape_markdown(medicine.name), escape_markdown(medicine.note)
            yield knowledge.gaps.medicine_note.format(name=name, note=note)
        elif medicine.ref in undosed:
            yield knowledge.gaps.no_dose.format(name=escape_markdown(medicine.name))


def _undosed(chart: Chart, knowledge: Knowledge) -> set[str]:
    """The newest records of medicines taken now whose daily dose matters and is not known."""
    dosed = knowledge.vocabulary.drugs.members(knowledge.ranking.dose_matters)
    return {
        exposure.refs[0]
        for exposure in chart.exposures
        if exposure.daily_dose is None and exposure.taking == Taking.NOW and exposure.ingredient in dosed
    }


def result_gaps(view: ChartView) -> Iterator[str]:
    """Analytes without a usable, recent result: missing, stale, or unusable and why."""
    knowledge = view.knowledge
    absent: dict[str, list[str]] = {}
    for analyte, limit in knowledge.ranking.report.items():
        usable = view.usable(analyte)
        if usable and view.recent(usable[0].taken, limit) is not True:
            yield _described(knowledge.gaps.stale, usable[0], limit)
        elif not view.all_results(analyte):
            absent.setdefault(limit, []).append(analyte)
    if "labs" not in view.chart.not_supplied:
        for limit, analytes in absent.items():
            yield knowledge.gaps.no_result.format(names=", ".join(analytes), limit=limit)
    for analyte in knowledge.vocabulary.labs.analytes:
        for result in view.all_results(analyte)[:1]:
            if result.unusable:
                yield _described(knowledge.gaps.unusable, result, "")


def _described(phrase: str, result: Result, limit: str) -> str:
    return phrase.format(
        name=result.label,
        value=escape_markdown(result.shown),
        date=result.taken or "",
        why=escape_markdown(result.unusable),
        limit=limit,
    )


def all_gaps(view: ChartView) -> list[Rendered]:
    """Every line of the block "Cannot assess"."""
    chart, knowledge = view.chart, view.knowledge
    lines = [*supply_gaps(chart, knowledge), *result_gaps(view), *medicine_gaps(chart, knowledge)]
    if chart.soreness.onset is None:
        lines.append(knowledge.gaps.no_onset)
    return [Rendered(line) for line in dict.fromkeys(lines)]
