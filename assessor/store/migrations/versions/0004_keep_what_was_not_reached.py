"""Keep which steps were not reached because of another."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """What was stored before did not tell."""
    told = sa.Column[bool]("not_reached", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("verdict", told)
