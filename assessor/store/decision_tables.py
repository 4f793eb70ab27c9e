"""The tables of what people decide about the machine's rows: whose attempt, reviews, appeals, holds."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assessor.store.tables import Base, BigSequence, DecisionRow


class AssignmentRow(DecisionRow):
    """Whose attempt it is; the newest counts. `person_id` null: nobody's until a teacher says whose."""

    __tablename__ = "assignment"
    seq: Mapped[int] = mapped_column(BigSequence, primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), index=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    class_id: Mapped[UUID | None] = mapped_column(ForeignKey("school_class.id"), index=True)
    bench: Mapped[str | None]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str]
    created_utc: Mapped[datetime]


class ReviewRow(DecisionRow):
    """One decision of a person on one rubric item of an attempt.

    `round`: "first", "second", "third" (contests), "appeal_a", "appeal_b", "arbitration".
    `decision`: "accept", "overturn", "doubt", "undo" (of `undoes_id`); `awarded`: points after it.
    """

    __tablename__ = "review"
    __table_args__ = (Index("ix_review_attempt_id_item", "attempt_id", "item"),)
    seq: Mapped[int] = mapped_column(BigSequence, primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, default=uuid4)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"))
    item: Mapped[str]
    round: Mapped[str]
    decision: Mapped[str]
    awarded: Mapped[float | None]
    reason_code: Mapped[str | None]
    reason: Mapped[str | None]
    undoes_id: Mapped[UUID | None] = mapped_column(ForeignKey("review.id"))
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    created_utc: Mapped[datetime]
    took_s: Mapped[float | None]


class ReviewDraftRow(Base):
    """What a person has typed for an item and not sent: survives a closed laptop."""

    __tablename__ = "review_draft"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[dict[str, str]]
    updated_utc: Mapped[datetime]


class SheetDecisionRow(DecisionRow):
    """Who made a mark sheet that the machine did not: whoever confirmed or released it."""

    __tablename__ = "sheet_decision"
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("mark_sheet.id"), primary_key=True)
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    created_utc: Mapped[datetime]


class AppealRow(DecisionRow):
    """A student asks for another look at one item of a released sheet."""

    __tablename__ = "appeal"
    __table_args__ = (UniqueConstraint("attempt_id", "item", "sheet_id"),)
    seq: Mapped[int] = mapped_column(BigSequence, primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, default=uuid4)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), index=True)
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("mark_sheet.id"))
    item: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    text: Mapped[str]
    created_utc: Mapped[datetime]


class AppealStepRow(DecisionRow):
    """What happened to an appeal: "assigned" (a marker), "marked", "arbitrated", "withdrawn"."""

    __tablename__ = "appeal_step"
    seq: Mapped[int] = mapped_column(BigSequence, primary_key=True)
    appeal_id: Mapped[UUID] = mapped_column(ForeignKey("appeal.id"), index=True)
    kind: Mapped[str]
    marker_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    awarded: Mapped[float | None]
    reason: Mapped[str | None]
    created_utc: Mapped[datetime]


class HoldRow(Base):
    """Nothing of the attempt may be removed while a hold on it lasts (review, appeal, court)."""

    __tablename__ = "hold"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), index=True)
    reason: Mapped[str]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_utc: Mapped[datetime]
    released_utc: Mapped[datetime | None]
    released_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
