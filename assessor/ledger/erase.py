"""Erases a student on request: every file and every name, with a signed receipt (rows, files -> receipt).

What stays is nobody's any more: points, machine verdicts, audit entries with an id that means nothing. A
keyed hash of the student's number stays too: a later roster must not bring the student back unnoticed.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from assessor.errors import RefusedError
from assessor.ledger.audit import Actor, append
from assessor.ledger.consent import attempts_of
from assessor.ledger.kept_files import KeptFile, delete_files, files_of, held, note_removals
from assessor.ledger.school_settings import installation_secret
from assessor.store import Store, UnknownIdError
from assessor.store.decision_tables import AppealRow, ReviewDraftRow
from assessor.store.ledger_tables import AnsweredRequestRow, AuditRow, ErasureRow, SettingRow
from assessor.store.people_tables import EnrolmentRow, FailedSignInRow, GrantRow, PersonRow, SignInRow
from assessor.store.rights_tables import DataRequestRow
from assessor.store.tables import AttemptRow, RecordingNameRow
from assessor.types import Text

WHY = "erasure"
EXPORTED = "person.export"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was erased. `signature`: HMAC-SHA256 of `content` with this installation's secret."""

    content: dict[str, Any]
    signature: str


@dataclass(frozen=True, slots=True)
class Erased:
    """What a transaction erased; the files go once it is stored."""

    receipt: Receipt
    files: Sequence[KeptFile]


def erase(store: Store, actor: Actor, person_id: UUID) -> Receipt:
    """Raises UnknownIdError, and RefusedError while a hold or an appeal keeps one of the attempts."""
    now = store.now()
    erased = store.write(lambda session: erase_in(session, store, actor, person_id, now))
    delete_files(store.data, erased.files)
    return erased.receipt


def erase_in(session: Session, store: Store, actor: Actor, person_id: UUID, now: datetime) -> Erased:
    """The same within a transaction; `delete_files` is for the caller."""
    person = session.get(PersonRow, person_id)
    if person is None or _is_erased(person):
        raise UnknownIdError("person", person_id)
    attempts = session.scalars(attempts_of(person_id)).all()
    _refuse_held(session, attempts)
    files = [file for one in attempts for file in files_of(session, store.data, one)]
    note_removals(session, files, WHY, now)
    receipt = _receipt(session, now, person, attempts, files)
    number_hmac = _keyed(session, now, person.school_id, person.number)
    by_id = UUID(actor.id) if actor.kind == "person" and actor.id else None
    kept = {**receipt.content, "signature": receipt.signature}
    session.add(ErasureRow(number_hmac=number_hmac, receipt=kept, by_id=by_id, created_utc=now))
    session.flush()
    _forget(session, now, person, attempts)
    told = {"attempts": len(attempts), "files": len(files)}
    append(session, now, actor, "person.erase", "person", person_id, told)
    return Erased(receipt, files)


def student_of(store: Store, number: str) -> UUID:
    """The person of this number. Raises UnknownIdError, and RefusedError where several schools have it."""
    found = store.read(
        lambda session: session.scalars(select(PersonRow.id).where(PersonRow.number == number)).all()
    )
    if not found:
        raise UnknownIdError("person", number)
    if len(found) > 1:
        raise RefusedError(
            Text("多所学校有此学号，请在控制台中操作。", "Several schools have this number; use the console.")
        )
    return found[0]


def number_of(store: Store, person_id: UUID, seen: ColumnElement[bool]) -> str:
    """The number of a person who is `seen` (a condition on `PersonRow`). Raises UnknownIdError."""
    query = select(PersonRow.number).where(PersonRow.id == person_id, seen)
    found = store.read(lambda session: session.scalar(query))
    if found is None:
        raise UnknownIdError("person", person_id)
    return found


def was_erased(session: Session, school_id: UUID, number: str, now: datetime) -> bool:
    """Whether a student of this number was erased: a roster with it must not be imported as it is."""
    found = select(ErasureRow.id).where(ErasureRow.number_hmac == _keyed(session, now, school_id, number))
    return session.scalar(found.limit(1)) is not None


