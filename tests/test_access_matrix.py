"""Who may call which route about whose things: a row for every route of the OpenAPI document, for every role.

A route without a row fails. `may`: gets an answer; `hidden`: may do such things, but not with this one (404);
everybody else hears 403, and nobody 401. `blind`: gets a list in which this one must not stand; `conflict`:
may do it, but not with this version.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from api.app import Settings, create_app
from api.limits import Rate
from assessor.people.caller import Grant
from assessor.people.roles import Role
from assessor.people.roster_file import write_xlsx
from tests.api_site import serving_app
from tests.attempts import build_record, write_evidence
from tests.ledger_rows import LEDGER_ROWS
from tests.live_rows import LIVE_ROWS
from tests.review_rows import REVIEW_ROWS
from tests.rights_rows import RIGHTS_ROWS
from tests.school import School, add_school
from tests.stores import open_store

EVERYBODY = "student other_student teacher other_teacher head referee mentor operator auditor administrator"
STAFF = "teacher other_teacher head referee operator administrator"
SEE_ATTEMPT = "student teacher head referee mentor"
NOT_THIS_ATTEMPT = "other_student other_teacher other_head"


@dataclass(frozen=True)
class Land:
    """A school with everybody in it and a released attempt of one student; another school with its head."""

    client: httpx.Client
    school: School
    ids: dict[str, str]
    keys: dict[str, str]

    def call(self, row: "Row", who: str) -> Any:
        made = row.makes(self) if row.makes else {}
        headers = {"Authorization": f"Bearer {self.keys[who]}"} if who in self.keys else {}
        headers |= {name: self._filled(value, made) for name, value in row.headers.items()}
        path = row.path.format(**(self.ids | made)) + row.query
        given: dict[str, Any] = {"content": row.body} if isinstance(row.body, bytes) else {}
        if isinstance(row.body, dict):
            given = {"json": {name: self._filled(value, made) for name, value in row.body.items()}}
        return self.client.request(row.method, path, headers=headers, **given)

    def _filled(self, value: Any, made: dict[str, str]) -> Any:
        if isinstance(value, list):
            return [self._filled(one, made) for one in value]
        return value.format(**(self.ids | made)) if isinstance(value, str) else value


@dataclass(frozen=True)
class Row:
    """One route with what is sent to it."""

    method: str
    path: str
    may: str = ""
    hidden: str = ""
    blind: str = ""
    query: str = ""
    body: dict[str, Any] | bytes | None = None
    makes: Callable[[Land], dict[str, str]] | None = field(default=None)
    headers: dict[str, str] = field(default_factory=dict)
    conflict: str = ""

    def expected(self, who: str) -> set[int]:
        if self.may == "everybody" or who in (self.may + " " + self.blind).split():
            return {200, 201, 204, 206}
        if who == "nobody":
            return {401}
        if who in self.conflict.split():
            return {409}
        return {404} if who in self.hidden.split() else {403}


_COUNT = iter(range(10**6))


def new_person(land: Land) -> dict[str, str]:
    """A teacher whom nobody else needs."""
    number = f"new{next(_COUNT)}"
    person = land.school.add_person(number, Grant(Role.TEACHER), login=number)
    return {"new_person": str(person), "number": number}


def new_device(land: Land) -> dict[str, str]:
    return {"new_device": str(land.school.add_device("bench9")[0])}


def new_grant(land: Land) -> dict[str, str]:
    person = UUID(new_person(land)["new_person"])
    return {"new_grant": str(land.school.grants_of(person)[0])}


def new_number(land: Land) -> dict[str, str]:
    return {"number": f"number{next(_COUNT)}"}


EVERYWHERE = (Role.HEAD, Role.OPERATOR, Role.AUDITOR, Role.ADMINISTRATOR)
LIST = write_xlsx([["学号", "姓名", "班级"], ["900", "学生", "三班"]])
READ_ONE: dict[str, Any] = {"may": SEE_ATTEMPT, "hidden": NOT_THIS_ATTEMPT}
STUDENT: dict[str, Any] = {"may": "teacher head administrator", "hidden": "other_teacher other_head"}
ADMINISTRATOR: dict[str, Any] = {"may": "administrator"}
EVENT = {"seq": 1, "happened_utc": "2026-03-02T08:00:00Z", "kind": "switch", "subject": "Q1", "confidence": 1}

ROWS = (
    Row("GET", "/v1/health", "everybody"),
    Row("GET", "/v1/source", "everybody"),
    Row("POST", "/v1/session", "", body={"login": "nobody", "password": "a wrong password"}),
    Row("GET", "/v1/session", EVERYBODY + " other_head"),
    Row("DELETE", "/v1/session", EVERYBODY + " other_head"),
    Row("PUT", "/v1/session/password", "", body={"new": "too short", "old": "wrong"}),
    Row("GET", "/v1/attempts", SEE_ATTEMPT, blind=NOT_THIS_ATTEMPT),
    Row("GET", "/v1/attempts/{attempt_id}", **READ_ONE),
    Row("GET", "/v1/attempts/{attempt_id}/marksheet", **READ_ONE),
    Row("GET", "/v1/attempts/{attempt_id}/verdicts", **READ_ONE),
    Row("GET", "/v1/attempts/{attempt_id}/sheet.html", **READ_ONE),
    Row("GET", "/v1/attempts/{attempt_id}/sheet.pdf", **READ_ONE),
    Row(
        "POST",
        "/v1/attempts/{attempt_id}/assignment",
        "teacher head",
        "other_teacher other_head",
        body={"person_id": "{student}", "class_id": "{class_id}", "bench": "bench3", "reason": "seat plan"},
    ),
    Row("GET", "/v1/evidence/{evidence_id}/clip", **READ_ONE),
    Row("GET", "/v1/evidence/{evidence_id}/still", **READ_ONE),
    Row("GET", "/v1/procedures", SEE_ATTEMPT + " " + STAFF + " other_head", blind="other_student"),
    Row("GET", "/v1/procedures/{sha256}", SEE_ATTEMPT + " " + STAFF + " other_head", "other_student"),
    Row("GET", "/v1/benches", SEE_ATTEMPT + " " + STAFF + " other_head", blind="other_student"),
    Row("GET", "/v1/people", "teacher head administrator", blind="other_teacher other_head"),
    Row("GET", "/v1/classes", "teacher head administrator", blind="other_teacher other_head"),
    Row("GET", "/v1/people/{student}", **STUDENT),
    Row(
        "POST",
        "/v1/people",
        **ADMINISTRATOR,
        makes=new_number,
        body={"number": "{number}", "name": "教师", "login": "{number}"},
    ),
    Row("POST", "/v1/people/{new_person}/link", **ADMINISTRATOR, makes=new_person),
    Row("POST", "/v1/people/{new_person}/disable", **ADMINISTRATOR, makes=new_person),
    Row("POST", "/v1/people/{new_person}/enable", **ADMINISTRATOR, makes=new_person),
    Row(
        "POST", "/v1/people/{new_person}/grants", **ADMINISTRATOR, makes=new_person, body={"role": "auditor"}
    ),
    Row(
        "PUT",
        "/v1/people/{new_person}/subject",
        **ADMINISTRATOR,
        makes=new_person,
        body={"subject": "{number}"},
    ),
    Row("DELETE", "/v1/grants/{new_grant}", **ADMINISTRATOR, makes=new_grant),
    Row("GET", "/v1/roster/template", "head administrator other_head"),
    Row("POST", "/v1/roster/preview", "head administrator other_head", query="?term=2026-1", body=LIST),
    Row("POST", "/v1/roster", "head administrator other_head", query="?term=2026-1", body=LIST),
    Row("GET", "/v1/devices", "operator administrator"),
    Row("POST", "/v1/devices", "operator administrator", body={"bench": "bench9", "name": "工位九"}),
    Row("DELETE", "/v1/devices/{new_device}", "operator administrator", makes=new_device),
    Row("GET", "/v1/devices/{device_id}/events", "operator teacher head", hidden="other_teacher other_head"),
    Row("POST", "/v1/events", "device", body={"sent_utc": "2026-03-02T08:00:01Z", "events": [EVENT]}),
    Row("GET", "/v1/metrics", "operator administrator monitor"),
    *(Row(**row) for row in (*REVIEW_ROWS, *LEDGER_ROWS, *RIGHTS_ROWS, *LIVE_ROWS)),
)


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Land]:
    data = tmp_path_factory.mktemp("land")
    record = build_record(student="001")
    write_evidence(record, data)
    with open_store(data) as store:
        school = add_school(store)
        first, second = school.add_class("一班"), school.add_class("二班")
        student, other = school.add_student("001", first), school.add_student("002", second)
        attempt = store.save_attempt(record)
        school.assign(attempt, student, first, "bench3")
        school.release_as_proposed(attempt)
        elsewhere = add_school(store, "另一所学校")
        until = store.now() + timedelta(days=1)
        people = {
            "teacher": Grant(Role.TEACHER, first),
            "other_teacher": Grant(Role.TEACHER, second),
            "referee": Grant(Role.REFEREE, first),
            "mentor": Grant(Role.MENTOR, bench="bench3", until_utc=until),
            **{str(role): Grant(role) for role in EVERYWHERE},
        }
        ids = {name: school.add_person(f"S-{name}", grant) for name, grant in people.items()}
        ids |= {"student": student, "other_student": other}
        keys = {name: school.session_of(person) for name, person in ids.items()}
        keys["other_head"] = elsewhere.session_of(elsewhere.add_person("H", Grant(Role.HEAD)))
        device, keys["device"] = school.add_device("bench3")
        _, keys["monitor"] = school.add_device("")
        told = {
            "attempt_id": attempt,
            "evidence_id": next(iter(store.evidence_ids(attempt).values())),
            "sha256": record.procedure.sha256,
            "student": student,
            "class_id": first,
            "device_id": device,
        }
        app = create_app(Settings(store, console=False, rate=Rate(10_000, 10_000)))
        with serving_app(app) as client:
            yield Land(client, school, {name: str(id) for name, id in told.items()}, keys)


@pytest.mark.fault(63)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.path}")
def test_every_role_gets_its_own_and_nothing_else(land: Land, row: Row) -> None:
    if row.path == "/v1/session" and row.method in {"POST", "DELETE"}:
        return  # the two tests below
    for who in (*land.keys, "nobody"):
        answer = land.call(row, who)
        if row.path == "/v1/session/password":
            expected = {422} if who in (EVERYBODY + " other_head").split() else row.expected(who)
        else:
            expected = row.expected(who)
        assert answer.status_code in expected, (who, answer.status_code, answer.text[:300])
        if who in row.blind.split() and answer.status_code == 200:
            for name in ("attempt_id", "student", "class_id", "sha256"):
                assert land.ids[name] not in answer.text, (who, name)


def test_every_route_has_a_row(land: Land) -> None:
    document = land.client.get("/v1/openapi.json", headers={"Authorization": f"Bearer {land.keys['head']}"})
    for path, methods in document.json()["paths"].items():
        shape = re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)))
        for method in methods:
            rows = [row for row in ROWS if row.method == method.upper() and shape.fullmatch(row.path)]
            assert rows, f"{method.upper()} {path} needs a row"


@pytest.mark.parametrize("path", ["/v1/openapi.json", "/v1/attempts?limit=1", "/v1/session"])
@pytest.mark.parametrize("key", ["as_", "ad_", "as_" + "x" * 43, "é" * 10])
def test_a_key_that_was_never_given_opens_nothing(land: Land, path: str, key: str) -> None:
    headers = {b"Authorization": b"Bearer " + key.encode("latin-1")}
    answer = land.client.get(path, headers=headers)
    assert (answer.status_code, answer.json()["text"]["en"]) == (401, "Sign in first.")


def test_signing_in_and_out_over_the_interface(land: Land) -> None:
    answer = land.client.post("/v1/session", json={"login": "nobody", "password": "a wrong password"})
    assert (answer.status_code, answer.json()["text"]["en"]) == (401, "The name or the password is wrong.")
    token = land.school.session_of(UUID(land.ids["student"]))
    headers = {"Authorization": f"Bearer {token}"}
    who = land.client.get("/v1/session", headers=headers).json()
    assert (who["roles"], who["person_id"]) == (["student"], land.ids["student"])
    assert land.client.delete("/v1/session", headers=headers).status_code == 204
    assert land.client.get("/v1/session", headers=headers).status_code == 401


@pytest.mark.fault(63)
def test_one_without_the_right_cannot_tell_what_is_hidden_from_what_is_not_there(land: Land) -> None:
    headers = {"Authorization": f"Bearer {land.keys['other_teacher']}", "Accept-Language": "en"}
    hidden = land.client.get(f"/v1/attempts/{land.ids['attempt_id']}", headers=headers).json()
    unknown = land.client.get(f"/v1/attempts/{UUID(int=7)}", headers=headers).json()
    for name in ("status", "title", "type", "errors"):
        assert hidden[name] == unknown[name]
    assert hidden["detail"].replace(land.ids["attempt_id"], "") == unknown["detail"].replace(
        str(UUID(int=7)), ""
    )
