"""From the spool to the server: everything once and in order, whatever happens on the way."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from api.bench_line import HttpLine
from assessor.benchbox.clock import own_clock
from assessor.benchbox.replay import MOST, MOST_REFUSED, SET_ASIDE, WAITS_S, Replay
from assessor.benchbox.server_line import Answer, AwayError, NotTakenError, ReportedEvent
from assessor.benchbox.spool import Noted, Spool
from assessor.ledger.bench_events import BenchEvent, Report, take_events
from assessor.store import Store
from assessor.store.ledger_tables import AuditRow
from tests.killed_server import wait_until_ready
from tests.rings import DeadLine
from tests.school import add_school
from tests.spools import SetClock, Site, happened, kept, note, open_site, wait_until
from tests.stores import ALL_ON, open_store, place_of

ROOT = Path(__file__).parents[1]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with open_site(tmp_path / "server") as opened:
        yield opened


def drain(replay: Replay, spool: Spool) -> None:
    for _ in range(200):
        replay.step()
        if not spool.state.waiting:
            return
    raise AssertionError(f"not empty after 200 exchanges: {replay.state}")


# ---- over real HTTP --------------------------------------------------------------------


@pytest.mark.fault(34)
def test_events_reach_the_server_in_order_and_leave_the_spool(site: Site, tmp_path: Path) -> None:
    with Spool(tmp_path / "bench", own_clock()) as spool, HttpLine(site.address, site.key) as line:
        replay = Replay(spool, line, own_clock(), tmp_path)
        note(spool, 1200)
        drain(replay, spool)
        assert kept(site.store) == [(n + 1, "switch", str(n)) for n in range(1200)]
        assert replay.state.away is None and abs(replay.state.offset_s or 9) < 2
    with Spool(tmp_path / "bench", own_clock()) as spool:
        assert spool.state.waiting == 0


def test_a_running_replay_sends_what_happens_at_once(site: Site, tmp_path: Path) -> None:
    stop = threading.Event()
    with Spool(tmp_path / "bench", own_clock()) as spool, HttpLine(site.address, site.key) as line:
        thread = threading.Thread(target=Replay(spool, line, own_clock(), tmp_path).run, args=[stop])
        thread.start()
        try:
            note(spool, 1)
            wait_until(lambda: len(kept(site.store)) == 1)
            began = time.monotonic()
            note(spool, 1, 1)
            wait_until(lambda: len(kept(site.store)) == 2)
            assert time.monotonic() - began < 5
        finally:
            stop.set()
            spool.wake()
            thread.join(10)
    assert not thread.is_alive()


def test_an_event_that_the_server_does_not_take_is_set_aside_and_told(site: Site, tmp_path: Path) -> None:
    with Spool(tmp_path / "bench", own_clock()) as spool, HttpLine(site.address, site.key) as line:
        replay = Replay(spool, line, own_clock(), tmp_path)
        note(spool, 30)
        spool.append(Noted("switch", "x" * 101))
        note(spool, 30, 30)
        drain(replay, spool)
        values = [value for _, kind, value in kept(site.store) if kind == "switch"]
        assert values == [str(n) for n in range(60)]
        assert kept(site.store)[-1][1:] == ("spool", "31")
        assert replay.state.set_aside == 1
    assert json.loads((tmp_path / SET_ASIDE).read_text(encoding="utf-8"))["subject"] == "x" * 101


def test_a_report_that_is_too_large_goes_in_parts(site: Site, tmp_path: Path) -> None:
    with Spool(tmp_path / "bench", own_clock()) as spool, HttpLine(site.address, site.key) as line:
        for _ in range(MOST):
            spool.append(Noted("工" * 100, "位" * 100, "\x01" * 200))  # a megabyte and more as JSON
        drain(Replay(spool, line, own_clock(), tmp_path), spool)
    assert len(kept(site.store)) == MOST and not (tmp_path / SET_ASIDE).exists()


def test_a_server_that_takes_no_event_at_all_is_away_and_few_are_set_aside(tmp_path: Path) -> None:
    with Spool(tmp_path, own_clock()) as spool:
        replay = Replay(spool, ChangedLine(), own_clock(), tmp_path)
        note(spool, 100)
        waits = [replay.step() for _ in range(300)]
        assert max(waits) > 1 and "takes no event" in (replay.state.away or "")
        assert replay.state.set_aside == MOST_REFUSED and spool.state.waiting == 100


class ChangedLine:
    """A server of another version: it takes reports, but no event as we send them."""

    def report(self, sent_utc: datetime, offset_s: float | None, events: Sequence[ReportedEvent]) -> Answer:
        if events:
            raise NotTakenError("422")
        return Answer(0, 0.0)


def test_the_page_of_a_hotspot_is_not_the_server(tmp_path: Path) -> None:
    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>accept our terms</html>")

        def log_message(self, *what: object) -> None:
            """Nothing."""

    with (
        HTTPServer(("127.0.0.1", 0), Page) as server,
        Spool(tmp_path, own_clock()) as spool,
        HttpLine(f"http://127.0.0.1:{server.server_port}", "key") as line,
    ):
        threading.Thread(target=server.handle_request, daemon=True).start()
        note(spool, 1)
        replay = Replay(spool, line, own_clock(), tmp_path)
        assert replay.step() > 0 and "something else" in (replay.state.away or "")
        assert spool.state.waiting == 1


def test_a_wrong_key_is_away_and_nothing_is_set_aside(site: Site, tmp_path: Path) -> None:
    with Spool(tmp_path / "bench", own_clock()) as spool, HttpLine(site.address, "wrong") as line:
        replay = Replay(spool, line, own_clock(), tmp_path)
        note(spool, 1)
        assert replay.step() > 0
        assert "401" in (replay.state.away or "") and spool.state.waiting == 1


@pytest.mark.fault(76)
def test_a_connection_that_was_closed_in_between_is_opened_again_at_once(site: Site, tmp_path: Path) -> None:
    """Each connection takes two reports; the second one is not answered."""
    with (
        hanging_up(site.address) as address,
        Spool(tmp_path / "bench", own_clock()) as spool,
        HttpLine(address, site.key) as line,
    ):
        replay = Replay(spool, line, own_clock(), tmp_path)
        for number in range(6):
            note(spool, 1, number)
            assert replay.step() == 0.0 and replay.state.away is None
    assert kept(site.store) == [(n + 1, "switch", str(n)) for n in range(6)]


def _holds(found: Sequence[object], count: int) -> bool:
    return len(found) == count


def _is_shorter(spool: Spool, before: int) -> bool:
    return spool.state.waiting < before


@contextmanager
def hanging_up(address: str) -> Iterator[str]:
    """A way to the server on which every connection ends, without a word, after its second request came."""
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    with socket.create_server(("127.0.0.1", 0)) as front:
        thread = threading.Thread(target=_hang_up, args=(front, (host, int(port))), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{front.getsockname()[1]}"
        front.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def _hang_up(front: socket.socket, to: tuple[str, int]) -> None:
    while True:
        try:
            client, _ = front.accept()
        except OSError:
            return
        with client, socket.create_connection(to) as server:
            for last in (False, True):
                if not (asked := _message(client)):
                    break
                server.sendall(asked)
                answer = _message(server)
                if not last:
                    client.sendall(answer)


def _message(way: socket.socket) -> bytes:
    """A head and as much body as it says."""
    got = b""
    while b"\r\n\r\n" not in got:
        if not (more := way.recv(65536)):
            return got
        got += more
    head, _, body = got.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        body += way.recv(65536)
    return head + b"\r\n\r\n" + body


# ---- clocks ----------------------------------------------------------------------------


@pytest.mark.fault(41)
@pytest.mark.parametrize("wrong_s", [-600.0, 600.0, 0.4])
def test_a_wrong_clock_is_measured_corrected_warned_of_and_noted(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture, wrong_s: float
) -> None:
    given, began = _running(wrong_s), datetime.now(UTC)
    with Spool(tmp_path / "bench", given.clock) as spool, HttpLine(site.address, site.key) as line:
        replay = Replay(spool, line, given.clock, tmp_path)
        for number in range(3):
            note(spool, 1, number)
            drain(replay, spool)
    assert replay.state.offset_s == pytest.approx(-wrong_s, abs=0.5)
    off = abs(wrong_s) > 2
    for moment in happened(site.store):
        assert abs((moment - began).total_seconds()) < 30
    noted = site.store.read(lambda session: list(session.scalars(select(AuditRow.detail))))
    assert [round(one["offset_s"], -1) for one in noted] == ([-wrong_s] if off else [])
    assert len([one for one in caplog.records if "behind the server's" in one.message]) == int(off)


def _running(wrong_s: float) -> SetClock:
    """A clock that goes, and is set wrong by so much."""
    given = SetClock()
    given.clock = type(given.clock)(
        "boot", time.monotonic, lambda: time.time() + wrong_s + given.utc - 1_800_000_000.0
    )
    return given


@pytest.mark.fault(40)
def test_a_wall_clock_that_is_set_to_and_fro_spoils_neither_order_nor_times(
    site: Site, tmp_path: Path
) -> None:
    """Set by an hour while events wait, by another one while they are sent."""
    given, real = _running(0.0), []
    with Spool(tmp_path / "bench", given.clock) as spool, HttpLine(site.address, site.key) as line:
        replay = Replay(spool, line, given.clock, tmp_path)
        for number, jump_s in enumerate((0.0, 3600.0, -7200.0, 3600.0)):
            given.utc += jump_s
            real.append(datetime.now(UTC))
            note(spool, 1, number)
            time.sleep(0.05)
            if number % 2:
                drain(replay, spool)
    rows = [(at, kind) for at, (_, kind, _) in zip(happened(site.store), kept(site.store), strict=True)]
    assert [kind for _, kind in rows] == ["switch", *["clock", "switch"] * 3]
    moments = [at for at, kind in rows if kind == "switch"]
    assert moments == sorted(moments)
    for moment, expected in zip(moments, real, strict=True):
        assert abs((moment - expected).total_seconds()) < 2


# ---- away ------------------------------------------------------------------------------


@dataclass
class UnsureLine:
    """To the service itself; some reports get lost on their way, some answers on theirs."""

    store: Store
    device: UUID
    chance: random.Random
    asked: list[int] = field(default_factory=list)

    def report(self, sent_utc: datetime, offset_s: float | None, events: Sequence[ReportedEvent]) -> Answer:
        if self.chance.random() < 0.25:
            raise AwayError("lost on its way there")
        told = [BenchEvent(*(getattr(event, name) for name in ReportedEvent.__slots__)) for event in events]
        taken = take_events(self.store, self.device, "bench 7", Report(sent_utc, told, offset_s))
        self.asked += [event.seq for event in events]
        if self.chance.random() < 0.25:
            raise AwayError("lost on its way back")
        return Answer(taken.highest, taken.offset_s)


@pytest.mark.fault(74)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_lost_reports_answers_and_restarts_neither_lose_nor_double_an_event(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    chance, folder = random.Random(seed), tmp_path_factory.mktemp("away")
    with open_store(folder / "server") as store:
        line = UnsureLine(store, add_school(store).add_device("bench 7")[0], chance)
        made = 0
        for _ in range(3):  # the bench is restarted in between
            with Spool(folder / "bench", own_clock()) as spool:
                replay = Replay(spool, line, own_clock(), folder)
                for _ in range(chance.randint(1, 6)):
                    note(spool, count := chance.randint(0, 40), made)
                    made += count
                    replay.step()
        with Spool(folder / "bench", own_clock()) as spool:
            drain(Replay(spool, line, own_clock(), folder), spool)
        assert kept(store) == [(n + 1, "switch", str(n)) for n in range(made)]


@pytest.mark.fault(34)
def test_an_absent_server_is_asked_ever_more_seldom_each_bench_at_its_own_time(tmp_path: Path) -> None:
    chance = random.Random(1)
    with Spool(tmp_path, own_clock()) as spool:
        note(spool, 1)
        waits: list[list[float]] = [[], []]
        for each in waits:
            replay = Replay(spool, DeadLine(), own_clock(), tmp_path, chance.uniform)
            each += [replay.step() for _ in range(10)]
        assert replay.state.away == "nobody" and spool.state.waiting == 1
    for each in waits:
        longest = [*WAITS_S, *[WAITS_S[-1]] * 4]
        assert all(most / 2 <= wait <= most for wait, most in zip(each, longest, strict=True))
    assert waits[0] != waits[1]


def test_what_happens_while_nobody_is_there_is_brought_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, synced, fsync = threading.Event(), list[int](), os.fsync

    def counted(file: int) -> None:
        fsync(file)
        synced.append(file)

    monkeypatch.setattr(os, "fsync", counted)
    with Spool(tmp_path, own_clock()) as spool:
        replay = Replay(spool, DeadLine(), own_clock(), tmp_path, lambda low, high: 60.0)
        thread = threading.Thread(target=replay.run, args=[stop])
        thread.start()
        try:
            for count in (1, 2):
                note(spool, 10)
                wait_until(partial(_holds, synced, count), within_s=20)
        finally:
            stop.set()
            thread.join(10)


@pytest.mark.slow
@pytest.mark.fault(34)
def test_a_server_that_is_killed_again_and_again_and_is_away_for_long_gets_everything(tmp_path: Path) -> None:
    """Hours are scaled: the waits are a twentieth. Events go on happening while nobody is there."""
    with open_store(tmp_path / "server") as store:
        key = add_school(store).add_device("bench 7")[1]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    stop, made = threading.Event(), 0
    with (
        Spool(tmp_path / "bench", own_clock()) as spool,
        HttpLine(f"http://127.0.0.1:{port}", key, timeout_s=5) as line,
    ):
        quick = lambda low, high: random.uniform(low, high) / 20  # noqa: E731
        thread = threading.Thread(target=Replay(spool, line, own_clock(), tmp_path, quick).run, args=[stop])
        thread.start()
        try:
            for after_s in (0.3, 0.05):
                note(spool, 3000, made)
                made += 3000
                with serving(tmp_path / "server", port) as server:
                    before = spool.state.waiting
                    wait_until(partial(_is_shorter, spool, before))
                    time.sleep(after_s)
                    server.send_signal(signal.SIGKILL)
                note(spool, 100, made)
                made += 100
            with serving(tmp_path / "server", port):
                wait_until(lambda: spool.state.waiting == 0)
        finally:
            stop.set()
            spool.wake()
            thread.join(20)
    with open_store(tmp_path / "server") as store:
        assert kept(store) == [(n + 1, "switch", str(n)) for n in range(made)]
        late = [moment for moment in happened(store) if datetime.now(UTC) - moment > timedelta(minutes=10)]
        assert late == []


@contextmanager
def serving(data: Path, port: int) -> "Iterator[subprocess.Popen[bytes]]":
    command = [
        sys.executable,
        "-m",
        "tests.killed_server",
        str(place_of(data)) if ALL_ON else "",
        str(data),
        str(port),
    ]
    server = subprocess.Popen(command, cwd=ROOT)
    try:
        wait_until_ready(server, f"http://127.0.0.1:{port}/")
        yield server
    finally:
        server.kill()
        server.wait()
