"""Patients through the review whose records were brought together, and hook requests as they are."""

import hashlib
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from pathlib import PurePath
from typing import Any

import msgspec

from cds_service.batch.alike import Alike
from cds_service.batch.books import Books
from cds_service.batch.bounds import MANY_RECORDS
from cds_service.batch.documents import Value
from cds_service.batch.errand import Answered
from cds_service.batch.requests import HookRequest, read_request
from cds_service.batch.row import Row, row_of
from cds_service.batch.shares import Share
from cds_service.batch.shelf import Find, supply
from cds_service.ehr.prefetch import unmet_needs
from cds_service.knowledge import Knowledge
from cds_service.reading import Pool
from cds_service.reading.at_once import Whole, read_at_once
from cds_service.reading.bundles import take_apart
from cds_service.reading.passed_over import PASSED_OVER
from cds_service.reading.records import KINDS, REFERENCE_LENGTH
from cds_service.reading.resources import Patient
from cds_service.reading.text import clean
from cds_service.review import DEFAULT_SERVICE, review

encode_row = msgspec.json.Encoder(order="deterministic").encode


class Reviewer:
    """Reviews as of one moment with one knowledge.

    A failure of ours on one patient is entered in the books as every other fault, and counted in `bugs`.
    """

    def __init__(self, now: datetime, knowledge: Knowledge, books: Books, *, debug: bool = False) -> None:
        """With `debug` a failure of ours is raised instead."""
        self.bugs = 0
        self._debug = debug
        self._now = now
        self._knowledge = knowledge
        self._books = books

    def patients(
        self, shares: Iterable[Share], names: dict[int, str], find: Find | None
    ) -> Iterator[tuple[int, bytes]]:
        """The number and the row of every patient; `names` are theirs, `find` finds what they share."""
        in_order = sorted(shares, key=attrgetter("number"))  # which keeps the order of each one's shares
        for number, own in groupby(in_order, key=attrgetter("number")):
            held = list(own)
            row = self._guarded(held[0].source, self._patient, names[number], held, find)
            if row is not None:
                yield number, encode_row(row)

    def request(self, value: Value) -> Answered | None:
        """The review of a hook request; None where it is about no patient, which is entered as a fault."""
        request = read_request(value.raw, self._knowledge)
        row = self._guarded(value.source, self._request, value, request) if request else None
        if row is None:
            return None
        digest = hashlib.sha256(value.raw).hexdigest()
        return Answered(value.source, digest, encode_row(row))

    def _patient(self, name: str, shares: list[Share], find: Find | None) -> Row:
        pool = Pool(name)
        pool.has_context = False
        held = sum(share.held for share in shares)
        alike = Alike() if held > MANY_RECORDS else None
        for share in shares:
            pool.add(share.source, _value_of(share, alike))
        sources = sorted({share.source for share in shares})
        if find is not None:
            held += supply(pool, sources, find)
        return self._row(pool, DEFAULT_SERVICE, sources, held)

    def _request(self, value: Value, request: HookRequest) -> Row | None:
        pool = request.pool(self._knowledge)
        needs = list(unmet_needs(pool))
        if needs and not pool.of_kind(Patient.__name__):
            self._books.fault(value.source, f"hook request: {needs[0].text}", value.line)
            return None
        contents = [take_apart(raw) for raw in request.prefetch.values()]
        kinds = Counter(entry.kind for content in contents for entry in content.entries)
        self._tell_foreign(value, kinds)
        held = sum(count for kind, count in kinds.items() if kind in KINDS)
        held += sum(len(content.problems) for content in contents)
        row = self._row(pool, request.service, [value.source], held)
        # Requests to other services ask for other data: what is there is reviewed, what is not is said.
        return msgspec.structs.replace(row, incomplete=[*row.incomplete, *(need.text for need in needs)])

    def _tell_foreign(self, value: Value, kinds: Counter[str]) -> None:
        for kind in sorted(set(kinds).difference(KINDS, PASSED_OVER)):
            shown = clean(kind, REFERENCE_LENGTH)
            error = f"{kinds[kind]} {shown}: no resource type of FHIR R4; not read"
            self._books.fault(value.source, error, value.line)

    def _row(self, pool: Pool, service: str, sources: list[str], held: int) -> Row:
        """`held` is the number of entries that should have been read or skipped."""
        found = review(pool, self._now, self._knowledge, service=service)
        return row_of(found, pool, self._knowledge, service, sources, held)

    def _guarded(self, source: str, make: Callable[..., Row | None], *subject: Any) -> Row | None:
        try:
            return make(*subject)
        except Exception as error:
            if self._debug:
                raise
            self.bugs += 1
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{PurePath(last.filename).name} line {last.lineno}"
            self._books.fault(
                source, f"a patient was not reviewed for a bug of ours: {type(error).__name__} in {place}"
            )
            return None


def _value_of(share: Share, alike: Alike | None) -> bytes | Whole:
    """What a share holds, read already where its parts are to be kept once."""
    content = share.content()
    whole = read_at_once(content) if alike is not None else None
    return content if alike is None or whole is None else alike.keep_once(whole)
