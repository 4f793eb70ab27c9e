"""A page that stays open when the rights of whoever opened it end."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import httpx
import pytest

from api.console import lasting as lasting_module
from api.console.lasting import lasting
from assessor.errors import NotAllowedError
from assessor.ledger import audit
from assessor.ledger.entries import newest_entries
from assessor.people import accounts, grants, sign_in
from assessor.people.accounts import NewAccount
from assessor.people.caller import Caller, Grant
from assessor.people.roles import Action, Role
from assessor.store import Store, UnknownIdError
from tests.console_site import Site, in_browser, open_console, serving
from tests.school import School, add_school
from tests.stores import open_store

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


@pytest.fixture(autouse=True)
def always_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lasting_module, "FRESH_S", -1.0)


@dataclass(frozen=True)
class Open:
    """An administrator with a page open; another one."""

    school: School
    token: str
    page: Caller
    other: Caller

    def create(self, number: str) -> UUID:
        person, _ = accounts.create_account(
            self.school.store, self.page, NewAccount(number, "教师", f"l{number}")
        )
        return person.id


@pytest.fixture
def opened(store: Store) -> Open:
    school = add_school(store)
    admin, other = (school.add_person(name, Grant(Role.ADMINISTRATOR), login=name) for name in ("a", "b"))
    token = school.session_of(admin)
    page = lasting(school.caller(admin), lambda: sign_in.still(store, token))
    return Open(school, token, page, school.caller(other))


def test_it_goes_on_while_the_rights_last(opened: Open) -> None:
    assert opened.create("1") != opened.page.person_id
    assert opened.page.may(Action.EDIT_PEOPLE) and opened.page.may(Action.OWN_ACCOUNT)
    assert not opened.page.may(Action.ERASE)


def test_a_role_that_was_taken_decides_nothing_any_more(opened: Open) -> None:
    assert opened.page.person_id is not None
    (grant,) = opened.school.grants_of(opened.page.person_id)
    grants.take_role(opened.school.store, opened.other, grant)
    with pytest.raises(NotAllowedError, match="role"):
        opened.create("1")


def test_nor_does_one_who_signed_out_or_whose_account_was_disabled(opened: Open) -> None:
    store = opened.school.store
    sign_in.sign_out(store, opened.token)
    with pytest.raises(NotAllowedError, match="signed out"):
        opened.create("1")
    assert not opened.page.may(Action.OWN_ACCOUNT)
    admin = opened.page.person_id
    assert admin is not None
    token = opened.school.session_of(admin)
    page = lasting(opened.school.caller(admin), lambda: sign_in.still(store, token))
    accounts.disable(store, opened.other, admin)
    with pytest.raises(NotAllowedError):
        accounts.disable(store, page, opened.other.person)


def test_the_scope_of_a_query_ends_too(opened: Open) -> None:
    assert accounts.list_people(opened.school.store, opened.page, "", 10)
    sign_in.sign_out(opened.school.store, opened.token)
    with pytest.raises((NotAllowedError, UnknownIdError)):
        accounts.list_people(opened.school.store, opened.page, "", 10)


def test_asking_within_a_write_waits_for_nobody(opened: Open) -> None:
    store = opened.school.store
    assert store.write(lambda session: opened.page.may(Action.EDIT_PEOPLE) and session is not None)


def test_the_console_shows_no_entries_of_another_school(store: Store) -> None:
    here, there = add_school(store), add_school(store, "另一所学校")
    ours, theirs = (school.add_person("A", Grant(Role.AUDITOR)) for school in (here, there))
    now = store.now()
    for person in (ours, theirs):
        by = audit.Actor("person", str(person))
        store.write(partial(audit.append, now=now, actor=by, action="clip.view"))
    assert {entry.actor_id for entry in newest_entries(store, here.id)} == {str(ours)}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with open_store(tmp_path) as store:
        school = add_school(store)
        token = school.session_of(school.add_person("a", Grant(Role.ADMINISTRATOR), login="a"))
    with serving(tmp_path) as address:
        yield Site(address, UUID(int=0), UUID(int=0), "", token)


@in_browser
def test_a_page_that_is_still_open_creates_no_account(site: Site, browser: "Chrome") -> None:
    desk = open_console(browser, site)
    desk.open("people?lang=zh", "[data-person]")
    desk.find("details summary").click()
    for name, text in (("number", "T09"), ("name", "教师 9"), ("login", "teacher9")):
        desk.find(f"[data-field={name}]").send_keys(text)
    headers = {"Authorization": f"Bearer {site.token}"}
    assert httpx.delete(f"{site.address}v1/session", headers=headers).status_code == 204
    desk.browser.execute_script("return new Promise(done => setTimeout(done, 1200))")  # longer than FRESH_S
    desk.find("[data-create]").click()
    desk.until(lambda: "登录已结束" in desk.text("body"))
    with httpx.Client(base_url=site.address) as client:
        assert client.get("v1/people", headers=headers).status_code == 401
