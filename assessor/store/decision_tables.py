"""The tables of what people decide about the machine's rows: whose attempt, reviews, appeals, holds."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assessor.store.tables import Base, BigSequence, ByPerson, DecisionRow, Id, OfAttempt, OfPerson, Seq


class AssignmentRow(DecisionRow):
    """Whose attempt it is; the newest counts. `person_id` null: nobody's until a teacher says whose."""

    __tablename__ = "assignment"
    seq: Mapped[Seq]
    attempt_id: Mapped[OfAttempt]
    person_id: Mapped[OfPerson | None]
    class_id: Mapped[UUID | None] = mapped_column(ForeignKey("school_class.id"), index=True)
    bench: Mapped[str | None]
    by_id: Mapped[ByPerson | None]
    reason: Mapped[str]
    created_utc: Mapped[datetime]


class ReviewRow(DecisionRow):
    """One decision of a person on one rubric item, or one veto, of an attempt.

    `round`: "first"; in contests also "second", "third", "arbitration"; "appeal": what an appeal came to.
    `decision`: "accept", "overturn", "enter" (points of what the machine left open), "doubt", "undo" (of
    `undoes_id`), of a veto "confirm", "refuse"; `awarded`: points after it; `value`: the grade or the reading
    they follow from. `seen_seq`: the newest decision of the round that its author knew, 0 for none; whoever
    did not know the newest one keeps an opinion that does not count.
    """

    __tablename__ = "review"
    __table_args__ = (Index("ix_review_attempt_id_item", "attempt_id", "item"),)
    seq: Mapped[Seq]
    id: Mapped[UUID] = mapped_column(unique=True, default=uuid4)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"))
    item: Mapped[str]
    round: Mapped[str]
    decision: Mapped[str]
    awarded: Mapped[float | None]
    value: Mapped[float | None]
    seen_seq: Mapped[int] = mapped_column(BigSequence, server_default="0")
    reason_code: Mapped[str | None]
    reason: Mapped[str | None]
    undoes_id: Mapped[UUID | None] = mapped_column(ForeignKey("review.id"))
    by_id: Mapped[OfPerson]
    created_utc: Mapped[datetime]
    took_s: Mapped[float | None]


class ReviewItemRow(Base):
    """How an item of the machine's sheet stands in the queue: derived from its line and its reviews.

    `kind`: "line" or "veto"; `tab`: "to_review", "doubt", "confirmed", "overturned", "clear" (nobody has to
    look); `severity`: 0 veto, 1 safety, 2 points lost, 3 the rest; `rests_on`: names of verdicts between
    spaces; `awaits`: the round that is still to be done; `version`: the newest decision.
    """

    __tablename__ = "review_item"
    __table_args__ = (
        Index("ix_review_item_order", "tab", "severity", "confidence", "attempt_seq", "position"),
    )
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    attempt_seq: Mapped[int] = mapped_column(BigSequence, index=True)
    position: Mapped[int]
    kind: Mapped[str]
    tab: Mapped[str]
    severity: Mapped[int]
    confidence: Mapped[float]
    rests_on: Mapped[str]
    awaits: Mapped[str | None]
    version: Mapped[int] = mapped_column(BigSequence)
    by_id: Mapped[OfPerson | None]
    decided_utc: Mapped[datetime | None]


class ReviewDraftRow(Base):
    """What a person has typed for an item and not sent: survives a closed laptop."""

    __tablename__ = "review_draft"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[dict[str, str]]
    updated_utc: Mapped[datetime]


class SheetDecisionRow(DecisionRow):
    """Who made a mark sheet that the machine did not: whoever confirmed or released it.

    `review_seq`: the newest decision on the attempt that it takes in.
    """

    __tablename__ = "sheet_decision"
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("mark_sheet.id"), primary_key=True)
    by_id: Mapped[OfPerson]
    review_seq: Mapped[int] = mapped_column(BigSequence, server_default="0")
    created_utc: Mapped[datetime]


class AppealRow(DecisionRow):
    """A student asks for another look at one item of a released sheet."""

    __tablename__ = "appeal"
    __table_args__ = (UniqueConstraint("attempt_id", "item", "sheet_id"),)
    seq: Mapped[Seq]
    id: Mapped[UUID] = mapped_column(unique=True, default=uuid4)
    attempt_id: Mapped[OfAttempt]
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("mark_sheet.id"))
    item: Mapped[str]
    person_id: Mapped[OfPerson]
    text: Mapped[str]
    created_utc: Mapped[datetime]


class AppealStepRow(DecisionRow):
    """What happened to an appeal: "assigned" (a marker), "marked", "arbitrated", "withdrawn"."""

    __tablename__ = "appeal_step"
    seq: Mapped[Seq]
    appeal_id: Mapped[UUID] = mapped_column(ForeignKey("appeal.id"), index=True)
    kind: Mapped[str]
    marker_id: Mapped[OfPerson | None]
    by_id: Mapped[ByPerson]
    awarded: Mapped[float | None]
    reason: Mapped[str | None]
    created_utc: Mapped[datetime]


class HoldRow(Base):
    """Nothing of the attempt may be removed while a hold on it lasts (review, appeal, court)."""

    __tablename__ = "hold"
    id: Mapped[Id]
    attempt_id: Mapped[OfAttempt]
    reason: Mapped[str]
    by_id: Mapped[ByPerson | None]
    created_utc: Mapped[datetime]
    released_utc: Mapped[datetime | None]
    released_by_id: Mapped[ByPerson | None]
