"""Consent, retention, holds, erasure, export, yearly report, files without rows: what a school must prove."""

import json
import zipfile
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from assessor.errors import RefusedError
from assessor.ledger import consent, erase, retention
from assessor.ledger.audit import MACHINE, verify
from assessor.ledger.audit_report import year_report
from assessor.ledger.consent import Consent
from assessor.ledger.export import export_person
from assessor.ledger.holds import lift_hold, put_hold
from assessor.ledger.reconcile import QUARANTINE, reconcile
from assessor.ledger.school_settings import change_setting
from assessor.people.assign import Owner, assign
from assessor.people.caller import Grant
from assessor.people.roles import Role
from assessor.store import Store, UnknownIdError
from assessor.store.decision_tables import AppealRow, AppealStepRow
from assessor.store.ledger_tables import AuditRow, RemovalRow
from assessor.store.people_tables import PersonRow
from assessor.store.tables import MarkSheetRow
from tests.attempts import build_record
from tests.school import Clock, School, add_school


@dataclass(frozen=True)
class Lesson:
    """A school with a class, two students and an attempt with its files for each of them."""

    school: School
    clock: Clock
    students: tuple[UUID, UUID]
    attempts: tuple[UUID, UUID]

    @property
    def store(self) -> Store:
        return self.school.store

    def files(self, which: int) -> list[str]:
        folder = self.store.data / "attempts" / str(which)
        return sorted(path.name for path in folder.rglob("*")) if folder.is_dir() else []

    def removals(self) -> list[str]:
        return self.store.read(lambda session: list(session.scalars(select(RemovalRow.why))))


def keep_attempt(store: Store, which: int, student: str) -> UUID:
    """An attempt with files as the pipeline leaves them: what is in them does not matter here."""
    folder = f"attempts/{which}"
    record = replace(
        build_record(f"{student}.mp4", f"recording {which}", student),
        evidence_folder=folder,
        observations=f"{folder}/observations.jsonl.gz",
    )
    where = store.data / folder
    where.mkdir(parents=True)
    for found in record.sheet.verdicts:
        if found.evidence:
            for name in (found.evidence.clip, found.evidence.still):
                (where / str(name)).write_bytes(b"pictures")
            (where / str(found.evidence.clip)).with_suffix(".json").write_text("{}")
    for name in ("observations.jsonl.gz", "supplied.json", "board_photo_1.jpg"):
        (where / name).write_bytes(b"kept")
    return store.save_attempt(record)


@pytest.fixture
def lesson(store: Store) -> Lesson:
    clock = Clock()
    store.now = clock
    school = add_school(store)
    class_id = school.add_class("机电 1 班")
    students = school.add_student("20260001", class_id), school.add_student("20260002", class_id)
    attempts = keep_attempt(store, 0, "20260001"), keep_attempt(store, 1, "20260002")
    for student, attempt in zip(students, attempts, strict=True):
        school.assign(attempt, student)
    return Lesson(school, clock, students, attempts)


def say(lesson: Lesson, which: int, kind: str, purpose: str = "video", by: str = "self") -> int:
    said = Consent(lesson.students[which], purpose, kind, by, "2026-1")
    return consent.record(lesson.store, MACHINE, said)


def born(lesson: Lesson, which: int, day: date) -> None:
    statement = update(PersonRow).where(PersonRow.id == lesson.students[which]).values(born=day)
    lesson.store.write(lambda session: session.execute(statement))


