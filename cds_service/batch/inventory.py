"""What files hold and how much of it we can read: the counts of `leg-cds check`.

Everything is counted as it occurs, whatever its status and whosever it is; nobody is reviewed.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from msgspec import Raw

from cds_service.batch.books import Books
from cds_service.batch.bundle import name_withheld
from cds_service.batch.documents import Value
from cds_service.batch.medicine_counts import MedicineCounts
from cds_service.batch.members import DuplicateMemberError, check_members
from cds_service.batch.requests import read_request
from cds_service.batch.roster import Roster
from cds_service.knowledge import Knowledge
from cds_service.reading.bundles import UNREADABLE, Entry, take_apart
from cds_service.reading.codes import shown_name
from cds_service.reading.records import KINDS, REFERENCE_LENGTH, Record, read_record
from cds_service.reading.resources import Observation
from cds_service.reading.results import known_code
from cds_service.reading.salvage import UnreadableError
from cds_service.reading.text import clean

Validate = Callable[[Entry], list[str]]
"""Says what is wrong with a resource, by path and message."""


class Inventory:
    """Takes in the values of all files; `totals` is complete after the last.

    `invalid` lists what `validate` said, with the place; it is empty without one.
    """

    def __init__(self, knowledge: Knowledge, books: Books, validate: Validate | None) -> None:
        self.invalid: list[str] = []
        self._knowledge = knowledge
        self._books = books
        self._validate = validate
        self._roster = Roster()
        self._medicines = MedicineCounts(knowledge.vocabulary.drugs)
        self._requests = 0
        self._read, self._skipped = Counter[str](), Counter[str]()
        self._results, self._unknown_results = Counter[str](), Counter[str]()
        self._validity = Counter[str]()

    def add(self, value: Value) -> str:
        """Take a value in; says why when it could not, else ""."""
        request = read_request(value.raw, self._knowledge)
        if request is None:
            return self._take(value.raw, value)
        self._requests += 1
        for raw in request.values():
            self._take(raw, value)
        return ""

    def _take(self, raw: Raw, value: Value) -> str:
        contents = take_apart(raw)
        for where, why in contents.problems:
            self._skip(value, where, why)
        for entry in contents.entries:
            self._enter(entry, value)
        return contents.failed

    def _enter(self, entry: Entry, value: Value) -> None:
        if self._validate is not None:
            self._check(entry, value, self._validate)
        if entry.kind not in KINDS:
            self._books.not_used[clean(entry.kind, REFERENCE_LENGTH)] += 1
            return
        try:
            if not value.is_all(entry.raw):
                check_members(entry.raw)
            record = read_record(entry)
        except DuplicateMemberError as error:
            self._skip(value, name_withheld(entry), str(error))
        except UnreadableError as error:
            self._skip(value, error.args[1], error.args[0])
        except UNREADABLE:
            self._skip(value, entry.kind, "the JSON text cannot be read")
        else:
            self._count(record, value.source)

    def _skip(self, value: Value, what: str, why: str) -> None:
        self._skipped[why] += 1
        self._books.fault(value.source, f"{what}: {why}", value.line)

    def _check(self, entry: Entry, value: Value, validate: Validate) -> None:
        complaints = validate(entry)
        self._validity["invalid" if complaints else "valid"] += 1
        place = f"{value.source} line {value.line}" if value.line else value.source
        self.invalid += [f"{place}: {complaint}" for complaint in complaints]

    def _count(self, record: Record, source: str) -> None:
        self._read[record.kind] += 1
        self._roster.add(record, source)
        self._medicines.add(record, source)
        if isinstance(record.resource, Observation):
            self._count_results(record.resource)

    def _count_results(self, observation: Observation) -> None:
        labs = self._knowledge.vocabulary.labs
        known = [code for part in (observation, *observation.component) if (code := known_code(part, labs))]
        self._results.update(code.analyte for code in known)
        if observation.valueQuantity is not None and not known:
            self._unknown_results[clean(shown_name(observation.code), REFERENCE_LENGTH)] += 1

    def totals(self) -> dict[str, Any]:
        """All counts, ready for JSON; `invalid` is absent when nothing was validated."""
        medicines, unknown = self._medicines.count()
        read = {"read": self._read, "not_used": self._books.not_used, "skipped": self._skipped}
        unrecognised = {"medications": unknown, "measurements": self._unknown_results}
        counts: dict[str, Any] = {
            "patients": len(self._roster.persons()),
            "hook_requests": self._requests,
            "resources": {name: _ordered(counter) for name, counter in read.items()},
            "medications": medicines,
            "results": {name: self._results[name] for name in self._knowledge.vocabulary.labs.analytes},
            "unrecognised": {name: _ordered(counter) for name, counter in unrecognised.items()},
        }
        if self._validate is not None:
            counts |= {name: self._validity[name] for name in ("valid", "invalid")}
        return counts


def _ordered(counter: Counter[str]) -> dict[str, int]:
    """The most frequent first, equal ones by name."""
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))
