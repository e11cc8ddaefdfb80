"""What the pictures of a population need of one patient; computed only where the gates are open."""

from msgspec import Struct

from cds_service.chart import Exposure, Taking
from cds_service.knowledge import Knowledge
from cds_service.picture import Timeline, draw_timeline
from cds_service.picture.medicines import as_moment
from cds_service.picture.timeline import Moment
from cds_service.reason import ChartView
from cds_service.review import Review
from cds_service.when import When, days_between
from cds_service.wording import clean


class Level(Struct, frozen=True, gc=False):
    """The newest usable result of an analyte; `value` is None where only a bound is known."""

    value: float | None
    shown: str
    taken: Moment | None


class Facts(Struct, frozen=True, gc=False):
    """`levels` are by the names of cards/pictures.yaml.

    `after_medicine` tells whether one of the medicines named there was taken; `onset_days` are the fewest
    and the most days from its start to the onset, negative where the soreness came first, None where a day
    is not known.
    """

    onset: Moment | None
    after_medicine: bool
    onset_days: tuple[int, int] | None
    levels: dict[str, Level]
    timeline: Timeline | None


def find_facts(found: Review, knowledge: Knowledge) -> Facts | None:
    """The facts of an open review; the timeline only where there are cards."""
    if found.closed_by:
        return None
    view = ChartView(found.chart, knowledge)
    onset = found.chart.soreness.onset
    taken = _taken(view)
    return Facts(
        onset=as_moment(onset, knowledge.phrases),
        after_medicine=bool(taken),
        onset_days=_days(taken, onset),
        levels=dict(_levels(view)),
        timeline=draw_timeline(view, found.findings) if found.cards else None,
    )


def _taken(view: ChartView) -> list[Exposure]:
    members = view.knowledge.vocabulary.drugs.members(view.knowledge.pictures.onset_after)
    return [exposure for exposure in view.exposures(members) if exposure.taking != Taking.NEVER]


def _days(taken: list[Exposure], onset: When | None) -> tuple[int, int] | None:
    """From the latest start that is not after the onset; without one, from the earliest start there is."""
    starts = sorted((one.start for one in taken if one.start), key=lambda start: (start.last, start.first))
    if onset is None or not starts:
        return None
    before = [start for start in starts if start.first <= onset.last]
    return days_between(before[-1] if before else starts[0], onset)


def _levels(view: ChartView) -> "list[tuple[str, Level]]":
    newest = [
        (name, view.usable(level.analyte)[:1]) for name, level in view.knowledge.pictures.levels.items()
    ]
    return [
        (
            name,
            Level(
                value=result.value.low if result.value and result.value.exact else None,
                shown=clean(result.shown),
                taken=as_moment(result.taken, view.knowledge.phrases),
            ),
        )
        for name, results in newest
        for result in results
    ]
