"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
serves_since = "0001"


def upgrade() -> None:
    """Step to this schema."""
    _create_cards()
    _create_feedback()
    _create_tokens()
    _create_audit()
    _create_facts()
    _create_key_orders()


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _create_cards() -> None:
    op.create_table(
        "card_shown",
        *_texts("issuer", "tenant", "uuid", "service", "patient", "encounter", "hook_instance", "card"),
        *_texts("rule", "rule_version", "knowledge_version", "indicator", "fingerprint"),
        sa.Column("shown_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "tenant", "uuid", name="pk_card_shown"),
    )
    op.create_index("ix_card_shown_issuer_tenant_patient", "card_shown", ["issuer", "tenant", "patient"])
    op.create_index("ix_card_shown_shown_at", "card_shown", ["shown_at"])


def _create_feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        *_texts("issuer", "tenant", "service", "card_uuid", "outcome"),
        sa.Column("reason_code", sa.Text()),
        sa.Column("reason_system", sa.Text()),
        sa.Column("comment", sa.Text()),
        sa.Column("accepted", sa.Text()),
        sa.Column("outcome_at", sa.BigInteger()),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("known_card", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_feedback"),
    )
    op.create_index("ix_feedback_issuer_tenant_card_uuid", "feedback", ["issuer", "tenant", "card_uuid"])
    op.create_index("ix_feedback_received_at", "feedback", ["received_at"])


def _create_tokens() -> None:
    op.create_table(
        "used_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_used_token"),
    )
    op.create_index("ix_used_token_expires", "used_token", ["expires"])


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False),
        *_texts("day"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *_texts("event", "issuer", "tenant", "hook_user", "patient", "hook_instance", "service", "outcome"),
        sa.Column("status", sa.Integer(), nullable=False),
        *_texts("knowledge_version", "sources", "cards", "details"),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        *_texts("previous_hash", "hash"),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit"),
    )
    op.create_index("ix_audit_day", "audit", ["day"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        *_texts("hash"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.bulk_insert(head, [{"id": 1, "sequence": 0, "hash": ""}])


def _create_facts() -> None:
    op.create_table(
        "store_fact", *_texts("name", "value"), sa.PrimaryKeyConstraint("name", name="pk_store_fact")
    )


def _create_key_orders() -> None:
    op.create_table(
        "key_order",
        *_texts("issuer", "kid"),
        sa.Column("ordered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "kid", name="pk_key_order"),
    )
