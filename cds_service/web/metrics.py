"""The figures of the service for Prometheus. Labels are of closed sets: never an id, a path, a token.

With PROMETHEUS_MULTIPROC_DIR set before this module is imported, the figures of all processes add up.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.05, 0.1, 0.2, 0.35, 0.5, 1, 2, 3, 5)
_WRITE_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5)

registry = CollectorRegistry()

hook_seconds = Histogram(
    "cds_hook_seconds",
    "Hook calls: how long they took, and how they ended",
    ["service", "outcome"],
    buckets=_SECONDS,
    registry=registry,
)
cards = Counter("cds_cards", "Cards sent", ["service", "rule", "indicator"], registry=registry)
cards_held_back = Counter(
    "cds_cards_held_back", "Cards not sent because they were overridden before", ["service", "rule"],
    registry=registry,
)  # fmt: skip
causes = Counter("cds_causes", "Causes that a card supports", ["cause", "tier"], registry=registry)
feedback = Counter(
    "cds_feedback", "Feedback items kept", ["service", "rule", "outcome", "reason"], registry=registry
)
incomplete = Counter(
    "cds_incomplete", "Calls in which data were missing, by kind of data or reason", ["reason"],
    registry=registry,
)  # fmt: skip
fhir_call_seconds = Histogram(
    "fhir_call_seconds",
    "Calls to FHIR servers",
    ["base_alias", "result"],
    buckets=_SECONDS,
    registry=registry,
)
breaker_state = Gauge(
    "breaker_state",
    "A FHIR server is called (0), tried (1), or left alone (2)",
    ["base_alias"],
    multiprocess_mode="livemax",
    registry=registry,
)
auth_refused = Counter("auth_refused", "Callers not admitted", ["reason"], registry=registry)
jwks_age_seconds = Gauge(
    "jwks_age_seconds",
    "How old the key set in use is",
    ["issuer"],
    multiprocess_mode="livemax",
    registry=registry,
)
inflight = Gauge("inflight", "Hook calls under way", multiprocess_mode="livesum", registry=registry)
db_write_seconds = Histogram(
    "db_write_seconds", "Commits of the store", buckets=_WRITE_SECONDS, registry=registry
)
audit_lag = Gauge(
    "audit_lag",
    "Seconds the oldest audit line that is not yet stored has waited",
    multiprocess_mode="livemax",
    registry=registry,
)
audit_lost = Counter("audit_lost", "Audit lines given up because too many waited", registry=registry)
log_lines_dropped = Gauge(
    "log_lines_dropped", "Log lines given up", multiprocess_mode="livesum", registry=registry
)

_SUPPORTED = {"strong", "moderate", "weak"}
_RANKING = "example.leg-soreness.ranking"
_KNOWLEDGE = "example.leg-soreness.knowledge"


def count_cards(service: str, sent: Iterable[Mapping[str, Any]]) -> None:
    """Count what fires: every card by its rule, every cause the ranking supports by its tier."""
    for card in sent:
        extension = card["extension"]
        cards.labels(service, extension[_KNOWLEDGE]["rule"], card["indicator"]).inc()
        for ranked in extension.get(_RANKING, {}).get("causes", ()):
            if ranked["tier"] in _SUPPORTED:
                causes.labels(ranked["cause"], ranked["tier"]).inc()


def observe_commit(seconds: float, _pieces: int) -> None:
    """A commit of the store took so long."""
    db_write_seconds.observe(seconds)
