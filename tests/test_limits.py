"""What one caller may take of the server: size and time of a request, how many, from which page."""

import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import cast

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api.app import Settings, create_app
from api.limits import BODY_BYTES, BodyLimits, Rate, RateLimit
from api.patience import ImpatientProtocol, ImpatientSocket
from assessor.people.caller import Grant
from assessor.people.roles import Role
from assessor.store import Store
from tests.api_site import serving_app
from tests.attempts import build_record, write_evidence
from tests.console_site import sign_in_head
from tests.school import add_school
from tests.stores import open_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("limits")) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(store: Store) -> Iterator[httpx.Client]:
    with serving_app(create_app(Settings(store, console=False))) as client:
        client.headers["Authorization"] = f"Bearer {sign_in_head(store)}"
        yield client


@contextmanager
def line_to(client: httpx.Client) -> Iterator[socket.socket]:
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=20) as line:
        yield line


def answer_of(line: socket.socket) -> bytes:
    """All that comes until the server closes."""
    parts = []
    while part := line.recv(65536):
        parts.append(part)
    return b"".join(parts)


HEAD = b"POST /v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.mark.fault(66)
def test_a_huge_body_is_refused_before_it_is_read(client: httpx.Client) -> None:
    with line_to(client) as line:
        line.sendall(HEAD + b"Content-Length: 99999999999\r\n\r\n{")
        assert b" 413 " in answer_of(line).split(b"\r\n")[0]


@pytest.mark.fault(66)
@pytest.mark.parametrize("length", [b"-1", b"1e3", b"", b"0x10", "٥".encode()])
def test_a_length_that_is_none_is_refused(client: httpx.Client, length: bytes) -> None:
    with line_to(client) as line:
        line.sendall(HEAD + b"Content-Length: " + length + b"\r\n\r\n{}")
        assert re.match(rb"HTTP/1.1 4\d\d ", answer_of(line))


