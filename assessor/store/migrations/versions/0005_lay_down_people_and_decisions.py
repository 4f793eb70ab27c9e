"""Lay down the tables of people, of what they decide, and of what must be provable."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """What was stored before belongs to nobody yet."""
    for lay in (
        _schools,
        _people,
        _rosters,
        _sign_ins,
        _decisions,
        _drafts,
        _appeals,
        _ledger,
        _removals,
        _answers,
    ):
        lay()


def _column(  # noqa: PLR0913 - what a column has
    name: str,
    kind: sa.types.TypeEngine[Any],
    target: str | None = None,
    *,
    key: bool = False,
    null: bool = False,
    index: bool = False,
    unique: bool = False,
) -> sa.Column[Any]:
    points = () if target is None else (sa.ForeignKey(target),)
    more: dict[str, Any] = {"primary_key": True} if key else {"nullable": null}
    return sa.Column(name, kind, *points, index=index or None, unique=unique or None, **more)


def _schools() -> None:
    op.create_table(
        "school",
        _column("id", sa.Uuid(), key=True),
        _column("name", sa.Text(), unique=True),
        _column("time_zone", sa.Text()),
        _column("created_utc", sa.DateTime()),
    )
    op.create_table(
        "course",
        _column("id", sa.Uuid(), key=True),
        _column("school_id", sa.Uuid(), "school.id"),
        _column("name", sa.Text()),
        sa.UniqueConstraint("school_id", "name"),
    )
    op.create_table(
        "school_class",
        _column("id", sa.Uuid(), key=True),
        _column("school_id", sa.Uuid(), "school.id"),
        _column("course_id", sa.Uuid(), "course.id", null=True),
        _column("name", sa.Text()),
        _column("term", sa.Text()),
        _column("created_utc", sa.DateTime()),
        sa.UniqueConstraint("school_id", "name", "term"),
    )


def _people() -> None:
    op.create_table(
        "person",
        _column("id", sa.Uuid(), key=True),
        _column("school_id", sa.Uuid(), "school.id"),
        _column("number", sa.Text()),
        _column("name", sa.Text()),
        _column("born", sa.Date(), null=True),
        _column("login", sa.Text(), null=True, unique=True),
        _column("password_hash", sa.Text(), null=True),
        _column("must_change", sa.Boolean()),
        _column("oidc_subject", sa.Text(), null=True, unique=True),
        _column("created_utc", sa.DateTime()),
        _column("disabled_utc", sa.DateTime(), null=True),
        sa.UniqueConstraint("school_id", "number"),
    )
    op.create_table(
        "role_grant",
        _column("id", sa.Uuid(), key=True),
        _column("person_id", sa.Uuid(), "person.id", index=True),
        _column("role", sa.Text()),
        _column("class_id", sa.Uuid(), "school_class.id", null=True, index=True),
        _column("bench", sa.Text(), null=True),
        _column("until_utc", sa.DateTime(), null=True),
        _column("by_id", sa.Uuid(), "person.id", null=True),
        _column("created_utc", sa.DateTime()),
        _column("revoked_utc", sa.DateTime(), null=True),
    )


def _rosters() -> None:
    op.create_table(
        "enrolment",
        _column("id", sa.Uuid(), key=True),
        _column("class_id", sa.Uuid(), "school_class.id"),
        _column("person_id", sa.Uuid(), "person.id", index=True),
        _column("seat", sa.Text(), null=True),
        _column("created_utc", sa.DateTime()),
        _column("ended_utc", sa.DateTime(), null=True),
        sa.UniqueConstraint("class_id", "person_id"),
    )
    op.create_table(
        "device",
        _column("id", sa.Uuid(), key=True),
        _column("school_id", sa.Uuid(), "school.id"),
        _column("bench", sa.Text()),
        _column("name", sa.Text()),
        _column("key_sha256", sa.String(64), unique=True),
        _column("by_id", sa.Uuid(), "person.id", null=True),
        _column("created_utc", sa.DateTime()),
        _column("seen_utc", sa.DateTime(), null=True),
        _column("revoked_utc", sa.DateTime(), null=True),
    )


def _sign_ins() -> None:
    op.create_table(
        "sign_in",
        _column("token_sha256", sa.String(64), key=True),
        _column("person_id", sa.Uuid(), "person.id", index=True),
        _column("created_utc", sa.DateTime()),
        _column("seen_utc", sa.DateTime()),
        _column("expires_utc", sa.DateTime()),
        _column("ended_utc", sa.DateTime(), null=True),
        _column("agent", sa.Text()),
    )
    op.create_table(
        "failed_sign_in",
        _column("seq", BIG, key=True),
        _column("login", sa.Text(), index=True),
        _column("address", sa.Text()),
        _column("created_utc", sa.DateTime(), index=True),
    )


def _decisions() -> None:
    op.create_table(
        "assignment",
        _column("seq", BIG, key=True),
        _column("attempt_id", sa.Uuid(), "attempt.id", index=True),
        _column("person_id", sa.Uuid(), "person.id", null=True, index=True),
        _column("class_id", sa.Uuid(), "school_class.id", null=True, index=True),
        _column("bench", sa.Text(), null=True),
        _column("by_id", sa.Uuid(), "person.id", null=True),
        _column("reason", sa.Text()),
        _column("created_utc", sa.DateTime()),
    )
    op.create_table(
        "review",
        _column("seq", BIG, key=True),
        _column("id", sa.Uuid(), unique=True),
        _column("attempt_id", sa.Uuid(), "attempt.id"),
        _column("item", sa.Text()),
        _column("round", sa.Text()),
        _column("decision", sa.Text()),
        _column("awarded", sa.Double(), null=True),
        _column("reason_code", sa.Text(), null=True),
        _column("reason", sa.Text(), null=True),
        _column("undoes_id", sa.Uuid(), "review.id", null=True),
        _column("by_id", sa.Uuid(), "person.id", index=True),
        _column("created_utc", sa.DateTime()),
        _column("took_s", sa.Double(), null=True),
    )
    op.create_index("ix_review_attempt_id_item", "review", ["attempt_id", "item"])


def _drafts() -> None:
    op.create_table(
        "review_draft",
        _column("person_id", sa.Uuid(), "person.id", key=True),
        _column("attempt_id", sa.Uuid(), "attempt.id", key=True),
        _column("item", sa.Text(), key=True),
        _column("body", sa.JSON()),
        _column("updated_utc", sa.DateTime()),
    )
    op.create_table(
        "sheet_decision",
        _column("sheet_id", sa.Uuid(), "mark_sheet.id", key=True),
        _column("by_id", sa.Uuid(), "person.id", index=True),
        _column("created_utc", sa.DateTime()),
    )
    op.create_table(
        "hold",
        _column("id", sa.Uuid(), key=True),
        _column("attempt_id", sa.Uuid(), "attempt.id", index=True),
        _column("reason", sa.Text()),
        _column("by_id", sa.Uuid(), "person.id", null=True),
        _column("created_utc", sa.DateTime()),
        _column("released_utc", sa.DateTime(), null=True),
        _column("released_by_id", sa.Uuid(), "person.id", null=True),
    )


def _appeals() -> None:
    op.create_table(
        "appeal",
        _column("seq", BIG, key=True),
        _column("id", sa.Uuid(), unique=True),
        _column("attempt_id", sa.Uuid(), "attempt.id", index=True),
        _column("sheet_id", sa.Uuid(), "mark_sheet.id"),
        _column("item", sa.Text()),
        _column("person_id", sa.Uuid(), "person.id", index=True),
        _column("text", sa.Text()),
        _column("created_utc", sa.DateTime()),
        sa.UniqueConstraint("attempt_id", "item", "sheet_id"),
    )
    op.create_table(
        "appeal_step",
        _column("seq", BIG, key=True),
        _column("appeal_id", sa.Uuid(), "appeal.id", index=True),
        _column("kind", sa.Text()),
        _column("marker_id", sa.Uuid(), "person.id", null=True, index=True),
        _column("by_id", sa.Uuid(), "person.id"),
        _column("awarded", sa.Double(), null=True),
        _column("reason", sa.Text(), null=True),
        _column("created_utc", sa.DateTime()),
    )


def _ledger() -> None:
    op.create_table(
        "audit_entry",
        _column("seq", BIG, key=True),
        _column("utc", sa.DateTime(), index=True),
        _column("actor_kind", sa.Text()),
        _column("actor_id", sa.Text(), null=True, index=True),
        _column("action", sa.Text(), index=True),
        _column("object_kind", sa.Text(), null=True),
        _column("object_id", sa.Text(), null=True, index=True),
        _column("detail", sa.JSON()),
        _column("previous_sha256", sa.String(64)),
        _column("sha256", sa.String(64), unique=True),
    )
    op.create_table(
        "consent",
        _column("seq", BIG, key=True),
        _column("person_id", sa.Uuid(), "person.id", index=True),
        _column("purpose", sa.Text()),
        _column("kind", sa.Text()),
        _column("given_by", sa.Text()),
        _column("text_version", sa.Text()),
        _column("by_id", sa.Uuid(), "person.id", null=True),
        _column("created_utc", sa.DateTime()),
    )


def _removals() -> None:
    op.create_table(
        "removal",
        _column("seq", BIG, key=True),
        _column("attempt_id", sa.Uuid(), "attempt.id", index=True),
        _column("file", sa.Text()),
        _column("why", sa.Text()),
        _column("created_utc", sa.DateTime()),
    )
    op.create_table(
        "erasure",
        _column("id", sa.Uuid(), key=True),
        _column("number_hmac", sa.String(64), index=True),
        _column("receipt", sa.JSON()),
        _column("by_id", sa.Uuid(), "person.id", null=True),
        _column("created_utc", sa.DateTime()),
    )


def _answers() -> None:
    op.create_table(
        "answered_request",
        _column("actor", sa.Text(), key=True),
        _column("route", sa.Text(), key=True),
        _column("key", sa.Text(), key=True),
        _column("request_sha256", sa.String(64)),
        _column("status", sa.Integer()),
        _column("body", sa.Text()),
        _column("created_utc", sa.DateTime(), index=True),
    )
    op.create_table(
        "bench_event",
        _column("seq", BIG, key=True),
        _column("device_id", sa.Uuid(), "device.id"),
        _column("bench", sa.Text(), index=True),
        _column("bench_seq", BIG),
        _column("attempt_id", sa.Uuid(), "attempt.id", null=True, index=True),
        _column("happened_utc", sa.DateTime()),
        _column("received_utc", sa.DateTime()),
        _column("kind", sa.Text()),
        _column("subject", sa.Text()),
        _column("value", sa.Text(), null=True),
        _column("confidence", sa.Double()),
        sa.UniqueConstraint("device_id", "bench_seq"),
    )
    op.create_table(
        "setting",
        _column("name", sa.Text(), key=True),
        _column("value", sa.JSON()),
        _column("updated_utc", sa.DateTime()),
        _column("by_id", sa.Uuid(), "person.id", null=True),
    )
