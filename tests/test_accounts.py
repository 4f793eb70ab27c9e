"""Accounts, passwords, one-time links, sessions and lock-out, on both databases."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from assessor.errors import NotAllowedError, RefusedError
from assessor.people import accounts, devices, grants, links, sign_in
from assessor.people.accounts import NewAccount
from assessor.people.caller import Caller, Grant
from assessor.people.links import SetUp
from assessor.people.names import check_name
from assessor.people.passwords import hash_password, matches
from assessor.people.roles import Action, Role
from assessor.people.sign_in import LockedOutError, Visit, WrongPasswordError
from assessor.store import Store, UnknownIdError
from assessor.store.ledger_tables import AuditRow
from assessor.store.people_tables import PersonRow, SignInRow
from tests.school import Clock, add_school, quick_passwords

VISIT = Visit("192.0.2.7", "test")
PASSWORD = "correct horse 电池"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_passwords(monkeypatch)


@pytest.fixture
def clock(store: Store) -> Clock:
    clock = Clock()
    store.now = clock
    return clock


def set_up(store: Store) -> Caller:
    """The first administrator, signed in."""
    token = links.set_up_link(store)
    assert token is not None
    return seen(store, links.set_up(store, token, SetUp("学校", "管理员", "admin", PASSWORD), VISIT))


def seen(store: Store, token: str) -> Caller:
    caller = sign_in.who(store, token)
    assert caller is not None
    return caller


def test_the_first_administrator_sets_the_school_up_once(store: Store, clock: Clock) -> None:
    token = links.set_up_link(store)
    assert token is not None and links.sets_up(store, token)
    admin = seen(store, links.set_up(store, token, SetUp("学校", "管理员", "admin", PASSWORD), VISIT))
    assert admin.roles == {Role.ADMINISTRATOR, Role.HEAD}
    assert admin.may(Action.EDIT_PEOPLE)
    assert links.set_up_link(store) is None
    assert not links.sets_up(store, token)
    with pytest.raises(RefusedError):
        links.set_up(store, token, SetUp("另一所", "另一人", "other", PASSWORD), VISIT)
    assert seen(store, sign_in.sign_in(store, "admin", PASSWORD, VISIT)).person_id == admin.person_id


def test_a_set_up_link_ends_after_a_day_and_signs_nobody_in(store: Store, clock: Clock) -> None:
    token = links.set_up_link(store)
    assert token is not None
    with pytest.raises(RefusedError):
        links.enter(store, token, VISIT)
    clock.forward(days=1)
    assert not links.sets_up(store, token)


def test_an_account_begins_with_a_link_that_opens_once(store: Store, clock: Clock) -> None:
    admin = set_up(store)
    person, token = accounts.create_account(
        store, admin, NewAccount("T01", "教师一", "teacher1", (Grant(Role.TEACHER),))
    )
    caller = seen(store, links.enter(store, token, VISIT))
    assert (caller.person_id, caller.must_change) == (person.id, True)
    assert not caller.may(Action.READ_ATTEMPTS), "first a password"
    with pytest.raises(NotAllowedError):
        caller.must(Action.READ_ATTEMPTS)
    accounts.change_password(store, caller, PASSWORD + "!")
    caller = seen(store, sign_in.sign_in(store, "teacher1", PASSWORD + "!", VISIT))
    assert caller.may(Action.READ_ATTEMPTS)
    with pytest.raises(RefusedError):
        links.enter(store, token, VISIT)


def test_a_new_link_ends_the_old_one_the_password_and_the_sessions(store: Store, clock: Clock) -> None:
    admin = set_up(store)
    person, first = accounts.create_account(store, admin, NewAccount("T01", "教师一", "teacher1"))
    session = links.enter(store, links.link_for(store, admin, person.id), VISIT)
    with pytest.raises(RefusedError):
        links.enter(store, first, VISIT)
    links.link_for(store, admin, person.id)
    assert sign_in.who(store, session) is None


def test_who_sits_at_the_server_lets_a_locked_out_administrator_in(store: Store, clock: Clock) -> None:
    admin = set_up(store)
    caller = seen(store, links.enter(store, links.link_by_login(store, "admin"), VISIT))
    assert (caller.person_id, caller.must_change) == (admin.person_id, True)
    with pytest.raises(UnknownIdError):
        links.link_by_login(store, "nobody")


def test_a_link_that_was_not_used_expires(store: Store, clock: Clock) -> None:
    admin = set_up(store)
    _, token = accounts.create_account(store, admin, NewAccount("T01", "教师一", "teacher1"))
    clock.forward(days=7)
    with pytest.raises(RefusedError, match="expired"):
        links.enter(store, token, VISIT)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        pytest.param("short", "12 to 200", id="short"),
        pytest.param("x" * 201, "12 to 200", id="long"),
        pytest.param("aaaaaaaaaaaabb", "5 different", id="two letters"),
        pytest.param("my-ADMIN-password", "user name", id="holds the login"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        hash_password(password, "admin")


def test_only_the_hash_of_a_password_is_kept_and_it_fits_any_keyboard() -> None:
    kept = hash_password("ｆｕｌｌ width 密码", "admin")
    assert kept.startswith("$argon2id$")
    assert matches("full width 密码", kept)
    assert not matches("full width", kept)
    assert not matches("full width 密码", None)
    assert not matches("\ud800\0", kept)


def test_somebody_changes_their_own_password_with_the_old_one(store: Store, clock: Clock) -> None:
    admin = set_up(store)
    with pytest.raises(RefusedError, match="wrong"):
        accounts.change_password(store, admin, "another password 1", "a wrong password")
    clock.forward(seconds=2)
    accounts.change_password(store, admin, "another password 1", PASSWORD)
    clock.forward(seconds=2)
    with pytest.raises(WrongPasswordError):
        sign_in.sign_in(store, "admin", PASSWORD, VISIT)
    clock.forward(seconds=2)
    assert sign_in.sign_in(store, "admin", "another password 1", VISIT)


def _busy_for_a_day(store: Store, clock: Clock, token: str) -> None:
    for _ in range(12):
        assert sign_in.who(store, token) is not None, "whoever is at work is not turned out"
        clock.forward(hours=1)


def _disable(store: Store, token: str) -> None:
    admin = seen(store, token)
    _, second = accounts.create_account(
        store, admin, NewAccount("A2", "管理员二", "second", (Grant(Role.ADMINISTRATOR),))
    )
    other = seen(store, links.enter(store, second, VISIT))
    accounts.change_password(store, other, PASSWORD)
    other = seen(store, sign_in.sign_in(store, "second", PASSWORD, VISIT))
    accounts.disable(store, other, admin.person)


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda store, clock, token: sign_in.sign_out(store, token), id="signed out"),
        pytest.param(lambda store, clock, token: clock.forward(hours=2), id="idle"),
        pytest.param(_busy_for_a_day, id="a day later"),
        pytest.param(lambda store, clock, token: _disable(store, token), id="account disabled"),
    ],
)
def test_a_session_ends(store: Store, clock: Clock, end: Callable[[Store, Clock, str], None]) -> None:
    set_up(store)
    token = sign_in.sign_in(store, "admin", PASSWORD, VISIT)
    assert sign_in.who(store, token) is not None
    end(store, clock, token)
    assert sign_in.who(store, token) is None


def test_the_token_of_a_session_is_not_kept(store: Store, clock: Clock) -> None:
    set_up(store)
    token = sign_in.sign_in(store, "admin", PASSWORD, VISIT)
    rows = store.read(lambda session: [row.token_sha256 for row in session.scalars(select(SignInRow))])
    assert token not in rows
    assert len(rows) == 2


def test_the_last_administrator_stays(store: Store, clock: Clock) -> None:
    admin = set_up(store)
    with pytest.raises(RefusedError, match="administrator"):
        accounts.disable(store, admin, admin.person)
    (person,) = accounts.list_people(store, admin)
    held = next(one.id for one in person.grants if one.role is Role.ADMINISTRATOR)
    with pytest.raises(RefusedError, match="administrator"):
        grants.take_role(store, admin, held)
    assert sign_in.sign_in(store, "admin", PASSWORD, VISIT), "nothing was changed"


@pytest.mark.parametrize(
    ("grant", "words"),
    [
        pytest.param(Grant(Role.DEVICE), "devices", id="device"),
        pytest.param(Grant(Role.MENTOR), "bench and a date", id="mentor everywhere"),
        pytest.param(Grant(Role.TEACHER, bench="bench1"), "one bench", id="teacher of a bench"),
        pytest.param(Grant(Role.HEAD, class_id=UUID(int=1)), "one class", id="head of a class"),
        pytest.param(Grant(Role.TEACHER, class_id=UUID(int=1)), "known class", id="unknown class"),
    ],
)
def test_a_role_that_cannot_be_is_not_given(store: Store, clock: Clock, grant: Grant, words: str) -> None:
    admin = set_up(store)
    with pytest.raises((RefusedError, UnknownIdError), match=words):
        grants.give_role(store, admin, admin.person, grant)


def test_another_schools_people_cannot_be_reached(store: Store, clock: Clock) -> None:
    admin = set_up(store)
    other = add_school(store, "另一所学校")
    stranger, place = other.add_person("S1", login="stranger"), other.add_class("一班")
    device, _ = other.add_device("bench1")
    for attempt in (
        lambda: links.link_for(store, admin, stranger),
        lambda: accounts.disable(store, admin, stranger),
        lambda: accounts.read_person(store, admin, stranger),
        lambda: grants.give_role(store, admin, stranger, Grant(Role.HEAD)),
        lambda: grants.give_role(store, admin, admin.person, Grant(Role.TEACHER, class_id=place)),
        lambda: devices.revoke_device(store, admin, device),
    ):
        with pytest.raises(UnknownIdError):
            attempt()
    assert [one.login for one in accounts.list_people(store, admin)] == ["admin"]


def test_what_an_administrator_does_is_in_the_audit_chain(store: Store, clock: Clock) -> None:
    admin = set_up(store)
    person, _ = accounts.create_account(store, admin, NewAccount("T01", "教师一", "teacher1"))
    given = grants.give_role(store, admin, person.id, Grant(Role.TEACHER))
    grants.take_role(store, admin, given)
    device, _ = devices.add_device(store, admin, "bench1", "工位一")
    devices.revoke_device(store, admin, device.id)
    rows = store.read(lambda session: [(r.action, r.actor_id) for r in session.scalars(select(AuditRow))])
    assert [action for action, _ in rows] == [
        "school.set_up",
        "session.begin",
        "person.account",
        "grant.give",
        "grant.take",
        "device.add",
        "device.revoke",
    ]
    assert {actor for _, actor in rows} == {admin.id}


@pytest.mark.fault(70)
def test_guessing_is_locked_out_and_a_restart_does_not_help(store: Store, clock: Clock) -> None:
    set_up(store)
    tried = 0
    while tried < 20:
        try:
            sign_in.sign_in(store, "admin", "a wrong password", VISIT)
        except LockedOutError as locked:
            clock.forward(seconds=locked.wait_s)  # nothing is kept in the process: only rows count
        except WrongPasswordError:
            tried += 1
    assert clock.now - Clock().now < timedelta(minutes=10)
    clock.forward(minutes=10)
    with pytest.raises(LockedOutError) as locked_out:
        sign_in.sign_in(store, "admin", PASSWORD, VISIT)
    assert locked_out.value.wait_s > 40 * 60, "20 an hour"
    assert sign_in.sign_in(store, "admin", PASSWORD, Visit("198.51.100.1")), "from where nobody guessed"


@pytest.mark.fault(70)
def test_one_try_a_second_five_a_minute(store: Store, clock: Clock) -> None:
    set_up(store)
    for _ in range(5):
        with pytest.raises(WrongPasswordError):
            sign_in.sign_in(store, "admin", "a wrong password", VISIT)
        with pytest.raises(LockedOutError) as locked:
            sign_in.sign_in(store, "admin", "a wrong password", VISIT)
        clock.forward(seconds=1)
    assert locked.value.wait_s > 50
    clock.forward(seconds=55)
    assert sign_in.sign_in(store, "admin", PASSWORD, VISIT)


@pytest.mark.fault(70)
def test_many_logins_from_one_address_are_guessing_too(store: Store, clock: Clock) -> None:
    locked = 0
    for number in range(20):
        try:
            sign_in.sign_in(store, f"student{number}", "a wrong password", VISIT)
        except LockedOutError:
            locked += 1
        except WrongPasswordError:
            pass
    assert locked == 10


def test_an_unknown_login_and_a_disabled_one_answer_alike(store: Store, clock: Clock) -> None:
    school = add_school(store)
    school.add_person("T1", Grant(Role.TEACHER), login="without_password")
    for login in ("nobody", "without_password", "x\0y", "\ud800", ""):
        with pytest.raises(WrongPasswordError):
            sign_in.sign_in(store, login, PASSWORD, Visit(f"192.0.2.{len(login)}"))


def test_a_role_that_ended_gives_nothing(store: Store, clock: Clock) -> None:
    school = add_school(store)
    until = clock.now + timedelta(days=1)
    mentor = school.add_person("M1", Grant(Role.MENTOR, bench="bench1", until_utc=until), login="mentor")
    token = school.session_of(mentor)
    assert seen(store, token).may(Action.READ_EVIDENCE)
    clock.forward(days=1)
    assert not school.caller(mentor).may(Action.READ_EVIDENCE)


def test_a_device_key_is_told_once_and_can_be_taken_back(store: Store, clock: Clock) -> None:
    admin = set_up(store)
    device, key = devices.add_device(store, admin, "bench1", "工位一")
    caller = devices.device_of(store, key)
    assert caller is not None
    assert (caller.device_id, caller.bench, set(caller.roles)) == (device.id, "bench1", {Role.DEVICE})
    assert caller.may(Action.APPEND_EVENTS) and not caller.may(Action.READ_ATTEMPTS)
    devices.revoke_device(store, admin, device.id)
    assert devices.device_of(store, key) is None
    assert devices.list_devices(store, admin)[0].revoked_utc == clock.now


def test_a_device_without_a_bench_reads_the_metrics_and_nothing_else(store: Store, clock: Clock) -> None:
    admin = set_up(store)
    _, key = devices.add_device(store, admin, None, "prometheus")
    caller = devices.device_of(store, key)
    assert caller is not None
    assert [action for action in Action if caller.may(action)] == [Action.READ_METRICS]


@pytest.mark.fault(71)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="empty"),
        pytest.param(" \u3000", id="blanks"),
        pytest.param("a\0b", id="NUL"),
        pytest.param("a\nb", id="two lines"),
        pytest.param("\u202egnp", id="turned"),
        pytest.param("\ud800", id="half a character"),
        pytest.param("长" * 101, id="long"),
    ],
)
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    with pytest.raises(RefusedError):
        check_name(name)


@pytest.mark.parametrize("name", ["学生一", "O’Brien-Łukasz", "<b>学生</b>", "👩‍🔧"])
def test_any_other_name_is_a_name(name: str) -> None:
    assert check_name(f" {name} ") == name


def test_people_are_found_by_part_of_their_name(store: Store, clock: Clock) -> None:
    admin = set_up(store)
    accounts.create_account(store, admin, NewAccount("T01", "教师 100%", "teacher1"))
    assert [one.number for one in accounts.list_people(store, admin, "0%")] == ["T01"]
    assert accounts.list_people(store, admin, "_01") == ()
    names = store.read(lambda session: list(session.scalars(select(PersonRow.name))))
    assert len(names) == 2
