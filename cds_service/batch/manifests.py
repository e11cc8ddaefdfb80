"""What an export says of itself."""

import msgspec
from msgspec import Raw, Struct

from cds_service.reading.bundles import UNREADABLE


class _Manifest(Struct):
    """Of a Bulk Data export."""

    transactionTime: str


_manifest = msgspec.json.Decoder(_Manifest)


def time_of_export(raw: Raw) -> str:
    """When an export was made, as its manifest says; "" for what is none."""
    try:
        return _manifest.decode(raw).transactionTime
    except UNREADABLE:
        return ""
