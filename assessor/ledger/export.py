"""Packs everything that is kept of a student into a zip that the student can read (rows, files -> zip)."""

import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import Session

from assessor.ledger.audit import Actor, append
from assessor.ledger.consent import attempts_of
from assessor.ledger.kept_files import APPEAL_ENDS, files_of
from assessor.marks import sheet_json
from assessor.people.scope import released
from assessor.store import Store, UnknownIdError, load
from assessor.store.decision_tables import AppealRow, AppealStepRow, ReviewRow
from assessor.store.ledger_tables import AuditRow, ConsentRow
from assessor.store.people_tables import ClassRow, EnrolmentRow, PersonRow
from assessor.store.rights_tables import DataRequestRow
from assessor.store.tables import AttemptRow, Base, EvidenceRow, MarkSheetRow

ACTION = "person.export"
VIEWS = ("clip.view", "still.view", "sheet.print", "person.read")
_HIDDEN = {"password_hash", "oidc_subject"}
_ABOUT = """\
person.json: what is known of you; classes, consents, requests, reviews, appeals, who looked at your clips.
attempts/ID/mark_sheet.json: points, reasons, verdicts; beside it the clips, stills and what was observed.

person.json：系统中有关你的信息：班级、同意记录、请求、评阅、申诉，以及谁查看过你的片段。
attempts/编号/mark_sheet.json：得分、理由与判定；同一文件夹内为片段、截图与观测记录。
"""


def export_person(
    store: Store, actor: Actor, person_id: UUID, out: Path, *, released_only: bool = False
) -> Path:
    """Write the zip, for its owner to read alone; it appears whole or not at all. Raises UnknownIdError,
    StoreError."""
    part = out.with_suffix(".part")
    part.unlink(missing_ok=True)
    try:
        with open(part, "xb", opener=_for_the_owner) as file:
            write_person(store, actor, person_id, file, released_only=released_only)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return out


def write_person(
    store: Store, actor: Actor, person_id: UUID, file: IO[bytes], *, released_only: bool
) -> None:
    """Write the zip into an open file. `released_only`: as the student sees it before the school has
    released everything. Raises UnknownIdError, StoreError."""
    now = store.now()
    store.write(lambda session: append(session, now, actor, ACTION, "person", person_id).seq)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        store.read(lambda session: _pack(session, store.data, person_id, archive, released_only))


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def told_of(session: Session, person: PersonRow, released_only: bool) -> dict[str, Any]:
    """What rows hold of a person. `released_only`: reviews and appeals still under way are left out."""
    own = person.id
    attempts = [attempt.id for attempt in _attempts(session, own, released_only)]
    classes = select(ClassRow).join(EnrolmentRow).where(EnrolmentRow.person_id == own)
    reviews = select(ReviewRow).where(ReviewRow.attempt_id.in_(attempts))
    steps = select(AppealStepRow).join(AppealRow).where(AppealRow.person_id == own)
    if released_only:
        ended = select(AppealStepRow.appeal_id).where(AppealStepRow.kind.in_(APPEAL_ENDS))
        steps = steps.where(AppealStepRow.appeal_id.in_(ended))
        reviews = reviews.where(ReviewRow.created_utc <= _released_utc())
    return {
        "person": _values(person),
        "classes": _rows(session, classes),
        "consents": _rows(session, select(ConsentRow).where(ConsentRow.person_id == own)),
        "requests": _rows(session, select(DataRequestRow).where(DataRequestRow.person_id == own)),
        "attempts": [str(one) for one in attempts],
        "reviews": _rows(session, reviews),
        "appeals": _rows(session, select(AppealRow).where(AppealRow.person_id == own)),
        "appeal_steps": _rows(session, steps),
        "seen_by": list(_views(session, own, attempts)),
    }


def _pack(
    session: Session, data: Path, person_id: UUID, archive: zipfile.ZipFile, released_only: bool
) -> None:
    person = session.get(PersonRow, person_id)
    if person is None:
        raise UnknownIdError("person", person_id)
    archive.writestr("README.txt", _ABOUT)
    archive.writestr("person.json", plain_json(told_of(session, person, released_only)))
    for attempt in _attempts(session, person_id, released_only):
        folder = f"attempts/{attempt.id}"
        whole = load.sheet_row(session, attempt.id)
        if whole is not None:
            sheets = [one for one in whole.sheets if not released_only or one.state == "released"]
            sheet = load.to_mark_sheet(whole, sheets[-1])
            archive.writestr(f"{folder}/mark_sheet.json", sheet_json(sheet))
        for file in files_of(session, data, attempt):
            archive.write(data / file.name, f"{folder}/{Path(file.name).name}")


def _attempts(session: Session, person_id: UUID, released_only: bool) -> Sequence[AttemptRow]:
    query = attempts_of(person_id).order_by(AttemptRow.seq)
    return session.scalars(query.where(released()) if released_only else query).all()


def _released_utc() -> ScalarSelect[datetime]:
    """When the newest released sheet of a review's attempt was made."""
    newest = select(func.max(MarkSheetRow.created_utc)).where(
        MarkSheetRow.attempt_id == ReviewRow.attempt_id, MarkSheetRow.state == "released"
    )
    return newest.correlate(ReviewRow).scalar_subquery()


def _rows(session: Session, query: Select[Any]) -> list[dict[str, Any]]:
    return [_values(row) for row in session.scalars(query)]


def _views(session: Session, person_id: UUID, attempts: list[UUID]) -> Iterator[dict[str, Any]]:
    """Who looked at the clips and stills, and when."""
    pieces = session.scalars(select(EvidenceRow.id).where(EvidenceRow.attempt_id.in_(attempts)))
    told = {str(one) for one in (person_id, *attempts, *pieces)}
    for row in session.scalars(select(AuditRow).where(AuditRow.action.in_(VIEWS)).order_by(AuditRow.seq)):
        if row.object_id in told:
            yield {
                "utc": row.utc.isoformat(),
                "by": row.actor_id,
                "action": row.action,
                "object": row.object_id,
            }


def _values(row: Base) -> dict[str, Any]:
    return {
        column.key: getattr(row, column.key)
        for column in row.__mapper__.column_attrs
        if column.key not in _HIDDEN
    }


def plain_json(value: dict[str, Any]) -> str:
    """Dates and ids as text."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
