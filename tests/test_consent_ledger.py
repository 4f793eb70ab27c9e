"""What the pages of personal data read: whose consent stands how, what is kept and why, what was removed."""

from datetime import timedelta

import pytest

from assessor.ledger.audit import MACHINE
from assessor.ledger.consent import PURPOSES, Consent, record
from assessor.ledger.consent_ledger import history_of, ledger_of, standing_of
from assessor.ledger.erase import erase
from assessor.ledger.holds import put_hold
from assessor.ledger.kept import kept_attempts, removals
from assessor.ledger.kept_files import KeptFile, Kind, note_removals
from assessor.people.caller import Grant
from assessor.people.roles import Action, Role
from assessor.people.scope import persons_seen
from assessor.store import Store, UnknownIdError
from assessor.store.tables import AttemptRow
from tests.attempts import build_record
from tests.school import add_school


def test_a_line_per_student_of_the_callers_classes_with_the_newest_word(store: Store) -> None:
    place = add_school(store)
    mine, other = place.add_class("电气 1"), place.add_class("电气 2")
    student = place.add_student("20260101", mine)
    place.add_student("20260102", other)
    teacher = place.caller(place.add_person("T1", Grant(Role.TEACHER, class_id=mine), name="教师 1"))
    for kind, version in (("given", "2026-1"), ("withdrawn", "2026-2")):
        record(store, MACHINE, Consent(student, "video", kind, "guardian", version))
    seen = persons_seen(teacher, Action.READ_CONSENT)
    (line,) = ledger_of(store, PURPOSES, seen)
    assert (line.number, line.words["video"].kind, line.words["video"].text_version) == (
        "20260101",
        "withdrawn",
        "2026-2",
    )
    assert line.kept == set(PURPOSES) - {"video"}
    assert ledger_of(store, PURPOSES, seen, "0102") == ()
    assert [word.kind for word in history_of(store, student)] == ["withdrawn", "given"]
    with pytest.raises(UnknownIdError):
        standing_of(store, PURPOSES, teacher.person, seen)


def test_who_was_erased_is_in_no_line(store: Store) -> None:
    place = add_school(store)
    student = place.add_student("20260101", place.add_class("电气 1"))
    head = place.caller(place.add_person("T1", Grant(Role.HEAD)))
    seen = persons_seen(head, Action.READ_CONSENT)
    assert standing_of(store, PURPOSES, student, seen).number == "20260101"
    erase(store, MACHINE, student)
    assert ledger_of(store, PURPOSES, seen) == ()
    with pytest.raises(UnknownIdError):
        standing_of(store, PURPOSES, student, seen)


def test_what_is_kept_says_why_and_removals_count_by_run(store: Store) -> None:
    first, second = (store.save_attempt(build_record(name, name)) for name in ("1", "2"))
    hold = put_hold(store, MACHINE, first, "复查")
    (kept,) = kept_attempts(store, AttemptRow.id.is_not(None))
    assert (kept.attempt_id, kept.reason, kept.hold_id) == (first, "复查", hold)
    assert kept_attempts(store, AttemptRow.id == second) == ()
    now = store.now()
    files = [KeptFile(one, Kind.CLIPS, f"{one}.mp4") for one in (first, second)]
    store.write(lambda session: note_removals(session, files, "retention", now))
    store.write(lambda session: note_removals(session, files[:1], "consent", now + timedelta(days=1)))
    seen = AttemptRow.id.is_not(None)
    assert [(one.why, one.files, one.attempts) for one in removals(store, seen)] == [
        ("consent", 1, 1),
        ("retention", 2, 2),
    ]
