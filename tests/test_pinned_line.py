"""An RTSP camera is called at the address that was checked, whatever it answers."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from assessor.camera.grabber import Request
from assessor.camera.live import Grabbing, Happening, Lost, Opened, Picture, grabbing
from assessor.camera.pinned_line import PinnedLine
from tests.rig.rtsp import rtsp_server

pytestmark = [pytest.mark.fault(68), pytest.mark.slow]


@dataclass
class FakeRtsp:
    """Says what it is told to DESCRIBE; `heard`: the first line of each request."""

    port: int
    answer: str = "404 Not Found\r\n"
    heard: list[str] = field(default_factory=list)

    def talk(self, line: socket.socket) -> None:
        while data := line.recv(4096):
            text = data.decode("latin-1")
            self.heard.append(text.partition("\r\n")[0])
            number = re.search(r"CSeq: \d+", text)
            status = "200 OK\r\nPublic: DESCRIBE\r\n" if text.startswith("OPTIONS") else self.answer
            head, _, rest = status.partition("\r\n")
            for piece in (f"RTSP/1.0 {head[:2]}", f"{head[2:]}\r\n{number and number[0]}\r\n{rest}\r\n"):
                line.sendall(piece.encode())
                time.sleep(0.05)  # the status comes in two pieces


@contextmanager
def fake_rtsp(address: str) -> Iterator[FakeRtsp]:
    with socket.create_server((address, 0)) as door:
        own = FakeRtsp(door.getsockname()[1])

        def serve() -> None:
            with suppress(OSError):
                while True:
                    line, _ = door.accept()
                    with line, suppress(OSError):
                        own.talk(line)

        thread = threading.Thread(target=serve)
        thread.start()
        yield own
        door.shutdown(socket.SHUT_RDWR)
    thread.join()


def last_of(url: str) -> Happening:
    with grabbing(Request("rtsp", url, -1)) as running:
        return next(one for one in happenings_of(running) if isinstance(one, Lost))


def happenings_of(running: Grabbing) -> Iterator[Happening]:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        yield from running.happenings(1.0)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "305 Use Proxy", "307 x"])
def test_a_camera_that_sends_us_elsewhere_is_left(status: str) -> None:
    with fake_rtsp("127.0.0.1") as camera, fake_rtsp("127.0.0.2") as inner:
        camera.answer = f"{status}\r\nLocation: rtsp://127.0.0.2:{inner.port}/secret\r\n"
        assert last_of(f"rtsp://u:p@127.0.0.1:{camera.port}/live") == Lost("not_allowed")
    assert [line.partition(" ")[0] for line in camera.heard] == ["OPTIONS", "DESCRIBE"]
    assert inner.heard == []


def test_no_proxy_and_no_secret_reaches_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.2:9")
    monkeypatch.setenv("ASSESSOR_OIDC_SECRET", "not for a camera")
    with fake_rtsp("127.0.0.1") as camera:
        request = Request("rtsp", f"rtsp://127.0.0.1:{camera.port}/live", -1)
        with grabbing(request) as running:
            given = Path(f"/proc/{running.pid}/environ").read_bytes()
    assert b"PATH=" in given
    assert b"http_proxy" not in given and b"not for a camera" not in given


def test_what_it_answers_otherwise_is_told_as_before() -> None:
    with fake_rtsp("127.0.0.1") as camera:
        assert last_of(f"rtsp://127.0.0.1:{camera.port}/live") == Lost("not_found")
        camera.answer = "401 Unauthorized\r\n"
        assert last_of(f"rtsp://127.0.0.1:{camera.port}/live") == Lost("unauthorised")
    assert last_of(f"rtsp://127.0.0.1:{camera.port}/live") == Lost("refused")


def test_the_child_is_told_an_address_of_this_machine_with_the_login() -> None:
    with PinnedLine("rtsp://u:p%40@192.0.2.1/live?x=1") as line:
        assert re.fullmatch(r"rtsp://u:p%40@127\.0\.0\.1:\d+/live\?x=1", line.target)


def test_a_real_stream_goes_through_it() -> None:
    with rtsp_server() as server, grabbing(Request("rtsp", server.url(), -1)) as running:
        seen = happenings_of(running)
        assert isinstance(next(one for one in seen if not isinstance(one, Lost)), Opened)
        pictures = [next(one for one in seen if isinstance(one, Picture | Lost)) for _ in range(10)]
        assert [one for one in pictures if isinstance(one, Picture)] == pictures