def appeal(lesson: Lesson, which: int) -> UUID:
    now, attempt = lesson.store.now(), lesson.attempts[which]

    def work(session: Session) -> UUID:
        sheet = session.scalars(select(MarkSheetRow.id).where(MarkSheetRow.attempt_id == attempt)).first()
        row = AppealRow(
            id=uuid4(), attempt_id=attempt, sheet_id=sheet, item="isolation", text="请复核", created_utc=now,
            person_id=lesson.students[which],
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id

    return lesson.store.write(work)


def end_appeal(lesson: Lesson, appeal_id: UUID, kind: str = "decided") -> None:
    row = {
        "appeal_id": appeal_id,
        "kind": kind,
        "by_id": lesson.students[0],
        "created_utc": lesson.store.now(),
    }
    lesson.store.write(lambda session: session.add(AppealStepRow(**row)))


# ---- consent ---------------------------------------------------------------------------


@pytest.mark.fault(83)
def test_withdrawn_consent_takes_the_pictures_away_and_nobody_elses(lesson: Lesson) -> None:
    assert say(lesson, 0, "given") == 0
    before = lesson.files(1)
    gone = say(lesson, 0, "withdrawn")
    assert lesson.files(0) == ["observations.jsonl.gz"]  # of the purpose "landmarks"
    assert gone == len(before) - 1
    assert lesson.files(1) == before
    assert set(lesson.removals()) == {"consent"}
    assert say(lesson, 0, "withdrawn", "landmarks") == 1
    assert lesson.files(0) == []
    assert lesson.store.mark_sheet(lesson.attempts[0]).lines  # points are no pictures


@pytest.mark.fault(83)
def test_attempt_scored_after_the_withdrawal_is_masked_as_a_whole(lesson: Lesson) -> None:
    """Mid-class: consent is withdrawn while the recording is scored; the attempt is assigned later."""
    say(lesson, 0, "withdrawn")
    late = keep_attempt(lesson.store, 2, "late")
    lesson.school.assign(late, lesson.students[0])
    assert consent.enforce(lesson.store, lesson.students[1]) == 0
    assert consent.enforce(lesson.store, lesson.students[0]) > 0
    assert lesson.files(2) == ["observations.jsonl.gz"]
    assert consent.enforce(lesson.store) == 0


@pytest.mark.parametrize(
    ("day", "by", "may"),
    [
        pytest.param(None, None, True, id="nothing said, age unknown"),
        pytest.param(date(2010, 1, 1), None, True, id="nothing said, 16 years"),
        pytest.param(date(2014, 1, 1), None, False, id="nothing said, 12 years"),
        pytest.param(date(2014, 1, 1), "guardian", True, id="guardian for 12 years"),
        pytest.param(date(2012, 3, 2), "self", True, id="14 today in the school's zone"),
    ],
)
def test_basis_for_keeping(lesson: Lesson, day: date | None, by: str | None, may: bool) -> None:
    if day is not None:
        born(lesson, 0, day)
    if by is not None:
        say(lesson, 0, "given", by=by)
    now = lesson.store.now()
    kept = lesson.store.read(lambda session: consent.may_keep(session, lesson.students[0], "video", now))
    assert kept is may


def test_child_does_not_consent_by_itself(lesson: Lesson) -> None:
    born(lesson, 0, date(2012, 3, 3))  # 14 tomorrow
    with pytest.raises(RefusedError, match="guardian"):
        say(lesson, 0, "given")
    lesson.clock.forward(hours=16)  # midnight in Shanghai has passed, in UTC not yet
    say(lesson, 0, "given")


def test_school_may_require_consent(lesson: Lesson) -> None:
    now = lesson.store.now()
    lesson.store.write(
        lambda session: change_setting(session, now, MACHINE, "consent", {"required": ["video"]})
    )
    assert consent.enforce(lesson.store) > 0
    assert lesson.files(0) == lesson.files(1) == ["observations.jsonl.gz"]


# ---- retention and holds ---------------------------------------------------------------


@pytest.mark.fault(37)
def test_hold_and_appeal_win_over_retention(lesson: Lesson) -> None:
    for which, attempt in enumerate(lesson.attempts):
        lesson.school.release(attempt)
        assert lesson.files(which)
    hold = put_hold(lesson.store, MACHINE, lesson.attempts[0], "事故调查")
    open_appeal = appeal(lesson, 1)
    before = lesson.files(0), lesson.files(1)
    lesson.clock.forward(days=3000)
    removed = retention.retain(lesson.store)
    assert (removed.files, removed.held) == (0, 2)
    assert (lesson.files(0), lesson.files(1)) == before
    end_appeal(lesson, open_appeal)
    assert retention.retain(lesson.store).held == 1
    assert (lesson.files(0), lesson.files(1)) == (before[0], [])
    lift_hold(lesson.store, MACHINE, hold)
    assert retention.retain(lesson.store).files == len(before[0])
    assert lesson.files(0) == []
    with pytest.raises(UnknownIdError):
        lift_hold(lesson.store, MACHINE, hold)


@pytest.mark.fault(37)
def test_each_kind_has_its_days_and_a_slow_review_costs_no_clip(lesson: Lesson) -> None:
    lesson.school.release(lesson.attempts[0])
    lesson.clock.forward(days=31)
    retention.retain(lesson.store)
    assert lesson.files(0) == ["board_photo_1.jpg", "observations.jsonl.gz", "supplied.json"]
    assert len(lesson.files(1)) > 10  # not released: kept for a slow review
    lesson.clock.forward(days=150)
    retention.retain(lesson.store)
    assert lesson.files(1) == ["board_photo_1.jpg", "observations.jsonl.gz", "supplied.json"]
    lesson.clock.forward(days=200)
    retention.retain(lesson.store)
    assert lesson.files(0) == lesson.files(1) == []
    assert retention.retain(lesson.store).files == 0


def test_old_beginning_of_the_audit_chain_goes_and_the_rest_still_holds(lesson: Lesson) -> None:
    lesson.clock.forward(days=1096)
    put_hold(lesson.store, MACHINE, lesson.attempts[0], "later")
    say(lesson, 0, "given")
    before = verify(lesson.store)
    lesson.clock.forward(days=1000)
    retention.retain(lesson.store)
    assert verify(lesson.store).bad is None
    lesson.clock.forward(days=96)
    assert retention.retain(lesson.store).rows >= 2
    after = verify(lesson.store)
    assert after.bad is None
    assert after.entries < before.entries + 2


def test_half_a_year_of_the_audit_chain_is_the_least(lesson: Lesson) -> None:
    with pytest.raises(RefusedError, match="183"):
        retention.change_policy(lesson.store, MACHINE, retention.Policy(audit=182))
    retention.change_policy(lesson.store, MACHINE, retention.Policy(clips=1, audit=183))
    assert lesson.store.read(retention.policy).clips == 1


# ---- erasure and export ----------------------------------------------------------------


@pytest.mark.fault(82)
def test_erased_student_is_nowhere_and_the_other_one_whole(lesson: Lesson, tmp_path: Path) -> None:
    appeal_id = appeal(lesson, 0)
    export_person(lesson.store, MACHINE, lesson.students[0], tmp_path / "before.zip")
    with pytest.raises(RefusedError, match="appeal"):
        erase.erase(lesson.store, MACHINE, lesson.students[0])
    end_appeal(lesson, appeal_id, "withdrawn")
    before = lesson.files(1)
    receipt = erase.erase(lesson.store, MACHINE, lesson.students[0])

    assert (lesson.files(0), lesson.files(1)) == ([], before)
    assert receipt.content["attempts"] == [str(lesson.attempts[0])]
    assert len(receipt.content["files"]) > 10
    assert len(receipt.content["exports_given_out_utc"]) == 1
    assert erase.is_genuine(lesson.store, receipt)
    forged = replace(receipt, content=receipt.content | {"files": []})
    assert not erase.is_genuine(lesson.store, forged)
    assert "20260001" not in everything(lesson.store)
    assert "20260002" in everything(lesson.store)
    assert (
        lesson.store.mark_sheet(lesson.attempts[0]).total == lesson.store.mark_sheet(lesson.attempts[1]).total
    )
    with pytest.raises(UnknownIdError):
        erase.erase(lesson.store, MACHINE, lesson.students[0])
    assert verify(lesson.store).bad is None


@pytest.mark.fault(82)
def test_erased_number_is_known_when_a_roster_brings_it_back(lesson: Lesson) -> None:
    now = lesson.store.now()
    erase.erase(lesson.store, MACHINE, lesson.students[0])
    for number, erased in (("20260001", True), (" 20260001 ", True), ("20260002", False)):
        asked = partial(erase.was_erased, school_id=lesson.school.id, number=number, now=now)
        assert lesson.store.write(asked) is erased


def everything(store: Store) -> str:
    """Every value of every row."""
    from assessor.store.tables import Base

    def read(session: Session) -> str:
        tables = Base.metadata.sorted_tables
        return "\n".join(str(tuple(row)) for table in tables for row in session.execute(select(table)))

    return store.read(read)


def test_export_holds_what_is_kept_and_is_audited(lesson: Lesson, tmp_path: Path) -> None:
    out = export_person(lesson.store, MACHINE, lesson.students[0], tmp_path / "mine.zip")
    with zipfile.ZipFile(out) as archive:
        names = archive.namelist()
        told = json.loads(archive.read("person.json"))
        sheet = json.loads(archive.read(f"attempts/{lesson.attempts[0]}/mark_sheet.json"))
    assert told["person"]["number"] == "20260001"
    assert "password_hash" not in told["person"]
    assert [one["name"] for one in told["classes"]] == ["机电 1 班"]
    assert sheet["procedure"] == "motor_start_stop"
    inside = {Path(name).name for name in names if name.startswith("attempts/")}
    assert inside == {*lesson.files(0), "mark_sheet.json"}
    assert not [name for name in names if str(lesson.attempts[1]) in name]
    assert not list(tmp_path.glob("*.part"))
    actions = lesson.store.read(lambda session: list(session.scalars(select(AuditRow.action))))
    assert "person.export" in actions


@pytest.mark.fault(67)
def test_names_in_an_export_come_from_ids_only(lesson: Lesson, tmp_path: Path) -> None:
    statement = update(PersonRow).values(name="../../etc/passwd")
    lesson.store.write(lambda session: session.execute(statement))
    out = export_person(lesson.store, MACHINE, lesson.students[0], tmp_path / "mine.zip")
    with zipfile.ZipFile(out) as archive:
        assert not [name for name in archive.namelist() if ".." in name or name.startswith("/")]


# ---- report and files ------------------------------------------------------------------


@pytest.mark.fault(42)
def test_year_of_the_report_begins_at_the_schools_midnight(lesson: Lesson) -> None:
    for moment in (datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC), datetime(2025, 12, 31, 16, tzinfo=UTC)):
        lesson.clock.now = moment
        say(lesson, 0, "given")
    assert year_report(lesson.store, 2025).consents == {"video given": 1}
    report = year_report(lesson.store, 2026)
    assert report.consents == {"video given": 1}
    assert (report.people, report.attempts, report.chain.bad) == (2, 2, None)
    assert report.actions["consent.given machine"] == 1


