"""${message}.

Only adds: the version before this one must still work on the result (expand now, contract later).
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
serves_since = ${repr(down_revision)}  # the oldest version that works on this schema, by its own revision


def upgrade() -> None:
    """Step to this schema."""
    ${upgrades if upgrades else "pass"}
