"""What comes out of a run: rows in their order, and everything that was not used, with its place."""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import msgspec

from cds_service.batch.books import Fault
from cds_service.batch.row import Row
from cds_service.batch.workspace import Workspace
from cds_service.reading.passed_over import PASSED_OVER
from cds_service.reading.records import REFERENCE_LENGTH
from cds_service.reading.text import clean

_decode_row = msgspec.json.Decoder(Row).decode
_ROWS = "SELECT number, row FROM verdict UNION ALL SELECT number, row FROM reviewed ORDER BY 1"
_STRANGERS = """
SELECT mention.subject, source.label, mention.count FROM mention JOIN source USING (source)
LEFT JOIN owner ON owner.subject = mention.subject AND owner.source IN (-1, mention.source)
WHERE owner.number IS NULL
UNION ALL
SELECT person.name, source.label, 1 FROM person JOIN source USING (source)
JOIN apart ON apart.name = person.name AND apart.source = person.source WHERE apart.within IS NULL
ORDER BY 1
"""
_LOOSE = """
SELECT label, sum(count) FROM (
  SELECT label, count FROM loose JOIN source USING (source)
  UNION ALL SELECT source, count FROM left_over
) GROUP BY label
"""
_IS_KNOWN = "SELECT 1 FROM apart WHERE name = ? UNION ALL SELECT 1 FROM called WHERE key = ?"


def rows(space: Workspace) -> Iterator[Row]:
    """A row for every patient in order of their names, then for every hook request."""
    for _, row in space.execute(_ROWS):
        yield _decode_row(row)
    for (row,) in space.execute("SELECT row FROM answered ORDER BY source, digest"):
        yield _decode_row(row)


def faults(space: Workspace) -> Iterator[Fault]:
    """Everything that could not be read or used, in no order; nothing at all is a fault, too."""
    found = _faults(space)
    first = next(found, None)
    if first is not None:
        yield first
        yield from found
    elif not space.execute("SELECT 1 FROM patient UNION ALL SELECT 1 FROM answered").fetchone():
        yield Fault("", 0, "no patient was found in what was given")


def _faults(space: Workspace) -> Iterator[Fault]:
    begins = _first_lines(space)
    for unit, source, line, error in space.execute("SELECT unit, source, line, error FROM fault"):
        yield Fault(source, line and line + begins.get(unit, 0), error)
    yield from _foreign(space, begins)
    yield from _strangers(space)
    if not _has_one_patient(space):
        for label, count in space.execute(_LOOSE):
            yield Fault(label, 0, f"{count} resources name no patient; they were not used")
    for kind, count in not_used(space).items():
        if kind not in PASSED_OVER:
            yield Fault("", 0, f"{count} {kind}: no resource type of FHIR R4; not read")


def notes(space: Workspace) -> list[str]:
    """What was noticed and does no harm."""
    told = [text for (text,) in space.execute("SELECT text FROM note ORDER BY unit, rowid")]
    return [*told, *(f"{label}: holds no FHIR data; left alone" for label in _left_alone(space))]


def not_used(space: Workspace) -> dict[str, int]:
    """Resources of types that are of no use, by type."""
    return dict(space.execute("SELECT kind, sum(count) FROM unused GROUP BY kind ORDER BY kind"))


def _first_lines(space: Workspace) -> dict[int, int]:
    """How many lines of its file come before a unit, for units that are not the first of their file."""
    before: dict[int, int] = {}
    units = space.execute("SELECT first, unit, lines FROM unit ORDER BY first, unit")
    for _, group in groupby(units, key=itemgetter(0)):
        passed = 0
        for _, unit, lines in group:
            if passed:
                before[unit] = passed
            passed += lines or 0
    return before


def _foreign(space: Workspace, begins: dict[int, int]) -> Iterator[Fault]:
    """Values that are no FHIR data, in files that hold some or that the user named."""
    found = space.execute(
        "SELECT unit, label, line FROM no_fhir JOIN source USING (source) "
        "WHERE named OR source IN (SELECT source FROM held)"
    )
    for unit, label, line in found:
        yield Fault(label, line and line + begins.get(unit, 0), "neither FHIR data nor a CDS Hooks request")


def _left_alone(space: Workspace) -> list[str]:
    found = space.execute(
        "SELECT DISTINCT label FROM no_fhir JOIN source USING (source) "
        "WHERE NOT named AND source NOT IN (SELECT source FROM held) ORDER BY label"
    )
    return [label for (label,) in found]


def _strangers(space: Workspace) -> Iterator[Fault]:
    """One fault a stranger, with the first of the files that name it."""
    for subject, group in groupby(space.execute(_STRANGERS), key=itemgetter(0)):
        files: Counter[str] = Counter()
        for _, label, count in group:
            files[label] += count
        others = f" here and in {len(files) - 1} more files" if len(files) > 1 else ""
        # What stands behind the question mark of a conditional reference may identify somebody.
        shown = clean(subject.partition("?")[0], REFERENCE_LENGTH)
        known = space.execute(_IS_KNOWN, (subject, subject))
        why = (
            "two different patients are called so; these were not used"
            if known.fetchone()
            else "this Patient was not given; give its file too"
        )
        yield Fault(min(files), 0, f"{files.total()} resources{others} of {shown}: {why}")


def _has_one_patient(space: Workspace) -> bool:
    (count,) = space.execute("SELECT count(*) FROM patient").fetchone()
    return bool(count == 1)
