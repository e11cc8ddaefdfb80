"""What the pictures draw: `cards/pictures.yaml`, with its numbers taken from the rules it names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from cds_service.knowledge.amounts import Amount, parse_amount, parse_days
from cds_service.knowledge.clauses import Clause, IntervalClause, LabClause
from cds_service.knowledge.rules import Cause
from cds_service.knowledge.typed_yaml import typed
from cds_service.knowledge.words import UnclearError, Words
from cds_service.knowledge.yaml_source import Source, near_miss, read_yaml
from cds_service.yaml_text import Place

_Days = Annotated[int, msgspec.Meta(ge=1)]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base: unknown members are errors."""


class ClauseName(_Strict, frozen=True):
    """A clause of a cause, named for its number."""

    cause: str
    clause: str


class Onset(_Strict, frozen=True):
    """The picture of days from a start to the onset; `step` is the width of a bar in days."""

    after: str
    step: _Days
    bands: list[ClauseName]


class LevelAxis(_Strict, frozen=True):
    """The picture of an analyte's values; `step` is the width of a bar, as `4 ng/mL`."""

    of: str
    step: str


class _File(_Strict, frozen=True):
    """pictures.yaml as written."""

    window: ClauseName
    timeline_days: _Days
    limits: dict[str, list[str | ClauseName]]
    onset: Onset
    levels: dict[str, LevelAxis]


class TimelineWords(_Strict, frozen=True):
    """text/timeline.yaml; `str.format` fills the braces."""

    title: str
    still_taken: str
    still_taken_unknown: str
    ended: str
    ended_unknown: str
    start_unknown: str
    counts: str
    dose: str
    onset: str
    onset_day: str
    onset_next_day: str
    onset_unknown: str
    not_reported: str
    window: str
    window_row: str
    span: str
    below: str
    above: str
    left_out: str
    today: str
    soreness: str
    date_unknown: str
    columns: tuple[str, str, str]


class Window(_Strict, frozen=True):
    """Days counted from a point of a rule: `start` is asked of the cause `cause`."""

    cause: str
    start: str
    days: int


class Level(_Strict, frozen=True):
    """An analyte whose values are drawn; `step` is in its own `unit`."""

    analyte: str
    unit: str
    step: float


class Pictures(_Strict, frozen=True):
    """Everything the pictures take from the knowledge.

    `limits` are by analyte, in its own unit or relative to a result's own limits; `onset_bands` are days.
    """

    window: Window
    timeline_days: int
    limits: dict[str, tuple[Amount, ...]]
    onset_after: str
    onset_step: int
    onset_bands: tuple[int, ...]
    levels: dict[str, Level]
    words: TimelineWords


def load_pictures(cards: Path, words: Words, causes: Mapping[str, Cause]) -> Pictures:
    """Read `pictures.yaml` and `text/timeline.yaml`.

    Raises `KnowledgeError` for a name that is not known, a clause without a number, or another unit.
    """
    source = read_yaml(cards / "pictures.yaml")
    return _Reader(source, words, causes).read(cards)


class _Reader:
    """Looks up the names of one file."""

    def __init__(self, source: Source, words: Words, causes: Mapping[str, Cause]) -> None:
        self._source = source
        self._words = words
        self._causes = causes

    def read(self, cards: Path) -> Pictures:
        """The file with its names replaced by what they stand for."""
        written = typed(self._source, (), self._source.data, _File)
        texts = read_yaml(cards / "text" / "timeline.yaml")
        start, days = self._interval(("window",), written.window)
        self._known(("onset", "after"), "medicine", written.onset.after, self._words.drugs)
        return Pictures(
            window=Window(cause=written.window.cause, start=start, days=days),
            timeline_days=written.timeline_days,
            limits={name: self._limits(name, limits) for name, limits in written.limits.items()},
            onset_after=written.onset.after,
            onset_step=written.onset.step,
            onset_bands=tuple(
                self._interval(("onset", "bands", index), band)[1]
                for index, band in enumerate(written.onset.bands)
            ),
            levels={name: self._level(name, level) for name, level in written.levels.items()},
            words=typed(texts, (), texts.data, TimelineWords),
        )

    def _known(self, path: Place, kind: str, word: str, known: "frozenset[str] | dict[str, str]") -> None:
        if word not in known:
            raise self._source.error(path, f"no {kind} {word!r}{near_miss(word, known)}")

    def _clause(self, path: Place, name: ClauseName) -> Clause:
        cause = self._causes.get(name.cause)
        if cause is None:
            raise self._source.error(
                path, f"no active cause {name.cause!r}{near_miss(name.cause, self._causes)}"
            )
        if name.clause not in cause.given:
            near = near_miss(name.clause, cause.given)
            raise self._source.error(path, f"{name.cause} has no clause {name.clause!r}{near}")
        return cause.given[name.clause]

    def _interval(self, path: Place, name: ClauseName) -> tuple[str, int]:
        clause = self._clause(path, name)
        if not isinstance(clause, IntervalClause) or clause.within is None:
            raise self._source.error(path, f"{name.clause!r} must be of the kind {{from: ..., within: ...}}")
        return clause.from_, parse_days(clause.within)

    def _limits(self, analyte: str, limits: list[str | ClauseName]) -> tuple[Amount, ...]:
        self._known(("limits", analyte), "analyte", analyte, self._words.units)
        places = [(("limits", analyte, index), limit) for index, limit in enumerate(limits)]
        return tuple(self._limit(path, analyte, limit) for path, limit in places)

    def _limit(self, path: Place, analyte: str, limit: str | ClauseName) -> Amount:
        if isinstance(limit, str):
            return self._amount(path, limit, self._words.units[analyte])
        clause = self._clause(path, limit)
        if not isinstance(clause, LabClause) or clause.lab != analyte or clause.below is None:
            raise self._source.error(
                path, f"{limit.clause!r} must be of the kind {{lab: {analyte}, below: ...}}"
            )
        return parse_amount(clause.below, self._words.thresholds)

    def _amount(self, path: Place, text: str, unit: str) -> Amount:
        try:
            self._words.amount(text, unit)
        except UnclearError as error:
            raise self._source.error(path, str(error)) from error
        return parse_amount(text, self._words.thresholds)

    def _level(self, name: str, level: LevelAxis) -> Level:
        self._known(("levels", name, "of"), "analyte", level.of, self._words.units)
        unit = self._words.units[level.of]
        step = self._amount(("levels", name, "step"), level.step, unit)
        if step.limit or step.number <= 0:
            raise self._source.error(("levels", name, "step"), f"{level.step!r} is no width in {unit}")
        return Level(analyte=level.of, unit=unit, step=step.number)
