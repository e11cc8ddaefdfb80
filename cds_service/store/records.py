"""What the service tells the store about one call, in the words of the service.

Identifiers of people are given as they are; the store turns them into pseudonyms.
"""

from typing import Literal

from msgspec import Struct

from cds_service.store.shown import ShownCard

Came = Literal["prefetch", "fhir-server", "not-supplied"]


class Source(Struct, frozen=True):
    """Where the data of one prefetch key came from, and how many resources they were."""

    key: str
    came: Came
    resources: int = 0


class CallRecord(Struct, frozen=True, kw_only=True):
    """One hook call as it was answered."""

    issuer: str  # the caller's alias, "open" when nobody is authenticated
    service: str
    outcome: str  # code of a closed set: cards, no-cards, incomplete, refused, ...
    status: int  # HTTP
    at: int = 0  # microseconds since 1970 when the call came; 0: now
    milliseconds: int = 0
    tenant: str = ""
    user: str = ""  # as in context.userId
    patient: str = ""
    encounter: str = ""
    hook_instance: str = ""
    knowledge_version: str = ""
    sources: tuple[Source, ...] = ()
    cards: tuple[ShownCard, ...] = ()
    quiet: tuple[ShownCard, ...] = ()  # cards that stayed away because the like of them was overridden

    def __repr__(self) -> str:
        return f"CallRecord({self.service!r}, {self.outcome!r}, {self.status})"
