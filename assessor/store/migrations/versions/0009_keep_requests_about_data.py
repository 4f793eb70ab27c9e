"""Keep what people ask for about their data, access asked for in an emergency, and the answers."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Nobody had asked before."""
    op.create_table(
        "data_request",
        sa.Column("seq", BIG, primary_key=True),
        sa.Column("id", sa.Uuid(), nullable=False, unique=True),
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), sa.ForeignKey("attempt.id"), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("created_utc", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "access_request",
        sa.Column("seq", BIG, primary_key=True),
        sa.Column("id", sa.Uuid(), nullable=False, unique=True),
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("class_id", sa.Uuid(), sa.ForeignKey("school_class.id"), nullable=True),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_utc", sa.DateTime(), nullable=False),
    )
    _ends("data_request")
    _ends("access_request", sa.Column("grant_id", sa.Uuid(), sa.ForeignKey("role_grant.id"), nullable=True))


def _ends(of: str, *more: "sa.Column[object]") -> None:
    op.create_table(
        f"{of}_end",
        sa.Column("request_id", sa.Uuid(), sa.ForeignKey(f"{of}.id"), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *more,
        sa.Column("by_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("created_utc", sa.DateTime(), nullable=False),
    )
