"""What the prefetch lacks, fetched from the EHR's FHIR server; and what could not be had, said."""

from collections.abc import Collection, Iterator, Mapping

import msgspec

from cds_service.ehr.addresses import expand, medication_below, page_below
from cds_service.ehr.deadline import Deadline
from cds_service.ehr.fhir_server import FhirAccess, FhirServers
from cds_service.ehr.inquiry import Found, Question, Visit
from cds_service.ehr.scopes import READ, SEARCH, Coverage, coverage
from cds_service.ehr.unavailable import Reason
from cds_service.reading import Pool
from cds_service.reading.referenced import missing_medications

_MEDICATION = "Medication"


class Gap(msgspec.Struct, frozen=True, order=True):
    """Data that stay missing, by prefetch key, and why."""

    key: str
    reason: Reason


class Wanted(msgspec.Struct, frozen=True):
    """What a service asks for.

    `templates` are its prefetch templates by key, `values` what their tokens stand for, `sent` the
    keys that came, whatever they hold.
    """

    templates: Mapping[str, str]
    values: Mapping[str, str]
    sent: Collection[str]

    def absent(self) -> Iterator[tuple[str, str]]:
        """The keys nobody sent, each with the relative address that answers it."""
        for key, template in self.templates.items():
            if key not in self.sent and (path := expand(template, self.values)):
                yield key, path


def fill_gaps(
    pool: Pool, access: FhirAccess | Reason | None, wanted: Wanted, servers: FhirServers, seconds: float
) -> list[Gap]:
    """Add to the pool what is missing from it, in at most so many seconds.

    What stays missing is noted in the pool, where cards and notices take it from, and returned.
    """
    if access is None:
        return []
    if isinstance(access, Reason):
        keys = {*pool.next_pages, *(key for key, _ in wanted.absent())}
        gaps = {Gap(key, access) for key in keys}
    else:
        with Deadline(seconds) as deadline:
            filler = _Filler(pool, Visit(servers, access, deadline))
            filler.fetch_keys(wanted)
            filler.fetch_medications()
            gaps = filler.gaps
    for gap in gaps:
        pool.note(gap.key, gap.reason.words(servers.limits))
    return sorted(gaps)


class _Filler:
    """Fetches for one pool and keeps the gaps that remain."""

    def __init__(self, pool: Pool, visit: Visit) -> None:
        self.gaps: set[Gap] = set()
        self._pool = pool
        self._visit = visit
        self._access = visit.access

    def fetch_keys(self, wanted: Wanted) -> None:
        """The keys that are absent, and the further pages of those that came."""
        questions = [*self._absent(wanted), *self._further_pages(wanted)]
        for found in self._visit.ask(questions):
            self._take(found)
            if found.reason:
                self.gaps.add(Gap(found.question.key, found.reason))

    def fetch_medications(self) -> None:
        """The Medications that records refer to. One that cannot be had is a gap if nobody names it."""
        questions, named = [], {}
        for missing in missing_medications(self._pool):
            url = medication_below(self._access.base, missing.reference)
            if url and url not in named:
                named[url] = missing.named
                question = Question(key=_MEDICATION, url=url, kind=_MEDICATION, is_search=False)
                questions += [question] if self._permitted(question, READ, silently=missing.named) else []
        for found in self._visit.ask(questions[: self._visit.limits.calls]):
            self._take(found)
            if found.reason and not named[found.question.url]:
                self.gaps.add(Gap(_MEDICATION, found.reason))

    def _absent(self, wanted: Wanted) -> Iterator[Question]:
        for key, path in wanted.absent():
            is_search = "?" in path
            question = Question(
                key=key, url=f"{self._access.base}/{path}", kind=_kind_of(path), is_search=is_search
            )
            if key not in self._access.without and self._permitted(question, SEARCH if is_search else READ):
                yield question

    def _further_pages(self, wanted: Wanted) -> Iterator[Question]:
        for key, link in self._pool.next_pages.items():
            url = page_below(self._access.base, link)
            if url is None:
                self.gaps.add(Gap(key, Reason.FOREIGN_PAGE))
            else:
                yield Question(key=key, url=url, kind=_kind_of(wanted.templates.get(key, "")), is_search=True)

    def _permitted(self, question: Question, interaction: str, *, silently: bool = False) -> bool:
        """Whether the token's scope allows the question; a gap where it does not, or not quite."""
        query = question.url.partition("?")[2]
        covered = coverage(self._access.scope, question.kind, interaction, query)
        if covered is Coverage.PART:
            self.gaps.add(Gap(question.key, Reason.PART_OF_SCOPE))
        elif covered is Coverage.NONE and not silently:
            self.gaps.add(Gap(question.key, Reason.SCOPE))
        return covered is not Coverage.NONE

    def _take(self, found: Found) -> None:
        for page in found.pages:
            self._pool.add(found.question.key, page)


def _kind_of(path: str) -> str:
    """The resource type of a relative address: `Patient/1`, `Condition?patient=1`."""
    return path.partition("?")[0].partition("/")[0]
