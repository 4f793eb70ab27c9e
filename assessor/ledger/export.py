"""Packs everything that is kept of a student into a zip that the student can read (rows, files -> zip)."""

import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.ledger.audit import Actor, append
from assessor.ledger.consent import attempts_of
from assessor.ledger.kept_files import files_of
from assessor.marks import sheet_json
from assessor.store import Store, UnknownIdError, load
from assessor.store.decision_tables import AppealRow, AppealStepRow, ReviewRow
from assessor.store.ledger_tables import AuditRow, ConsentRow
from assessor.store.people_tables import ClassRow, EnrolmentRow, PersonRow
from assessor.store.tables import AttemptRow, Base, EvidenceRow

ACTION = "person.export"
VIEWS = ("clip.view", "still.view")
_HIDDEN = {"password_hash", "oidc_subject"}
_ABOUT = """\
person.json: what is known of you; classes, consents, reviews, appeals, and who looked at your clips.
attempts/ID/mark_sheet.json: points, reasons, verdicts; beside it the clips, stills and what was observed.

person.json：系统中有关你的信息：班级、同意记录、评阅、申诉，以及谁查看过你的片段。
attempts/编号/mark_sheet.json：得分、理由与判定；同一文件夹内为片段、截图与观测记录。
"""


def export_person(store: Store, actor: Actor, person_id: UUID, out: Path) -> Path:
    """Write the zip; it appears whole or not at all. Raises UnknownIdError, StoreError."""
    now = store.now()
    store.write(lambda session: append(session, now, actor, ACTION, "person", person_id).seq)
    part = out.with_suffix(".part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            store.read(lambda session: _pack(session, store.data, person_id, archive))
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return out


def _pack(session: Session, data: Path, person_id: UUID, archive: zipfile.ZipFile) -> None:
    person = session.get(PersonRow, person_id)
    if person is None:
        raise UnknownIdError("person", person_id)
    attempts = session.scalars(attempts_of(person_id).order_by(AttemptRow.seq)).all()
    archive.writestr("README.txt", _ABOUT)
    archive.writestr("person.json", _json(_told(session, person, [attempt.id for attempt in attempts])))
    for attempt in attempts:
        folder = f"attempts/{attempt.id}"
        whole = load.sheet_row(session, attempt.id)
        if whole is not None:
            archive.writestr(f"{folder}/mark_sheet.json", sheet_json(load.to_mark_sheet(whole)))
        for file in files_of(session, data, attempt):
            archive.write(data / file.name, f"{folder}/{Path(file.name).name}")


def _told(session: Session, person: PersonRow, attempts: list[UUID]) -> dict[str, Any]:
    own = person.id
    classes = select(ClassRow).join(EnrolmentRow).where(EnrolmentRow.person_id == own)
    steps = select(AppealStepRow).join(AppealRow).where(AppealRow.person_id == own)
    return {
        "person": _values(person),
        "classes": [_values(row) for row in session.scalars(classes)],
        "consents": [
            _values(row) for row in session.scalars(select(ConsentRow).where(ConsentRow.person_id == own))
        ],
        "reviews": [
            _values(row)
            for row in session.scalars(select(ReviewRow).where(ReviewRow.attempt_id.in_(attempts)))
        ],
        "appeals": [
            _values(row) for row in session.scalars(select(AppealRow).where(AppealRow.person_id == own))
        ],
        "appeal_steps": [_values(row) for row in session.scalars(steps)],
        "seen_by": list(_views(session, attempts)),
    }


def _views(session: Session, attempts: list[UUID]) -> Iterator[dict[str, Any]]:
    """Who looked at the clips and stills, and when."""
    pieces = session.scalars(select(EvidenceRow.id).where(EvidenceRow.attempt_id.in_(attempts)))
    told = {str(one) for one in (*attempts, *pieces)}
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


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
