"""Find the newest attempt in the queue without reading the queue."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """An index."""
    op.create_index("ix_review_item_attempt_seq", "review_item", ["attempt_seq"])
