"""A bench with all that it keeps: recording, events and server together, and what the wall is told of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.bench_line import HttpLine
from assessor.benchbox.box import RING, SPOOL, BenchBox
from assessor.benchbox.clock import own_clock
from assessor.benchbox.ring import RingState
from assessor.benchbox.segments import segments_in, times_of
from assessor.benchbox.sending import send_events
from assessor.benchbox.spool import Noted, Spool
from assessor.errors import StoreError
from assessor.evidence import Cut, cut_clips
from tests.rings import DeadLine, as_it_is, numbered
from tests.spools import Site, kept, note, open_site, wait_until

ROOT = Path(__file__).parents[1]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with open_site(tmp_path / "server") as opened:
        yield opened


def test_a_bench_records_reports_and_gives_evidence(site: Site, tmp_path: Path) -> None:
    with (
        HttpLine(site.address, site.key) as line,
        BenchBox(tmp_path / "b", own_clock(), as_it_is, line) as box,
    ):
        for index in range(60):
            box.record(numbered(index, 50 + index / 10))
        box.note(Noted("switch", "Q1", "on", 0.9, 53.0))
        cut = Cut(53.0, 53.5, tmp_path / "clip.mp4", pre_s=1.0, post_s=1.0)
        assert cut_clips(box.pictures(*cut.interval), [cut]).written == (tmp_path / "clip.mp4",)
        wait_until(lambda: box.health.spool.waiting == 0)
        health = box.health
        assert (health.recording, health.pictures_lost, health.server.away) == (RingState.RECORDING, 0, None)
    assert kept(site.store) == [(1, "switch", "on")]


@pytest.mark.fault(28)
def test_a_recording_that_stops_is_an_event_and_the_bench_goes_on(
    site: Site,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (
        HttpLine(site.address, site.key) as line,
        BenchBox(tmp_path / "b", own_clock(), as_it_is, line) as box,
    ):
        box.record(numbered(0, 50.0))
        monkeypatch.setenv("ASSESSOR_RESERVE_MB", "999999999")
        box.record(numbered(1, 51.5))
        assert box.health.recording is RingState.NO_ROOM
        assert box.note(Noted("switch", "Q1", "on")) == 2
        monkeypatch.setenv("ASSESSOR_RESERVE_MB", "0")
        box.record(numbered(2, 53.0))
        assert (box.health.recording, box.health.pictures_lost) == (RingState.RECORDING, 1)
        wait_until(lambda: box.health.spool.waiting == 0)
    assert [(kind, value) for _, kind, value in kept(site.store)] == [
        ("recording", "no_room"),
        ("switch", "on"),
        ("recording", "recording"),
    ]


def test_a_folder_in_use_is_refused_and_nothing_is_left_open(tmp_path: Path) -> None:
    with (
        BenchBox(tmp_path, own_clock(), as_it_is, DeadLine()),
        pytest.raises(StoreError, match="another process does"),
    ):
        BenchBox(tmp_path, own_clock(), as_it_is, DeadLine())
    with BenchBox(tmp_path, own_clock(), as_it_is, DeadLine()) as box:
        assert box.health.spool.waiting == 0


RUN = """
import signal, sys, threading, time
from pathlib import Path
from assessor.benchbox.box import BenchBox
from assessor.benchbox.clock import own_clock
from assessor.benchbox.spool import Noted
from tests.rings import DeadLine, as_it_is, numbered
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda number, _: stop.set())
with BenchBox(Path(sys.argv[1]), own_clock(), as_it_is, DeadLine()) as box:
    index = 0
    while not stop.wait(0.05):
        box.record(numbered(index, time.monotonic()))
        box.note(Noted("picture", "camera", str(index)))
        sys.stdout.write(f"{index}\\n")
        sys.stdout.flush()
        index += 1
"""


@pytest.mark.slow
@pytest.mark.fault(26)
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_bench_that_is_ended_goes_on_where_it_was(tmp_path: Path, how: signal.Signals) -> None:
    command = [sys.executable, "-c", RUN, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(1.4)
        process.send_signal(how)
        began = time.monotonic()
        last = int([line for line in process.stdout if line.endswith("\n")][-1])
    assert time.monotonic() - began < 10
    with Spool(tmp_path / SPOOL, own_clock()) as spool:
        values = [event.value for event in spool.batch(1000).events]
        assert values[: last + 1] == [str(n) for n in range(last + 1)], "no event is lost"
    with BenchBox(tmp_path, own_clock(), as_it_is, DeadLine()):
        pictures = sum(len(times_of(one)) for one in segments_in(tmp_path / RING))
    if how == signal.SIGTERM:
        assert process.returncode == 0 and pictures >= min(last, 10)


def send(folder: Path, server: str, key: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "assessor", "send", str(folder), "--server", server]
    environment = os.environ | {"ASSESSOR_DEVICE_KEY": key, "LANG": "C.UTF-8"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.fault(34)
def test_the_spool_of_a_box_that_broke_is_sent_by_hand(site: Site, tmp_path: Path) -> None:
    with Spool(tmp_path / "spool", own_clock()) as spool:
        note(spool, 1500)
    done = send(tmp_path / "spool", site.address, site.key)
    assert (done.returncode, done.stdout) == (0, "1500 events sent\n"), done.stderr
    assert kept(site.store) == [(n + 1, "switch", str(n)) for n in range(1500)]


def test_a_folder_without_a_spool_is_refused_and_not_made_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="name a bench's spool"):
        send_events(tmp_path, DeadLine(), lambda share: None)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_stays_away_ends_the_sending_and_the_events_wait(tmp_path: Path) -> None:
    with Spool(tmp_path, own_clock()) as spool:
        note(spool, 3)
    with pytest.raises(StoreError, match="nobody; 3 events wait"):
        send_events(tmp_path, DeadLine(), lambda share: None, patience_s=0.0)
    with Spool(tmp_path, own_clock()) as spool:
        assert spool.state.waiting == 3
