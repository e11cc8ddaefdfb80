"""Patients settled without reading their records in full, and those whose records have to be."""

from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import msgspec

from cds_service.batch.row import Resources, Row
from cds_service.batch.verdicts import Verdicts
from cds_service.batch.workspace import DOCUMENT, Workspace
from cds_service.review import DEFAULT_SERVICE

_TABLES = {
    "verdict": "number INTEGER PRIMARY KEY, row BLOB",
    "wanted": "number INTEGER PRIMARY KEY, records INTEGER",
    "owned": "unit INTEGER, source INTEGER, place INTEGER, key TEXT, number INTEGER",
}
_RECORDS = """
SELECT patient.number, patient.name, source.label, person.unit, person.source, person.place, person.weight,
  person.counts, person.name, person.born, person.gender, person.deceased
FROM person
JOIN patient ON patient.name = person.name AND patient.within IN (-1, person.source)
JOIN source ON source.source = person.source
UNION ALL
SELECT owner.number, NULL, source.label, mention.unit, mention.source, mention.place, mention.weight,
  mention.counts, mention.subject, NULL, NULL, NULL
FROM mention
JOIN owner ON owner.subject = mention.subject AND owner.source IN (-1, mention.source)
JOIN source ON source.source = mention.source
ORDER BY 1, 2 DESC
"""
_decode = msgspec.json.Decoder(dict[str, int]).decode
_encode = msgspec.json.Encoder(order="deterministic").encode


class _Record(NamedTuple):
    """Where a patient was seen: as a Patient with a `name`, or as the subject of records."""

    number: int
    name: str | None
    label: str
    unit: int
    source: int
    place: int
    weight: int
    counts: bytes
    key: str
    born: str | None
    gender: str | None
    deceased: int | None


class Settled(NamedTuple):
    """How many patients there are, how many have to be read, and how many records these have."""

    patients: int
    wanted: int
    records: int


def settle(space: Workspace, verdicts: Verdicts) -> Settled:
    """Write the rows of all patients whose gates are surely closed, and where the others are found."""
    space.renew(_TABLES)
    (patients,) = space.execute("SELECT count(*) FROM patient").fetchone()
    loose = space.execute("SELECT 1 FROM loose UNION ALL SELECT 1 FROM value WHERE kind = ?", (DOCUMENT,))
    alone = patients == 1 and loose.fetchone() is not None  # a single patient gets the records of nobody
    records = map(_Record._make, space.execute(_RECORDS))
    for number, group in groupby(records, key=itemgetter(0)):
        _settle_one(space, verdicts, number, list(group), alone=alone)
    wanted, count = space.execute("SELECT count(*), ifnull(sum(records), 0) FROM wanted").fetchone()
    return Settled(patients, wanted, count)


def _settle_one(
    space: Workspace, verdicts: Verdicts, number: int, records: list[_Record], *, alone: bool
) -> None:
    counts: dict[str, int] = {}
    for record in records:
        for kind, count in _decode(record.counts).items():
            counts[kind] = counts.get(kind, 0) + count
    closed_by = "" if alone else _closed_by(verdicts, records)
    if closed_by:
        row = _closed(records, closed_by, counts)
        space.execute("INSERT INTO verdict VALUES (?, ?)", (number, _encode(row)))
        return
    space.execute("INSERT INTO wanted VALUES (?, ?)", (number, sum(counts.values())))
    space.insert("owned", [(one.unit, one.source, one.place, one.key, number) for one in records])


def _closed_by(verdicts: Verdicts, records: list[_Record]) -> str:
    """The gate that is surely closed; a Patient seen twice may have changed, and is read in full."""
    first = records[0]
    if len(records) > 1 and records[1].name is not None:
        return ""
    weight = max(record.weight for record in records)
    return verdicts.closed_by(first.born, first.gender, weight, deceased=bool(first.deceased))


def _closed(records: list[_Record], closed_by: str, counts: dict[str, int]) -> Row:
    """The row of a patient who was not read in full: every record seen is counted, repeated or not."""
    return Row(
        patient=records[0].name or "",
        sources=sorted({record.label for record in records}),
        service=DEFAULT_SERVICE,
        closed_by=closed_by,
        cards=[],
        ranking=[],
        resources=Resources(counts, {}, repeated=0, of_other_patients=0),
        skipped=[],
        incomplete=[],
    )
