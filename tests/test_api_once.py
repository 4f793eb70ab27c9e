"""A POST with an Idempotency-Key over real HTTP: done once, however often it is sent, also side by side."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from api.app import ROUTES, Settings, create_app
from api.deps import check_declarations
from api.limits import Rate
from api.once import HEADER, REPLAYED, check_once
from assessor.errors import ConflictError
from assessor.ledger import answered, retention
from assessor.ledger.audit import Actor
from assessor.ledger.holds import list_holds, put_hold
from assessor.people.caller import Grant
from assessor.people.roles import Role
from assessor.store import Store
from assessor.store.ledger_tables import AnsweredRequestRow
from assessor.store.tables import AttemptRow
from tests.api_site import serving_app
from tests.attempts import build_record
from tests.school import Clock, School, add_school
from tests.stores import open_store


@dataclass(frozen=True)
class Site:
    """A served school with an attempt that a head may put holds on."""

    client: httpx.Client
    store: Store
    school: School
    attempt: UUID
    head: UUID

    @property
    def path(self) -> str:
        return f"/v1/attempts/{self.attempt}/holds"

    def hold(self, key: str | None = None, reason: str = "appeal", token: str = "") -> Any:
        headers = {} if key is None else {HEADER: key}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        return self.client.post(self.path, json={"reason": reason}, headers=headers)

    def holds(self) -> int:
        return len(list_holds(self.store, AttemptRow.id == self.attempt))

    def rows(self) -> list[AnsweredRequestRow]:
        query = select(AnsweredRequestRow).where(AnsweredRequestRow.actor.contains(str(self.head)))
        return self.store.read(lambda session: list(session.scalars(query)))

    def asked(self, key: str, reason: str = "appeal") -> answered.Asked:
        """As the server would name the request."""
        body = httpx.Request("POST", "http://x", json={"reason": reason}).content
        content = (self.path.encode(), b"", b"", body)
        return answered.asked(f"person {self.head}", "/v1/attempts/{attempt_id}/holds", key, content)


@contextmanager
def serving(store: Store) -> Iterator[tuple[httpx.Client, School]]:
    with serving_app(create_app(Settings(store, console=False, rate=Rate(10**6, 10**6)))) as client:
        yield client, add_school(store)


def new_site(served: tuple[httpx.Client, School]) -> Site:
    """With a head and an attempt that nobody else has."""
    client, school = served
    head = school.add_person(uuid4().hex, Grant(Role.HEAD), Grant(Role.ADMINISTRATOR))
    client.headers["Authorization"] = f"Bearer {school.session_of(head)}"
    attempt = school.store.save_attempt(build_record(content=uuid4().hex))
    return Site(client, school.store, school, attempt, head)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, School]]:
    with open_store(tmp_path_factory.mktemp("once")) as store, serving(store) as both:
        yield both


@pytest.fixture
def site(served: tuple[httpx.Client, School]) -> Site:
    return new_site(served)


@pytest.fixture
def any_site(store: Store) -> Iterator[Site]:
    """On each database."""
    with serving(store) as both:
        yield new_site(both)


def test_the_same_key_and_body_get_the_same_answer_and_one_effect(any_site: Site) -> None:
    answers = [any_site.hold("key-1") for _ in range(3)]
    assert [one.status_code for one in answers] == [201] * 3
    assert len({one.text for one in answers}) == 1
    assert [REPLAYED in one.headers for one in answers] == [False, True, True]
    assert answers[2].headers["content-type"] == "application/json"
    assert any_site.holds() == 1


def test_without_a_key_each_request_counts(site: Site) -> None:
    assert {site.hold().status_code, site.hold().status_code} == {201}
    assert (site.holds(), site.rows()) == (2, [])


def test_the_same_key_with_another_body_is_refused(site: Site) -> None:
    first, other = site.hold("key-1"), site.hold("key-1", "court")
    assert (first.status_code, other.status_code, site.holds()) == (201, 422, 1)
    assert "held something else" in other.json()["text"]["en"]


def test_a_key_is_its_callers_own(site: Site) -> None:
    second = site.school.session_of(site.school.add_person(uuid4().hex, Grant(Role.HEAD)))
    assert site.hold("key-1").status_code == site.hold("key-1", token=second).status_code == 201
    assert site.holds() == 2


def test_a_right_that_ended_gets_no_kept_answer(site: Site) -> None:
    head = site.school.add_person(uuid4().hex, Grant(Role.HEAD))
    token = site.school.session_of(head)
    assert site.hold("key-1", token=token).status_code == 201
    site.school.revoke(head)
    assert site.hold("key-1", token=token).status_code == 403


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="empty"),
        pytest.param("a b", id="space"),
        pytest.param("x" * 101, id="too long"),
        pytest.param("é", id="not ASCII"),
    ],
)
def test_a_key_that_is_none_is_refused_by_name(site: Site, key: str) -> None:
    headers = {HEADER.encode(): key.encode("latin-1")}
    answer = site.client.post(site.path, json={"reason": "x"}, headers=headers)
    assert (answer.status_code, site.holds()) == (422, 0)
    assert answer.json()["errors"][0]["where"] == f"header.{HEADER}"


def test_what_was_refused_with_nothing_written_may_be_sent_again(site: Site) -> None:
    assert site.hold("key-1", reason="").status_code == 422
    assert (site.hold("key-1").status_code, site.holds()) == (201, 1)


def test_keys_and_requests_are_kept_as_hashes_only(site: Site) -> None:
    site.hold("a-key-of-mine", "a reason of mine")
    (row,) = site.rows()
    assert "a-key-of-mine" not in row.key
    assert (len(row.key), len(row.request_sha256)) == (64, 64)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("/v1/devices", {"bench": "b", "name": "n"}, id="device key"),
        pytest.param("/v1/people", {"number": "T1", "name": "n", "login": "t1"}, id="first link"),
        pytest.param("/v1/people/{person}/link", None, id="link"),
    ],
)
def test_an_answer_with_a_secret_is_told_once_and_kept_nowhere(
    site: Site, path: str, body: dict[str, str] | None
) -> None:
    person = site.school.add_person(uuid4().hex, Grant(Role.TEACHER), login=uuid4().hex)
    path = path.format(person=person)
    first, again = (site.client.post(path, json=body, headers={HEADER: "k"}) for _ in range(2))
    assert first.status_code in {200, 201}
    assert (again.status_code, "told once" in again.json()["text"]["en"]) == (409, True)
    (row,) = site.rows()
    assert (row.status, row.body) == (first.status_code, "")


@pytest.mark.parametrize("how", ["sign in", "events", "roster preview"])
def test_what_may_be_sent_twice_keeps_nothing(site: Site, how: str) -> None:
    _, device = site.school.add_device("bench1")
    event = {"seq": 1, "happened_utc": "2026-03-02T08:00:00Z", "kind": "k", "subject": "s", "confidence": 1}
    sent: dict[str, tuple[str, dict[str, Any]]] = {
        "sign in": ("/v1/session", {"json": {"login": "nobody", "password": "wrong"}}),
        "events": ("/v1/events", {"json": {"sent_utc": "2026-03-02T08:00:01Z", "events": [event]}}),
        "roster preview": (
            "/v1/roster/preview?term=1",
            {"content": "学号,姓名,班级\n1,学生,一班\n".encode()},
        ),
    }
    path, what = sent[how]
    headers = {HEADER: "k"} | ({"Authorization": f"Bearer {device}"} if how == "events" else {})
    answers = [site.client.post(path, headers=headers, **what) for _ in range(2)]
    assert (site.rows(), [REPLAYED in one.headers for one in answers]) == ([], [False, False])


def test_an_answer_of_nothing_is_nothing_again(site: Site) -> None:
    person = site.school.add_person(uuid4().hex, Grant(Role.TEACHER), login=uuid4().hex)
    answers = [site.client.post(f"/v1/people/{person}/disable", headers={HEADER: "k"}) for _ in range(2)]
    assert [(one.status_code, one.content) for one in answers] == [(204, b"")] * 2
    assert REPLAYED in answers[1].headers


@pytest.mark.fault(76)
def test_a_server_that_died_before_its_answer_was_kept_does_nothing_again(any_site: Site) -> None:
    """What a killed server leaves behind: the effect and the mark, from one transaction, and no answer."""
    marked = answered.marked(any_site.store, any_site.asked("key-1"))
    put_hold(marked, Actor("person", str(any_site.head)), any_site.attempt, "appeal")
    answer = any_site.hold("key-1")
    assert (answer.status_code, any_site.holds()) == (409, 1)
    assert "before its answer was kept" in answer.json()["text"]["en"]
    assert any_site.hold("key-1", "court").status_code == 422
    assert (any_site.hold("key-2").status_code, any_site.holds()) == (201, 2)


@pytest.mark.fault(76)
def test_a_server_that_died_before_the_effect_does_it_the_second_time(site: Site) -> None:
    answered.marked(site.store, site.asked("key-1"))
    assert (site.hold("key-1").status_code, site.holds()) == (201, 1)


def test_another_process_that_was_faster_wins(any_site: Site) -> None:
    slower = answered.marked(any_site.store, any_site.asked("key-1"))
    assert any_site.hold("key-1").status_code == 201
    with pytest.raises(ConflictError):
        put_hold(slower, Actor("person", str(any_site.head)), any_site.attempt, "appeal")
    assert any_site.holds() == 1


@pytest.mark.parametrize("keys", [pytest.param(1, id="one key"), pytest.param(3, id="three keys")])
def test_the_same_key_from_eight_threads_gives_one_effect(any_site: Site, keys: int) -> None:
    names, start = [f"key-{n}" for n in range(keys)], threading.Barrier(8)
    answers: list[tuple[str, int, str]] = []

    def send(number: int) -> None:
        headers = {"Authorization": any_site.client.headers["Authorization"]}
        with httpx.Client(base_url=any_site.client.base_url, headers=headers, timeout=60) as client:
            start.wait()
            for key in [*names[number % keys :], *names[: number % keys]] * 3:
                sent = client.post(any_site.path, json={"reason": "appeal"}, headers={HEADER: key})
                answers.append((key, sent.status_code, sent.text))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8 * 3 * keys
    assert {status for _, status, _ in answers} <= {201, 409}
    assert len({(key, text) for key, status, text in answers if status == 201}) == keys
    assert any_site.holds() == keys


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sent=st.lists(
        st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["x", "y"])), min_size=1, max_size=12
    )
)
def test_whatever_is_sent_each_key_counts_once_with_its_first_body(
    site: Site, sent: list[tuple[str, str]]
) -> None:
    run, before = uuid4().hex, site.holds()
    first: dict[str, tuple[str, str]] = {}
    for key, reason in sent:
        answer = site.hold(f"{run}-{key}", reason)
        if key not in first:
            first[key] = (reason, answer.text)
        same = first[key] == (reason, answer.text)
        assert answer.status_code == (201 if same else 422), (key, reason)
        assert same == (first[key][0] == reason)
    assert site.holds() - before == len(first)


def test_answers_are_forgotten_after_a_day(any_site: Site) -> None:
    any_site.store.now = clock = Clock(any_site.store.now())
    any_site.hold("key-1")
    clock.forward(hours=23)
    retention.retain(any_site.store)
    assert len(any_site.rows()) == 1
    clock.forward(hours=2)
    retention.retain(any_site.store)
    assert any_site.rows() == []


def test_every_route_says_who_may_and_every_post_what_sending_it_twice_does() -> None:
    router = APIRouter()
    router.add_api_route("/x", lambda: None, methods=["POST"])
    with pytest.raises(TypeError, match="ONCE"):
        check_once([route for route in router.routes if isinstance(route, APIRoute)])
    with pytest.raises(TypeError, match="may\\(Action"):
        check_declarations([route for route in router.routes if isinstance(route, APIRoute)])
    check_once([route for one in ROUTES for route in one.router.routes if isinstance(route, APIRoute)])


def test_the_document_names_the_header_and_what_may_come(site: Site) -> None:
    paths = site.client.get("/v1/openapi.json").json()["paths"]
    keyed = {
        path
        for path, methods in paths.items()
        for one in methods.get("post", {}).get("parameters", [])
        if one["name"] == HEADER
    }
    posts = {path for path, methods in paths.items() if "post" in methods}
    assert posts - keyed == {
        "/v1/session",
        "/v1/roster/preview",
        "/v1/events",
        "/v1/people/{person_id}/export",
        "/v1/live-pause",
        *(f"/v1/live/{{bench}}/{act}" for act in ("begin", "end", "tell", "hand")),
    }
    assert all("409" in paths[path]["post"]["responses"] for path in keyed)
