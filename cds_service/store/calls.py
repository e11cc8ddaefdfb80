"""One hook call in the store: its line in the audit trail and the cards it showed, together or not at all."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from cds_service.store.audit import append, call_line, microseconds_now
from cds_service.store.prepared import Prepared
from cds_service.store.pseudonym import Kind, Pseudonyms
from cds_service.store.records import CallRecord
from cds_service.store.schema import card_shown
from cds_service.store.text import storable_row

# A call repeated gives the same uuids: the first showing counts.
_INSERT = Prepared(
    sqlite.insert(card_shown).on_conflict_do_nothing(),
    other=postgresql.insert(card_shown).on_conflict_do_nothing(),
)


def record_call(connection: Connection, call: CallRecord, pseudonyms: Pseudonyms) -> None:
    """Write a call, with pseudonyms in place of the people. Only within a write transaction."""

    def named(kind: Kind, identifier: str) -> str:
        return pseudonyms.name(kind, call.issuer, call.tenant, identifier)

    patient = named("patient", call.patient)
    append(connection, call_line(call, named("user", call.user), patient))
    if call.cards:
        _INSERT.run(connection, *_rows(call, patient, named("encounter", call.encounter)))


def _rows(call: CallRecord, patient: str, encounter: str) -> Iterator[dict[str, Any]]:
    whole_call = {
        "issuer": call.issuer,
        "tenant": call.tenant,
        "service": call.service,
        "patient": patient,
        "encounter": encounter,
        "hook_instance": call.hook_instance,
        "shown_at": call.at or microseconds_now(),
    }
    for card in call.cards:
        yield storable_row(
            whole_call
            | {
                "uuid": card.uuid,
                "card": card.card,
                "rule": card.rule,
                "rule_version": card.rule_version,
                "knowledge_version": card.knowledge_version,
                "indicator": card.indicator,
                "fingerprint": card.fingerprint,
            }
        )
