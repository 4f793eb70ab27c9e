"""What students ask for about their data, access for some hours, and whose data was seen."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.errors import ConflictError, NotAllowedError, RefusedError
from assessor.ledger import audit
from assessor.ledger.breach import Period, breach_xlsx, whose_data
from assessor.ledger.export import export_person
from assessor.ledger.holds import put_hold
from assessor.ledger.own_data import data_of
from assessor.people import access_requests, data_requests
from assessor.people.caller import Caller, Grant
from assessor.people.data_requests import Answer, Kind, Wish
from assessor.people.roles import Action, Role
from assessor.people.scope import attempts_seen
from assessor.store import Store, UnknownIdError
from assessor.store.ledger_tables import AuditRow
from assessor.store.people_tables import PersonRow
from assessor.store.rights_tables import DataRequestRow
from assessor.store.tables import AttemptRow
from tests.attempts import build_record
from tests.school import Clock, School, add_school

WHY = "It is written otherwise on my identity card."


@dataclass(frozen=True)
class Place:
    """A class with a student, her attempt, her teacher and the head."""

    school: School
    clock: Clock
    class_id: UUID
    student: UUID
    attempt: UUID
    people: dict[str, UUID]

    @property
    def store(self) -> Store:
        return self.school.store

    def __getitem__(self, who: str) -> Caller:
        return self.school.caller(self.people[who])

    def person(self) -> PersonRow:
        return self.store.read(lambda session: session.get_one(PersonRow, self.student))

    def actions(self) -> list[str]:
        query = select(AuditRow.action).order_by(AuditRow.seq)
        return self.store.read(lambda session: list(session.scalars(query)))

    def sees_attempt(self, who: str) -> bool:
        seen = attempts_seen(self[who], Action.READ_EVIDENCE)
        query = select(AttemptRow.id).where(AttemptRow.id == self.attempt, seen)
        return self.store.read(lambda session: session.scalar(query)) is not None

    def ask(self, wish: Wish, who: str = "student") -> UUID:
        return data_requests.ask(self.store, self[who], self.student, wish)

    def answer(self, request: UUID, said: Answer, who: str = "head") -> object:
        return data_requests.answer(self.store, self[who], request, said)


YES, NO = Answer(True, "as the card says"), Answer(False, "the card says otherwise")


@pytest.fixture
def place(store: Store) -> Place:
    clock = Clock()
    store.now = clock
    school = add_school(store)
    own, other = school.add_class("一班"), school.add_class("二班")
    student = school.add_student("001", own)
    attempt = store.save_attempt(build_record(student="001"))
    school.assign(attempt, student, own, "bench3")
    people = {
        "student": student,
        "classmate": school.add_student("002", own),
        "teacher": school.add_person("T1", Grant(Role.TEACHER, own)),
        "other_teacher": school.add_person("T2", Grant(Role.TEACHER, other)),
        "head": school.add_person("H", Grant(Role.HEAD)),
        "second_head": school.add_person("H2", Grant(Role.HEAD)),
        "administrator": school.add_person("A", Grant(Role.ADMINISTRATOR)),
        "auditor": school.add_person("U", Grant(Role.AUDITOR)),
        "elsewhere": add_school(store, "另一所学校").add_person("H", Grant(Role.HEAD)),
    }
    return Place(school, clock, own, student, attempt, people)


@pytest.mark.parametrize(
    ("kind", "wanted", "reads"),
    [
        pytest.param(Kind.NAME, " 李 ", lambda row: (row.name, "李"), id="name"),
        pytest.param(Kind.NUMBER, "0013", lambda row: (row.number, "0013"), id="number"),
        pytest.param(Kind.BORN, "2010-05-31", lambda row: (str(row.born), "2010-05-31"), id="born"),
    ],
)
def test_what_is_approved_is_put_right(
    place: Place, kind: Kind, wanted: str, reads: Callable[[PersonRow], tuple[str, str]]
) -> None:
    request = place.ask(Wish(kind, WHY, wanted))
    before = reads(place.person())
    assert before[0] != before[1]
    (listed,) = data_requests.list_requests(place.store, place["head"], only_open=True)
    assert (listed.id, listed.state, listed.text) == (request, "open", WHY)
    assert place.answer(request, YES) is None
    now = reads(place.person())
    assert now[0] == now[1]
    (ended,) = data_requests.list_requests(place.store, place["student"])
    assert (ended.state, ended.reason) == ("approved", YES.reason)
    assert place.actions()[-2:] == ["data.ask", "data.approved"]


def test_what_is_refused_stays_and_says_why(place: Place) -> None:
    request = place.ask(Wish(Kind.NAME, WHY, "李"))
    place.answer(request, NO)
    assert place.person().name != "李"
    (ended,) = data_requests.list_requests(place.store, place["student"])
    assert (ended.state, ended.reason) == ("refused", NO.reason)
    with pytest.raises(ConflictError):
        place.answer(request, YES)
    with pytest.raises(ConflictError):
        data_requests.withdraw(place.store, place["student"], request)


@pytest.mark.parametrize(
    "wish",
    [
        pytest.param(Wish(Kind.NAME, WHY, "\u202eevil"), id="turning name"),
        pytest.param(Wish(Kind.NAME, WHY, ""), id="no name"),
        pytest.param(Wish(Kind.BORN, WHY, "31.5.2010"), id="no date"),
        pytest.param(Wish(Kind.OTHER, "  "), id="no reason"),
        pytest.param(Wish(Kind.OTHER, "x" * 2001), id="a book"),
        pytest.param(Wish(Kind.OTHER, "a\0b"), id="NUL"),
        pytest.param(Wish(Kind.OTHER, "a\ud800"), id="half a character"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_once(place: Place, wish: Wish) -> None:
    with pytest.raises(RefusedError):
        place.ask(wish)


def test_a_number_that_is_somebody_elses_stays_theirs(place: Place) -> None:
    request = place.ask(Wish(Kind.NUMBER, WHY, "002"))
    with pytest.raises(RefusedError, match="somebody else's"):
        place.answer(request, YES)
    assert data_requests.list_requests(place.store, place["student"])[0].state == "open"


def test_an_attempt_of_somebody_else_leaves_the_student_and_stays_with_the_class(place: Place) -> None:
    with pytest.raises(UnknownIdError):  # not released: the student cannot see it, nor tell that it is there
        place.ask(Wish(Kind.ATTEMPT, WHY, attempt_id=place.attempt))
    place.school.release_as_proposed(place.attempt)
    request = place.ask(Wish(Kind.ATTEMPT, WHY, attempt_id=place.attempt))
    with pytest.raises(NotAllowedError):
        place.answer(request, YES, who="administrator")
    place.answer(request, YES)
    assert not place.sees_attempt("student")
    assert place.sees_attempt("teacher")


def test_an_attempt_is_kept_only_where_it_is_asked_about(place: Place) -> None:
    place.ask(Wish(Kind.OTHER, WHY, attempt_id=UUID(int=7)))
    assert data_requests.list_requests(place.store, place["student"])[0].attempt_id is None


def test_to_erase_the_number_is_asked_for_again(place: Place) -> None:
    request = place.ask(Wish(Kind.DELETION, WHY))
    with pytest.raises(NotAllowedError):
        place.answer(request, Answer(True, "left", "001"), who="administrator")
    with pytest.raises(RefusedError, match="nothing was erased"):
        place.answer(request, Answer(True, "left", "002"))
    put_hold(place.store, audit.MACHINE, place.attempt, "court")
    with pytest.raises(RefusedError, match="hold"):
        place.answer(request, Answer(True, "left", "001"))
    assert data_requests.list_requests(place.store, place["head"])[0].state == "open"


def test_an_approved_deletion_erases_what_was_asked_too(place: Place) -> None:
    place.ask(Wish(Kind.NAME, "my old name was canary", "canary"))
    request = place.ask(Wish(Kind.DELETION, WHY))
    assert place.answer(request, Answer(True, "left", "001")) is not None
    assert place.person().name == ""
    rows = place.store.read(lambda session: list(session.scalars(select(DataRequestRow))))
    assert [(row.text, row.wanted) for row in rows] == [("", "")] * 2


def test_nobody_answers_for_themselves_or_asks_for_others(place: Place) -> None:
    own = data_requests.ask(place.store, place["head"], place.people["head"], Wish(Kind.NAME, WHY, "校长"))
    with pytest.raises(NotAllowedError):
        place.answer(own, YES)
    place.answer(own, YES, who="second_head")
    for who in ("classmate", "other_teacher", "elsewhere"):
        with pytest.raises(UnknownIdError):
            place.ask(Wish(Kind.NAME, WHY, "李"), who=who)
    request = place.ask(Wish(Kind.NAME, WHY, "李"), who="teacher")
    for who in ("classmate", "other_teacher", "elsewhere"):
        assert data_requests.list_requests(place.store, place[who]) == ()
        with pytest.raises(UnknownIdError):
            data_requests.withdraw(place.store, place[who], request)
    with pytest.raises(UnknownIdError):
        place.answer(request, YES, who="elsewhere")
    data_requests.withdraw(place.store, place["student"], request)
    assert place.actions()[-1] == "data.withdrawn"


def test_requests_without_end_are_refused(place: Place) -> None:
    for _ in range(data_requests.MOST_OPEN):
        place.ask(Wish(Kind.OTHER, WHY))
    with pytest.raises(RefusedError, match="Too many"):
        place.ask(Wish(Kind.OTHER, WHY))


def test_a_student_reads_and_takes_what_is_released_and_no_more(place: Place) -> None:
    hidden = data_of(place.store, place["student"], place.student)
    assert (hidden["person"]["number"], hidden["attempts"]) == ("001", [])
    assert "password_hash" not in hidden["person"]
    out = place.store.data / "own.zip"
    export_person(place.store, audit.MACHINE, place.student, out, released_only=True)
    assert sorted(zipfile.ZipFile(out).namelist()) == ["README.txt", "person.json"]
    assert data_of(place.store, place["head"], place.student)["attempts"] == [str(place.attempt)]
    assert place.actions()[-1] == "person.read"
    place.school.release_as_proposed(place.attempt)
    place.school.add_sheet(place.attempt, "confirmed", 1.0, after_s=9)
    assert data_of(place.store, place["student"], place.student)["attempts"] == [str(place.attempt)]
    export_person(place.store, audit.MACHINE, place.student, out, released_only=True)
    sheet = zipfile.ZipFile(out).read(f"attempts/{place.attempt}/mark_sheet.json")
    assert b'"state": "released"' in sheet.replace(b'":"', b'": "')
    with pytest.raises(UnknownIdError):
        data_of(place.store, place["classmate"], place.student)


def test_access_is_given_by_somebody_else_and_ends_by_itself(place: Place) -> None:
    assert not place.sees_attempt("auditor")
    request = access_requests.ask_access(place.store, place["auditor"], place.class_id, 2, "a complaint")
    assert access_requests.list_access(place.store, place["auditor"])[0].state == "open"
    assert not place.sees_attempt("auditor")
    for who in ("auditor", "administrator"):
        with pytest.raises(NotAllowedError):
            access_requests.answer_access(place.store, place[who], request, True, "yes")
    access_requests.answer_access(place.store, place["head"], request, True, "yes")
    assert place.sees_attempt("auditor")
    assert not place["auditor"].may(Action.REVIEW)
    place.clock.forward(hours=2)
    assert not place.sees_attempt("auditor")
    assert place.actions()[-2:] == ["access.ask", "access.approved"]


def test_access_can_be_refused_ended_and_is_not_for_ever(place: Place) -> None:
    store, teacher, head = place.store, place["other_teacher"], place["head"]
    for hours in (0, 73):
        with pytest.raises(RefusedError):
            access_requests.ask_access(store, teacher, None, hours, "an incident")
    refused = access_requests.ask_access(store, teacher, None, 72, "an incident")
    access_requests.answer_access(store, head, refused, False, "no")
    assert not place.sees_attempt("other_teacher")
    with pytest.raises(ConflictError):
        access_requests.answer_access(store, head, refused, True, "yes")
    request = access_requests.ask_access(store, teacher, None, 72, "an incident")
    access_requests.answer_access(store, head, request, True, "yes")
    assert place.sees_attempt("other_teacher")
    access_requests.end_access(store, head, request)
    assert not place.sees_attempt("other_teacher")
    own = access_requests.ask_access(store, head, None, 1, "an inspection")
    with pytest.raises(NotAllowedError):
        access_requests.answer_access(store, head, own, True, "yes")
    for who in ("elsewhere", "administrator"):
        assert own not in [one.id for one in access_requests.list_access(store, place[who])]
    with pytest.raises(UnknownIdError):
        access_requests.answer_access(store, place["elsewhere"], own, True, "yes")
    with pytest.raises(UnknownIdError):
        access_requests.ask_access(store, place["elsewhere"], place.class_id, 1, "curious")


def test_after_a_leak_it_is_told_whose_data_was_seen(place: Place) -> None:
    store, start = place.store, place.clock.now
    evidence = next(iter(store.evidence_ids(place.attempt).values()))
    by = audit.Actor("person", str(place.people["teacher"]))
    for minutes in (1, 5, 90):
        place.clock.now = start + timedelta(minutes=minutes)
        look = partial(
            audit.append, now=place.clock.now, actor=by, action="clip.view", object_kind="evidence"
        )
        store.write(partial(_noted, look=look, evidence=evidence))
    data_of(store, place["head"], place.student)
    hour = Period(start, start + timedelta(hours=1))
    (seen,) = whose_data(store, place["head"], hour)
    assert (seen.number, seen.action, seen.times, seen.by_name) == ("001", "clip.view", 2, "人员 T1")
    assert seen.last_utc - seen.first_utc == timedelta(minutes=4)
    whole = Period(start, start + timedelta(hours=2))
    assert {one.action for one in whose_data(store, place["head"], whole)} == {"clip.view", "person.read"}
    others = Period(whole.since_utc, whole.until_utc, place.people["auditor"])
    assert whose_data(store, place["head"], others) == ()
    assert whose_data(store, place["elsewhere"], whole) == ()
    for who in ("teacher", "student", "auditor"):
        with pytest.raises(NotAllowedError):
            whose_data(store, place[who], whole)
    sheet = load_workbook(io.BytesIO(breach_xlsx((seen,), "zh"))).worksheets[0]
    assert [cell.value for cell in sheet[2]][:4] == ["001", "人员 001", "查看片段", 2]


def _noted(session: Session, look: Callable[..., AuditRow], evidence: UUID) -> int:
    return look(session, object_id=evidence).seq
