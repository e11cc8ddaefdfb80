"""What the service keeps: cards shown, feedback, used tokens, the audit trail.

store = open_store(settings.database)         # StoreError: one line that says what to do
store.use_token(digest, expires)              # -> bool; StoreUnavailableError: answer 503
store.record_call(CallRecord(...))            # audit line and cards shown, in one transaction
store.writer.submit(lambda connection: ...)   # anything else that is written, committed on return
with store.reading() as connection: ...       # questions
"""

from cds_service.store.audit import AuditLine, append
from cds_service.store.errors import StoreError, StoreUnavailableError
from cds_service.store.opening import create_store, migrate_store, open_store
from cds_service.store.pseudonym import Pseudonyms
from cds_service.store.records import CallRecord, Source
from cds_service.store.shown import ShownCard
from cds_service.store.store import Store
from cds_service.store.writer import Writer

__all__ = [
    "AuditLine",
    "CallRecord",
    "Pseudonyms",
    "ShownCard",
    "Source",
    "Store",
    "StoreError",
    "StoreUnavailableError",
    "Writer",
    "append",
    "create_store",
    "migrate_store",
    "open_store",
]
