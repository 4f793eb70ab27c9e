"""Secrets go through real requests, good ones and failing ones; then all that was written is searched."""

import json
import logging
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.canary import CANARY, secrets_in

pytestmark = [pytest.mark.fault(84), pytest.mark.slow]
ROOT = Path(__file__).parents[1]
PASSWORD, OTHER = f"{CANARY} correct horse", f"{CANARY} battery staple"
RTSP = f"rtsp://admin:{CANARY}@127.0.0.1:9/live"


def run(*arguments: str, **environment: str) -> str:
    """What a command of the program prints."""
    command = [sys.executable, "-m", "assessor", *arguments]
    done = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout + done.stderr


@dataclass
class Server:
    """`assessor serve` in a process of its own; `made`: what it gave out and may stand nowhere else."""

    process: "subprocess.Popen[str]"
    data: Path
    printed: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    root: str = ""

    def call(self, method: str, path: str, token: str = "", **what: object) -> httpx.Response:
        headers = {"Accept-Language": "en"} | ({"Authorization": f"Bearer {token}"} if token else {})
        answer = httpx.request(method, self.root + path, headers=headers, timeout=60, **what)  # type: ignore[arg-type]
        self.heard.append(f"{answer.status_code} {answer.headers.get('location', '')} {answer.text}")
        return answer


def read_lines(server: Server) -> None:
    assert server.process.stdout is not None
    for line in server.process.stdout:
        server.printed.append(line)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("secrets")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {
        "ASSESSOR_DATA": str(data),
        "ASSESSOR_OIDC_ISSUER": "http://127.0.0.1:9",
        "ASSESSOR_OIDC_CLIENT": "assessor",
        "ASSESSOR_OIDC_SECRET": f"{CANARY}-oidc",
        "COLUMNS": "300",
    }
    environment.pop("ASSESSOR_STORE", None)
    command = [sys.executable, "-m", "assessor", "serve", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    own = Server(process, data, root=f"http://127.0.0.1:{port}")
    reader = threading.Thread(target=read_lines, args=(own,))
    reader.start()
    try:
        yield own
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        reader.join()
        assert process.stdout is not None
        process.stdout.close()


def set_up(server: Server) -> str:
    """The token of the first administrator; the one place where a link is printed is the announcement."""
    for _ in range(600):
        if found := re.search(r"/set-up/(al_[\w-]+)", "".join(server.printed)):
            break
        assert server.process.poll() is None, server.printed
        threading.Event().wait(0.1)
    assert found is not None
    server.printed[:] = [line.replace(found[1], "") for line in server.printed]
    link = found[1]
    form = {
        "school": "学校",
        "name": "管理员",
        "login": "admin",
        "password": PASSWORD,
        "time_zone": "Asia/Shanghai",
    }
    assert server.call("POST", f"/set-up/{link}", data=form | {"password": CANARY[:8]}).status_code == 403
    server.call("GET", f"/set-up/{link}")
    server.heard.pop()  # the page of a link names it
    answer = server.call("POST", f"/set-up/{link}", data=form)
    token = answer.cookies["assessor_session"]
    server.made += [link, token]
    return token


def go_through_everything(server: Server, token: str) -> None:
    """Requests that hold secrets; most of them fail."""
    now = datetime.now(UTC).isoformat()
    for login, password in (("admin", OTHER), (PASSWORD, PASSWORD), ("nobody", OTHER), ("admin", PASSWORD)):
        answer = server.call("POST", "/v1/session", json={"login": login, "password": password})
        if answer.status_code == 200:
            server.made.append(answer.json()["token"])
            server.heard.pop()
    server.call("POST", "/sign-in", data={"login": PASSWORD, "password": OTHER, "next": f"//{CANARY}"})
    server.call("POST", "/v1/session", content=f'{{"password": "{PASSWORD}"'.encode())
    server.call("POST", "/v1/session", json={"login": "admin", "password": PASSWORD, "too": "many"})
    server.call("POST", "/v1/session", json={"login": "admin", "password": [PASSWORD]})
    server.call("POST", "/v1/session", json=PASSWORD)
    server.call("PUT", "/v1/session/password", token, json={"old": OTHER, "new": PASSWORD + " 2"})
    server.call("PUT", "/v1/session/password", token, json={"old": PASSWORD, "new": "short"})
    server.call("GET", "/v1/attempts", f"as_{CANARY}")
    device = server.call("POST", "/v1/devices", token, json={"bench": "bench1", "name": "PC"})
    key = device.json()["key"]
    server.heard.pop()
    event = {"seq": 1, "happened_utc": now, "kind": "switch", "subject": "Q1", "confidence": 1}
    for events in ([event], [event | {"confidence": "x"}], "nonsense"):
        server.call("POST", "/v1/events", key, json={"sent_utc": now, "events": events})
    server.call("GET", "/v1/people", key)
    person = server.call("POST", "/v1/people", token, json={"number": "1", "name": "教师", "login": "t"})
    link = person.json()["link"].rpartition("/")[2]
    server.heard.pop()
    for body in ({"old": OTHER, "new": PASSWORD}, {"new": 1}):
        server.call("PUT", "/v1/session/password", link, json=body)
    opened = server.call("POST", f"/enter/{link}")
    server.call("POST", f"/enter/{link}")
    server.made += [key, link, opened.cookies["assessor_session"]]
    server.call("GET", "/sign-in/oidc")
    state = {"assessor_oidc": f"s.n.{CANARY}"}
    server.call("GET", f"/sign-in/oidc/back?code={CANARY}&state=s", cookies=state)
    server.call("GET", f"/sign-in/oidc/back?code={CANARY}&state=other", cookies=state)
    server.call("POST", "/v1/roster?term=2026-1", token, content=b"PK" + PASSWORD.encode())
    server.call("GET", "/v1/audit", token)
    server.call("GET", "/v1/metrics", token)


def send_garbage(server: Server) -> None:
    """Not even HTTP."""
    port = int(server.root.rpartition(":")[2])
    for text in (f"GET /enter/al_{CANARY} HTTP/1.1\r\nX {CANARY}\r\n\r\n", f"{CANARY}\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port), 10) as raw:
            raw.sendall(text.encode())
            raw.settimeout(10)
            raw.recv(1000)


def break_the_database(server: Server) -> None:
    """What the server says of secrets when it fails: the answers are 5xx, the log names what happened."""
    with closing(sqlite3.connect(server.data / "assessor.sqlite3")) as database:
        database.execute("ALTER TABLE person RENAME TO person_gone")
    answer = server.call("POST", "/v1/session", json={"login": PASSWORD, "password": OTHER})
    assert answer.status_code in {500, 503}
    with closing(sqlite3.connect(server.data / "assessor.sqlite3")) as database:
        database.execute("ALTER TABLE person_gone RENAME TO person")


def test_no_secret_is_told_or_kept(server: Server, tmp_path: Path) -> None:
    token = set_up(server)
    go_through_everything(server, token)
    send_garbage(server)
    break_the_database(server)
    data = {"ASSESSOR_DATA": str(server.data), "ASSESSOR_STORE": ""}
    told = run("backup", str(tmp_path / "backup"), **data)
    assert (tmp_path / "backup" / "backup.json").is_file(), told
    told += run("export", "1", "--out", str(tmp_path / "export.zip"), **data)
    told += run("audit", "report", "--year", "2026", "--json", **data)
    told += run("link", "t", **data).replace("/enter/al_", "")
    texts = {"commands": told, "server": "".join(server.printed), "answers": "\n".join(server.heard)}
    for where, text in texts.items():
        assert not [text[max(0, at - 200) : at + 20] for at in secrets_in(text)], where
    written = [path for folder in (server.data, tmp_path) for path in folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".sqlite3" for path in written)
    for path in written:
        kept = path.read_bytes()
        for secret in (CANARY, *server.made):
            assert secret.encode() not in kept, (path.name, secret[:12])


def test_what_failed_is_in_the_log_all_the_same(server: Server) -> None:
    assert re.search("no such table: person", "".join(server.printed))


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(f"postgresql+psycopg://school:{CANARY}@127.0.0.1:9/x", id="nobody listens"),
        pytest.param(f"postgresql+psycopg://127.0.0.1:9/x?user=school&password={CANARY}", id="in the query"),
        pytest.param(f"postgresql+psycopg://school:{CANARY}@127.0.0.1:port/x", id="no port"),
        pytest.param(f"nonsense://school:{CANARY}@127.0.0.1/x", id="no such database"),
        pytest.param(f"postgresql+psycopg://school:{CANARY}@[::1/x", id="no address"),
    ],
)
def test_the_password_of_the_database_is_not_told(url: str, tmp_path: Path) -> None:
    told = run("backup", str(tmp_path / "backup"), ASSESSOR_STORE=url, ASSESSOR_DATA=str(tmp_path))
    assert told.strip()
    log = tmp_path / "assessor.log"
    told += log.read_text(encoding="utf-8") if log.is_file() else ""
    assert CANARY not in told


