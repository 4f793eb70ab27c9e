"""Rows of the access matrix for reviews, releases, appeals and agreement, and what they are tried on.

What a call changes is made anew for the next one; what was only refused serves again.
"""

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any, Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import func, select

from assessor.people.caller import Caller, Grant
from assessor.people.roles import Role
from assessor.review.appeals import Mark, Plea, assign_markers, make_appeal, mark_appeal
from assessor.review.decide import decide
from assessor.review.release import Finish, confirm, draft, release
from assessor.review.standing import Decision
from assessor.review.wishes import Wish
from assessor.store.decision_tables import AppealRow, AppealStepRow, ReviewRow
from assessor.store.people_tables import PersonRow
from assessor.store.tables import MarkSheetRow
from tests.review_cases import record
from tests.school import School


class Land(Protocol):
    """What the rows need of the land they are tried in."""

    @property
    def school(self) -> School:
        """The school."""

    @property
    def ids(self) -> dict[str, str]:
        """Of the student and the class."""


class Trial:
    """An attempt that was brought as far as a route needs it."""

    numbers = count()

    def __init__(self, land: Land) -> None:
        self.school, self.store = land.school, land.school.store
        self.student, self.class_id = UUID(land.ids["student"]), UUID(land.ids["class_id"])
        number = next(self.numbers)
        self.head = self._staff(f"T-head {number}", Grant(Role.HEAD))
        self.others = [self._staff(f"T-{n} {number}", Grant(Role.REFEREE, self.class_id)) for n in (1, 2)]
        self.attempt = self.store.save_attempt(record(f"trial {number}"))
        self.school.assign(self.attempt, self.student, self.class_id)
        self.appeal: UUID | None = None
        self.mark = self._traces()

    def _staff(self, number: str, grant: Grant) -> Caller:
        return self.school.caller(self.school.add_person(number, grant))

    def _traces(self) -> tuple[int, ...]:
        tables = (ReviewRow, MarkSheetRow, AppealRow, AppealStepRow)
        return self.store.read(
            lambda session: tuple(
                session.scalar(select(func.count()).select_from(table)) or 0 for table in tables
            )
        )

    def ready(self) -> "Trial":
        self.mark = self._traces()
        return self

    @property
    def is_fresh(self) -> bool:
        return self.mark == self._traces()

    @property
    def finish(self) -> Finish:
        return Finish(self.attempt, draft(self.store, self.head, self.attempt).version)

    def decide(self) -> "Trial":
        for wish in (
            Wish(self.attempt, "safe", Decision.ACCEPT, 0),
            Wish(self.attempt, "tidy", Decision.ENTER, 0, value=3.0),
            Wish(self.attempt, "earth", Decision.ENTER, 0, value=2.0),
            Wish(self.attempt, "overtime", Decision.ACCEPT, 0),
            Wish(self.attempt, "harm", Decision.REFUSE, 0, reason="x"),
        ):
            decide(self.store, self.head, wish)
        return self.ready()

    def confirm(self) -> "Trial":
        self.decide()
        confirm(self.store, self.head, self.finish)
        return self.ready()

    def release(self) -> "Trial":
        self.confirm()
        release(self.store, self.head, self.finish)
        return self.ready()

    def plead(self) -> "Trial":
        self.release()
        student = self.school.caller(self.student)
        self.appeal = make_appeal(self.store, student, Plea(self.attempt, "safe", "x"))
        return self.ready()

    def assign(self) -> "Trial":
        self.plead()
        referee = self.store.read(
            lambda session: session.scalar(select(PersonRow.id).where(PersonRow.number == "S-referee"))
        )
        assert referee is not None
        assert self.appeal is not None
        assign_markers(self.store, self.head, self.appeal, [referee, self.others[0].person])
        return self.ready()

    def differ(self) -> "Trial":
        self.plead()
        assert self.appeal is not None
        assign_markers(self.store, self.head, self.appeal, [one.person for one in self.others])
        for caller, points in zip(self.others, (0.0, 20.0), strict=True):
            mark_appeal(self.store, caller, Mark(self.appeal, "x", points))
        return self.ready()


_TRIALS: WeakKeyDictionary[Any, dict[str, Trial]] = WeakKeyDictionary()


def trial(stage: str, land: Land) -> dict[str, str]:
    """The ids of an attempt at that stage to which nothing has happened since."""
    kept = _TRIALS.setdefault(land.school.store, {})
    found = kept.get(stage)
    if found is None or not found.is_fresh:
        found = kept[stage] = getattr(Trial(land), stage)()
    others = {"second": str(found.others[0].person), "third": str(found.others[1].person)}
    version = found.finish.version
    items = {"isolated": "isolated", "safe": "safe"}
    about = {"trial": str(found.attempt), "appeal": str(found.appeal), "version": str(version)}
    return {**about, **others, **items}


def at(stage: str) -> Callable[[Any], dict[str, str]]:
    return partial(trial, stage)


