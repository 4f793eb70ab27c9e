"""Lay down the tables: what was scored, with what, and what the machine said about it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Bring an empty database to 0001."""
    _inputs()
    _attempts()
    _verdicts()
    _mark_sheets()


def _text(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=null)


def _number(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Double(), nullable=null)


def _position() -> sa.Column[Any]:
    return sa.Column("position", sa.Integer(), nullable=False)


def _created() -> sa.Column[Any]:
    return sa.Column("created_utc", sa.DateTime(), nullable=False)


def _sha256() -> sa.Column[Any]:
    return sa.Column("sha256", sa.String(64), primary_key=True)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.Uuid(), primary_key=True)


def _of(target: str, column: str, kind: sa.types.TypeEngine[Any] | None = None) -> sa.Column[Any]:
    return sa.Column(column, kind or sa.Uuid(), sa.ForeignKey(target), nullable=False, index=True)


def _inputs() -> None:
    op.create_table("bench_version", _sha256(), _text("name"), _text("source"), _created())
    op.create_table(
        "procedure_version",
        _sha256(),
        _text("id"),
        _text("title_zh"),
        _text("title_en"),
        _text("source"),
        _created(),
    )
    op.create_table(
        "recording",
        _sha256(),
        sa.Column("size", sa.BigInteger(), nullable=False),
        _number("duration_s"),
        _created(),
    )
    op.create_table(
        "recording_name",
        sa.Column("seq", sa.Integer(), primary_key=True),
        sa.Column("recording_sha256", sa.String(64), sa.ForeignKey("recording.sha256"), nullable=False),
        _text("name"),
        sa.UniqueConstraint("recording_sha256", "name"),
    )


def _attempts() -> None:
    op.create_table(
        "attempt",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("id", sa.Uuid(), nullable=False, unique=True),
        sa.Column("fingerprint", sa.String(64), nullable=False, unique=True),
        _of("recording.sha256", "recording_sha256", sa.String(64)),
        _of("bench_version.sha256", "bench_sha256", sa.String(64)),
        _of("procedure_version.sha256", "procedure_sha256", sa.String(64)),
        _text("student", null=True),
        _created(),
        _text("partial", null=True),
        _text("software"),
        sa.Column("models", sa.JSON(), nullable=False),
        _text("evidence_folder"),
        _text("observations", null=True),
    )
    op.create_table(
        "evidence",
        _id(),
        _of("attempt.id", "attempt_id"),
        _number("start_s"),
        _number("end_s"),
        _text("clip", null=True),
        _text("still", null=True),
    )
    op.create_table(
        "gap",
        _id(),
        _of("attempt.id", "attempt_id"),
        _position(),
        _number("start_s"),
        _number("end_s"),
        _text("reason"),
    )


def _verdicts() -> None:
    op.create_table(
        "verdict",
        _id(),
        _of("attempt.id", "attempt_id"),
        _position(),
        _text("name"),
        _text("kind"),
        _text("outcome"),
        _number("confidence"),
        _text("reason_zh"),
        _text("reason_en"),
        _number("t_s", null=True),
        _number("decided_s", null=True),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), sa.ForeignKey("evidence.id"), nullable=True),
    )
    op.create_table(
        "mistake",
        _id(),
        _of("verdict.id", "verdict_id"),
        _position(),
        _text("kind"),
        _text("subject"),
        _number("t_s"),
        _text("reason_zh"),
        _text("reason_en"),
        sa.Column("corrected", sa.Boolean(), nullable=False),
        _number("confidence"),
    )


def _mark_sheets() -> None:
    op.create_table(
        "mark_sheet",
        _id(),
        _of("attempt.id", "attempt_id"),
        _created(),
        _text("state"),
        _number("total"),
        _number("possible"),
    )
    op.create_table(
        "mark_line",
        _id(),
        _of("mark_sheet.id", "sheet_id"),
        _position(),
        _text("item"),
        _text("title_zh"),
        _text("title_en"),
        _text("checked_by"),
        _text("dimension"),
        _number("points"),
        _number("awarded", null=True),
        _text("outcome"),
        _number("confidence"),
        _text("reason_zh"),
        _text("reason_en"),
        sa.Column("verdict_names", sa.JSON(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
    )
    op.create_table(
        "mark_line_evidence",
        sa.Column("line_id", sa.Uuid(), sa.ForeignKey("mark_line.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        _of("evidence.id", "evidence_id"),
    )
