"""Every list that can grow comes page by page in one shape, and every page leads on to the next."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from api.app import Settings, create_app
from api.limits import Rate
from api.pages import MOST, from_cursor, to_cursor
from assessor.errors import RefusedError
from assessor.ledger.audit import Actor
from assessor.ledger.consent import Consent, record
from assessor.ledger.holds import put_hold
from assessor.people.caller import Grant
from assessor.people.roles import PERSONAL
from assessor.store import Store
from assessor.store.pages import By, Page, Part, page_of, part_of
from assessor.store.people_tables import ClassRow
from tests.api_site import serving_app
from tests.attempts import build_record, by_shipped
from tests.school import Clock, School, add_school
from tests.stores import open_store

WHOLES = {  # parts of one attempt, benches of one room
    "/v1/attempts/{attempt_id}/verdicts",
    "/v1/attempts/{attempt_id}/drafts",
    "/v1/live",
}


@dataclass(frozen=True)
class Site:
    """A served school with five of everything that can be listed."""

    client: httpx.Client
    school: School
    ids: dict[str, UUID]

    def get(self, path: str, **query: str | int) -> Any:
        answer = self.client.get(path.format(**self.ids), params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def walk(self, path: str, limit: int) -> list[list[Any]]:
        """The pages."""
        pages: list[list[Any]] = []
        query: dict[str, str | int] = {"limit": limit}
        while True:
            page = self.get(path, **query)
            pages.append(page["items"])
            if page["next"] is None:
                return pages
            query["cursor"] = page["next"]


def fill(store: Store) -> tuple[School, dict[str, UUID], str]:
    store.now = clock = Clock()
    school, actor = add_school(store), Actor("machine")
    places = [school.add_class(f"{n}班", term) for term in ("2025-2", "2026-1") for n in (2, 1)]
    student = school.add_student("001", places[0])
    for n in range(5):
        clock.forward(seconds=n // 2)  # some at the same moment
        record_ = build_record(content=f"{n}", student="001")
        attempt = store.save_attempt(by_shipped(record_, "reversing_interlock") if n % 2 else record_)
        put_hold(store, actor, attempt, "appeal")
        record(store, actor, Consent(student, "research", "given", "self", f"{n}"))
        school.add_student(f"学生 {n}", places[0])
        school.add_device("bench1", f"PC {n // 2}")
    device, _ = school.add_device("bench1")
    everybody = school.add_person("all", *(Grant(role) for role in PERSONAL))
    return school, {"person_id": student, "device_id": device}, school.session_of(everybody)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_store(tmp_path_factory.mktemp("pages")) as store:
        school, ids, token = fill(store)
        with serving_app(create_app(Settings(store, console=False, rate=Rate(10**6, 10**6)))) as client:
            client.headers["Authorization"] = f"Bearer {token}"
            yield Site(client, school, ids)


@pytest.mark.parametrize(
    ("path", "least"),
    [
        pytest.param("/v1/attempts", 5, id="attempts"),
        pytest.param("/v1/people", 7, id="people"),
        pytest.param("/v1/classes", 4, id="classes"),
        pytest.param("/v1/devices", 6, id="devices"),
        pytest.param("/v1/procedures", 2, id="procedures"),
        pytest.param("/v1/benches", 1, id="benches"),
        pytest.param("/v1/holds", 5, id="holds"),
        pytest.param("/v1/people/{person_id}/consents", 5, id="consents"),
        pytest.param("/v1/audit", 10, id="audit"),
        pytest.param("/v1/appeals", 0, id="appeals"),
        pytest.param("/v1/appeal-tasks", 0, id="appeal tasks"),
        pytest.param("/v1/agreement", 0, id="agreement"),
        pytest.param("/v1/drift", 0, id="drift"),
        pytest.param("/v1/reviews", 5, id="reviews"),
    ],
)
def test_pages_of_any_length_give_the_same_list(site: Site, path: str, least: int) -> None:
    (whole,) = site.walk(path, 100)
    assert len(whole) >= least
    for limit in (1, 2, 3):
        pages = site.walk(path, limit)
        assert list(itertools.chain(*pages)) == whole
        assert all(len(page) == limit for page in pages[:-1])


def test_what_is_added_meanwhile_moves_nothing(site: Site) -> None:
    first = site.get("/v1/people", limit=3)
    site.school.add_person("000", Grant(PERSONAL[0]))  # sorts before everybody
    rest = site.get("/v1/people", limit=200, cursor=first["next"])
    numbers = [one["number"] for one in (*first["items"], *rest["items"])]
    assert numbers == sorted(set(numbers)) and "000" not in numbers


@pytest.mark.fault(73)
@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param("nonsense", id="nonsense"),
        pytest.param("", id="empty"),
        pytest.param(to_cursor(), id="no place"),
        pytest.param(to_cursor("a", "b", "c", "d"), id="too many"),
        pytest.param(to_cursor("2026-03-02", "b", "c"), id="other kinds"),
        pytest.param(to_cursor(2**63 - 1), id="a number"),
        pytest.param("WzFlNDAwXQ", id="1e400"),
        pytest.param("W1siYSJdXQ", id="nested"),
        pytest.param("WyJcdWQ4MDAiXQ", id="half a character"),
        pytest.param("WyJcdTAwMDAiXQ", id="NUL"),
        pytest.param("W3RydWVd", id="true"),
        pytest.param("x" * 5000, id="long"),
    ],
)
def test_a_cursor_of_no_page_is_refused_or_finds_nothing(site: Site, cursor: str) -> None:
    for path in ("/v1/people", "/v1/classes", "/v1/procedures", "/v1/attempts", "/v1/holds", "/v1/drift"):
        answer = site.client.get(path, params={"cursor": cursor})
        assert answer.status_code in {200, 422}, (path, answer.text)
        if answer.status_code == 200:
            assert cursor == to_cursor(2**63 - 1), path
        else:
            assert set(answer.json()["text"]) == {"zh", "en"}


@pytest.mark.parametrize("limit", [0, -1, MOST + 1, 10**30])
def test_a_page_has_its_limits(site: Site, limit: int) -> None:
    for path in ("/v1/people", "/v1/devices", "/v1/appeals", "/v1/audit"):
        assert site.client.get(path, params={"limit": limit}).status_code == 422


def test_every_list_of_the_interface_has_the_shape(site: Site) -> None:
    document = site.get("/v1/openapi.json")
    arrays, pages = set(), set()
    for path, methods in document["paths"].items():
        content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        name = schema.get("$ref", "").rpartition("/")[2]
        fields = set(document["components"]["schemas"].get(name, {}).get("properties", {}))
        arrays |= {path} if schema.get("type") == "array" else set()
        if {"items", "next"} <= fields:
            pages.add(path)
            asked = {one["name"] for one in methods["get"]["parameters"]}
            assert {"limit", "cursor"} <= asked, path
    assert arrays == WHOLES
    assert len(pages) >= 16


@given(st.lists(st.text() | st.integers(0, 2**63 - 1), max_size=4))
def test_a_place_is_told_and_understood(place: list[str | int]) -> None:
    cursor = to_cursor(*place)
    if any(isinstance(one, str) and "\0" in one for one in place):
        with pytest.raises(ValueError, match="earlier page"):
            from_cursor(cursor)
    else:
        assert from_cursor(cursor) == tuple(place)


@given(st.text(max_size=60))
def test_a_cursor_of_nonsense_is_no_place(cursor: str) -> None:
    try:
        place = from_cursor(cursor)
    except ValueError:
        return
    assert all(isinstance(one, str | int) for one in place)


def test_pages_of_a_query_on_each_database(store: Store) -> None:
    school = add_school(store)
    for term, name in itertools.product(("b", "a", "c"), ("二", "一", "三")):
        school.add_class(name, term)
    order = (By(ClassRow.term, falling=True), By(ClassRow.name))

    def page(part: Part) -> Page[tuple[str, str]]:
        return store.read(
            lambda session: page_of(session, select(ClassRow), order, part, lambda row: (row.term, row.name))
        )

    def walk(limit: int) -> Iterator[tuple[str, str]]:
        after = None
        while True:
            found = page(Part(limit, after))
            yield from found.items
            if found.next is None:
                return
            after = found.next

    whole = page(Part()).items
    assert [term for term, _ in whole] == ["c"] * 3 + ["b"] * 3 + ["a"] * 3
    assert all(tuple(walk(limit)) == whole for limit in range(1, 11))


@pytest.mark.parametrize("after", [(-1,), ("1",), (1, 2), ()])
def test_a_list_made_as_a_whole_refuses_other_places(after: tuple[Any, ...]) -> None:
    with pytest.raises(RefusedError):
        part_of([1, 2, 3], Part(1, after))