@pytest.mark.fault(66)
def test_a_body_without_end_is_cut_and_not_kept(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 100_000

    answer = client.post("/v1/session", content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["text"]["en"] == "The request is larger than is taken here."


@pytest.mark.fault(66)
def test_a_body_that_does_not_come_is_given_up(store: Store) -> None:
    app = create_app(Settings(store, console=False))
    app.add_middleware(BodyLimits, body_s=0.3)
    with serving_app(app) as client, line_to(client) as line:
        line.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
        began = time.monotonic()
        answer = answer_of(line)
    assert b" 408 " in answer.split(b"\r\n")[0]
    assert time.monotonic() - began < 10


@pytest.mark.fault(66)
def test_a_head_that_does_not_come_is_given_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImpatientProtocol, "head_s", 0.3)
    with serving_app(create_app(Settings(store, console=False))) as client:
        with line_to(client) as line:
            line.sendall(b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
            assert answer_of(line) == b""
        with line_to(client) as line:
            assert answer_of(line) == b"", "nothing was sent at all"
        assert client.get("/v1/health").status_code == 200


@pytest.mark.fault(66)
def test_many_slow_clients_keep_nobody_waiting(client: httpx.Client) -> None:
    lines = [socket.create_connection((client.base_url.host, client.base_url.port)) for _ in range(200)]
    try:
        for line in lines:
            line.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
        began = time.monotonic()
        assert client.get("/v1/health").status_code == 200
        assert time.monotonic() - began < 5
    finally:
        for line in lines:
            line.close()


def test_as_large_as_allowed_is_taken(client: httpx.Client) -> None:
    body = b" " * (BODY_BYTES - 2) + b"{}"
    answer = client.post("/v1/session", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, "read, and found to lack its fields"


def test_too_many_requests_wait(store: Store) -> None:
    app = create_app(Settings(store, console=False, rate=Rate(per_s=0.01, burst=5)))
    token = add_token(store)
    with serving_app(app) as client:
        headers = {"Authorization": f"Bearer {token}"}
        answers = [client.get("/v1/session", headers=headers) for _ in range(8)]
        assert [one.status_code for one in answers] == [200] * 5 + [429] * 3
        assert int(answers[-1].headers["Retry-After"]) > 30
        assert answers[-1].json()["status"] == 429
        assert client.get("/v1/health").status_code == 200, "others are not kept waiting"


def add_token(store: Store) -> str:
    school = add_school(store, f"学校 {time.monotonic_ns()}")
    return school.session_of(school.add_person("A", Grant(Role.AUDITOR)))


def test_whoever_waits_may_ask_again() -> None:
    now = [0.0]
    limit = RateLimit(_nothing, Rate(per_s=2, burst=2), clock=lambda: now[0])
    assert [limit._take("a") for _ in range(3)] == [0, 0, 0.5]
    now[0] = 0.5
    assert [limit._take("a"), limit._take("a")] == [0, 0.5]
    now[0] = 100
    assert [limit._take("a") for _ in range(3)] == [0, 0, 0.5], "no more than a burst is saved up"


async def _nothing(*_: object) -> None:
    pass


@pytest.mark.parametrize(
    ("origin", "taken"),
    [
        pytest.param(None, True, id="a program"),
        pytest.param("own", True, id="own page"),
        pytest.param("http://evil.example", False, id="another site"),
        pytest.param("null", False, id="a page from nowhere"),
    ],
)
def test_a_page_of_another_site_changes_nothing(
    client: httpx.Client, origin: str | None, taken: bool
) -> None:
    own = f"http://127.0.0.1:{client.base_url.port}"
    headers = {} if origin is None else {"Origin": own if origin == "own" else origin}
    answer = client.post("/v1/session", json={"login": f"x{origin}", "password": "y"}, headers=headers)
    assert answer.status_code == (401 if taken else 403)
    if not taken:
        assert "another site" in answer.json()["text"]["en"]


@pytest.mark.fault(70)
def test_guessing_over_http_hears_when_to_try_again(client: httpx.Client) -> None:
    answers = [
        client.post("/v1/session", json={"login": "teacher7", "password": "a wrong password"})
        for _ in range(2)
    ]
    assert {one.status_code for one in answers} <= {401, 429}
    assert answers[1].status_code == 429
    assert int(answers[1].headers["Retry-After"]) >= 1


@pytest.mark.fault(70)
def test_tries_side_by_side_are_tries_one_by_one(client: httpx.Client) -> None:
    statuses: list[int] = []

    def guess() -> None:
        answer = httpx.post(
            str(client.base_url.join("/v1/session")), json={"login": "many", "password": "wrong"}, timeout=60
        )
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == 12
    assert statuses.count(401) <= 5, "five a minute, however many at once"


@pytest.mark.fault(75)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="half"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"login": NaN, "password": 1e400}', id="no numbers"),
        pytest.param(b'{"login": "\\ud800", "password": "x"}', id="half a character"),
        pytest.param(b'{"\\ud800": "x"}', id="half a character as a field"),
        pytest.param(b'{"login": ' + b"1" * 10_000 + b"}", id="long number"),
        pytest.param(b'{"login": "a\\u0000b", "password": "x"}', id="NUL"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(b'{"login": "a", "password": "b", "role": "head"}', id="a field too many"),
    ],
)
def test_a_body_of_nonsense_is_the_clients_fault(client: httpx.Client, body: bytes) -> None:
    answer = client.post("/v1/session", content=body, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json().keys() >= {"title", "detail", "text"}


def test_figures_count_routes_and_never_ids(client: httpx.Client, store: Store) -> None:
    school = add_school(store, "监控")
    _, key = school.add_device("")
    client.get("/v1/attempts/00000000-0000-0000-0000-00000000abcd")
    client.get("/v1/nothing/abcd")
    text = client.get("/v1/metrics", headers={"Authorization": f"Bearer {key}"}).text
    line = r'assessor_requests_total\{method="GET",route="/v1/attempts/\{attempt_id\}",status="404"\} \d+'
    assert re.search(line, text), text[:2000]
    assert "abcd" not in text
    assert "assessor_request_seconds_bucket" in text
    assert "assessor_attempts 0.0" in text


def test_the_data_folder_of_these_tests_is_small(store: Store) -> None:
    """None of the bodies above was kept on the disk."""
    assert sum(path.stat().st_size for path in Path(store.data).rglob("*") if path.is_file()) < 20_000_000


@contextmanager
def deaf_line(client: httpx.Client) -> Iterator[socket.socket]:
    """A connection whose window is small and whose client does not read."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(30)
        line.connect((client.base_url.host, client.base_url.port))
        yield line


def is_let_go(line: socket.socket, sent: int) -> bool:
    """Whether less than everything ever comes: the rest was dropped with the connection."""
    came = 0
    try:
        while part := line.recv(65536):
            came += len(part)
    except ConnectionResetError:
        return True
    return came < sent


BIG = 64 * 1024 * 1024


async def endless_app(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends as much as it may, over HTTP 64 MB, on a socket without end; notes how much was taken."""
    piece = b"x" * 65536
    if scope["type"] == "http":
        headers = [(b"content-length", str(BIG).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number in range(BIG // len(piece)):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            TAKEN[scope["path"]] = number + 1
        return
    await receive()
    await send({"type": "websocket.accept"})
    try:
        while (await receive())["type"] == "websocket.receive":
            for _ in range(100):
                await send({"type": "websocket.send", "bytes": piece})
                TAKEN[scope["path"]] = TAKEN.get(scope["path"], 0) + 1
    finally:
        TAKEN["ended"] = 1


TAKEN: dict[str, int] = {}
ASKS = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
ONE_FRAME = b"\x82\x81\x00\x00\x00\x00x"  # binary, one byte, masked with zeros


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    TAKEN.clear()
    monkeypatch.setattr(ImpatientProtocol, "send_s", 1.0)
    monkeypatch.setattr(ImpatientSocket, "send_s", 1.0)
    with serving_app(cast(FastAPI, endless_app)) as client:
        yield client


@pytest.mark.fault(77)
def test_an_answer_that_nobody_reads_is_not_made_and_its_reader_let_go(endless: httpx.Client) -> None:
    with deaf_line(endless) as line:
        line.sendall(ASKS % b"/deaf" + b"\r\n")
        time.sleep(0.5)
        made = TAKEN["/deaf"]
        assert made < BIG // 65536 / 2, "what is not taken is not made"
        time.sleep(1.5)
        assert is_let_go(line, BIG)
    assert TAKEN["/deaf"] <= BIG // 65536


@pytest.mark.fault(77)
def test_a_slow_reader_that_reads_gets_everything(endless: httpx.Client) -> None:
    with deaf_line(endless) as line:
        line.sendall(ASKS % b"/slow" + b"Connection: close\r\n\r\n")
        began = time.monotonic()
        came = 0
        while part := line.recv(1 << 20):
            came += len(part)
            if time.monotonic() - began < 3:
                time.sleep(0.005)
    assert came > BIG


@pytest.mark.fault(77)
def test_a_socket_that_nobody_reads_asks_for_no_more_and_is_let_go(endless: httpx.Client) -> None:
    with deaf_line(endless) as line:
        line.sendall(ASKS % b"/socket" + UPGRADE + b"AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n" + ONE_FRAME)
        assert b" 101 " in line.recv(60)
        line.sendall(ONE_FRAME * 1000)
        time.sleep(0.5)
        first = TAKEN["/socket"]
        time.sleep(0.3)
        assert TAKEN["/socket"] - first <= 1, "it takes nothing, so nothing is made"
        assert first < 100 * 1000 / 10
        until = time.monotonic() + 20
        while "ended" not in TAKEN and time.monotonic() < until:
            time.sleep(0.1)
        assert is_let_go(line, 65536 * 100 * 1000)
    assert "ended" in TAKEN
    assert TAKEN["/socket"] < 100 * 1000 / 10


@pytest.mark.fault(77)
def test_many_that_never_read_a_clip_cost_little_and_keep_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImpatientProtocol, "send_s", 1.0)
    record = build_record()
    write_evidence(record, tmp_path)
    with open_store(tmp_path) as store:
        evidence = next(iter(store.evidence_ids(store.save_attempt(record)).values()))
        token, clip = sign_in_head(store), store.evidence(evidence).clip
        assert clip is not None
        os.truncate(tmp_path / clip, BIG)
        head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        with serving_app(create_app(Settings(store, console=False))) as client, ExitStack() as open_lines:
            before = resident_bytes()
            lines = [open_lines.enter_context(deaf_line(client)) for _ in range(60)]
            for line in lines:
                line.sendall(f"GET /v1/evidence/{evidence}/clip HTTP/1.1\r\n".encode() + head)
            assert client.get("/v1/health").status_code == 200
            time.sleep(0.5)
            assert resident_bytes() - before < 100_000_000, "60 clips of 64 MB"
            assert open_files(clip.name) > 0
            until = time.monotonic() + 20
            while open_files(clip.name) and time.monotonic() < until:
                time.sleep(0.1)
            assert open_files(clip.name) == 0, "who was let go holds no file"
            assert all(is_let_go(line, BIG) for line in lines)


def open_files(name: str) -> int:
    """How often this process has the file open."""
    links = [Path(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd")]
    return sum(link.exists() and os.readlink(link).endswith(name) for link in links)


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
