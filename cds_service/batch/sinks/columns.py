"""The flat columns of the files for analysts: one row a review, the same in CSV and in Parquet."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Literal

from msgspec import Struct

from cds_service.batch.row import Row
from cds_service.batch.sinks.base import URGENCY, Header, most_urgent
from cds_service.batch.sinks.patients import Patients
from cds_service.picture.timeline import Moment
from cds_service.reading.records import KINDS

SCHEMA_VERSION = "1"
"""Raised when a column changes its name, type or meaning; a new column is no change."""

Value = str | int | float | date | None
Type = Literal["text", "count", "number", "day"]
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SUPPORTED = ("strong", "moderate", "weak")


class Column(Struct, frozen=True):
    """A column: what it says, and how it is read from a row. No value means not known or not there."""

    name: str
    type: Type
    says: str
    read: Callable[[Row], Value]


def columns(header: Header) -> list[Column]:
    """The columns in their order; those of causes, cards and levels follow the knowledge."""
    found = [*_who(header), *_what(), *_when(header), *_levels(header), *_causes(header), *_cards(header)]
    return [*found, *_records(), *(_identified() if header.identified else ())]


def _who(header: Header) -> Iterator[Column]:
    patients = Patients(header)
    yield Column(
        "patient", "text", "the patient: a running number, with `--identified` the id", patients.name
    )
    yield Column("service", "text", "the service whose cards these are", lambda row: row.service)
    yield Column(
        "closed_by", "text", "the gate that is closed, empty where all are open", lambda row: row.closed_by
    )


def _what() -> Iterator[Column]:
    yield Column("urgency", "text", "of the most urgent card; no value without a card", most_urgent)
    for level in URGENCY:
        yield Column(f"cards_{level}", "count", f"cards of the urgency {level}", _counter(level))
    yield Column("summaries", "text", "the summaries of the cards, with | between them", _summaries)
    yield Column("top_cause", "text", "the cause that is best supported", lambda row: _top(row, "cause"))
    yield Column("top_tier", "text", "how much of the chart supports it", lambda row: _top(row, "tier"))


def _counter(level: str) -> Callable[[Row], Value]:
    return lambda row: sum(card.indicator == level for card in row.cards)


def _summaries(row: Row) -> Value:
    return " | ".join(card.summary for card in row.cards) or None


def _top(row: Row, member: str) -> Value:
    first = row.ranking[0] if row.ranking else None
    return str(first[member]) if first and first["tier"] in _SUPPORTED else None


def _when(header: Header) -> Iterator[Column]:
    after = header.knowledge.pictures.onset_after
    yield Column(
        "onset_first", "day", "the first day the soreness may have begun", lambda row: _first(_onset(row))
    )
    yield Column("onset_last", "day", "the last day it may have begun", lambda row: _last(_onset(row)))
    yield Column(
        "onset_days_fewest", "count", f"fewest days from the start of {after} to the onset", _days(0)
    )
    yield Column(
        "onset_days_most", "count", "most days; both negative where the soreness came first", _days(1)
    )


def _onset(row: Row) -> Moment | None:
    return row.facts.onset if row.facts else None


def _first(moment: Moment | None) -> Value:
    return moment.first if moment else None


def _last(moment: Moment | None) -> Value:
    return moment.last if moment else None


def _days(end: int) -> Callable[[Row], Value]:
    return lambda row: row.facts.onset_days[end] if row.facts and row.facts.onset_days else None


def _levels(header: Header) -> Iterator[Column]:
    for name, level in header.knowledge.pictures.levels.items():
        newest = f"the newest usable {level.analyte}"
        yield Column(f"{name}_value", "number", f"{newest}, {level.unit}; no value for a bound", _value(name))
        yield Column(f"{name}_shown", "text", f"{newest} as the record has it", _shown(name))
        yield Column(
            f"{name}_taken", "day", "the day it was taken, the first where not exactly known", _taken(name)
        )


def _value(name: str) -> Callable[[Row], Value]:
    return lambda row: row.facts.levels[name].value if row.facts and name in row.facts.levels else None


def _shown(name: str) -> Callable[[Row], Value]:
    return lambda row: row.facts.levels[name].shown if row.facts and name in row.facts.levels else None


def _taken(name: str) -> Callable[[Row], Value]:
    return lambda row: (
        _first(row.facts.levels[name].taken) if row.facts and name in row.facts.levels else None
    )


def _causes(header: Header) -> Iterator[Column]:
    for cause in header.knowledge.causes:
        yield Column(f"cause_{cause}_tier", "text", f"support for {cause}", _ranked(cause, "tier"))
        yield Column(
            f"cause_{cause}_points", "count", "its points; no value if unknown", _ranked(cause, "points")
        )


def _ranked(cause: str, member: str) -> Callable[[Row], Value]:
    return lambda row: next((entry[member] for entry in row.ranking if entry["cause"] == cause), None)


def _cards(header: Header) -> Iterator[Column]:
    knowledge = header.knowledge
    for card in [*knowledge.signs, knowledge.ranking.id, knowledge.notice.id]:
        name = f"card_{card.replace('-', '_')}"
        yield Column(name, "text", f"urgency of the card {card}, no value without it", _indicator(card))


def _indicator(name: str) -> Callable[[Row], Value]:
    return lambda row: next((card.indicator for card in row.cards if card.id == name), None)


def _records() -> Iterator[Column]:
    for kind in KINDS:
        name = f"read_{_CAPITAL.sub('_', kind).lower()}"
        yield Column(name, "count", f"{kind} resources that were read", _read(kind))
    yield Column("records_skipped", "count", "not or not fully read", lambda row: len(row.skipped))
    yield Column(
        "records_repeated", "count", "the same again, or another version", lambda row: row.resources.repeated
    )
    yield Column(
        "records_of_others",
        "count",
        "of other patients, left out",
        lambda row: row.resources.of_other_patients,
    )
    yield Column(
        "incomplete",
        "count",
        "ways in which the data are known to be incomplete",
        lambda row: len(row.incomplete),
    )


def _read(kind: str) -> Callable[[Row], Value]:
    return lambda row: row.resources.read.get(kind, 0)


def _identified() -> Iterator[Column]:
    yield Column("sources", "text", "the files, with | between them", lambda row: " | ".join(row.sources))
    yield Column("skipped", "text", "records not read and why, with | between them", _skipped)


def _skipped(row: Row) -> Value:
    return " | ".join(f"{entry['ref']}: {entry['reason']}" for entry in row.skipped) or None
