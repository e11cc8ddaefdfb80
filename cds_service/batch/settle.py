"""Patients settled without reading their records in full, and those whose records have to be."""

from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import msgspec

from cds_service.batch.row import Resources, Row
from cds_service.batch.verdicts import Verdicts
from cds_service.batch.workspace import DOCUMENT, Workspace
from cds_service.reading.tellings import Telling
from cds_service.review import DEFAULT_SERVICE

_TABLES = {
    "verdict": "number INTEGER PRIMARY KEY, row BLOB",
    "wanted": "number INTEGER PRIMARY KEY, records INTEGER",
    "owned": "unit INTEGER, source INTEGER, place INTEGER, key TEXT, number INTEGER",
}
_OF_PERSON = "person JOIN patient ON patient.name = person.name AND patient.within IN (-1, person.source)"
_OF_MENTION = "mention JOIN owner ON owner.subject = mention.subject AND owner.source IN (-1, mention.source)"
_RECORDS = f"""
SELECT patient.number, person.name, source.label, person.odd, person.told, person.begun, NULL, person.counts,
  person.born, person.gender, person.deceased
FROM {_OF_PERSON} JOIN source ON source.source = person.source
UNION ALL
SELECT owner.number, NULL, group_concat(DISTINCT mention.source), max(mention.odd), max(mention.told),
  max(mention.begun), mention.kind, sum(mention.count), NULL, NULL, NULL
FROM {_OF_MENTION} GROUP BY owner.number, mention.kind
ORDER BY 1, 2 DESC
"""  # noqa: S608 - all of it is ours
_OWN = f"""
INSERT INTO owned
SELECT person.unit, person.source, person.place, person.name, patient.number
FROM {_OF_PERSON} JOIN wanted USING (number)
UNION ALL
SELECT DISTINCT mention.unit, mention.source, mention.place, mention.subject, owner.number
FROM {_OF_MENTION} JOIN wanted USING (number)
"""  # noqa: S608
_decode = msgspec.json.Decoder(dict[str, int]).decode
_encode = msgspec.json.Encoder(order="deterministic").encode
_LABELS = 1 << 16


class _Record(NamedTuple):
    """What was seen of a patient: a Patient with its `name`, or records of one type.

    `sources` is the label of the one source, or the numbers of several.
    """

    number: int
    name: str | None
    sources: str
    odd: int
    told: int
    begun: int
    kind: str | None
    counted: int | bytes
    born: str | None
    gender: str | None
    deceased: int | None

    def counts(self) -> dict[str, int]:
        """Resources by type."""
        if isinstance(self.counted, bytes):
            return _decode(self.counted)
        return {self.kind or "": self.counted}


def settle(space: Workspace, verdicts: Verdicts) -> None:
    """Write the rows of all patients whose gates are surely closed, and where the others are found."""
    space.renew(_TABLES)
    (patients,) = space.execute("SELECT count(*) FROM patient").fetchone()
    loose = space.execute("SELECT 1 FROM loose UNION ALL SELECT 1 FROM value WHERE kind = ?", (DOCUMENT,))
    alone = patients == 1 and loose.fetchone() is not None  # a single patient gets the records of nobody
    settler = _Settler(space, verdicts)
    for number, group in groupby(space.execute(_RECORDS), key=itemgetter(0)):
        settler.settle(number, list(map(_Record._make, group)), alone=alone)
    space.execute(_OWN)


class _Settler:
    def __init__(self, space: Workspace, verdicts: Verdicts) -> None:
        self._space = space
        self._verdicts = verdicts
        self._label = lru_cache(_LABELS)(self._find_label)
        self._labels = lru_cache(_LABELS)(self._find_labels)

    def settle(self, number: int, records: list[_Record], *, alone: bool) -> None:
        """Decide about one patient."""
        counts = records[0].counts()
        for record in records[1:]:
            for kind, count in record.counts().items():
                counts[kind] = counts.get(kind, 0) + count
        closed_by = "" if alone else self._closed_by(records)
        if closed_by:
            row = self._closed(records, closed_by, counts)
            self._space.execute("INSERT INTO verdict VALUES (?, ?)", (number, _encode(row)))
        else:
            self._space.execute("INSERT INTO wanted VALUES (?, ?)", (number, sum(counts.values())))

    def _closed_by(self, records: list[_Record]) -> str:
        """The gate that is surely closed; a Patient seen twice may have changed, and is read in full."""
        first = records[0]
        if len(records) > 1 and records[1].name is not None:
            return ""
        if any(record.odd for record in records):
            return ""
        telling = Telling(max(one.told for one in records), max(one.begun for one in records))
        return self._verdicts.closed_by(first.born, first.gender, telling, deceased=bool(first.deceased))

    def _closed(self, records: list[_Record], closed_by: str, counts: dict[str, int]) -> Row:
        """The row of a patient who was not read in full: every record seen is counted, repeated or not."""
        return Row(
            patient=records[0].name or "",
            sources=self._sources(records),
            service=DEFAULT_SERVICE,
            closed_by=closed_by,
            cards=[],
            ranking=[],
            resources=Resources(counts, {}, repeated=0, of_other_patients=0),
            skipped=[],
            incomplete=[],
        )

    def _sources(self, records: list[_Record]) -> list[str]:
        """The labels of the sources of all records; those of most patients are the same."""
        patient = {record.sources for record in records if record.name is not None}
        others = frozenset(record.sources for record in records if record.name is None)
        return sorted(patient.union(self._labels(others)))

    def _find_labels(self, numbers: frozenset[str]) -> frozenset[str]:
        return frozenset(self._label(int(one)) for some in numbers for one in some.split(","))

    def _find_label(self, source: int) -> str:
        (label,) = self._space.execute("SELECT label FROM source WHERE source = ?", (source,)).fetchone()
        return str(label)
