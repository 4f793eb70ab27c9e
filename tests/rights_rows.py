"""Rows of the access matrix for requests about data, access for some hours, leaks, marks as a table."""

from itertools import count
from typing import Any
from uuid import UUID

from assessor.people import access_requests, data_requests
from assessor.people.caller import Grant
from assessor.people.data_requests import Kind, Wish
from assessor.people.roles import Role
from tests.ledger_rows import Land

_COUNT = count()
ASKS = "teacher other_teacher head referee operator auditor administrator other_head"


def new_request(land: Land) -> dict[str, str]:
    """What the student of the attempt asked for, and nobody answered."""
    student = UUID(land.ids["student"])
    wish = Wish(Kind.OTHER, f"request {next(_COUNT)}")
    asked = data_requests.ask(land.school.store, land.school.caller(student), student, wish)
    data_requests_of_before(land, asked)
    return {"request": str(asked)}


def data_requests_of_before(land: Land, keep: UUID) -> None:
    """Withdraw what other rows left: only so many may wait for an answer."""
    student = land.school.caller(UUID(land.ids["student"]))
    for one in data_requests.list_requests(land.school.store, student, only_open=True):
        if one.id != keep:
            data_requests.withdraw(land.school.store, student, one.id)


def new_access_request(land: Land) -> dict[str, str]:
    """Somebody asked to see the school."""
    number = f"asker{next(_COUNT)}"
    asker = land.school.caller(land.school.add_person(number, Grant(Role.OPERATOR)))
    asked = access_requests.ask_access(land.school.store, asker, None, 1, "an incident")
    return {"access": str(asked)}


PERIOD = "?since_utc=2026-01-01T00:00:00Z&until_utc=2026-02-01T00:00:00Z"
BREACH = "head administrator other_head"
RIGHTS_ROWS: tuple[dict[str, Any], ...] = (
    {
        "method": "GET",
        "path": "/v1/people/{student}/data",
        "may": "student head",
        "hidden": "other_student other_head",
    },
    {
        "method": "POST",
        "path": "/v1/people/{student}/requests",
        "may": "student teacher head administrator",
        "hidden": "other_student other_teacher other_head",
        "makes": new_request,
        "body": {"kind": "name", "text": "on the card", "wanted": "学生"},
    },
    {
        "method": "GET",
        "path": "/v1/data-requests",
        "may": "student teacher head administrator",
        "blind": "other_student other_teacher other_head",
    },
    {
        "method": "DELETE",
        "path": "/v1/data-requests/{request}",
        "may": "student",
        "hidden": "other_student teacher other_teacher head administrator other_head",
        "makes": new_request,
    },
    {
        "method": "POST",
        "path": "/v1/data-requests/{request}/answer",
        "may": "head administrator",
        "hidden": "other_head",
        "makes": new_request,
        "body": {"approve": False, "reason": "no"},
    },
    {
        "method": "POST",
        "path": "/v1/access-requests",
        "may": ASKS,
        "body": {"hours": 1, "reason": "an incident"},
    },
    {"method": "GET", "path": "/v1/access-requests", "may": ASKS},
    {
        "method": "POST",
        "path": "/v1/access-requests/{access}/answer",
        "may": "head",
        "hidden": "other_head",
        "makes": new_access_request,
        "body": {"approve": True, "reason": "yes"},
    },
    {
        "method": "DELETE",
        "path": "/v1/access-requests/{access}",
        "may": "head",
        "hidden": "teacher other_teacher referee operator auditor administrator other_head",
        "makes": new_access_request,
    },
    {"method": "GET", "path": "/v1/audit/breach", "may": BREACH, "query": PERIOD},
    {"method": "GET", "path": "/v1/audit/breach.xlsx", "may": BREACH, "query": PERIOD},
    {
        "method": "GET",
        "path": "/v1/classes/{class_id}/marks.xlsx",
        "may": "teacher head",
        "hidden": "other_teacher other_head",
    },
)
