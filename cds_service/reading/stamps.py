"""When a Bundle was made."""

import msgspec
from msgspec import Raw, Struct

from cds_service.reading.bundles import UNREADABLE

BUNDLE = "Bundle"


class _Changed(Struct, gc=False):
    lastUpdated: str | None = None


class _Stamp(Struct, gc=False):
    timestamp: str | None = None
    meta: _Changed | None = None


_stamp = msgspec.json.Decoder(_Stamp)


def time_of(raw: Raw | bytes) -> str:
    """When a Bundle was made: its timestamp, else when it was last changed; "" when it does not say."""
    try:
        stamp = _stamp.decode(raw)
    except UNREADABLE:
        return ""
    return stamp.timestamp or (stamp.meta.lastUpdated if stamp.meta else None) or ""
