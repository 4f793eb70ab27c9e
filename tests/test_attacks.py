"""What somebody tries who wants in: guessing, telling names apart, planting a session, riding on one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import Settings, create_app
from api.identity import COOKIE
from assessor.errors import RefusedError
from assessor.people import accounts, passwords, sign_in
from assessor.people.caller import Grant
from assessor.people.passwords import hash_password
from assessor.people.roles import Role
from assessor.people.sign_in import LockedOutError, Visit, WrongPasswordError
from assessor.store import Store
from assessor.store.people_tables import PersonRow
from tests.api_site import serving_app
from tests.school import Clock, School, add_school, quick_passwords
from tests.stores import open_store

PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_passwords(monkeypatch)


@dataclass(frozen=True)
class Teacher:
    """Somebody with a password, in a school whose clock the test moves."""

    school: School
    clock: Clock

    @property
    def store(self) -> Store:
        return self.school.store

    def change(self, old: str, new: str = "another long password") -> None:
        (person,) = self.store.read(lambda session: [row.id for row in session.query(PersonRow)])
        accounts.change_password(self.store, self.school.caller(person), new, old)


@pytest.fixture
def teacher(store: Store) -> Teacher:
    store.now = clock = Clock()
    school = add_school(store)
    person = school.add_person("T", Grant(Role.TEACHER), login="teacher")
    hashed = hash_password(PASSWORD, "teacher")
    store.write(lambda session: setattr(session.get_one(PersonRow, person), "password_hash", hashed))
    return Teacher(school, clock)


@pytest.mark.fault(70)
def test_an_open_session_does_not_let_guess_its_password(teacher: Teacher) -> None:
    guessed = 0
    for number in range(40):
        try:
            teacher.change(f"guess number {number}")
        except LockedOutError:
            teacher.clock.forward(seconds=2)
        except RefusedError:
            guessed += 1
    assert guessed <= 10
    teacher.clock.forward(hours=1)
    teacher.change(PASSWORD)
    assert sign_in.sign_in(teacher.store, "teacher", "another long password", Visit("192.0.2.1"))


def test_guessing_at_an_open_session_does_not_lock_its_owner_out(teacher: Teacher) -> None:
    for _ in range(3):
        with pytest.raises(RefusedError):
            teacher.change("a wrong password")
    assert sign_in.sign_in(teacher.store, "teacher", PASSWORD, Visit("192.0.2.1"))


@pytest.mark.parametrize(
    "login", ["teacher", "nobody", "disabled", "without", "x" * 5000, "\0", "' OR 1=1 --"]
)
def test_every_name_costs_one_comparison(
    teacher: Teacher, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher.school.add_person("D", login="without")
    compared: list[str] = []
    hasher: Any = passwords._hasher()

    class Counting:
        def verify(self, given: str, kept: str) -> bool:
            compared.append(kept)
            return bool(hasher.verify(given, kept))

        def hash(self, given: str) -> str:
            return str(hasher.hash(given))

    passwords._nobodys()
    monkeypatch.setattr(passwords, "_hasher", Counting)
    with pytest.raises(WrongPasswordError) as refused:
        sign_in.sign_in(teacher.store, login, "a wrong password", Visit("192.0.2.1"))
    assert len(compared) == 1 and compared[0].startswith("$argon2id$")
    assert refused.value.text == sign_in.WRONG


@dataclass(frozen=True)
class Site:
    """A served school with a teacher."""

    client: httpx.Client
    school: School
    token: str


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with open_store(tmp_path) as store:
        school = add_school(store)
        person = school.add_person("T", Grant(Role.ADMINISTRATOR), login="teacher")
        hashed = hash_password(PASSWORD, "teacher")
        store.write(lambda session: setattr(session.get_one(PersonRow, person), "password_hash", hashed))
        with serving_app(create_app(Settings(store, console=False))) as client:
            yield Site(client, school, school.session_of(person))


def test_a_session_that_was_planted_never_becomes_the_victims(site: Site) -> None:
    planted = "as_" + "p" * 43
    body = {"login": "teacher", "password": PASSWORD}
    answer = site.client.post("/v1/session", json=body, headers={"Cookie": f"{COOKIE}={planted}"})
    assert answer.json()["token"] != planted
    for header in ({"Cookie": f"{COOKIE}={planted}"}, {"Authorization": f"Bearer {planted}"}):
        assert site.client.get("/v1/session", headers=header).status_code == 401


CHANGES: tuple[Callable[[httpx.Client, dict[str, str]], httpx.Response], ...] = (
    lambda client, headers: client.post("/v1/people", headers=headers, json={"number": "9", "name": "x"}),
    lambda client, headers: client.post("/v1/people", headers=headers, data={"number": "9", "name": "x"}),
    lambda client, headers: client.post(
        "/v1/people", headers=headers | {"Content-Type": "text/plain"}, content=b'{"number":"9","name":"x"}'
    ),
    lambda client, headers: client.put("/v1/retention", headers=headers, json={"clips": 1}),
    lambda client, headers: client.delete("/v1/session", headers=headers),
)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://127.0.0.1:1", "http://[", "x"],
)
def test_a_page_elsewhere_cannot_ride_on_the_cookie(
    site: Site, change: Callable[[httpx.Client, dict[str, str]], httpx.Response], origin: str
) -> None:
    headers = {"Cookie": f"{COOKIE}={site.token}", "Origin": origin}
    assert change(site.client, headers).status_code == 403
    assert site.client.get("/v1/session", headers={"Cookie": f"{COOKIE}={site.token}"}).status_code == 200


def test_a_browser_that_says_it_comes_from_elsewhere_is_believed(site: Site) -> None:
    headers = {"Cookie": f"{COOKIE}={site.token}", "Sec-Fetch-Site": "cross-site"}
    assert site.client.delete("/v1/session", headers=headers).status_code == 403
    own = headers | {"Sec-Fetch-Site": "same-origin"}
    assert site.client.delete("/v1/session", headers=own).status_code == 204