@pytest.mark.parametrize(
    "command", [["score", RTSP, "-b", "bench1", "-p", "motor_start_stop"], ["probe", RTSP]]
)
def test_the_password_of_a_camera_is_not_told(command: list[str], tmp_path: Path) -> None:
    assert CANARY not in run(*command, ASSESSOR_DATA=str(tmp_path))


def test_the_log_of_faults_holds_no_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from assessor import cli

    secret = "another-secret-4711"  # not the canary: the record holds it, the file must not
    address = f"rtsp://admin:{secret}@127.0.0.1:9/live"

    def fail(*_: object) -> None:
        raise KeyError(f"cannot open {address}?token={secret}; as_{secret * 2}")

    monkeypatch.setenv("ASSESSOR_DATA", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["assessor", "version", address])
    monkeypatch.setattr("typer.main.get_command", lambda app: fail)
    monkeypatch.setattr(logging.getLogger("assessor"), "propagate", False)
    with pytest.raises(SystemExit):
        cli.main()
    log = (tmp_path / "assessor.log").read_text(encoding="utf-8")
    assert "rtsp://127.0.0.1:9/live" in log and secret not in log


@pytest.mark.parametrize("processes", [pytest.param([], id="one"), pytest.param(["-n", "1"], id="several")])
def test_a_run_in_which_a_secret_is_logged_fails(processes: list[str], tmp_path: Path) -> None:
    test = (
        "import logging\n\ndef test_it():\n    logging.getLogger('x').warning('p=%s', 'canary-' + '4711')\n"
    )
    (tmp_path / "test_leaks.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-p", "tests.canary", "-q", *processes, str(tmp_path)]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, check=False, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, "SECRET LEAKED" in done.stdout) == (1, True), done.stdout
    assert json.dumps(CANARY) not in done.stdout