@pytest.mark.fault(31)
def test_files_without_rows_and_rows_without_files(lesson: Lesson) -> None:
    data = lesson.store.data
    orphan = data / "attempts" / "77" / "left.mp4"
    orphan.parent.mkdir()
    orphan.write_bytes(b"x")
    lesson.clock.now = datetime.now(UTC)
    assert reconcile(lesson.store).quarantined == ()  # it may belong to a recording that is being scored
    lesson.clock.forward(days=1.1)
    lost = data / "attempts" / "0" / "observations.jsonl.gz"
    lost.unlink()
    found = reconcile(lesson.store)
    assert found.quarantined == ("attempts/77/left.mp4",)
    assert found.missing == ("attempts/0/observations.jsonl.gz",)
    assert (data / QUARANTINE / "attempts/77/left.mp4").read_bytes() == b"x"
    assert len(lesson.files(1)) > 10


@pytest.mark.fault(31)
def test_removal_cut_short_by_a_crash_is_finished(lesson: Lesson) -> None:
    name, now = "attempts/0/observations.jsonl.gz", lesson.store.now()
    row = {"attempt_id": lesson.attempts[0], "file": name, "why": "retention", "created_utc": now}
    lesson.store.write(lambda session: session.add(RemovalRow(**row)))
    found = reconcile(lesson.store)
    assert (found.removed, found.missing) == ((name,), ())
    assert not (lesson.store.data / name).exists()


@pytest.mark.fault(83)
def test_assigning_to_who_withdrew_takes_the_pictures_away(lesson: Lesson) -> None:
    say(lesson, 0, "withdrawn")
    late = keep_attempt(lesson.store, 2, "late")
    head = lesson.school.caller(lesson.school.add_person("head", Grant(Role.HEAD)))
    assign(lesson.store, head, late, Owner(lesson.students[0]), "seat plan")
    assert lesson.files(2) == ["observations.jsonl.gz"]
