"""Keep how items stand in review, the readings people entered, and which decisions their authors knew."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Nobody had decided anything before."""
    op.add_column("review", sa.Column("value", sa.Double(), nullable=True))
    op.add_column("review", sa.Column("seen_seq", BIG, nullable=False, server_default="0"))
    op.add_column("sheet_decision", sa.Column("review_seq", BIG, nullable=False, server_default="0"))
    op.create_table(
        "review_item",
        sa.Column("attempt_id", sa.Uuid(), sa.ForeignKey("attempt.id"), primary_key=True),
        sa.Column("item", sa.Text(), primary_key=True),
        sa.Column("attempt_seq", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tab", sa.Text(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("rests_on", sa.Text(), nullable=False),
        sa.Column("awaits", sa.Text(), nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("by_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=True, index=True),
        sa.Column("decided_utc", sa.DateTime(), nullable=True),
    )
    op.create_index(
        "ix_review_item_order", "review_item", ["tab", "severity", "confidence", "attempt_seq", "position"]
    )
