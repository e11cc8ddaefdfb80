"""CDS Hooks requests kept in files, as they are found: less strict than the service, which answers 400."""

from collections.abc import Iterator

import msgspec
from msgspec import Raw, Struct

from cds_service.knowledge import Knowledge
from cds_service.reading import Pool
from cds_service.reading.bundles import UNREADABLE
from cds_service.review import DEFAULT_SERVICE


class _Context(Struct):
    patientId: str = ""
    encounterId: str | None = None
    draftOrders: Raw = Raw(b"")


class _OlderDraft(Struct):
    """Shapes of the drafts before 1.0: the patient at the top, and no context object."""

    patient: str | None = None
    encounter: str | None = None
    context: Raw = Raw(b"")
    prefetch: Raw = Raw(b"")
    hook: str | None = None
    hookInstance: str | None = None


_request = msgspec.json.Decoder(_OlderDraft)
_context = msgspec.json.Decoder(_Context)
_prefetch = msgspec.json.Decoder(dict[str, Raw])


class HookRequest(Struct, frozen=True):
    """A request: whom it is about, the service that answers its hook, and the data it carries."""

    service: str
    patient_id: str
    encounter_id: str | None
    prefetch: dict[str, Raw]
    drafts: Raw

    def pool(self, knowledge: Knowledge) -> Pool:
        """The resources of the request; keys the service asks for and did not get are not supplied."""
        wanted = knowledge.services[self.service].prefetch.keys()
        pool = Pool.from_prefetch(self.prefetch, self.patient_id, self.encounter_id, wanted)
        if self.drafts:
            pool.add_drafts(self.drafts)
        return pool

    def values(self) -> Iterator[Raw]:
        """Every value that can hold resources."""
        yield from self.prefetch.values()
        if self.drafts:
            yield self.drafts


def read_request(raw: Raw, knowledge: Knowledge) -> HookRequest | None:
    """A hook request, or None when the JSON object is none.

    A hook that is not ours is answered as a patient-view would be.
    """
    try:
        found = _request.decode(raw)
        prefetch = _prefetch.decode(found.prefetch) if found.prefetch else {}
    except UNREADABLE:
        return None
    if not (found.hook and (found.hookInstance or prefetch)):
        return None
    context = _read_context(found.context)
    service = _service_of(found.hook, knowledge)
    return HookRequest(
        service=service,
        patient_id=context.patientId or found.patient or "",
        encounter_id=context.encounterId or found.encounter,
        prefetch=prefetch,
        drafts=context.draftOrders if service != DEFAULT_SERVICE else Raw(b""),
    )


def _read_context(raw: Raw) -> _Context:
    try:
        return _context.decode(raw)
    except UNREADABLE:
        return _Context()


def _service_of(hook: str, knowledge: Knowledge) -> str:
    for service in knowledge.services.values():
        if service.hook == hook:
            return service.id
    return DEFAULT_SERVICE
