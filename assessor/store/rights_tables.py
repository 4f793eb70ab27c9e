"""The tables of what people ask for about data: a student's requests, access in an emergency."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assessor.store.tables import BigSequence, DecisionRow


class DataRequestRow(DecisionRow):
    """A person asks for their data to be put right or erased.

    `kind`: "name", "number", "born" (`wanted`: what is right), "attempt" (`attempt_id` is not theirs),
    "deletion", "other" (`text` says what).
    """

    __tablename__ = "data_request"
    seq: Mapped[int] = mapped_column(BigSequence, primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    wanted: Mapped[str]
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("attempt.id"))
    text: Mapped[str]
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_utc: Mapped[datetime]


class DataRequestEndRow(DecisionRow):
    """What became of it: "approved", "refused" or "withdrawn", once; with a reason."""

    __tablename__ = "data_request_end"
    request_id: Mapped[UUID] = mapped_column(ForeignKey("data_request.id"), primary_key=True)
    state: Mapped[str]
    reason: Mapped[str]
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_utc: Mapped[datetime]


class AccessRequestRow(DecisionRow):
    """Somebody on the staff asks to see a class (null: the school) for some hours, and why."""

    __tablename__ = "access_request"
    seq: Mapped[int] = mapped_column(BigSequence, primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    class_id: Mapped[UUID | None] = mapped_column(ForeignKey("school_class.id"))
    hours: Mapped[int]
    reason: Mapped[str]
    created_utc: Mapped[datetime]


class AccessRequestEndRow(DecisionRow):
    """What became of it: "approved" (by `grant_id`), "refused" or "withdrawn", once."""

    __tablename__ = "access_request_end"
    request_id: Mapped[UUID] = mapped_column(ForeignKey("access_request.id"), primary_key=True)
    state: Mapped[str]
    reason: Mapped[str]
    grant_id: Mapped[UUID | None] = mapped_column(ForeignKey("role_grant.id"))
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_utc: Mapped[datetime]
