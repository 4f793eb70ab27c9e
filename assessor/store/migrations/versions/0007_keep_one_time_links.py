"""Keep one-time links: to sign in for the first time, and to set the school up."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Nobody had been given one before."""
    op.create_table(
        "sign_in_link",
        sa.Column("token_sha256", sa.String(64), primary_key=True),
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=True, index=True),
        sa.Column("created_utc", sa.DateTime(), nullable=False),
        sa.Column("expires_utc", sa.DateTime(), nullable=False),
        sa.Column("used_utc", sa.DateTime(), nullable=True),
    )
