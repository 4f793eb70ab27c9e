"""Access over HTTP beyond the matrix: what is noted, what ends at once, which secrets stay inside."""

import io
import logging
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

import assessor.store
from api.app import Settings, create_app
from api.identity import COOKIE, own_path
from api.views import STRETCH
from assessor.ledger import audit
from assessor.ledger.backup import back_up
from assessor.ledger.breach import Period, whose_data
from assessor.ledger.export import export_person
from assessor.people import accounts, assign, links, sign_in
from assessor.people.accounts import NewAccount
from assessor.people.assign import Owner
from assessor.people.caller import Grant
from assessor.people.demo_school import STUDENTS, prepare
from assessor.people.links import SetUp
from assessor.people.roles import Action, Role
from assessor.people.scope import seen_by
from assessor.people.sign_in import Visit
from assessor.store import Store, UnknownIdError
from assessor.store.ledger_tables import AuditRow
from tests.api_site import serving_app
from tests.attempts import build_record, write_evidence
from tests.school import Clock, School, add_school
from tests.stores import open_store, place_of

VISIT = Visit("127.0.0.1")


@dataclass(frozen=True)
class Site:
    """A served school whose clock the test moves, and a clip in it."""

    client: httpx.Client
    school: School
    clock: Clock
    clip: str

    def get(self, path: str, token: str) -> httpx.Response:
        return self.client.get(path, headers={"Authorization": f"Bearer {token}"})

    def noted(self) -> list[tuple[str, str | None, str | None]]:
        rows = self.school.store.read(
            lambda session: [(r.action, r.actor_id, r.object_id) for r in session.scalars(select(AuditRow))]
        )
        return [row for row in rows if row[0].startswith(("clip.", "evidence."))]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    record = build_record()
    write_evidence(record, tmp_path)
    with open_store(tmp_path) as store:
        store.now = clock = Clock()
        school = add_school(store)
        attempt = store.save_attempt(record)
        evidence = next(iter(store.evidence_ids(attempt).values()))
        school.assign(attempt, None, school.add_class("一班"), "bench1")
        with serving_app(create_app(Settings(store, console=False))) as client:
            yield Site(client, school, clock, f"/v1/evidence/{evidence}/clip")


@pytest.mark.fault(80)
def test_a_mentor_whose_time_is_over_opens_nothing_and_that_is_noted(site: Site) -> None:
    until = site.clock.now + timedelta(hours=1)
    mentor = site.school.add_person("M", Grant(Role.MENTOR, bench="bench1", until_utc=until))
    token = site.school.session_of(mentor)
    assert site.get(site.clip, token).status_code == 200
    site.clock.forward(minutes=59)
    assert site.get(site.clip, token).status_code == 200
    site.clock.forward(minutes=1)
    answer = site.get(site.clip, token)
    assert (answer.status_code, "video" in answer.headers["content-type"]) == (403, False)
    evidence = site.clip.split("/")[3]
    assert site.noted() == [("clip.view", str(mentor), evidence)] * 2 + [
        ("evidence.read.refused", str(mentor), site.clip)
    ]


@pytest.mark.fault(80)
def test_a_role_that_is_taken_opens_nothing_from_that_moment(site: Site) -> None:
    teacher = site.school.add_person("T", Grant(Role.TEACHER))
    token = site.school.session_of(teacher)
    assert site.get(site.clip, token).status_code == 200
    site.school.revoke(teacher)
    assert site.get(site.clip, token).status_code == 403


def test_a_clip_in_many_pieces_is_one_look(site: Site) -> None:
    head = site.school.add_person("H", Grant(Role.HEAD))
    token = site.school.session_of(head)
    for first in (0, 100, 200):
        header = {"Authorization": f"Bearer {token}", "Range": f"bytes={first}-{first + 99}"}
        assert site.client.get(site.clip, headers=header).status_code == 206
    assert len(site.noted()) == 1
    site.clock.now += STRETCH
    site.get(site.clip, token)
    assert len(site.noted()) == 2


def test_who_asks_for_anothers_clip_is_noted(site: Site) -> None:
    other = site.school.add_person("T2", Grant(Role.TEACHER, site.school.add_class("二班")))
    assert site.get(site.clip, site.school.session_of(other)).status_code == 404
    assert [row[0] for row in site.noted()] == ["clip.refused"]


def test_a_cookie_signs_in_like_a_token(site: Site) -> None:
    head = site.school.add_person("H", Grant(Role.HEAD))
    cookie = {"Cookie": f"{COOKIE}={site.school.session_of(head)}"}
    assert site.client.get("/v1/session", headers=cookie).json()["roles"] == ["head"]
    other = site.client.get("/v1/session", headers=cookie | {"Authorization": "Basic eDp5"})
    assert other.status_code == 401, "another way of signing in is not passed over"


