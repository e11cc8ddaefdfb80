"""The causes card: blocks of its body, its summary, its ranking extension."""

from collections.abc import Iterable, Iterator
from typing import Any

from cds_service.chart import Medicine, Taking
from cds_service.compose.gaps import all_gaps, ended_some_time
from cds_service.compose.templates import body, cited, with_records
from cds_service.knowledge.amounts import parse_age
from cds_service.knowledge.rules import Indicator
from cds_service.reason import ChartView, Findings
from cds_service.reason.findings import CauseFinding, Fact
from cds_service.reason.labs import default_note, evidence_of, in_range
from cds_service.reason.results import Newest
from cds_service.wording import SUMMARY_LIMIT, Rendered, escape_markdown, fit, plain

_CONSIDER = "also consider"
_OUTSIDE = ("low", "high")


def indicator(findings: Findings, view: ChartView) -> Indicator:
    """Warning as soon as a strong cause asks for it."""
    causes = view.knowledge.causes
    strong = [causes[finding.cause] for finding in findings.supported if finding.tier == "strong"]
    return "warning" if any(cause.card_indicator_when_strong == "warning" for cause in strong) else "info"


def ranking(findings: Findings, version: str) -> dict[str, Any]:
    """The ranking extension of CONTRACT section 4 of the specification."""
    return {
        "knowledgeVersion": version,
        "causes": [
            {
                "cause": finding.cause,
                "tier": finding.tier,
                "points": finding.points,
                "raisedBy": _said(finding.raised) if finding.raised else [],
                "loweredBy": _said(finding.lowered) if finding.lowered else [],
                "evidence": list(finding.evidence),
            }
            for finding in findings.causes
        ],
    }


def _said(facts: Iterable[Fact]) -> list[str]:
    return [str(fact.say) for fact in facts]


def summary(findings: Findings, view: ChartView) -> str:
    """The best supported causes that fit, or that there is none, or too little data to say so."""
    templates = view.knowledge.ranking.summaries
    phrases = [plain(finding.phrase) for finding in findings.supported]
    for count in range(len(phrases), 0, -1):
        text = templates["supported"].format(causes=view.knowledge.phrases.listed(phrases[:count]))
        if len(text) <= SUMMARY_LIMIT or count == 1:
            return fit(text)
    return templates["none" if _has_data(view) else "no_data"]


def _has_data(view: ChartView) -> bool:
    """Whether "none found" may be said: something was there to look at, and all of it could be read."""
    chart, ranking = view.chart, view.knowledge.ranking
    if chart.skipped or chart.incomplete or not chart.not_supplied.isdisjoint(ranking.none_found_needs):
        return False
    if any(ended_some_time(chart, view.knowledge)):
        return False
    return bool(chart.medicines) or any(_current(view, analyte) for analyte in ranking.report)


def _current(view: ChartView, analyte: str) -> Newest | None:
    """The newest usable result of a reported analyte, unless it is too old to be used."""
    newest = view.newest[analyte]
    limit = view.knowledge.ranking.report[analyte]
    return newest if newest is not None and newest.recent(*parse_age(limit)) else None


def detail(findings: Findings, view: ChartView) -> str:
    """The body of the card, in the fixed blocks of CLINICAL.md 3.7 of the specification."""
    knowledge = view.knowledge
    shown, considered = _split(findings, view)
    gaps = [*all_gaps(view), *_unknown_causes(findings, view)]
    outside, inside = _other_results(findings, view)
    return body(
        knowledge,
        "causes.md",
        supported=[_supported(finding, view) for finding in shown],
        outside=outside if shown else [],
        checked=[*([] if shown else outside), *inside, *_checked_causes(findings, view)],
        gaps=gaps,
        started=list(_started(view)),
        also=[_also(finding, view) for finding in considered],
        advice=[line for finding in shown for line in finding.advice],
        benign="" if findings.signs or gaps else knowledge.ranking.benign,
        stale=_stale(view),
        remarks=findings.remarks,
        limits=knowledge.ranking.limits,
        new_medicine_days=knowledge.ranking.new_medicine_days,
        version=knowledge.version,
        today=knowledge.phrases.dated(view.chart.today),
    )


def _unknown_causes(findings: Findings, view: ChartView) -> Iterator[Rendered]:
    """Causes that cannot be assessed, with why and with what must be said all the same."""
    for finding in findings.causes:
        if finding.tier == "unknown":
            title = view.knowledge.causes[finding.cause].title
            why = "; ".join([finding.why_unknown, *finding.notes])
            yield Rendered(view.knowledge.gaps.cause_unknown.format(title=title, why=why))


def _stale(view: ChartView) -> str:
    """A banner once the knowledge has not been reviewed for too long."""
    ranking = view.knowledge.ranking
    age = view.chart.today.last - ranking.released.toordinal()
    return ranking.stale.format(date=ranking.released) if age > ranking.stale_after_days else ""


def _split(findings: Findings, view: ChartView) -> tuple[list[CauseFinding], list[CauseFinding]]:
    """The causes shown in full, and the few that are only named under "Also consider"."""
    shown: list[CauseFinding] = []
    considered: list[CauseFinding] = []
    for finding in findings.supported:
        minor = finding.tier == "weak" and view.knowledge.causes[finding.cause].group == _CONSIDER
        (considered if minor else shown).append(finding)
    return shown, considered[: view.knowledge.ranking.also_consider]


