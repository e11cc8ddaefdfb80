"""The pictures of a population: each a chart, the same in a sentence, and the numbers in a table."""

from collections.abc import Iterator

from markupsafe import Markup
from msgspec import Struct

from cds_service.batch.sinks.base import URGENCY
from cds_service.batch.sinks.report.charts import Rule, bars_in_columns, histogram, inline, share_of, shares
from cds_service.batch.sinks.report.tally import FIRST, NO_BAR, NO_DAY, NO_MEDICINE, Tally, patients
from cds_service.knowledge import Knowledge
from cds_service.reading.records import KINDS
from cds_service.wording import listed

_TIERS = ("strong", "moderate", "weak", "unknown")
_LARGEST = 3  # so many are named in a sentence


class Figure(Struct, frozen=True, kw_only=True):
    """A picture. `says` is its text alternative, `note` what it leaves out; `chart` is "" without data."""

    name: str
    title: str
    chart: str
    says: str
    note: str = ""
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]

    @property
    def svg(self) -> Markup:
        """The chart as part of a page."""
        return inline(self.chart, self.name, self.title, self.says) if self.chart else Markup()


def draw_figures(tally: Tally, knowledge: Knowledge) -> Iterator[Figure]:
    """All pictures of the report, in their order."""
    yield _cards(tally, knowledge)
    yield _causes(tally, knowledge)
    yield _onset(tally, knowledge)
    for name in knowledge.pictures.levels:
        yield _level(name, tally, knowledge)
    yield _completeness(tally, knowledge)


def _cards(tally: Tally, knowledge: Knowledge) -> Figure:
    titles = {sign.id: sign.title for sign in knowledge.signs.values()}
    titles |= {knowledge.ranking.id: knowledge.ranking.title, knowledge.notice.id: knowledge.notice.title}
    table = {title: [tally.cards[card, level] for level in URGENCY] for card, title in titles.items()}
    return _table_figure("cards", "Cards by kind and urgency", "Card", URGENCY, table, tally.with_cards)


def _causes(tally: Tally, knowledge: Knowledge) -> Figure:
    table = {
        cause.title: [tally.causes[name, tier] for tier in _TIERS] for name, cause in knowledge.causes.items()
    }
    title = "Causes by how much of the chart supports them"
    return _table_figure("causes", title, "Cause", _TIERS, table, tally.with_cards)


def _table_figure(
    name: str, title: str, what: str, groups: tuple[str, ...], table: dict[str, list[int]], with_cards: int
) -> Figure:
    """A picture of counts by two things; what never occurs is in neither chart nor table."""
    found = {label: counts for label, counts in table.items() if any(counts)}
    largest = sorted(found.items(), key=lambda entry: -sum(entry[1]))[:_LARGEST]
    says = listed(f"{label} {sum(counts)}" for label, counts in largest)
    return Figure(
        name=name,
        title=title,
        chart=bars_in_columns(list(found), groups, list(found.values())) if found else "",
        says=f"{patients(with_cards)} with cards; most often: {says}." if found else "No patient has a card.",
        note="A patient with several is counted with each." if found else "",
        head=(what, *groups, "all"),
        rows=[(label, *map(str, counts), str(sum(counts))) for label, counts in found.items()],
    )


def _onset(tally: Tally, knowledge: Knowledge) -> Figure:
    pictures = knowledge.pictures
    step, last = pictures.onset_step, pictures.timeline_days // pictures.onset_step
    bars = [(bar * step, count) for bar, count in sorted(tally.onset.items()) if bar <= last]
    rules = [Rule(days + 1, f"{days} days") for days in pictures.onset_bands]
    within = listed(f"{tally.onset_within[days]} within {days} days" for days in pictures.onset_bands)
    left_out = {
        f"more than {last * step + step - 1} days": tally.onset.total() - sum(count for _, count in bars),
        "the soreness came first": tally.onset_left_out[FIRST],
        "dates not exact enough": tally.onset_left_out[NO_BAR],
        "start or onset not known": tally.onset_left_out[NO_DAY],
        f"no {pictures.onset_after}": tally.onset_left_out[NO_MEDICINE],
    }
    return Figure(
        name="onset",
        title=f"Days from the start of {pictures.onset_after} to the onset of soreness",
        chart=histogram(bars, step, rules, "days") if bars else "",
        says=f"{patients(tally.onset.total())} with known days, {within}." if bars else "No patient to draw.",
        note=_left_out(left_out),
        head=("Days", "Patients"),
        rows=[(f"{start} to {start + step - 1}", str(count)) for start, count in bars],
    )


def _level(name: str, tally: Tally, knowledge: Knowledge) -> Figure:
    level, counts = knowledge.pictures.levels[name], tally.levels[name]
    bars = [(bar * level.step, count) for bar, count in sorted(counts.items())]
    limits = tally.limits[name]
    below = listed(f"{tally.levels_below[name, limit]} below {limit:g} {level.unit}" for limit in limits)
    bounds = tally.levels_left_out[name]
    rules = [Rule(limit, f"{limit:g}") for limit in limits]
    return Figure(
        name=name,
        title=f"Newest {level.analyte}",
        chart=histogram(bars, level.step, rules, f"{level.analyte}, {level.unit}") if bars else "",
        says=f"{patients(counts.total())} with a value, {below}." if bars else "No patient to draw.",
        note=_left_out(
            {"only a bound known": bounds, "no usable result": tally.open - counts.total() - bounds}
        ),
        head=(f"From ({level.unit})", f"To below ({level.unit})", "Patients"),
        rows=[(f"{start:g}", f"{start + level.step:g}", str(count)) for start, count in bars],
    )


def _completeness(tally: Tally, knowledge: Knowledge) -> Figure:
    rows = [(f"at least one {kind}", tally.kinds[kind], tally.patients) for kind in KINDS]
    rows += [
        ("a record not or not fully read", tally.unread, tally.patients),
        ("known to be incomplete", tally.incomplete, tally.patients),
        ("open gates: onset known", tally.onset_known, tally.open),
    ]
    for name, level in knowledge.pictures.levels.items():
        known = tally.levels[name].total() + tally.levels_left_out[name]
        rows.append((f"open gates: {level.analyte}", known, tally.open))
    unread = f"{tally.unread} with a record not or not fully read, {tally.incomplete} known to be incomplete"
    return Figure(
        name="completeness",
        title="Completeness of the data",
        chart=shares(rows) if tally.patients else "",
        says=f"{patients(tally.patients)}; {unread}.",
        head=("Patients with", "Count", "Share"),
        rows=[(label, str(count), share_of(count, whole)) for label, count, whole in rows],
    )


def _left_out(counts: dict[str, int]) -> str:
    parts = [f"{why}: {count}" for why, count in counts.items() if count]
    return f"Not in the picture: {'; '.join(parts)}." if parts else ""
