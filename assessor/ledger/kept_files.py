"""Which files are kept of an attempt, and their removal: first the row that tells of it, then the file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from assessor.errors import StoreError
from assessor.store.decision_tables import AppealRow, AppealStepRow, HoldRow
from assessor.store.ledger_tables import RemovalRow
from assessor.store.tables import AttemptRow, EvidenceRow

APPEAL_ENDS = ("decided", "arbitrated", "withdrawn")  # steps of an appeal


class Kind(StrEnum):
    """What a file is; retention and consent speak of these."""

    CLIPS = "clips"
    OBSERVATIONS = "observations"
    SUPPLIED = "supplied"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file of an attempt, relative to the data folder."""

    attempt_id: UUID
    kind: Kind
    name: str


def files_of(session: Session, data: Path, attempt: AttemptRow) -> Iterator[KeptFile]:
    """Every file that is kept of the attempt; those its rows name, and what lies beside them."""
    for clip, still in session.execute(
        select(EvidenceRow.clip, EvidenceRow.still).where(EvidenceRow.attempt_id == attempt.id)
    ):
        beside = None if clip is None else str(PurePosixPath(clip).with_suffix(".json"))
        for name in filter(None, (clip, still, beside)):
            if (data / name).is_file():
                yield KeptFile(attempt.id, Kind.CLIPS, name)
    if attempt.observations is not None:
        if (data / attempt.observations).is_file():
            yield KeptFile(attempt.id, Kind.OBSERVATIONS, attempt.observations)
        folder = PurePosixPath(attempt.observations).parent
        for path in [*sorted((data / folder).glob("board_photo_*.jpg")), data / folder / "supplied.json"]:
            if path.is_file():
                yield KeptFile(attempt.id, Kind.SUPPLIED, str(folder / path.name))


def note_removals(session: Session, files: Sequence[KeptFile], why: str, now: datetime) -> None:
    """Say that the files are kept no longer; `delete_files` follows once this is stored."""
    session.add_all(
        RemovalRow(attempt_id=file.attempt_id, file=file.name, why=why, created_utc=now) for file in files
    )


def is_thinned(session: Session, attempt_id: UUID) -> bool:
    """Whether files of the attempt were removed on purpose: then none may be made again."""
    return session.scalar(select(exists().where(RemovalRow.attempt_id == attempt_id))) is True


def delete_files(data: Path, files: Sequence[KeptFile]) -> None:
    """Take them off the disk. What a crash leaves behind, `reconcile` takes. StoreError."""
    for file in files:
        try:
            (data / file.name).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(
                f"expected to remove {file.name}, but {error.strerror}; mend the rights of the data folder, "
                "then run `assessor retention`"
            ) from error


def held() -> ColumnElement[bool]:
    """On `AttemptRow`: a hold or an appeal that has not ended keeps all files of the attempt."""
    hold = exists().where(HoldRow.attempt_id == AttemptRow.id, HoldRow.released_utc.is_(None))
    ended = exists().where(AppealStepRow.appeal_id == AppealRow.id, AppealStepRow.kind.in_(APPEAL_ENDS))
    return hold | exists().where(AppealRow.attempt_id == AttemptRow.id, ~ended)