@pytest.mark.parametrize(
    ("asked", "goes"),
    [
        pytest.param("/attempts/1?line=x", "/attempts/1?line=x", id="own page"),
        pytest.param("//evil.example", "/", id="another site"),
        pytest.param("/\\evil.example", "/", id="backslash"),
        pytest.param("https://evil.example", "/", id="address"),
        pytest.param("/a\r\nSet-Cookie: x", "/", id="two lines"),
        pytest.param(None, "/", id="none"),
    ],
)
def test_signing_in_leads_to_an_own_page(asked: str | None, goes: str) -> None:
    assert own_path(asked) == goes


@pytest.mark.fault(84)
def test_no_secret_reaches_the_log_the_answers_or_the_database(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = {"canary password 4711"}
    with open_store(tmp_path) as store:
        link = links.set_up_link(store)
        assert link is not None
        token = links.set_up(store, link, SetUp("学校", "管理员", "admin", "canary password 4711"), VISIT)
        admin = sign_in.who(store, token)
        assert admin is not None
        _, second = accounts.create_account(store, admin, NewAccount("2", "教师", "teacher"))
        with serving_app(create_app(Settings(store, console=False))) as client:
            client.headers["Authorization"] = f"Bearer {token}"
            key = client.post("/v1/devices", json={"bench": "b", "name": "n"}).json()["key"]
            answers = [
                client.post("/v1/session", json={"login": "admin", "password": "canary password 4711x"}),
                client.put("/v1/session/password", json={"new": "x", "old": "canary password 4711"}),
                client.post("/v1/session", content=b'{"password": "canary password 4711"'),
                client.get("/v1/devices"),
                client.get("/v1/people"),
            ]
        secrets |= {link, token, second, key}
    told = caplog.text + "".join(answer.text for answer in answers)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in secrets:
        assert secret not in told
        assert secret.encode() not in kept


def test_the_sample_school_shows_each_student_their_attempt(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        attempt = store.save_attempt(build_record(student=next(iter(STUDENTS))))
        token = prepare(store)
        assert token is not None
        caller = sign_in.who(store, links.enter(store, token, VISIT))
        assert caller is not None
        assert caller.may(Action.EDIT_PEOPLE) and not caller.must_change
        assert store.seen_as(seen_by(caller)).attempt(attempt).id == attempt
        assert links.set_up_link(store) is None
        again = prepare(store)
        assert again is not None and again != token, "the next day there is a new link"


def test_a_real_school_is_no_sample(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        add_school(store)
        assert prepare(store) is None


def test_an_attempt_goes_to_whom_a_teacher_says(store: Store) -> None:
    school = add_school(store)
    first, second = school.add_class("一班"), school.add_class("二班")
    student, other = school.add_student("1", first), school.add_student("2", second)
    attempt = store.save_attempt(build_record())
    school.assign(attempt, None, first)
    teacher = school.caller(school.add_person("T", Grant(Role.TEACHER, first)))
    assign.assign(store, teacher, attempt, Owner(student), "seat plan")
    school.release(attempt)
    assert store.seen_as(seen_by(school.caller(student))).attempt(attempt).id == attempt
    with pytest.raises(UnknownIdError):
        assign.assign(store, teacher, attempt, Owner(other), "not of this class")
    stranger = school.caller(school.add_person("T2", Grant(Role.TEACHER, second)))
    with pytest.raises(UnknownIdError):
        assign.assign(store, stranger, attempt, Owner(other), "not of this class")


def test_a_printed_sheet_is_a_look_at_its_stills(site: Site) -> None:
    head = site.school.add_person("H", Grant(Role.HEAD))
    attempt = site.school.store.attempts(1).items[0].id
    token = site.school.session_of(head)
    assert site.get(f"/v1/attempts/{attempt}/sheet.html", token).status_code == 200
    period = Period(site.clock.now - timedelta(hours=1), site.clock.now + timedelta(hours=1))
    seen = whose_data(site.school.store, site.school.caller(head), period)
    assert [(one.action, one.by_id) for one in seen] == [("sheet.print", str(head))]


def test_what_a_student_takes_lies_nowhere_afterwards(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(aside))
    student = site.school.add_person("1", Grant(Role.STUDENT))
    bearer = {"Authorization": f"Bearer {site.school.session_of(student)}"}
    path = f"/v1/people/{student}/export"
    answer = site.client.post(path, headers=bearer)
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    with site.client.stream("POST", path, headers=bearer):
        """Hang up before the end."""
    assert list(aside.iterdir()) == []


def test_results_are_for_the_account_that_keeps_them_alone(tmp_path: Path) -> None:
    with assessor.store.open_store(place_of(tmp_path / "new"), tmp_path / "new") as store:
        school = add_school(store)
        person = school.add_person("1", Grant(Role.STUDENT))
        back_up(store, tmp_path / "backup")
        export_person(store, audit.MACHINE, person, tmp_path / "own.zip")
    modes = {name: (tmp_path / name).stat().st_mode & 0o077 for name in ("new", "backup", "own.zip")}
    assert modes == dict.fromkeys(modes, 0)
