"""The moment a population is reviewed as of: the one chosen, the export's own, or now."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from cds_service.batch.workspace import Workspace
from cds_service.reading.dates import read_date

_NOW = "the moment of the review"


def find_moment(space: Workspace, chosen: datetime | None, started: datetime) -> tuple[datetime, str]:
    """The moment, and in words where it comes from.

    An export says when it was made in its manifest. Bundles do so only if all of them do, and nothing
    else was given: then the latest counts. `started` is now.
    """
    if chosen is not None:
        return chosen, "the day chosen with --as-of"
    exported = _latest(_times(space, exported=True))
    if exported is not None:
        return exported[0], f"the transactionTime of {exported[1]}"
    (untimed,) = space.execute("SELECT ifnull(sum(untimed), 0) FROM unit").fetchone()
    made = None if untimed else _latest(_times(space, exported=False))
    return (made[0], f"the time of {made[1]}") if made else (started, _NOW)


def _times(space: Workspace, *, exported: bool) -> Iterable[tuple[str, str]]:
    return space.execute(
        "SELECT DISTINCT text, label FROM time JOIN source USING (source) WHERE exported = ? ORDER BY label",
        (exported,),
    )


def _latest(times: Iterable[tuple[str, str]]) -> tuple[datetime, str] | None:
    moments = [(moment, label) for text, label in times if (moment := _moment(text)) is not None]
    return max(moments, key=lambda one: one[0], default=None)


def _moment(text: str) -> datetime | None:
    """A date as a moment: an instant as it is, a day as its end."""
    when = read_date(text)
    if when is None:
        return None
    if when.instant is not None:
        return datetime.fromtimestamp(when.instant, UTC)
    return datetime.combine(date.fromordinal(when.last), time.max, UTC)
