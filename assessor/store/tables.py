"""The tables of the store: what was scored, with what, and what the machine said about it."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from assessor.errors import StoreError

Sha256 = String(64)
BigSequence = BigInteger().with_variant(Integer, "sqlite")
Id = Annotated[UUID, mapped_column(primary_key=True, default=uuid4)]
Seq = Annotated[int, mapped_column(BigSequence, primary_key=True)]  # gives the order: clocks jump
OfAttempt = Annotated[UUID, mapped_column(ForeignKey("attempt.id"), index=True)]
OfSchool = Annotated[UUID, mapped_column(ForeignKey("school.id"))]
OfPerson = Annotated[UUID, mapped_column(ForeignKey("person.id"), index=True)]  # rows are looked up by them
ByPerson = Annotated[UUID, mapped_column(ForeignKey("person.id"))]  # named only


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, kept without its zone as UTC, given back with it (SQLite has no zones)."""

    impl = DateTime(timezone=False)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From any zone to UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Back with its zone."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Names of constraints are fixed, so that a migration can speak of them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text(), datetime: UtcDateTime(), dict[str, str]: JSON(), list[str]: JSON()}  # noqa: RUF012


class MachineRow(Base):
    """A row that is added once; a person's decision is a row of its own that points at it."""

    __abstract__ = True


class DecisionRow(Base):
    """What a person decided, or what must be provable: added once, never edited; undoing is a further row."""

    __abstract__ = True


@event.listens_for(Session, "before_flush")
def _refuse_edits(session: Session, _context: object, _instances: object) -> None:
    changed = [row for row in session.dirty if session.is_modified(row, include_collections=False)]
    for row in (*changed, *session.deleted):
        if isinstance(row, MachineRow | DecisionRow):
            raise StoreError(
                f"expected stored rows to stay as they are, but a {row.__tablename__} was changed; add a row"
            )


class ProcedureVersionRow(MachineRow):
    """A procedure file by content. `included`: texts of the rule sets it includes, by the path it names."""

    __tablename__ = "procedure_version"
    sha256: Mapped[str] = mapped_column(Sha256, primary_key=True)
    id: Mapped[str]
    title_zh: Mapped[str]
    title_en: Mapped[str]
    source: Mapped[str]
    included: Mapped[dict[str, str]] = mapped_column(server_default="{}")
    created_utc: Mapped[datetime]


class BenchVersionRow(MachineRow):
    """A bench file by content. `included`: texts of the files it was read with, by name."""

    __tablename__ = "bench_version"
    sha256: Mapped[str] = mapped_column(Sha256, primary_key=True)
    name: Mapped[str]
    source: Mapped[str]
    included: Mapped[dict[str, str]] = mapped_column(server_default="{}")
    created_utc: Mapped[datetime]


