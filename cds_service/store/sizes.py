"""How much room the store takes."""

from cds_service.store.address import Address

LARGE_LOG = 256 << 20  # bytes; a write-ahead log this long is a reader that never ends


def log_bytes(address: Address) -> int:
    """The size of SQLite's write-ahead log; 0 for PostgreSQL."""
    if address.file is None:
        return 0
    log = address.file.with_name(f"{address.file.name}-wal")
    return log.stat().st_size if log.exists() else 0
