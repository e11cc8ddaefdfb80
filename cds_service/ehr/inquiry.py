"""Questions to a FHIR server: reads and searches, each followed to its last page by a thread of its own."""

from collections.abc import Sequence
from concurrent.futures import wait
from functools import partial

import msgspec

from cds_service.ehr.addresses import page_below
from cds_service.ehr.allowance import Allowance
from cds_service.ehr.answers import Page, read_page
from cds_service.ehr.deadline import Deadline
from cds_service.ehr.fhir_server import FhirAccess, FhirServers
from cds_service.ehr.unavailable import Reason, Unavailable


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A read, or a search from a page on. `kind` is the resource type asked for, "" for any."""

    key: str
    url: str
    kind: str
    is_search: bool


class Found(msgspec.Struct, frozen=True):
    """The answer to a question: JSON of the pages that came, and why there are no more of them."""

    question: Question
    pages: tuple[bytes, ...] = ()
    reason: Reason | None = None


class Visit:
    """What one hook call asks of one FHIR server, within its time and allowance."""

    def __init__(self, servers: FhirServers, access: FhirAccess, deadline: Deadline) -> None:
        self.access = access
        self.limits = servers.limits
        self._servers = servers
        self._deadline = deadline
        self._allowance = Allowance(servers.limits)

    def ask(self, questions: Sequence[Question]) -> list[Found]:
        """The answers, in the order of the questions, as far as they come in time."""
        pages: list[list[bytes]] = [[] for _ in questions]
        reasons: list[Reason | None] = [Reason.LATE] * len(questions)
        running = []
        for place, question in enumerate(questions):
            task = partial(self._answer, place, question, pages, reasons)
            try:
                running.append(self._servers.run(self.access.base, task))
            except Unavailable as error:
                reasons[place] = error.reason
        answered, _ = wait(running, timeout=self._deadline.left())
        for future in answered:
            future.result()  # a bug of ours is raised here
        return [Found(*found) for found in zip(questions, map(tuple, pages), tuple(reasons), strict=True)]

    def _answer(
        self, place: int, question: Question, pages: list[list[bytes]], reasons: list[Reason | None]
    ) -> None:
        """Fill in one place; nobody may be waiting for it any more."""
        try:
            self._follow(question, pages[place])
        except Unavailable as error:
            reasons[place] = error.reason
        else:
            reasons[place] = None

    def _follow(self, question: Question, pages: list[bytes]) -> None:
        url, seen = question.url, set[str]()
        while url:
            if url in seen or len(seen) >= self.limits.pages:
                raise Unavailable(Reason.PAGES)
            seen.add(url)
            page = self._page(question, url)
            pages.append(page.body)
            url = self._next(page.next_link)

    def _page(self, question: Question, url: str) -> Page:
        body = self._servers.get(self.access, url, self._deadline, self._allowance)
        page = read_page(body, question.kind, is_search=question.is_search)
        self._allowance.take_entries(page.entries)
        return page

    def _next(self, link: str) -> str:
        if not link:
            return ""
        url = page_below(self.access.base, link)
        if url is None:
            raise Unavailable(Reason.FOREIGN_PAGE)
        return url
