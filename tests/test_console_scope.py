"""Every page of the console, asked for by everybody: nothing about a student reaches who may not see them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from assessor.people import access_requests, data_requests
from assessor.people.caller import Grant
from assessor.people.data_requests import Kind, Wish
from assessor.people.roles import Role
from assessor.store import Store
from tests.attempts import build_record, write_evidence
from tests.console_site import serving
from tests.school import add_school
from tests.stores import open_store

pytestmark = [pytest.mark.fault(63), pytest.mark.slow]
CONSOLE = Path(__file__).parents[1] / "api" / "console"
NUMBER, NAME, RECORDING = "4711-number", "name-4711", "recording-4711.mp4"
OTHERS = (
    "other_student",
    "other_teacher",
    "other_head",
    "other_administrator",
    "operator",
    "auditor",
    "late_mentor",
)
PATHS = {
    "/": "/?q=4711",
    "/attempts/{attempt_id}": "/attempts/{attempt}?line=isolation",
    "/procedures/{sha256}": "/procedures/{sha256}",
    "/review": "/review?attempt={attempt}&student=4711",
    "/board": "/board?class={class_id}",
    "/people": "/people?q=4711",
    "/privacy": "/privacy?q=4711",
    "/privacy/people/{person_id}": "/privacy/people/{student}",
    "/privacy/holds": "/privacy/holds?attempt={attempt}",
    "/rules/{id}": "/rules/motor_start_stop",
    "/rules/sets/{id}": "/rules/sets/electrical_safety",
    "/benches/{id}": "/benches/trainer_24v",
    "/contest": "/contest?class={class_id}",
    "/wall/{bench}": "/wall/bench3",
}
DOORS = {"/sign-in", "/enter/{token}", "/set-up/{token}", "/{address:path}"}


def pages() -> list[str]:
    """Every address that a page of the console is registered at."""
    found = []
    for file in CONSOLE.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        constants = dict(re.findall(r'^([A-Z_]+) = "(/[^"]*)"', text, re.M))
        imported = {"ACCOUNT": "/account"}
        for literal, name in re.findall(r'@ui\.page\((?:"([^"]+)"|([A-Z_]+))', text):
            found.append(literal or (imported | constants)[name])
    return sorted(set(found) - DOORS)


@dataclass
class Place:
    """A served school; `tokens`: sessions of its people."""

    address: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, who: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        return httpx.get(self.address.rstrip("/") + path.format(**self.ids), headers=headers, timeout=60)


def build(store: Store, data: Path, place: Place) -> None:
    record = build_record(RECORDING, "4711", NUMBER)
    write_evidence(record, data)
    school, elsewhere = add_school(store), add_school(store, "另一所学校")
    first, second, far = school.add_class("一班"), school.add_class("二班"), elsewhere.add_class("三班")
    student = school.add_student(NUMBER, first, "bench3")
    school.rename(student, NAME)
    attempt = store.save_attempt(record)
    school.assign(attempt, student, first, "bench3")
    school.release_as_proposed(attempt)
    soon = store.now() + timedelta(days=1)
    people = {
        "student": student,
        "other_student": school.add_student("002", second),
        "teacher": school.add_person("T1", Grant(Role.TEACHER, first)),
        "other_teacher": school.add_person("T2", Grant(Role.TEACHER, second)),
        "referee": school.add_person("R", Grant(Role.REFEREE, first)),
        "mentor": school.add_person("M", Grant(Role.MENTOR, bench="bench3", until_utc=soon)),
        "late_mentor": school.add_person("M2", Grant(Role.MENTOR, bench="bench3", until_utc=store.now())),
        "head": school.add_person("H", Grant(Role.HEAD)),
        "operator": school.add_person("O", Grant(Role.OPERATOR)),
        "auditor": school.add_person("U", Grant(Role.AUDITOR)),
        "administrator": school.add_person("A", Grant(Role.ADMINISTRATOR)),
        "other_head": elsewhere.add_person("H", Grant(Role.HEAD)),
        "other_administrator": elsewhere.add_person("A", Grant(Role.ADMINISTRATOR)),
    }
    elsewhere.add_student("003", far)
    data_requests.ask(store, school.caller(student), student, Wish(Kind.NAME, NAME, NAME))
    access_requests.ask_access(store, school.caller(people["teacher"]), first, 1, NAME)
    place.tokens |= {name: school.session_of(person) for name, person in people.items()}
    told: dict[str, object] = {"attempt": attempt, "student": student, "class_id": first}
    place.ids |= {name: str(value) for name, value in told.items()} | {"sha256": record.procedure.sha256}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    data, own = tmp_path_factory.mktemp("pages"), Place()
    with open_store(data) as store:
        build(store, data, own)
    with serving(data) as own.address:
        yield own


def test_every_page_is_asked_for() -> None:
    assert len(pages()) > 15
    for page in pages():
        assert "{" not in page or page in PATHS, f"{page} needs a row in PATHS"


@pytest.mark.parametrize("page", pages())
def test_nobody_reads_of_a_student_who_may_not(place: Place, page: str) -> None:
    path = PATHS.get(page, page)
    for who in ("", *OTHERS):
        answer = place.get(path, who)
        assert answer.status_code < 500, (who, answer.status_code)
        for secret in (NUMBER, NAME, RECORDING):
            assert secret not in answer.text, (who, secret)
        if page != "/audit" and place.ids["student"] not in path:
            assert place.ids["student"] not in answer.text, who


def test_somebody_reads_it_so_that_there_is_something_to_read(place: Place) -> None:
    seen = {
        who: [page for page in pages() if NUMBER in place.get(PATHS.get(page, page), who).text]
        for who in ("teacher", "head")
    }
    for who, found in seen.items():
        assert {"/", "/attempts/{attempt_id}", "/board", "/people", "/privacy"} <= set(found), who


@pytest.mark.parametrize(
    "path",
    [
        "/rules/..%2f..%2f..%2fetc%2fpasswd",
        "/rules/%2e%2e%2f%2e%2e%2fpyproject",
        "/rules/sets/..%5c..%5csecret",
        "/benches/%2fetc%2fpasswd",
        "/benches/..%2f..%2fassessor.sqlite3",
        "/static/..%2f..%2f..%2fapi%2fapp.py",
        "/static/%2e%2e/%2e%2e/app.py",
        "/rules/a%00b",
        "/attempts/..%2f..%2fpeople",
        "/procedures/..%2f..%2fassessor.sqlite3",
    ],
)
@pytest.mark.fault(64)
def test_a_path_leads_nowhere_else(place: Place, path: str) -> None:
    answer = place.get(path, "head")
    assert answer.status_code in {404, 422}, answer.status_code
    for secret in ("root:", "SQLite format", "create_app", "requires-python"):
        assert secret not in answer.text


def test_the_board_leads_to_the_marks_as_a_table(place: Place) -> None:
    board = place.get(PATHS["/board"], "teacher").text
    address = "/v1/classes/{class_id}/marks.xlsx"
    assert address.format(**place.ids) in board
    table = place.get(address, "teacher")
    assert (table.status_code, table.content[:2]) == (200, b"PK")
