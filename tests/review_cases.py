"""Builders of a class whose attempts are reviewed: its people, and sheets that the judge really made."""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.people.caller import Caller, Grant
from assessor.people.roles import Role
from assessor.procedure import Procedure, load_procedure
from assessor.review.decide import Decided, Seen, decide, undo
from assessor.review.release import Finish, KeptSheet, confirm, draft, release
from assessor.review.scheme import Scheme, keep_scheme
from assessor.review.standing import Decision
from assessor.review.wishes import Wish
from assessor.store import AttemptRecord, ProcedureVersion, Store
from assessor.store.ledger_tables import AuditRow
from assessor.types import Evidence, MarkSheet, Text
from tests.attempts import build_record
from tests.school import School, add_school
from tests.small_rubric import LIVE, item, sheet_of, text_of

SURE = ("isolated", "powered")
OPEN = ("tidy", "earth")
VETO = "{id: harm, title: {zh: 带电作业, en: Live working}, judged_by: [live_work], times: 2, effect: fail}"
FIRE = "{id: fire, title: {zh: 起火, en: Fire}, effect: disqualify}"


@cache
def source() -> str:
    """Live working costs 8 each time, 20 in all; a grade and a reading are open; two items are sure."""
    items = [
        item("safe", 20, "judged_by: [live_work]", group="site", deduct="{unsafe_act: {each: 8}}"),
        item("isolated", 10, "judged_by: [isolate]"),
        item("powered", 10, "judged_by: [power_on]"),
        item("tidy", 10, "graded: {person: tidy, of: 4}", group="site"),
        item("earth", 10, "when: {reading: earth, at_least: 1}").replace("check: person", "check: reading"),
    ]
    items = [items[0], *(one.replace("dimension: safety", "dimension: work") for one in items[1:])]
    group = "groups: {site: {title: {zh: 现场, en: Site}, most: 25}}"
    late = "overtime: {allowed_s: 60, every_s: 20, each: 2, dimension: work}"
    text = text_of(items, 60, "pass: 36", group, late, f"vetoes: [{VETO}, {FIRE}]")
    return text.replace("dimensions: {", "dimensions: {work: {zh: 作业, en: Work}, ")


@cache
def procedure() -> Procedure:
    return load_procedure(source())


@cache
def sheet(late_s: float = 100.0) -> MarkSheet:
    """Three acts of live working (20 of 20 lost), 40 s late (-4), a veto proposed."""
    made = sheet_of(source(), LIVE, late_s)
    clip = Evidence(30.0, 32.0, "live_work.mp4", "live_work.jpg")
    lines = tuple(replace(one, evidence=(clip,)) if one.item == "safe" else one for one in made.lines)
    return replace(made, lines=lines)


def record(content: str) -> AttemptRecord:
    base = build_record(f"{content}.mp4", content)
    version = ProcedureVersion(procedure().sha256, "made_for_a_test", Text("测试", "Test"), source())
    pinned = replace(sheet(), bench_sha256=base.bench.sha256, recording_sha256=base.recording.sha256, gaps=())
    return replace(base, procedure=version, sheet=pinned)


@dataclass
class Classroom:
    """A class with two teachers, a head, four referees, two students and their attempts."""

    school: School
    class_id: UUID
    people: dict[str, UUID] = field(default_factory=dict)
    attempts: list[UUID] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.school.store

    def caller(self, name: str) -> Caller:
        return self.school.caller(self.people[name])

    def add_attempt(self, content: str, student: str = "student") -> UUID:
        attempt = self.store.save_attempt(record(content))
        self.school.assign(attempt, self.people[student], self.class_id)
        self.attempts.append(attempt)
        return attempt

    @property
    def attempt(self) -> UUID:
        return self.attempts[0]

    def version(self, item: str, attempt: UUID | None = None, who: str = "teacher") -> int:
        from assessor.review.item_view import item_view

        return item_view(self.store, self.caller(who), attempt or self.attempt, item).version

    def decide(self, item: str, decision: Decision, who: str = "teacher", **more: Any) -> Decided:
        """With the newest version, unless another is given; a reason where one is needed."""
        attempt = more.pop("attempt", self.attempt)
        given: dict[str, Any] = {"reason_code": "not_so"} if decision is Decision.OVERTURN else {}
        if decision in (Decision.CONFIRM, Decision.REFUSE):
            given = {"reason": "录像为证"}
        version = more.pop("version", None)
        if version is None:
            version = self.version(item, attempt, who)
        wish = Wish(attempt, item, decision, version, **(given | more))
        return decide(self.store, self.caller(who), wish)

    def undo(self, item: str, who: str = "teacher") -> Decided:
        return undo(self.store, self.caller(who), Seen(self.attempt, item, self.version(item, who=who)))

    def finish(self, who: str = "teacher", attempt: UUID | None = None) -> Finish:
        attempt = attempt or self.attempt
        return Finish(attempt, draft(self.store, self.caller(who), attempt).version)

    def decide_all(self, attempt: UUID | None = None) -> None:
        """safe 4 of 20, tidy 3 of 4, earth passed, overtime as proposed, the veto refused."""
        about: dict[str, Any] = {"attempt": attempt or self.attempt}
        self.decide("safe", Decision.OVERTURN, awarded=4.0, **about)
        self.decide("tidy", Decision.ENTER, value=3.0, **about)
        self.decide("earth", Decision.ENTER, value=2.0, **about)
        self.decide("overtime", Decision.ACCEPT, **about)
        self.decide("harm", Decision.REFUSE, **about)

    def release(self, who: str = "teacher", attempt: UUID | None = None) -> KeptSheet:
        confirm(self.store, self.caller(who), self.finish(who, attempt))
        return self.release_confirmed(who, attempt)

    def release_confirmed(self, who: str = "teacher", attempt: UUID | None = None) -> KeptSheet:
        return release(self.store, self.caller(who), self.finish(who, attempt))

    def mark_by(self, scheme: Scheme) -> None:
        now, head = self.store.now(), self.people["head"]
        self.store.write(lambda session: keep_scheme(session, scheme, self.class_id, head, now))

    def audited(self) -> list[tuple[str, str | None]]:
        """What the audit chain says was done, and by whom."""

        def read(session: Session) -> list[tuple[str, str | None]]:
            rows = session.scalars(select(AuditRow).order_by(AuditRow.seq))
            names = {str(id): name for name, id in self.people.items()}
            return [(row.action, names.get(row.actor_id or "")) for row in rows]

        return self.store.read(read)


def build_classroom(store: Store, attempts: int = 1) -> Classroom:
    school = add_school(store)
    room = Classroom(school, school.add_class("一班"))
    for name in ("teacher", "colleague"):
        room.people[name] = school.add_person(name, Grant(Role.TEACHER, room.class_id))
    room.people["head"] = school.add_person("head", Grant(Role.HEAD))
    room.people["outsider"] = school.add_person("outsider", Grant(Role.TEACHER, school.add_class("二班")))
    for number in range(1, 5):
        name = f"referee {number}"
        room.people[name] = school.add_person(name, Grant(Role.REFEREE, room.class_id))
    for name in ("student", "classmate"):
        room.people[name] = school.add_student(name, room.class_id)
    for number in range(attempts):
        room.add_attempt(f"attempt {number}")
    return room
