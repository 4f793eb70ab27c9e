"""Runs the migrations inside the transaction that `assessor.store.engine` has opened."""

from alembic import context

from assessor.store import (  # noqa: F401 - their tables
    decision_tables,
    ledger_tables,
    people_tables,
    rights_tables,
)
from assessor.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
context.run_migrations()