def is_genuine(store: Store, receipt: Receipt) -> bool:
    """Whether this installation gave out the receipt as it is."""
    now = store.now()
    sign = store.write(lambda session: _sign(session, now, receipt.content))
    return hmac.compare_digest(sign, receipt.signature)


def _is_erased(person: PersonRow) -> bool:
    return person.number.startswith("erased-")


def _refuse_held(session: Session, attempts: Sequence[AttemptRow]) -> None:
    ids = [attempt.id for attempt in attempts]
    kept = session.scalars(select(AttemptRow.id).where(AttemptRow.id.in_(ids), held())).all()
    if kept:
        told = ", ".join(str(one) for one in kept)
        raise RefusedError(
            Text(
                f"作答 {told} 正在申诉或保全中，暂不能删除；请先结束申诉或解除保全。",
                f"An appeal or a hold keeps the attempts {told}; end it or lift the hold, then erase.",
            )
        )


def _receipt(
    session: Session,
    now: datetime,
    person: PersonRow,
    attempts: Sequence[AttemptRow],
    files: Sequence[KeptFile],
) -> Receipt:
    exports = session.scalars(
        select(AuditRow).where(AuditRow.action == EXPORTED, AuditRow.object_id == str(person.id))
    )
    content: dict[str, Any] = {
        "receipt": str(uuid4()),
        "person": str(person.id),
        "erased_utc": now.isoformat(),
        "attempts": sorted(str(attempt.id) for attempt in attempts),
        "files": sorted(file.name for file in files),
        "exports_given_out_utc": [row.utc.isoformat() for row in exports],
        "kept": ["points and verdicts without a name", "audit entries by id", "consent by id"],
        "backups": "made before this moment still hold it: erase again after restoring one",
    }
    return Receipt(content, _sign(session, now, content))


def _forget(session: Session, now: datetime, person: PersonRow, attempts: Sequence[AttemptRow]) -> None:
    """Take away every name. Machine rows and decisions are edited here and nowhere else."""
    own = person.id
    words = [word for word in (person.login, person.number, person.name) if word]
    bodies = [AnsweredRequestRow.body.contains(word, autoescape=True) for word in words]
    recordings = [attempt.recording_sha256 for attempt in attempts]
    for statement in (
        delete(SignInRow).where(SignInRow.person_id == own),
        delete(SettingRow).where(SettingRow.name.endswith(f"/{own}", autoescape=True)),
        delete(FailedSignInRow).where(FailedSignInRow.login.in_(words)),
        delete(AnsweredRequestRow).where(or_(AnsweredRequestRow.actor.contains(str(own)), *bodies)),
        delete(ReviewDraftRow).where(ReviewDraftRow.attempt_id.in_([attempt.id for attempt in attempts])),
        update(EnrolmentRow).where(EnrolmentRow.person_id == own).values(ended_utc=now, seat=None),
        update(GrantRow).where(GrantRow.person_id == own).values(revoked_utc=now),
        update(AppealRow).where(AppealRow.person_id == own).values(text=""),
        update(DataRequestRow).where(DataRequestRow.person_id == own).values(text="", wanted=""),
        update(AttemptRow)
        .where(AttemptRow.id.in_([attempt.id for attempt in attempts]))
        .values(student=None),
    ):
        session.execute(statement, execution_options={"synchronize_session": False})
    for row in session.execute(
        select(RecordingNameRow.seq).where(RecordingNameRow.recording_sha256.in_(recordings))
    ):
        renamed = (
            update(RecordingNameRow).where(RecordingNameRow.seq == row.seq).values(name=f"erased-{row.seq}")
        )
        session.execute(renamed, execution_options={"synchronize_session": False})
    person.number, person.name = f"erased-{uuid4().hex}", ""
    person.login = person.password_hash = person.oidc_subject = person.born = None
    person.disabled_utc = now


def _keyed(session: Session, now: datetime, school_id: UUID, number: str) -> str:
    what = f"{school_id}\n{number.strip().casefold()}".encode()
    return hmac.new(installation_secret(session, now), what, hashlib.sha256).hexdigest()


def _sign(session: Session, now: datetime, content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True).encode()
    return hmac.new(installation_secret(session, now), text, hashlib.sha256).hexdigest()
