"""Keep the numbers that items earn by, the vetoes of a sheet and whether it is passed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """What was stored before had none of them."""
    op.add_column("verdict", sa.Column("value", sa.Double(), nullable=True))
    op.add_column("mark_sheet", sa.Column("passed", sa.Boolean(), nullable=True))
    op.create_table(
        "mark_veto",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("sheet_id", sa.Uuid(), sa.ForeignKey("mark_sheet.id"), nullable=False, index=True),
        sa.Column("position", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "title_zh", "title_en")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("effect", "state")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("reason_zh", "reason_en")),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), sa.ForeignKey("evidence.id"), nullable=True),
    )
