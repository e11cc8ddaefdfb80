"""Who is who: every patient of a run, and whom each name means in each source.

A name is looked up in its own source first. Two Patients of one name that cannot be one person are kept
apart, each within its source; a name that could mean two people means nobody.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec

from cds_service.batch.workspace import Workspace
from cds_service.reading.glance_owners import Person

ANYWHERE = -1
"""Stands for the source where a patient, or the meaning of a name, is the same in all sources."""

_TABLES = {
    "apart": "name TEXT, source INTEGER, within INTEGER",
    "patient": "number INTEGER PRIMARY KEY, name TEXT, within INTEGER",
    "called": "key TEXT, name TEXT, source INTEGER",
    "owner": "subject TEXT, source INTEGER, number INTEGER",
}
_decode_names = msgspec.json.Decoder(list[str]).decode


def tell_apart(space: Workspace) -> None:
    """Number all patients, in order of their names, and find out whom the subjects of records mean.

    Fills `patient`, and `owner` with the subjects that mean somebody.
    """
    space.renew(_TABLES)
    space.execute("CREATE INDEX IF NOT EXISTS person_name ON person (name)")
    (repeated,) = space.execute("SELECT count(*) - count(DISTINCT nullif(name, '')) FROM person").fetchone()
    if repeated:
        space.insert("apart", list(_contradictions(space)))
        space.execute(_NUMBER_PATIENTS, (ANYWHERE,))
    else:
        space.execute(_NUMBER_NAMES, (ANYWHERE,))
    space.execute("CREATE INDEX patient_name ON patient (name)")
    if space.execute("SELECT 1 FROM mention").fetchone():
        space.insert("called", _names(space))
        space.execute("CREATE INDEX called_key ON called (key)")
        space.execute(_OWN_PLAIN, (ANYWHERE, ANYWHERE))
        space.execute("CREATE INDEX owner_subject ON owner (subject)")
        space.insert("owner", list(_owned_within(space)))


_NUMBER_NAMES = "INSERT INTO patient (name, within) SELECT name, ? FROM person ORDER BY name"
_NUMBER_PATIENTS = """
INSERT INTO patient (name, within)
SELECT DISTINCT person.name, ifnull(apart.within, ?) FROM person
LEFT JOIN apart ON apart.name = person.name AND apart.source = person.source
LEFT JOIN source ON source.source = apart.within
WHERE apart.name IS NULL OR apart.within IS NOT NULL
ORDER BY person.name, ifnull(source.label, '')
"""
_OWN_PLAIN = """
INSERT INTO owner
SELECT one.subject, ?, patient.number FROM (
  SELECT mention.subject, min(called.name) AS name FROM (SELECT DISTINCT subject FROM mention) AS mention
  JOIN called ON called.key = mention.subject
  GROUP BY mention.subject HAVING count(DISTINCT called.name) = 1
) AS one JOIN patient ON patient.name = one.name AND patient.within = ?
"""
_SHARED = """
SELECT DISTINCT subject, source FROM mention
WHERE subject IN (SELECT key FROM called) AND subject NOT IN (SELECT subject FROM owner)
ORDER BY subject, source
"""


def _contradictions(space: Workspace) -> Iterator[tuple[str, int, int | None]]:
    """Names that two people have, by source; `within` is None where even the source has two of them."""
    rows = space.execute(
        "SELECT name, source, born, gender FROM person WHERE name = '' OR name IN "
        "(SELECT name FROM person GROUP BY name HAVING count(*) > 1) ORDER BY name, source"
    )
    for name, namesakes in groupby(rows, key=itemgetter(0)):
        known = list(namesakes)
        if name and not contradict(known):
            continue
        for source, own in groupby(known, key=itemgetter(1)):
            there = list(own)
            one = not contradict(there) and (name or len(there) == 1)
            yield name, source, source if one else None


def contradict(patients: Sequence[tuple[Any, ...]]) -> bool:
    """Whether Patients cannot be one person; the last two values of each are date of birth and sex."""
    return _differ([born for *_, born, _ in patients]) or _differ([sex for *_, sex in patients])


def _differ(values: list[str | None]) -> bool:
    """Whether two values cannot both be right; 1970 and 1970-03-02 can."""
    known = sorted({value for value in values if value}, key=len)
    return any(not known[-1].startswith(value) for value in known)


def _names(space: Workspace) -> Iterator[tuple[str, str, int]]:
    """Everything each Patient is called, by identifiers too where somebody is named by one."""
    by_identifier = space.execute("SELECT 1 FROM mention WHERE subject LIKE '?%'").fetchone()
    rows = space.execute("SELECT DISTINCT name, source, full_url, identifiers FROM person")
    for name, source, full_url, identifiers in rows:
        keys = set(Person(name, full_url, [], None, None, deceased=False).keys)
        if by_identifier:
            keys |= {f"?{one}" for one in _decode_names(identifiers)}
        for key in sorted(keys - {""}):
            yield key, name, source


def _owned_within(space: Workspace) -> Iterator[tuple[str, int, int]]:
    """Subjects whose meaning depends on the source they stand in."""
    for subject, source in space.execute(_SHARED).fetchall():
        every = space.execute("SELECT DISTINCT name, source FROM called WHERE key = ?", (subject,)).fetchall()
        names = {name for name, where in every if where == source} or {name for name, _ in every}
        number = _number(space, next(iter(names)), source) if len(names) == 1 else None
        if number is not None:
            yield subject, source, number


def _number(space: Workspace, name: str, source: int) -> int | None:
    found = space.execute(
        "SELECT number FROM patient WHERE name = ? AND within IN (?, ?)", (name, ANYWHERE, source)
    ).fetchone()
    return found[0] if found else None
