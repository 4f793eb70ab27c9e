"""The client against a served school: every call, errors as problems, connections that were closed."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from api.app import Settings, create_app
from api.client import ApiError, Client
from api.limits import Rate
from api.schemas_events import EventIn
from api.schemas_people import AccountIn, DeviceIn, GrantIn, OwnerIn
from assessor.people.caller import Grant
from assessor.people.roles import Role
from assessor.people.roster_file import write_xlsx
from tests.api_site import serving_app
from tests.attempts import build_record, write_evidence
from tests.school import School, add_school
from tests.stores import open_store

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, School, UUID]]:
    data = tmp_path_factory.mktemp("client")
    record = build_record()
    write_evidence(record, data)
    with open_store(data) as store:
        school, attempt = add_school(store), store.save_attempt(record)
        with serving_app(create_app(Settings(store, console=False))) as http:
            yield str(http.base_url), school, attempt


def event(seq: int) -> EventIn:
    return EventIn(seq=seq, happened_utc=NOW, kind="switch", subject="Q1", value="off", confidence=0.9)


def test_what_a_head_and_administrator_asks(served: tuple[str, School, UUID]) -> None:
    address, school, attempt = served
    person = school.add_person("all", Grant(Role.HEAD), Grant(Role.ADMINISTRATOR))
    with Client(address, school.session_of(person)) as client:
        assert client.health().status == "ok"
        assert set(client.who().roles) == {Role.HEAD, Role.ADMINISTRATOR}
        assert [one.id for one in client.attempts(limit=1)] == [attempt]
        sheet = client.mark_sheet(attempt)
        assert (sheet.total, client.attempt(attempt).total) == (44, 44)
        assert len(client.verdicts(attempt)) == len(sheet.verdicts)
        evidence = next(line.evidence[0] for line in sheet.lines if line.evidence)
        assert client.clip(evidence.id)[4:8] == b"ftyp"
        table = write_xlsx([["学号", "姓名", "班级"], ["007", "学生", "一班"]])
        assert client.preview_roster(table, "2026-1").faults == 0
        assert client.import_roster(table, "2026-1").new == 1
        (place,) = client.classes()
        (student,) = client.people("007")
        assert [one.number for one in client.people(limit=1)] == sorted(one.number for one in client.people())
        assert [one.id for one in client.procedures(limit=1)] == ["motor_start_stop"]
        assert [one.name for one in client.benches()] == ["trainer_24v"]
        client.assign(attempt, OwnerIn(person_id=student.id, class_id=place.id, reason="seat plan"))
        grants = (GrantIn(role=Role.TEACHER, class_id=place.id),)
        made = client.create_account(AccountIn(number="T1", name="教师", login="t1", grants=grants))
        assert made.link.startswith("/enter/al_")
        client.sign_out()
        with pytest.raises(ApiError) as refused:
            client.who()
    assert (refused.value.status, refused.value.problem and refused.value.problem.title) == (401, "未登录")


def test_a_device_reports_and_reports_again(served: tuple[str, School, UUID]) -> None:
    address, school, _ = served
    operator = school.add_person("O", Grant(Role.OPERATOR))
    with Client(address, school.session_of(operator)) as client:
        key = client.add_device(DeviceIn(bench="bench1", name="工位一")).key
        assert [one.bench for one in client.devices()] == ["bench1"]
    with Client(address, key) as device:
        first = device.append_events(NOW, [event(1), event(2)])
        again = device.append_events(NOW, [event(2), event(3)])
    assert (first.stored, again.stored, again.known, again.highest) == (2, 1, 1, 3)


def test_a_wrong_password_is_an_error_with_its_sentence(served: tuple[str, School, UUID]) -> None:
    with Client(served[0]) as client, pytest.raises(ApiError, match="name or the password is wrong"):
        client.sign_in("nobody", "a wrong password")


@contextmanager
def hanging_up(address: str, after_asking: bool) -> Iterator[str]:
    """A way to the server that hangs up on the first connection; if `after_asking`, once it was answered."""
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    with socket.create_server(("127.0.0.1", 0)) as front:
        way = (front, (host, int(port)), after_asking)
        thread = threading.Thread(target=_close_the_first, args=way, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{front.getsockname()[1]}"
        thread.join(10)


def _close_the_first(front: socket.socket, to: tuple[str, int], after_asking: bool) -> None:
    """Hand one request of the second on, and its answer back."""
    first, _ = front.accept()
    if after_asking:
        with socket.create_connection(to) as server:
            server.sendall(_message(first))
            _message(server)
    first.close()
    line, _ = front.accept()
    with line, socket.create_connection(to) as server:
        server.sendall(_message(line))
        line.sendall(_message(server))


@pytest.mark.fault(76)
@pytest.mark.parametrize("after_asking", [False, True])
def test_a_connection_that_was_closed_is_opened_again_once(
    served: tuple[str, School, UUID], after_asking: bool
) -> None:
    address, school, _ = served
    key = school.add_device("bench2")[1]
    with hanging_up(address, after_asking) as front, Client(front, key) as client:
        assert client.append_events(NOW, [event(1)]).known == int(after_asking)


@pytest.mark.fault(76)
@pytest.mark.parametrize("after_asking", [False, True])
def test_a_change_whose_answer_was_lost_is_done_once_and_answered_as_the_first_time(
    served: tuple[str, School, UUID], after_asking: bool
) -> None:
    address, school, _ = served
    number = f"9{int(after_asking)}"
    table = write_xlsx([["学号", "姓名", "班级"], [number, "学生", "二班"]])
    token = school.session_of(school.add_person(f"I{number}", Grant(Role.HEAD)))
    with hanging_up(address, after_asking) as front, Client(front, token) as client:
        assert client.import_roster(table, "2026-2").new == 1, "0 would be the answer to a second import"


def _message(line: socket.socket) -> bytes:
    """A head and as much body as it says."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += line.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    found = re.search(rb"content-length: (\d+)", head.lower())
    while found and len(body) < int(found[1]):
        body += line.recv(65536)
    return head + b"\r\n\r\n" + body


def test_whoever_is_too_fast_waits(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        school = add_school(store)
        token = school.session_of(school.add_person("H", Grant(Role.HEAD)))
        app = create_app(Settings(store, console=False, rate=Rate(per_s=5, burst=2)))
        with serving_app(app) as http, Client(str(http.base_url), token) as client:
            assert [client.who().name for _ in range(4)] == ["人员 H"] * 4
