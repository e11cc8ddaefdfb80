"""Sessions of the SMART app."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
serves_since = "0001"


def upgrade() -> None:
    """Step to this schema."""
    op.create_table(
        "smart_session",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_smart_session"),
    )
    op.create_index("ix_smart_session_ends_at", "smart_session", ["ends_at"])
