"""The tables of what must be provable later: audit chain, consent, removals, requests already answered."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assessor.store.tables import (
    Base,
    BigSequence,
    ByPerson,
    DecisionRow,
    Id,
    OfAttempt,
    OfPerson,
    Seq,
    Sha256,
)


class AuditRow(DecisionRow):
    """One entry of the audit chain: `sha256` is over the entry and `previous_sha256`.

    `actor_kind`: "person", "device", "machine"; `action` like "clip.view"; `detail` holds ids, never names.
    """

    __tablename__ = "audit_entry"
    seq: Mapped[Seq]
    utc: Mapped[datetime] = mapped_column(index=True)
    actor_kind: Mapped[str]
    actor_id: Mapped[str | None] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(index=True)
    object_kind: Mapped[str | None]
    object_id: Mapped[str | None] = mapped_column(index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous_sha256: Mapped[str] = mapped_column(Sha256)
    sha256: Mapped[str] = mapped_column(Sha256, unique=True)


class ConsentRow(DecisionRow):
    """Consent "given" or "withdrawn" for a purpose ("video", "landmarks", "portrait", "research").

    `given_by`: "self" or "guardian"; the newest row of a person and purpose counts.
    """

    __tablename__ = "consent"
    seq: Mapped[Seq]
    person_id: Mapped[OfPerson]
    purpose: Mapped[str]
    kind: Mapped[str]
    given_by: Mapped[str]
    text_version: Mapped[str]
    by_id: Mapped[ByPerson | None]
    created_utc: Mapped[datetime]


class RemovalRow(DecisionRow):
    """A file that is no longer kept, and why: "retention", "erasure". The machine's row about it stays."""

    __tablename__ = "removal"
    seq: Mapped[Seq]
    attempt_id: Mapped[OfAttempt]
    file: Mapped[str]
    why: Mapped[str]
    created_utc: Mapped[datetime]


class ErasureRow(DecisionRow):
    """A student erased on request. `number_hmac`: keyed hash of the number, it is not imported again."""

    __tablename__ = "erasure"
    id: Mapped[Id]
    number_hmac: Mapped[str] = mapped_column(Sha256, index=True)
    receipt: Mapped[dict[str, Any]] = mapped_column(JSON)
    by_id: Mapped[ByPerson | None]
    created_utc: Mapped[datetime]


class AnsweredRequestRow(Base):
    """A request with an Idempotency-Key: begun (`status` 0) with what it wrote, then with its answer.

    `key` and `request_sha256` are hashes; `body` is empty where the answer held a secret.
    """

    __tablename__ = "answered_request"
    actor: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_sha256: Mapped[str] = mapped_column(Sha256)
    status: Mapped[int]
    body: Mapped[str]
    created_utc: Mapped[datetime] = mapped_column(index=True)


class BenchEventRow(DecisionRow):
    """An event a bench reported; `bench_seq` counts at the bench, so a replay adds nothing twice."""

    __tablename__ = "bench_event"
    __table_args__ = (UniqueConstraint("device_id", "bench_seq"),)
    seq: Mapped[Seq]
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    bench: Mapped[str] = mapped_column(index=True)
    bench_seq: Mapped[int] = mapped_column(BigSequence)
    attempt_id: Mapped[OfAttempt | None]
    happened_utc: Mapped[datetime]
    received_utc: Mapped[datetime]
    kind: Mapped[str]
    subject: Mapped[str]
    value: Mapped[str | None]
    confidence: Mapped[float]


class SettingRow(Base):
    """A setting the school changed, by name: retention days, languages, secrets of this installation."""

    __tablename__ = "setting"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(JSON)
    updated_utc: Mapped[datetime]
    by_id: Mapped[ByPerson | None]
