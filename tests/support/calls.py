"""Made-up hook calls and cards as the service hands them to the store."""

from typing import Any
from uuid import uuid4

from cds_service.store import CallRecord, ShownCard, Source


def shown_card(uuid: str = "", **changed: str) -> ShownCard:
    """A card with a uuid of its own unless one is given."""
    usual = {
        "card": "ls-causes",
        "rule": "ls-causes",
        "rule_version": "1.0.0",
        "knowledge_version": "2026.11",
        "indicator": "info",
        "fingerprint": "0f" * 16,
    }
    return ShownCard(uuid=uuid or str(uuid4()), **(usual | changed))


def hook_call(**changed: Any) -> CallRecord:
    """A call about the patient HTEST-1, with one card."""
    usual: dict[str, Any] = {
        "issuer": "north",
        "tenant": "ward",
        "service": "leg-soreness",
        "outcome": "cards",
        "status": 200,
        "user": "Practitioner/HTEST-9",
        "patient": "HTEST-1",
        "encounter": "HTEST-7",
        "hook_instance": str(uuid4()),
        "knowledge_version": "2026.11",
        "sources": (Source("patient", "prefetch", 1), Source("labs", "fhir-server", 12)),
        "cards": (shown_card(),),
        "milliseconds": 12,
    }
    return CallRecord(**(usual | changed))
