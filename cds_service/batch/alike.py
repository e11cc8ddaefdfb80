"""Parts of records that are alike, kept once: of a patient with tens of thousands of records most parts are.

Records are frozen once they are read, so that nobody notices whether two of them share a code or a dosage.
"""

from collections import defaultdict
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import astuple, force_setattr

from cds_service.batch.bounds import ALIKE
from cds_service.reading.at_once import Whole
from cds_service.reading.datatypes import Reference
from cds_service.reading.records import Record

_SMALL = frozenset({bool, int, float, type(None)})
_OWN = "id"
"""The member that no other record has."""
_encode = msgspec.msgpack.Encoder().encode


class Alike:
    """Remembers parts of the records of one patient, by type of resource."""

    def __init__(self) -> None:
        self._known: dict[type[Struct], dict[object, Any]] = defaultdict(dict)

    def keep_once(self, whole: Whole) -> Whole:
        """The same records; what equals a part of an earlier one is that part."""
        for record in whole.records:
            self._share_parts(record.resource)
            _share_subject(record)
        return whole

    def _share_parts(self, resource: Struct) -> None:
        known = self._known[type(resource)]
        for name, value in zip(resource.__struct_fields__, astuple(resource), strict=True):
            kind = type(value)
            if kind in _SMALL or name == _OWN:
                continue
            key = value if kind is str else (name, _encode(value))
            earlier = known.setdefault(key, value)
            if earlier is not value:
                force_setattr(resource, name, earlier)
        if len(known) > ALIKE:
            known.clear()  # what is frequent comes back soon


def _share_subject(record: Record) -> None:
    about = getattr(record.resource, "subject", None)
    if isinstance(about, Reference) and about.reference == record.subject:
        force_setattr(record, "subject", about.reference)