class RecordingRow(MachineRow):
    """A recording by content; the same file under another name is the same recording."""

    __tablename__ = "recording"
    sha256: Mapped[str] = mapped_column(Sha256, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    duration_s: Mapped[float]
    created_utc: Mapped[datetime]
    names: Mapped[list["RecordingNameRow"]] = relationship(order_by="RecordingNameRow.seq")


class RecordingNameRow(MachineRow):
    """One of the names a recording came under."""

    __tablename__ = "recording_name"
    __table_args__ = (UniqueConstraint("recording_sha256", "name"),)
    seq: Mapped[int] = mapped_column(primary_key=True)
    recording_sha256: Mapped[str] = mapped_column(Sha256, ForeignKey("recording.sha256"))
    name: Mapped[str]


class AttemptRow(MachineRow):
    """One scoring. `seq` gives the order (clocks jump); `fingerprint` is what makes two scorings the same."""

    __tablename__ = "attempt"
    seq: Mapped[Seq]
    id: Mapped[UUID] = mapped_column(unique=True, default=uuid4)
    fingerprint: Mapped[str] = mapped_column(Sha256, unique=True)
    recording_sha256: Mapped[str] = mapped_column(Sha256, ForeignKey("recording.sha256"), index=True)
    bench_sha256: Mapped[str] = mapped_column(Sha256, ForeignKey("bench_version.sha256"), index=True)
    procedure_sha256: Mapped[str] = mapped_column(Sha256, ForeignKey("procedure_version.sha256"), index=True)
    student: Mapped[str | None]
    created_utc: Mapped[datetime]
    partial: Mapped[str | None]
    software: Mapped[str]
    models: Mapped[dict[str, str]]
    evidence_folder: Mapped[str]
    observations: Mapped[str | None]

    recording: Mapped[RecordingRow] = relationship()
    bench: Mapped[BenchVersionRow] = relationship()
    procedure: Mapped[ProcedureVersionRow] = relationship()
    sheets: Mapped[list["MarkSheetRow"]] = relationship(order_by="MarkSheetRow.created_utc")
    verdicts: Mapped[list["VerdictRow"]] = relationship(order_by="VerdictRow.position")
    gaps: Mapped[list["GapRow"]] = relationship(order_by="GapRow.position")
    evidence: Mapped[list["EvidenceRow"]] = relationship()


class EvidenceRow(MachineRow):
    """An interval of the recording with its files, named relative to the data folder."""

    __tablename__ = "evidence"
    id: Mapped[Id]
    attempt_id: Mapped[OfAttempt]
    start_s: Mapped[float]
    end_s: Mapped[float]
    clip: Mapped[str | None]
    still: Mapped[str | None]


class VerdictRow(MachineRow):
    """The machine's opinion on a step, rule, item or veto; `name` is its id in the procedure."""

    __tablename__ = "verdict"
    id: Mapped[Id]
    attempt_id: Mapped[OfAttempt]
    position: Mapped[int]
    name: Mapped[str]
    kind: Mapped[str]
    outcome: Mapped[str]
    confidence: Mapped[float]
    reason_zh: Mapped[str]
    reason_en: Mapped[str]
    t_s: Mapped[float | None]
    decided_s: Mapped[float | None]
    line: Mapped[int]
    value: Mapped[float | None]
    not_reached: Mapped[bool]
    evidence_id: Mapped[UUID | None] = mapped_column(ForeignKey("evidence.id"))

    evidence: Mapped[EvidenceRow | None] = relationship()
    mistakes: Mapped[list["MistakeRow"]] = relationship(order_by="MistakeRow.position")


class MistakeRow(MachineRow):
    """One occurrence of something wrong, under its verdict."""

    __tablename__ = "mistake"
    id: Mapped[Id]
    verdict_id: Mapped[UUID] = mapped_column(ForeignKey("verdict.id"), index=True)
    position: Mapped[int]
    kind: Mapped[str]
    subject: Mapped[str]
    t_s: Mapped[float]
    reason_zh: Mapped[str]
    reason_en: Mapped[str]
    corrected: Mapped[bool]
    confidence: Mapped[float]


class GapRow(MachineRow):
    """A time the bench was not seen."""

    __tablename__ = "gap"
    id: Mapped[Id]
    attempt_id: Mapped[OfAttempt]
    position: Mapped[int]
    start_s: Mapped[float]
    end_s: Mapped[float]
    reason: Mapped[str]


class MarkSheetRow(MachineRow):
    """The points of an attempt in one state; the machine writes "proposed", later states are further rows."""

    __tablename__ = "mark_sheet"
    id: Mapped[Id]
    attempt_id: Mapped[OfAttempt]
    created_utc: Mapped[datetime]
    state: Mapped[str]
    total: Mapped[float]
    possible: Mapped[float]
    passed: Mapped[bool | None]

    lines: Mapped[list["MarkLineRow"]] = relationship(order_by="MarkLineRow.position")
    vetoes: Mapped[list["MarkVetoRow"]] = relationship(order_by="MarkVetoRow.position")


class MarkLineRow(MachineRow):
    """One rubric item; `awarded` null = open. `verdict_names`: the verdicts it rests on."""

    __tablename__ = "mark_line"
    id: Mapped[Id]
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("mark_sheet.id"), index=True)
    position: Mapped[int]
    item: Mapped[str]
    title_zh: Mapped[str]
    title_en: Mapped[str]
    check: Mapped[str] = mapped_column("checked_by")  # CHECK is a word of SQL
    dimension: Mapped[str]
    points: Mapped[float]
    awarded: Mapped[float | None]
    outcome: Mapped[str]
    confidence: Mapped[float]
    reason_zh: Mapped[str]
    reason_en: Mapped[str]
    verdict_names: Mapped[list[str]]
    line: Mapped[int]

    shown: Mapped[list["MarkLineEvidenceRow"]] = relationship(order_by="MarkLineEvidenceRow.position")


class MarkVetoRow(MachineRow):
    """A veto that is proposed, confirmed or refused; `name` is its id in the procedure."""

    __tablename__ = "mark_veto"
    id: Mapped[Id]
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("mark_sheet.id"), index=True)
    position: Mapped[int]
    name: Mapped[str]
    title_zh: Mapped[str]
    title_en: Mapped[str]
    effect: Mapped[str]
    state: Mapped[str]
    reason_zh: Mapped[str]
    reason_en: Mapped[str]
    line: Mapped[int]
    evidence_id: Mapped[UUID | None] = mapped_column(ForeignKey("evidence.id"))

    evidence: Mapped[EvidenceRow | None] = relationship()


class MarkLineEvidenceRow(MachineRow):
    """Which evidence a line shows, in which order."""

    __tablename__ = "mark_line_evidence"
    line_id: Mapped[UUID] = mapped_column(ForeignKey("mark_line.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), index=True)

    evidence: Mapped[EvidenceRow] = relationship()
