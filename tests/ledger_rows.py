"""Rows of the access matrix for the audit chain, consent, exports, erasure, days and holds."""

from itertools import count
from typing import Any, Protocol
from uuid import UUID

from assessor.ledger.audit import MACHINE
from assessor.ledger.holds import put_hold
from assessor.people.caller import Grant
from assessor.people.roles import Role
from tests.school import School

_COUNT = count()


class Land(Protocol):
    """What the rows need of the land they are tried in."""

    @property
    def school(self) -> School:
        """The school."""

    @property
    def ids(self) -> dict[str, str]:
        """Of the attempt."""


def new_student(land: Land) -> dict[str, str]:
    """Somebody to erase."""
    number = f"erased{next(_COUNT)}"
    return {"leaver": str(land.school.add_person(number, Grant(Role.STUDENT))), "number": number}


def new_hold(land: Land) -> dict[str, str]:
    return {"hold": str(put_hold(land.school.store, MACHINE, UUID(land.ids["attempt_id"]), "court"))}


AUDITS = "head auditor administrator"
CONSENT = {"purpose": "research", "kind": "given", "given_by": "self", "text_version": "2026-1"}
LEDGER_ROWS: tuple[dict[str, Any], ...] = (
    {"method": "GET", "path": "/v1/audit", "may": AUDITS, "blind": "other_head"},
    {"method": "GET", "path": "/v1/audit/chain", "may": f"{AUDITS} other_head"},
    {"method": "GET", "path": "/v1/audit/report", "may": f"{AUDITS} other_head", "query": "?year=2026"},
    {
        "method": "GET",
        "path": "/v1/people/{student}/consents",
        "may": "student teacher head",
        "hidden": "other_student other_teacher other_head",
    },
    {
        "method": "POST",
        "path": "/v1/people/{student}/consents",
        "may": "teacher head",
        "hidden": "other_teacher other_head",
        "body": CONSENT,
    },
    {
        "method": "POST",
        "path": "/v1/people/{student}/export",
        "may": "student head",
        "hidden": "other_student other_head",
    },
    {
        "method": "POST",
        "path": "/v1/people/{leaver}/erasure",
        "may": "head",
        "hidden": "other_head",
        "makes": new_student,
        "body": {"number": "{number}"},
    },
    {"method": "GET", "path": "/v1/retention", "may": "head administrator other_head"},
    {
        "method": "PUT",
        "path": "/v1/retention",
        "may": "head administrator other_head",
        "body": {"clips": 30},
    },
    {"method": "GET", "path": "/v1/holds", "may": "head", "blind": "other_head"},
    {
        "method": "POST",
        "path": "/v1/attempts/{attempt_id}/holds",
        "may": "head",
        "hidden": "other_head",
        "body": {"reason": "court"},
    },
    {
        "method": "DELETE",
        "path": "/v1/holds/{hold}",
        "may": "head",
        "hidden": "other_head",
        "makes": new_hold,
    },
)
