"""Records consent given and withdrawn, says whether something of a student may be kept, acts on a withdrawal.

A withdrawal always counts. Nothing said counts as "no" for whoever is under 14, for whom a guardian must
consent, and for the purposes that the school's setting `consent` names as `required`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from assessor.errors import RefusedError
from assessor.ledger.audit import MACHINE, Actor, append
from assessor.ledger.kept_files import KeptFile, Kind, delete_files, files_of, held, note_removals
from assessor.ledger.school_settings import read_setting
from assessor.store import Store, UnknownIdError
from assessor.store.decision_tables import AssignmentRow
from assessor.store.ledger_tables import ConsentRow
from assessor.store.pages import WHOLE, By, Page, Part, page_of
from assessor.store.people_tables import PersonRow, SchoolRow
from assessor.store.tables import AttemptRow
from assessor.types import Text

VIDEO, LANDMARKS = "video", "landmarks"
PURPOSES = (VIDEO, LANDMARKS, "portrait", "research")
KINDS_OF = {VIDEO: {Kind.CLIPS, Kind.SUPPLIED}, LANDMARKS: {Kind.OBSERVATIONS}}
GUARDIAN_UNDER = 14
WITHDRAWN = "consent"  # why of a removal


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody said. `kind`: "given" or "withdrawn"; `given_by`: "self" or "guardian"; `text_version`:
    of the text that was agreed to."""

    person_id: UUID
    purpose: str
    kind: str
    given_by: str
    text_version: str


def record(store: Store, actor: Actor, said: Consent) -> int:
    """Keep what was said; number of files that a withdrawal took away. Raises RefusedError."""
    now = store.now()

    def work(session: Session) -> list[KeptFile]:
        _check(session, said, now)
        by_id = UUID(actor.id) if actor.kind == "person" and actor.id else None
        session.add(
            ConsentRow(
                person_id=said.person_id,
                purpose=said.purpose,
                kind=said.kind,
                given_by=said.given_by,
                text_version=said.text_version,
                by_id=by_id,
                created_utc=now,
            )
        )
        told = {"purpose": said.purpose, "given_by": said.given_by, "text_version": said.text_version}
        append(session, now, actor, f"consent.{said.kind}", "person", said.person_id, told)
        return _without_basis(session, store, now, said.person_id)

    gone = store.write(work)
    delete_files(store.data, gone)
    return len(gone)


def standing(session: Session, person_id: UUID) -> dict[str, ConsentRow]:
    """The newest word on each purpose."""
    rows = session.scalars(
        select(ConsentRow).where(ConsentRow.person_id == person_id).order_by(ConsentRow.seq)
    )
    return {row.purpose: row for row in rows}


def words_of(store: Store, person_id: UUID, seen: ColumnElement[bool]) -> list[dict[str, Any]]:
    """All of `words_page`."""
    return list(words_page(store, person_id, seen, WHOLE).items)


def words_page(store: Store, person_id: UUID, seen: ColumnElement[bool], part: Part) -> Page[dict[str, Any]]:
    """Every word of a person who is `seen` (a condition on `PersonRow`), oldest first. UnknownIdError."""
    query = select(ConsentRow).where(ConsentRow.person_id == person_id)

    def read(session: Session) -> Page[dict[str, Any]]:
        if session.scalar(select(PersonRow.id).where(PersonRow.id == person_id, seen)) is None:
            raise UnknownIdError("person", person_id)
        return page_of(session, query, (By(ConsentRow.seq),), part, _word)

    return store.read(read)


def _word(row: ConsentRow) -> dict[str, Any]:
    names = ("purpose", "kind", "given_by", "text_version", "created_utc")
    return {name: getattr(row, name) for name in names}


def may_keep(session: Session, person_id: UUID, purpose: str, now: datetime) -> bool:
    """Whether there is a basis for keeping it. Nobody known: there is nobody whose consent is missing."""
    person = session.get(PersonRow, person_id)
    if person is None:
        return False
    young = _is_young(session, person, now)
    word = standing(session, person_id).get(purpose)
    if word is None:
        return not young and purpose not in read_setting(session, "consent").get("required", [])
    return word.kind == "given" and (not young or word.given_by == "guardian")


def enforce(store: Store, person_id: UUID | None = None) -> int:
    """Take away what is kept without a basis, of one student (after an attempt was assigned) or of all
    (daily); number of files."""
    now = store.now()

    def work(session: Session) -> list[KeptFile]:
        everybody = select(AssignmentRow.person_id).where(AssignmentRow.person_id.is_not(None)).distinct()
        students = session.scalars(everybody).all() if person_id is None else [person_id]
        return [file for one in students if one for file in _without_basis(session, store, now, one)]

    gone = store.write(work)
    delete_files(store.data, gone)
    return len(gone)


def attempts_of(person_id: UUID) -> Select[AttemptRow]:
    """The attempts that are this person's by the newest assignment."""
    later = aliased(AssignmentRow)
    newest = select(func.max(later.seq)).group_by(later.attempt_id)
    mine = select(AssignmentRow.attempt_id).where(
        AssignmentRow.seq.in_(newest), AssignmentRow.person_id == person_id
    )
    return select(AttemptRow).where(AttemptRow.id.in_(mine))


def _without_basis(session: Session, store: Store, now: datetime, person_id: UUID) -> list[KeptFile]:
    """Note the removal of what may not be kept of the person; a hold keeps it until it is released."""
    refused = [purpose for purpose in KINDS_OF if not may_keep(session, person_id, purpose, now)]
    kinds = {kind for purpose in refused for kind in KINDS_OF[purpose]}
    if not kinds:
        return []
    attempts = session.scalars(attempts_of(person_id).where(~held()))
    gone = [file for one in attempts for file in files_of(session, store.data, one) if file.kind in kinds]
    note_removals(session, gone, WITHDRAWN, now)
    if gone:
        told = {"why": WITHDRAWN, "files": len(gone)}
        append(session, now, MACHINE, "file.remove", "person", person_id, told)
    return gone


def _check(session: Session, said: Consent, now: datetime) -> None:
    person = session.get(PersonRow, said.person_id)
    if person is None:
        raise RefusedError(Text("没有这个人。", "There is no such person."))
    if said.purpose not in PURPOSES or said.kind not in ("given", "withdrawn"):
        raise RefusedError(
            Text(f"用途应为 {'、'.join(PURPOSES)} 之一。", f"Expected one of {', '.join(PURPOSES)}.")
        )
    if said.kind == "given" and said.given_by != "guardian" and _is_young(session, person, now):
        raise RefusedError(
            Text(
                f"未满 {GUARDIAN_UNDER} 周岁须由监护人同意。",
                f"Under {GUARDIAN_UNDER} a guardian must consent.",
            )
        )


def _is_young(session: Session, person: PersonRow, now: datetime) -> bool:
    if person.born is None:
        return False
    school = session.get_one(SchoolRow, person.school_id)
    return _age(person.born, now.astimezone(ZoneInfo(school.time_zone)).date()) < GUARDIAN_UNDER


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
