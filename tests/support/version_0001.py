"""Version 0001 of the store: the statements it issued at every call, written down as its drivers got them."""

import hashlib
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from cds_service.settings import Database
from cds_service.store.address import Address
from cds_service.store.engine import writing_engine

LINE: dict[str, Any] = {
    "sequence": 0,
    "day": "2026-11-22",
    "at": 1_795_383_602_317_671,
    "event": "",
    "issuer": "north",
    "tenant": "ward",
    "hook_user": "u",
    "patient": "p",
    "hook_instance": "",
    "service": "leg-soreness",
    "outcome": "cards",
    "status": 200,
    "knowledge_version": "2026.11",
    "sources": "[]",
    "cards": "[]",
    "details": "{}",
    "milliseconds": 12,
    "previous_hash": "",
}
CARD = {
    "issuer": "north",
    "tenant": "ward",
    "service": "leg-soreness",
    "patient": "p",
    "encounter": "",
    "card": "ls-causes",
    "rule": "ls-causes",
    "rule_version": "1.0.0",
    "knowledge_version": "2026.11",
    "indicator": "info",
    "fingerprint": "f",
    "shown_at": 1_795_383_602_317_671,
}
USE_TOKEN = text(
    "INSERT INTO used_token (digest, expires) VALUES (:digest, :expires) "
    "ON CONFLICT DO NOTHING RETURNING expires"
)
ADD_LINE = text(
    f"INSERT INTO audit ({', '.join([*LINE, 'hash'])}) "  # noqa: S608 names from above
    f"VALUES ({', '.join(f':{name}' for name in [*LINE, 'hash'])})"
)
MOVE_HEAD = text("UPDATE audit_head SET sequence=:sequence, hash=:hash WHERE audit_head.id = 1")
ADD_CARD = text(
    "INSERT INTO card_shown (issuer, tenant, uuid, service, patient, encounter, hook_instance, card, rule, "
    "rule_version, knowledge_version, indicator, fingerprint, shown_at) VALUES (:issuer, :tenant, :uuid, "
    ":service, :patient, :encounter, :hook_instance, :card, :rule, :rule_version, :knowledge_version, "
    ":indicator, :fingerprint, :shown_at) ON CONFLICT DO NOTHING"
)
KNOWN_CARD = text(
    "SELECT card_shown.uuid FROM card_shown WHERE card_shown.issuer = 'north' AND card_shown.tenant = 'ward' "
    "AND card_shown.uuid = :uuid"
)
ADD_ITEM = text(
    "INSERT INTO feedback (key, issuer, tenant, service, card_uuid, outcome, reason_code, reason_system, "
    "comment, accepted, outcome_at, received_at, known_card) VALUES (:key, 'north', 'ward', 'leg-soreness', "
    ":uuid, 'overridden', NULL, NULL, NULL, NULL, 1, 2, :known) ON CONFLICT DO NOTHING"
)


class Version0001:
    """The statements version 0001 issued at every call, on a connection of its own."""

    def __init__(self, database: Database) -> None:
        self.engine = writing_engine(Address(database.url))

    def call(self, name: str) -> None:
        """A token used, the audit line and the card of a call, an item of feedback."""
        with self.engine.begin() as connection:
            digest = hashlib.sha256(name.encode()).digest()
            used = connection.execute(USE_TOKEN, {"digest": digest, "expires": 4_000_000_000})
            assert used.first() is not None
        with self.engine.begin() as connection:
            self._audit(connection, "hook", name)
            connection.execute(ADD_CARD, CARD | {"uuid": name, "hook_instance": name})
        with self.engine.begin() as connection:
            key = hashlib.sha256(f"item {name}".encode()).digest()
            known = connection.execute(KNOWN_CARD, {"uuid": name}).first() is not None
            connection.execute(ADD_ITEM, {"key": key, "uuid": name, "known": known})
            self._audit(connection, "feedback", name)

    def _audit(self, connection: Connection, event: str, name: str) -> None:
        head = connection.execute(text("SELECT sequence, hash FROM audit_head WHERE id = 1")).one()
        line = LINE | {"event": event, "hook_instance": name}
        line |= {"sequence": head.sequence + 1, "previous_hash": head.hash}
        hashed = [line[member] for member in LINE]
        line["hash"] = hashlib.sha256(msgspec.json.encode(hashed)).hexdigest()
        connection.execute(ADD_LINE, line)
        connection.execute(MOVE_HEAD, {"sequence": line["sequence"], "hash": line["hash"]})