def _supported(finding: CauseFinding, view: ChartView) -> dict[str, Any]:
    cause = view.knowledge.causes[finding.cause]
    return {
        "title": cause.title,
        "tier": view.knowledge.phrases.tier(finding.tier),
        "raised": [with_records(fact) for fact in finding.raised],
        "lowered": [with_records(fact) for fact in finding.lowered],
        "notes": finding.notes,
        "evidence": Rendered(cause.evidence),
        "sources": cited(view.knowledge, cause.because),
    }


def _also(finding: CauseFinding, view: ChartView) -> Rendered:
    gaps, tier = view.knowledge.gaps, view.knowledge.phrases.tier(finding.tier)
    support = gaps.also_support.format(tier=tier, facts="; ".join(fact.say for fact in finding.raised))
    return Rendered(gaps.also.format(title=view.knowledge.causes[finding.cause].title, support=support))


def _other_results(findings: Findings, view: ChartView) -> tuple[list[Rendered], list[Rendered]]:
    """Current results that support no cause and have no card of their own: out of their range, and others."""
    told = [finding.evidence for finding in findings.supported] + [sign.evidence for sign in findings.signs]
    used = {ref for evidence in told for ref in evidence}
    outside: list[Rendered] = []
    inside: list[Rendered] = []
    for analyte in view.knowledge.ranking.report:
        newest = _as_corrected(_current(view, analyte), analyte, view)
        if newest is not None and used.isdisjoint(evidence_of(newest.result)):
            standing = _standing(newest, view)
            (outside if standing in _OUTSIDE else inside).append(_placed(newest, standing, view))
    return outside, inside


def _as_corrected(newest: Newest | None, analyte: str, view: ChartView) -> Newest | None:
    """What the rules look at in its place: a total calcium is read as corrected for the albumin."""
    for derived in view.knowledge.derived.values():
        if newest is not None and analyte in {derived.inputs[name] for name in derived.without.values()}:
            return view.newest[derived.name] or newest
    return newest


def _standing(newest: Newest, view: ChartView) -> str:
    """`low`, `high` or `normal` by the result's own range or a default one; "" when that is not known."""
    thresholds = view.knowledge.thresholds
    words = ("normal", *_OUTSIDE)
    return next((word for word in words if in_range(word, newest.result, newest.value, thresholds)), "")


def _placed(newest: Newest, standing: str, view: ChartView) -> Rendered:
    result, gaps, phrases = newest.result, view.knowledge.gaps, view.knowledge.phrases
    lines = {"normal": gaps.in_range, "low": gaps.low, "high": gaps.high}
    name = phrases.named(result.label)
    return Rendered(
        lines.get(standing, gaps.no_range).format(
            name=name[:1].upper() + name[1:],
            value=escape_markdown(result.shown),
            date=phrases.dated(result.taken) if result.taken else "",
            limit=default_note(result, standing, view.knowledge) if standing else "",
        )
    )


def _checked_causes(findings: Findings, view: ChartView) -> Iterator[Rendered]:
    """Causes that were considered and did not reach a tier, and what was noted about others."""
    for finding in findings.causes:
        if finding.tier == "none" and (finding.raised or finding.lowered or finding.notes):
            title = view.knowledge.causes[finding.cause].title
            facts = [fact.say for fact in (*finding.raised, *finding.lowered)]
            text = "; ".join([*facts, *finding.notes])
            yield Rendered(view.knowledge.gaps.unsupported_cause.format(title=title, facts=text))


def _started(view: ChartView) -> Iterator[Rendered]:
    """Medicines started in the days before the onset; only those surely within them."""
    onset = view.chart.soreness.onset
    if onset is None:
        return
    phrases = view.knowledge.phrases
    earliest = onset.last - view.knowledge.ranking.new_medicine_days
    lines: dict[str, None] = {}
    for medicine in view.chart.medicines:
        start = medicine.start
        if start is None or start.first < earliest or start.last > onset.first:
            continue
        if medicine.taking != Taking.NEVER and _begins(medicine, view):
            name = escape_markdown(phrases.told(medicine.name))
            lines[view.knowledge.gaps.started.format(name=name, date=phrases.dated(start))] = None
    yield from map(Rendered, lines)


def _begins(medicine: Medicine, view: ChartView) -> bool:
    """Whether this record begins a course of one of its ingredients, and renews none."""
    courses = [one for one in view.chart.exposures if one.ingredient in medicine.ingredients]
    if courses and medicine.systemic:
        return any(course.start == medicine.start for course in courses)
    earlier = (one for one in view.chart.medicines if one.name == medicine.name)
    return not any(_renewed(one, medicine, view.knowledge.reading.chain_gap_days) for one in earlier)


def _renewed(before: Medicine, medicine: Medicine, gap_days: int) -> bool:
    """Whether a record of the same name reaches to the start of this one."""
    first, start = before.start, medicine.start
    if first is None or start is None or before.taking is Taking.NEVER or first.last >= start.first:
        return False
    reach = start if before.taking is Taking.NOW else before.end or first
    return start.first - reach.last <= gap_days
