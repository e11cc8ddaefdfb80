"""The resources of one patient, decoded once, with the books kept on what is missing.

A resource whose subject is another patient is not used, and counted. A resource without a subject
is taken for this patient's, because the client collected it for this patient.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from itertools import groupby
from operator import attrgetter, itemgetter

from msgspec import Raw, Struct

from cds_service.chart import Skipped
from cds_service.reading.at_once import Whole, read_at_once
from cds_service.reading.belonging import Belonging, choose_patient
from cds_service.reading.bundles import Contents, take_apart, take_resources
from cds_service.reading.records import KINDS, Record, read_record
from cds_service.reading.references import plain_id, plain_reference
from cds_service.reading.salvage import UnreadableError

Resource = tuple[str, Struct]
"""A reference as shown, and the typed resource."""

_by_reference = itemgetter(0)
_key: Callable[[Record], str] = attrgetter("key")
_named: Callable[[Record], Resource] = attrgetter("ref", "resource")
_WHOLE, _LINES = "Bundle", "resources"


class Selection:
    """The records of this patient, one version each, in an order that depends on content alone."""

    def __init__(self, records: Collection[Record], belonging: Belonging) -> None:
        self.own = belonging.select(records)
        self.of_other_patients = len(records) - len(self.own)
        self.by_kind: dict[str, list[Resource]] = {kind: [] for kind in KINDS}
        by_kind = self.by_kind
        for kind, of_kind in groupby(self.own, key=attrgetter("kind")):
            by_kind[kind].extend(map(_named, of_kind))
        for resources in by_kind.values():
            resources.sort(key=_by_reference)

    @cached_property
    def by_reference(self) -> dict[str, Record]:
        """The records by the references and full URLs they are found under."""
        own = sorted(self.own, key=attrgetter("ref"))
        named = {record.ref: record for record in own}
        named.update((record.full_url, record) for record in own if record.full_url)
        return named


class Pool:
    """Resources as they come in, by key of the prefetch, until a chart is read from them."""

    def __init__(
        self, patient_id: str, encounter_id: str | None = None, declared: Collection[str] = ()
    ) -> None:
        """`declared` are the prefetch keys the service asked for; until added they are not supplied.

        `has_context` is false for a whole record, which nobody opened at an encounter.
        """
        self.patient_id = plain_id(patient_id, "Patient")
        self.encounter_id = plain_id(encounter_id, "Encounter") if encounter_id else None
        self.has_context = True
        self.next_pages: dict[str, str] = {}
        self.skipped: list[Skipped] = []
        self.counts: Counter[str] = Counter()
        """How many resources came under each key, those of other patients and later versions included."""
        self._declared = frozenset(declared)
        self._obtained: set[str] = set()
        self._records: dict[str, Record] = {}
        self._drafts: list[Record] = []
        self._selections: frozenset[str] = frozenset()
        self._remarks: set[str] = set()
        self._selection: Selection | None = None

    @classmethod
    def from_prefetch(
        cls,
        prefetch: Mapping[str, Raw | Whole],
        patient_id: str,
        encounter_id: str | None = None,
        declared: Collection[str] = (),
    ) -> "Pool":
        """All values of a prefetch, whatever their keys; `declared` keys that are absent are missing."""
        pool = cls(patient_id, encounter_id, {*declared, *prefetch})
        for key, value in prefetch.items():
            pool.add(key, value)
        return pool

    @classmethod
    def from_bundle(cls, raw: bytes | Raw) -> "Pool":
        """One patient's Bundle; the patient is its Patient, or the one most resources are about.

        Raises `UnreadableError` when it is no Bundle and no resource.
        """
        pool = cls("")
        pool.has_context = False
        pool.add(_WHOLE, raw)
        if not pool.obtained(_WHOLE):
            raise UnreadableError("neither a FHIR Bundle nor a FHIR resource")
        pool.patient_id = choose_patient(pool._records.values())
        return pool

    @classmethod
    def from_resources(
        cls, resources: Iterable[bytes | Raw], patient_id: str, encounter_id: str | None = None
    ) -> "Pool":
        """Resources of one patient, for example the lines of an export that name the patient."""
        pool = cls(patient_id, encounter_id)
        pool.has_context = encounter_id is not None
        pool._take(_LINES, take_resources(resources))
        return pool

    def add(self, key: str, value: bytes | Raw | Whole) -> None:
        """Add a value, or one more page of it, under its key; it counts as supplied if it is data."""
        self.next_pages.pop(key, None)
        if isinstance(value, Whole):
            self._add_whole(key, value)
        elif (whole := read_at_once(value)) is not None:
            self._add_whole(key, whole)
        else:
            self._take(key, take_apart(value))

    def _add_whole(self, key: str, whole: Whole) -> None:
        self._selection = None
        self._obtained.add(key)
        if whole.next_page:
            self.next_pages[key] = whole.next_page
        self.counts[key] += len(whole.records)
        self._hold(whole.records)

    def _take(self, key: str, contents: Contents) -> None:
        self._selection = None
        self._note(key, contents)
        if contents.failed:
            return
        self._obtained.add(key)
        records = self._read(contents)
        self.counts[key] += len(records)
        self._hold(records)

    def add_drafts(self, raw: bytes | Raw, selections: Iterable[str] = ()) -> None:
        """Add `context.draftOrders`: orders not yet signed; `selections` name those ordered just now."""
        self._selection = None
        self._selections = frozenset(selections) - {""}
        contents = take_apart(raw)
        self._note("draftOrders", contents)
        self._drafts.extend(self._read(contents))

    def note(self, key: str, remark: str) -> None:
        """Say, in words for the reader, why a key or the rest of it is missing."""
        self.next_pages.pop(key, None)
        self._remarks.add(f"{key}: {remark}")

    def obtained(self, key: str) -> bool:
        """Whether the key came as a Bundle, a resource or null."""
        return key in self._obtained

    @property
    def not_supplied(self) -> frozenset[str]:
        """Keys asked for, or sent, that hold no data because the client could not get it."""
        return self._declared - self._obtained

    @property
    def incomplete(self) -> tuple[str, ...]:
        """What else is known to be missing, in words."""
        pages = {f"{key}: more pages exist" for key in self.next_pages}
        return tuple(sorted(self._remarks | pages))

    @property
    def of_other_patients(self) -> int:
        """How many resources were about somebody else."""
        return self._selected().of_other_patients

    @property
    def drafts_of_other_patients(self) -> int:
        """How many draft orders were."""
        return len(self._drafts) - len(self.drafts())

    def of_kind(self, kind: str) -> list[Resource]:
        """Resources of this patient of one FHIR type, ordered by reference."""
        return self._selected().by_kind.get(kind, [])

    def drafts(self) -> list[Resource]:
        """The draft orders that are this patient's."""
        if not self._drafts:
            return []
        belonging = self._belonging()
        return [(record.ref, record.resource) for record in self._drafts if belonging.holds(record)]

    @property
    def selected_drafts(self) -> frozenset[str]:
        """References of the drafts that are being ordered just now, however they were named."""
        return frozenset(
            record.ref
            for record in self._drafts
            if not self._selections.isdisjoint((record.ref, record.id, record.full_url))
        )

    def resolve(self, reference: str) -> Struct | None:
        """The resource a reference points to, None when it was not supplied."""
        known = self._selected().by_reference
        record = known.get(reference) or known.get(plain_reference(reference))
        return record.resource if record else None

    def _belonging(self) -> Belonging:
        return Belonging(self.patient_id, self._records.values())

    def _selected(self) -> Selection:
        if self._selection is None:
            self._selection = Selection(self._records.values(), self._belonging())
        return self._selection

    def _note(self, key: str, contents: Contents) -> None:
        self._remarks |= {f"{key}: {remark}" for remark in contents.remarks}
        self.skipped.extend(Skipped(f"{key} {where}", why) for where, why in contents.problems)
        if contents.failed:
            self._remarks.add(f"{key}: {contents.failed}")
        if contents.next_page:
            self.next_pages[key] = contents.next_page

    def _read(self, contents: Contents) -> list[Record]:
        records = []
        for entry in contents.entries:
            if entry.kind not in KINDS:
                continue
            try:
                record = read_record(entry)
            except UnreadableError as error:
                self.skipped.append(Skipped(error.args[1], error.args[0]))
                continue
            if record.left_out:
                self._remarks.add(f"{record.ref}: {', '.join(record.left_out)} could not be read")
            records.append(record)
        return records

    def _hold(self, records: list[Record]) -> None:
        held = self._records
        new = dict(zip(map(_key, records), records, strict=True))
        if len(new) == len(records) and held.keys().isdisjoint(new):
            held |= new
            return
        for record in records:
            known = held.setdefault(record.key, record)
            if known is not record and record.newer_than(known):
                held[record.key] = record
