"""Keep the files that procedures and benches were read with, so that an attempt reopens without them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """What was stored before was read with none, or with the device classes of the program."""
    for table in ("procedure_version", "bench_version"):
        op.add_column(table, sa.Column("included", sa.JSON(), nullable=False, server_default="{}"))