ELSEWHERE = "other_teacher other_head"
REVIEW = {"may": "teacher head referee", "hidden": ELSEWHERE}
RELEASE = {"may": "teacher head", "hidden": ELSEWHERE}
LOOKED_AT = {"If-Match": '"v{version}"'}
NEW = {"If-Match": '"v0"'}
ITEM = "/v1/attempts/{trial}/items/{isolated}"
MARK = {"awarded": 10.0, "reason": "x"}

UNDO = {
    "method": "POST",
    "path": "/v1/attempts/{trial}/items/{safe}/undo",
    "may": "",
    "hidden": ELSEWHERE,
    "conflict": "teacher head referee",
    "makes": at("decide"),
    "headers": LOOKED_AT,
}

REVIEW_ROWS: tuple[dict[str, Any], ...] = (
    {"method": "GET", "path": "/v1/reviews", "may": "teacher head referee", "blind": ELSEWHERE},
    {
        "method": "POST",
        "path": "/v1/reviews/accept",
        "may": f"teacher head referee {ELSEWHERE}",
        "body": {"items": []},
    },
    {"method": "GET", "path": ITEM, **REVIEW, "makes": at("ready")},
    {
        "method": "POST",
        "path": f"{ITEM}/decisions",
        **REVIEW,
        "makes": at("ready"),
        "headers": NEW,
        "body": {"decision": "accept"},
    },
    UNDO,
    {"method": "GET", "path": "/v1/attempts/{trial}/drafts", **REVIEW, "makes": at("ready")},
    {"method": "PUT", "path": f"{ITEM}/draft", **REVIEW, "makes": at("ready"), "body": {"body": {}}},
    {"method": "DELETE", "path": f"{ITEM}/draft", **REVIEW, "makes": at("ready")},
    {"method": "GET", "path": "/v1/attempts/{trial}/outcome", **RELEASE, "makes": at("ready")},
    {
        "method": "POST",
        "path": "/v1/attempts/{trial}/confirm",
        **RELEASE,
        "makes": at("decide"),
        "headers": LOOKED_AT,
    },
    {
        "method": "POST",
        "path": "/v1/attempts/{trial}/release",
        **RELEASE,
        "makes": at("confirm"),
        "headers": LOOKED_AT,
    },
    {"method": "POST", "path": "/v1/releases", "may": f"teacher head {ELSEWHERE}", "body": {"attempts": []}},
    {
        "method": "GET",
        "path": "/v1/attempts/{trial}/released",
        "may": "student teacher head referee",
        "hidden": f"other_student mentor {ELSEWHERE}",
        "makes": at("release"),
    },
    {
        "method": "GET",
        "path": "/v1/appeals",
        "may": "student teacher head referee",
        "blind": f"other_student {ELSEWHERE}",
    },
    {
        "method": "POST",
        "path": "/v1/appeals",
        "may": "student",
        "hidden": "other_student",
        "makes": at("release"),
        "body": {"attempt_id": "{trial}", "item": "safe", "text": "x"},
    },
    {
        "method": "GET",
        "path": "/v1/appeals/{appeal}",
        "may": "student teacher head referee",
        "hidden": f"other_student {ELSEWHERE}",
        "makes": at("plead"),
    },
    {
        "method": "POST",
        "path": "/v1/appeals/{appeal}/withdraw",
        "may": "student",
        "hidden": "other_student",
        "makes": at("plead"),
    },
    {
        "method": "GET",
        "path": "/v1/appeals/{appeal}/candidates",
        "may": "head",
        "hidden": "other_head",
        "makes": at("plead"),
    },
    {
        "method": "PUT",
        "path": "/v1/appeals/{appeal}/markers",
        "may": "head",
        "hidden": "other_head",
        "makes": at("plead"),
        "body": {"markers": ["{second}", "{third}"]},
    },
    {
        "method": "POST",
        "path": "/v1/appeals/{appeal}/arbitration",
        "may": "head",
        "hidden": "other_head",
        "makes": at("differ"),
        "body": MARK,
    },
    {"method": "GET", "path": "/v1/appeal-tasks", "may": "teacher head referee", "blind": ELSEWHERE},
    {
        "method": "GET",
        "path": "/v1/appeal-tasks/{appeal}",
        "may": "referee",
        "hidden": f"teacher head {ELSEWHERE}",
        "makes": at("assign"),
    },
    {
        "method": "POST",
        "path": "/v1/appeal-tasks/{appeal}/mark",
        "may": "referee",
        "hidden": f"teacher head {ELSEWHERE}",
        "makes": at("assign"),
        "body": MARK,
    },
    {"method": "GET", "path": "/v1/agreement", "may": "teacher head auditor", "blind": ELSEWHERE},
    {"method": "GET", "path": "/v1/drift", "may": "teacher head auditor", "blind": ELSEWHERE},
    {"method": "GET", "path": "/v1/marking", "may": f"teacher head referee {ELSEWHERE}"},
    {"method": "PUT", "path": "/v1/marking", "may": "head other_head", "body": {}},
    {
        "method": "GET",
        "path": "/v1/classes/{class_id}/marking",
        "may": "teacher other_teacher head referee",
        "hidden": "other_head",
    },
    {
        "method": "PUT",
        "path": "/v1/classes/{class_id}/marking",
        "may": "head",
        "hidden": "other_head",
        "body": {},
    },
)
