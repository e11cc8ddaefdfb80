"""Each patient through the review, and the row that comes of it."""

import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import PurePath
from typing import Any

import msgspec
from msgspec import Struct

from cds_service.batch.books import Books
from cds_service.batch.documents import Value
from cds_service.batch.gathering import Gathering
from cds_service.batch.requests import HookRequest
from cds_service.batch.roster import Person
from cds_service.ehr.prefetch import unmet_needs
from cds_service.knowledge import Knowledge
from cds_service.reading import Pool
from cds_service.reading.bundles import take_apart
from cds_service.reading.records import KINDS
from cds_service.reading.resources import Patient
from cds_service.review import DEFAULT_SERVICE, review

_RANKING = "example.leg-soreness.ranking"


class CardRow(Struct, frozen=True):
    """A card as far as a list of patients needs it; `detail` is Markdown."""

    id: str
    indicator: str
    summary: str
    detail: str


class Resources(Struct, frozen=True):
    """What became of the resources of one patient: read by type, skipped by reason."""

    read: dict[str, int]
    skipped: dict[str, int]
    repeated: int  # the same resource again, or another version of it
    of_other_patients: int


class Row(Struct, frozen=True):
    """The review of one patient; `closed_by` says why there are no cards, "" otherwise."""

    patient: str
    sources: list[str]
    service: str
    closed_by: str
    cards: list[CardRow]
    ranking: list[dict[str, Any]]
    resources: Resources
    skipped: list[dict[str, str]]
    incomplete: list[str]


class Reviewer:
    """Reviews patients as of one moment with one knowledge.

    A failure of ours on one patient is entered in the books as every other fault, and in `bugs`.
    """

    def __init__(self, now: datetime, knowledge: Knowledge, books: Books) -> None:
        self.bugs: list[Exception] = []
        self._now = now
        self._knowledge = knowledge
        self._books = books

    def rows(self, gathering: Gathering) -> Iterator[Row]:
        """A row for every patient in order of their names, then for every hook request."""
        for person in sorted(gathering.shares):
            source = min(share.source for share in gathering.shares[person])
            yield from self._guarded(source, self._patient, person, gathering)
        for value, request in sorted(gathering.requests, key=_by_content):
            yield from self._guarded(value.source, self._request, value, request)

    def _patient(self, person: Person, gathering: Gathering) -> Row:
        shares = gathering.shares[person]
        pool = Pool(person.name)
        pool.has_context = False
        for share in shares:
            pool.add(share.source, share.raw)
        sources = sorted({share.source for share in shares})
        held = sum(share.held for share in shares) + gathering.shelf.supply(pool, sources)
        return self._row(pool, DEFAULT_SERVICE, sources, held)

    def _request(self, value: Value, request: HookRequest) -> Row | None:
        pool = request.pool(self._knowledge)
        needs = list(unmet_needs(pool))
        if not pool.of_kind(Patient.__name__):
            self._books.fault(value.source, f"hook request: {needs[0].text}", value.line)
            return None
        contents = [take_apart(raw) for raw in request.prefetch.values()]
        held = sum(entry.kind in KINDS for content in contents for entry in content.entries)
        held += sum(len(content.problems) for content in contents)
        row = self._row(pool, request.service, [value.source], held)
        # Requests to other services ask for other data: what is there is reviewed, what is not is said.
        return msgspec.structs.replace(row, incomplete=[*row.incomplete, *(need.text for need in needs)])

    def _row(self, pool: Pool, service: str, sources: list[str], held: int) -> Row:
        """`held` is the number of entries that should have been read or skipped."""
        found = review(pool, self._now, self._knowledge, service=service)
        chart = found.chart
        read = {kind: len(pool.of_kind(kind)) for kind in KINDS if pool.of_kind(kind)}
        others = pool.of_other_patients
        return Row(
            patient=found.patient_id,
            sources=sources,
            service=service,
            closed_by=found.closed_by,
            cards=[_card(card) for card in found.cards],
            ranking=next(
                (
                    card["extension"][_RANKING]["causes"]
                    for card in found.cards
                    if _RANKING in card["extension"]
                ),
                [],
            ),
            resources=Resources(
                read=read,
                skipped=dict(Counter(skipped.reason for skipped in chart.skipped)),
                repeated=held - sum(read.values()) - others - len(pool.skipped),
                of_other_patients=others,
            ),
            skipped=[{"ref": skipped.ref, "reason": skipped.reason} for skipped in chart.skipped],
            incomplete=list(chart.incomplete),
        )

    def _guarded(self, source: str, make: Callable[..., Row | None], *subject: Any) -> Iterator[Row]:
        try:
            row = make(*subject)
        except Exception as error:  # noqa: BLE001 - entered and counted, so that the others are reviewed
            self.bugs.append(error)
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{PurePath(last.filename).name} line {last.lineno}"
            self._books.fault(
                source, f"a patient was not reviewed for a bug of ours: {type(error).__name__} in {place}"
            )
            return
        if row is not None:
            yield row


def _card(card: dict[str, Any]) -> CardRow:
    return CardRow(card["source"]["topic"]["code"], card["indicator"], card["summary"], card["detail"])


def _by_content(request: tuple[Value, HookRequest]) -> tuple[str, bytes]:
    value, _ = request
    return value.source, bytes(value.raw)
