"""Live cameras over real HTTP and RTSP, broken in every way of the fault matrix; times are printed, held."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from itertools import pairwise
from pathlib import Path
from typing import IO, cast

import numpy as np
import pytest

from assessor.camera import FileSource, grabber, probe
from assessor.camera.live import Beat, Grabbing, Happening, Opened
from assessor.classroom.capture import Asking, Capture
from assessor.classroom.health import CameraState
from assessor.outbound import VARIABLE
from tests.corpus import Plan, number_of, write_video
from tests.rig.classes import Watched, asking_of, busy, watched
from tests.rig.mjpeg import LOGIN, FakeCamera, fake_camera, sample_jpegs
from tests.rig.proxy import Network, bad_network
from tests.rig.rtsp import rtsp_server

ROOT = Path(__file__).parents[1]
LIVE, OFFLINE = CameraState.LIVE, CameraState.OFFLINE
OPENED_S = 8.0  # what a loaded machine may take to open a camera


@pytest.fixture
def camera() -> Iterator[FakeCamera]:
    sample_jpegs()
    sample_jpegs(800, 450)
    with fake_camera() as running:
        yield running


@pytest.fixture
def bench(camera: FakeCamera) -> Iterator[Watched]:
    """A bench whose camera is live."""
    with watched(asking_of(f"{{mjpeg: '{camera.url}'}}")) as running:
        running.until(LIVE, OPENED_S, "start")
        yield running


def reasons(bench: Watched, start_s: float) -> list[str]:
    return [gap.reason for gap in bench.capture.gaps(start_s, bench.capture.now_s)]


def test_frames_rise_in_index_and_time_and_show_the_picture(bench: Watched) -> None:
    frames = [frame for frame, _ in zip(bench.capture.frames(), range(10), strict=False)]
    assert all(a.index < b.index and a.t_s < b.t_s for a, b in pairwise(frames))
    assert {frame.image.shape for frame in frames} == {(360, 640, 3)}
    assert all(60 < float(frame.image.mean()) < 200 for frame in frames)
    assert frames[-1].t_s <= bench.capture.now_s < frames[-1].t_s + 1


def test_who_is_slow_gets_the_newest_picture_and_the_others_are_counted(bench: Watched) -> None:
    bench.capture.take(1.0)
    before = bench.capture.status().overwritten
    time.sleep(1.0)
    frame = bench.capture.take()
    assert frame is not None
    assert bench.capture.now_s - frame.t_s < 0.3
    overwritten = bench.capture.status().overwritten - before
    assert 8 <= overwritten <= 16
    assert bench.capture.take() is None  # it was taken


@pytest.mark.fault(1)
def test_an_unplugged_camera_is_told_resumes_by_itself_and_leaves_a_gap(
    camera: FakeCamera, bench: Watched
) -> None:
    from_s = bench.capture.now_s
    camera.unplug()
    bench.until(OFFLINE, 5.0, "row 1 unplugged")
    lost = bench.capture.status()
    assert lost.what_to_do.en
    assert lost.what_to_do.zh
    camera.plug()
    bench.until(LIVE, 10.0, "row 1 back")
    assert reasons(bench, from_s) == ["offline"]
    assert bench.capture.status().reopened >= 1


@pytest.mark.fault(1)
def test_a_reset_connection_is_opened_anew(camera: FakeCamera, bench: Watched) -> None:
    camera.drop()
    bench.until(OFFLINE, 5.0, "row 1 reset")
    bench.until(LIVE, 10.0, "row 1 back after a reset")


def half_open(rig: ExitStack) -> None:
    """Row 2."""
    camera = rig.enter_context(fake_camera())
    bench = live(rig, f"{{mjpeg: '{camera.url}'}}")
    camera.mode = "halfopen"
    bench.wait(lambda now: now.state in (OFFLINE, CameraState.STALLED), 5.0, "row 2 half-open told")
    bench.until(OFFLINE, 5.0, "row 2 closed")
    camera.mode = "run"
    bench.until(LIVE, 10.0, "row 2 back")


def stalled_server(rig: ExitStack) -> None:
    """Row 3, over RTSP."""
    server = rig.enter_context(rtsp_server())
    bench = live(rig, f"{{rtsp: '{server.url()}'}}")
    frames = [frame for frame, _ in zip(bench.capture.frames(), range(8), strict=False)]
    assert all(one.t_s < following.t_s for one, following in pairwise(frames))
    assert frames[-1].image.shape == (360, 640, 3)
    server.process.send_signal(signal.SIGSTOP)
    bench.wait(lambda now: now.state in (OFFLINE, CameraState.STALLED), 10.0, "row 3 stalled server told")
    bench.until(OFFLINE, 10.0, "row 3 stalled server given up")
    server.process.send_signal(signal.SIGCONT)
    bench.until(LIVE, 20.0, "row 3 back")
    assert bench.capture.status().reopened >= 1


def hung_capture(rig: ExitStack) -> None:
    """Row 3, of our own process."""
    camera = rig.enter_context(fake_camera())
    bench = live(rig, f"{{mjpeg: '{camera.url}'}}")
    child = bench.capture.child
    assert child is not None
    os.kill(child, signal.SIGSTOP)
    bench.wait(lambda now: now.reopened == 1 and now.state is LIVE, 10.0, "row 3 hung capture replaced")
    assert not Path(f"/proc/{child}").exists()  # no zombie either


def frozen(rig: ExitStack) -> None:
    """Row 4."""
    camera = rig.enter_context(fake_camera())
    bench = live(rig, f"{{mjpeg: '{camera.url}'}}")
    from_s = bench.capture.now_s
    camera.mode = "frozen"
    bench.until(CameraState.FROZEN, 10.0, "row 4")
    camera.mode = "run"
    bench.until(LIVE, 2.0, "row 4 back")
    (gap,) = bench.capture.gaps(from_s, bench.capture.now_s)
    assert gap.start_s - from_s < 1.0  # from where it froze, not from where it was noticed


def frozen_and_encoded_anew(rig: ExitStack) -> None:
    """Row 4, over RTSP."""
    server = rig.enter_context(rtsp_server())
    bench = live(rig, f"{{rtsp: '{server.url('frozen')}'}}")
    bench.until(CameraState.FROZEN, 10.0, "row 4 over RTSP")


def slow_and_fast(rig: ExitStack) -> None:
    """Row 9."""
    slow, fast = rig.enter_context(fake_camera(fps=1.0)), rig.enter_context(fake_camera(fps=60.0))
    running = live(rig, f"{{mjpeg: '{fast.url}', fps: 10}}")
    crawling = rig.enter_context(watched(asking_of(f"{{mjpeg: '{slow.url}', fps: 15}}")))
    crawling.until(CameraState.SLOW, 12.0, "row 9 slow")
    status = running.capture.status()
    assert status.state is LIVE
    assert 5 <= status.fps <= 11


def bad_line(rig: ExitStack) -> None:
    """Row 16."""
    camera = rig.enter_context(fake_camera())
    network = Network(delay_s=0.05, loss=0.1, bytes_per_s=400_000)
    rig.enter_context(bad_network(camera.port, network))
    bench = live(rig, f"{{mjpeg: '{camera.url.replace(str(camera.port), str(network.port))}'}}")
    time.sleep(4.0)
    status = bench.capture.status()
    assert status.state in (LIVE, CameraState.SLOW)
    assert 0 < status.fps < 14
    assert (status.spoilt, status.reopened) == (0, 0)
    network.cut = True
    bench.wait(lambda now: now.state in (OFFLINE, CameraState.STALLED), 5.0, "row 16 cut told")
    network.cut = False
    bench.until(LIVE, 15.0, "row 16 back")


def crash_loop(rig: ExitStack) -> None:
    """Row 23. The others, which run beside it, go on."""
    crashing = Asking(lambda: grabber.Request("file", "/nowhere", -1))  # nothing there: its child dies
    broken = rig.enter_context(watched(crashing))
    broken.until(CameraState.FAULTED, 20.0, "row 23 circuit open")
    assert "keeps crashing" in broken.capture.status().said.en


def live(rig: ExitStack, camera: str) -> Watched:
    """A bench of its own, live."""
    bench = rig.enter_context(watched(asking_of(camera)))
    bench.until(LIVE, 20.0, "start")
    return bench


SCENES = (
    half_open,
    stalled_server,
    hung_capture,
    frozen,
    frozen_and_encoded_anew,
    slow_and_fast,
    bad_line,
    crash_loop,
)


@pytest.fixture(scope="module")
def played() -> Iterator[dict[str, "Future[None]"]]:
    """The faults that take long, all at once, each on a bench of its own."""

    def play(scene: Callable[[ExitStack], None]) -> None:
        with ExitStack() as rig:
            scene(rig)

    sample_jpegs()
    with ThreadPoolExecutor(len(SCENES)) as threads:
        yield {scene.__name__: threads.submit(play, scene) for scene in SCENES}


@pytest.mark.slow
@pytest.mark.parametrize(
    "scene",
    [
        pytest.param("half_open", marks=pytest.mark.fault(2)),
        pytest.param("stalled_server", marks=pytest.mark.fault(3)),
        pytest.param("hung_capture", marks=pytest.mark.fault(3)),
        pytest.param("frozen", marks=pytest.mark.fault(4)),
        pytest.param("frozen_and_encoded_anew", marks=pytest.mark.fault(4)),
        pytest.param("slow_and_fast", marks=pytest.mark.fault(9)),
        pytest.param("bad_line", marks=pytest.mark.fault(16)),
        pytest.param("crash_loop", marks=pytest.mark.fault(23)),
    ],
)
def test_a_fault_is_told_in_time_and_overcome(scene: str, played: dict[str, "Future[None]"]) -> None:
    played[scene].result(timeout=60)


@pytest.mark.fault(7)
def test_half_pictures_are_dropped_counted_and_a_gap_after_a_second(
    camera: FakeCamera, bench: Watched
) -> None:
    camera.mode = "corrupt"
    bench.until(CameraState.CORRUPT, 2.5, "row 7")
    assert bench.capture.status().spoilt >= 10
    camera.mode = "run"
    bench.until(LIVE, 2.0, "row 7 back")


@pytest.mark.fault(22)
@pytest.mark.fault(50)
@pytest.mark.parametrize("first", ["run", "bomb"])
def test_a_picture_of_256_megapixels_costs_no_memory(camera: FakeCamera, first: str) -> None:
    camera.mode = first
    with watched(asking_of(f"{{mjpeg: '{camera.url}'}}")) as bench:
        if first == "run":
            bench.until(LIVE, OPENED_S, "start")
        camera.mode = "bomb"
        bench.until(CameraState.CORRUPT, 15.0, "row 50 bomb")
        child = bench.capture.child
        limits = Path(f"/proc/{child}/limits").read_text(encoding="utf-8")
        memory = Path(f"/proc/{child}/status").read_text(encoding="utf-8")
        peak_kb = int(memory.partition("VmHWM:")[2].split()[0])
        assert peak_kb < 250_000
        assert str(grabber.MAX_MEMORY_BYTES) in limits.partition("Max address space")[2].splitlines()[0]
        camera.mode = "run"
        bench.until(LIVE, OPENED_S, "row 50 back")


@pytest.mark.fault(8)
def test_another_picture_size_is_opened_at_once(camera: FakeCamera, bench: Watched) -> None:
    camera.mode = "resize"
    bench.wait(lambda now: now.size == (800, 450) and now.state is LIVE, 5.0, "row 8 new size")
    frame = bench.capture.take(1.0)
    assert frame is not None
    assert frame.image.shape == (450, 800, 3)


@pytest.mark.fault(10)
def test_the_childs_clock_repairs_missing_equal_and_earlier_times() -> None:
    taker = grabber.Clock()
    stamps = [
        taker.stamp(pts_s, 100.0 + n / 1000) for n, pts_s in enumerate((0.0, 0.04, 0.04, -1.0, None, 0.2))
    ]
    assert all(a < b for a, b in pairwise(stamps))
    assert taker.repaired == 3


def test_a_file_played_live_has_the_times_and_pictures_of_the_file(tmp_path: Path) -> None:
    video = write_video(tmp_path / "work.mp4", Plan(frames=50))
    batch = list(FileSource(probe(video, settle_s=0)).frames())
    with watched(asking_of("{file: work.mp4, fps: 60}", tmp_path)) as bench:
        played = list(bench.capture.frames())
        assert bench.capture.state().state is CameraState.ENDED
    assert number_of(played[-1].image) == 49  # the last one is kept; those that we were too slow for are not
    assert len(played) >= 5
    for frame in played:
        recorded = batch[number_of(frame.image)]
        assert frame.t_s - played[0].t_s == pytest.approx(
            recorded.t_s - batch[number_of(played[0].image)].t_s, abs=0.002
        )
        assert np.abs(frame.image.astype(int) - recorded.image).max() <= 2


@pytest.mark.fault(14)
@pytest.mark.parametrize(
    ("mode", "words"),
    [
        pytest.param("401", "user or password is not accepted", id="401"),
        pytest.param("404", "no video at this address (404)", id="404"),
    ],
)
def test_what_a_camera_answers_is_told_apart(mode: str, words: str, camera: FakeCamera) -> None:
    camera.mode = mode
    with watched(asking_of(f"{{mjpeg: '{camera.url}'}}")) as bench:
        bench.until(OFFLINE, 5.0, f"row 14 {mode}")
        assert words in bench.capture.status().said.en
        asked = camera.asked
        time.sleep(2.5)
        assert (camera.asked > asked) == (mode == "404")  # no account is locked by us


@pytest.mark.fault(14)
@pytest.mark.parametrize(
    ("address", "words"),
    [
        pytest.param("http://127.0.0.1:1/video", "refuses the connection", id="refused"),
        pytest.param("http://no-such-camera.invalid:80/video", "host name is not known", id="DNS"),
    ],
)
def test_why_a_camera_cannot_be_reached_is_told_apart(address: str, words: str) -> None:
    with watched(asking_of(f"{{mjpeg: '{address}'}}")) as bench:
        bench.until(OFFLINE, 10.0, f"row 14 {words}")
        assert words in bench.capture.status().said.en


@pytest.mark.fault(84)
def test_a_login_opens_the_camera_and_is_shown_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CAMERA_LOGIN", LOGIN)
    with fake_camera(login=LOGIN) as camera:
        asking = asking_of(f"{{mjpeg: '{camera.url}', login: {{env: CAMERA_LOGIN}}}}", tmp_path)
        with watched(asking) as bench:
            bench.until(LIVE, OPENED_S, "with its login")
            child = bench.capture.child
            assert child is not None
            secret = LOGIN.partition(":")[2]
            assert secret.encode() not in Path(f"/proc/{child}/cmdline").read_bytes()
            assert secret not in repr(bench.capture.status()) + repr(asking) + caplog.text


@pytest.mark.fault(68)
def test_the_administrators_list_has_the_last_word(
    camera: FakeCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "http://10.0.7.0/24:*")
    with watched(asking_of(f"{{mjpeg: '{camera.url}'}}")) as bench:
        bench.until(OFFLINE, 5.0, "row 68")
        assert "not allowed" in bench.capture.status().said.en
    assert camera.asked == 0


@pytest.mark.fault(68)
def test_a_camera_cannot_send_us_elsewhere(camera: FakeCamera) -> None:
    with fake_camera() as other, ExitStack() as rig:
        camera.mode, camera.elsewhere = "redirect", other.url
        bench = rig.enter_context(watched(asking_of(f"{{mjpeg: '{camera.url}'}}")))
        bench.until(OFFLINE, 8.0, "row 68 redirect")
        assert other.asked == 0


@pytest.mark.fault(15)
@pytest.mark.slow
def test_twenty_four_cameras_return_together() -> None:
    with ExitStack() as rig:
        cameras = [rig.enter_context(fake_camera(fps=5.0)) for _ in range(24)]
        benches = [Watched(Capture(asking_of(f"{{mjpeg: '{camera.url}', fps: 5}}"))) for camera in cameras]
        threads = rig.enter_context(ThreadPoolExecutor(24))
        for bench in benches:
            bench.capture.start()
            rig.callback(threads.submit, bench.capture.stop)
        all_in(benches, LIVE, 40.0, "row 15: 24 cameras opened")
        for camera in cameras:
            camera.unplug()
        all_in(benches, OFFLINE, 10.0, "row 15: 24 losses told")
        for camera in cameras:
            camera.plug()
        all_in(benches, LIVE, 30.0, "row 15: 24 cameras back")


def all_in(benches: list[Watched], state: CameraState, within_s: float, what: str) -> None:
    start_s = time.monotonic()
    while not all(bench.capture.status().state is state for bench in benches):
        assert time.monotonic() - start_s <= within_s * busy(), what
        time.sleep(0.05)
    print(f"{what} after {time.monotonic() - start_s:.2f} s (promised {within_s:g} s)")  # noqa: T201


@pytest.mark.fault(18)
def test_a_killed_capture_is_started_again(bench: Watched) -> None:
    for time_number in range(3):
        child, before = bench.capture.child, bench.capture.status()
        assert child is not None
        os.kill(child, signal.SIGKILL)
        bench.wait(
            lambda now, before=before: now.reopened > before.reopened and now.state is LIVE,  # type: ignore[misc]
            5.0,
            f"row 18 kill {time_number + 1}: seen again",
        )
    assert "offline" in reasons(bench, 0.0)


ALONE = """
import sys, time
from tests.rig.classes import asking_of, watched
with watched(asking_of(sys.argv[1])) as bench:
    bench.wait(lambda now: now.pictures > 0, 20.0, "start")
    print("child", bench.capture.child, flush=True)
    time.sleep(60)
"""


@pytest.mark.fault(18)
@pytest.mark.slow
def test_a_killed_program_leaves_no_capture_behind(camera: FakeCamera) -> None:
    command = [sys.executable, "-c", ALONE, f"{{mjpeg: '{camera.url}'}}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        lines = iter(cast(IO[str], program.stdout).readline, "")
        child = next(int(line.split()[1]) for line in lines if line.startswith("child"))
        program.kill()
    assert gone(child, 5.0)


def gone(process: int, within_s: float) -> bool:
    """Whether a process has ended by then; one that waits to be fetched by its parent has."""
    end_s = time.monotonic() + within_s
    while time.monotonic() < end_s:
        try:
            state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


@pytest.mark.fault(23)
def test_a_child_that_cannot_be_started_or_talks_nonsense_is_a_crash_and_not_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_many(request: grabber.Request) -> Grabbing:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr("assessor.classroom.capture.grabbing", too_many)
    with watched(Asking(lambda: grabber.Request("rtsp", "", -1))) as bench:
        bench.until(OFFLINE, 3.0, "row 23 no process")
        assert "crashed" in bench.capture.status().said.en
        monkeypatch.setattr("assessor.classroom.capture.grabbing", lambda request: nullcontext(Beating()))
        bench.wait(
            lambda now: now.reopened == 0 and bench.capture.child is not None, 4.0, "row 23 tried again"
        )


class Beating(Grabbing):
    """A child that is open and lives, and whose decoder never gets a whole picture."""

    def __init__(self) -> None:
        self.said: list[Beat | Opened] = [Opened((640, 360))]

    @property
    def pid(self) -> int:
        return os.getpid()

    def happenings(self, timeout_s: float) -> list[Happening]:
        time.sleep(0.05)
        told: list[Happening] = list(self.said)
        self.said = [Beat()]
        return told


@pytest.mark.fault(3)
def test_a_camera_that_sends_no_picture_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assessor.classroom.capture.PICTURES_S", 1.0)
    monkeypatch.setattr("assessor.classroom.capture.grabbing", lambda request: nullcontext(Beating()))
    with watched(Asking(lambda: grabber.Request("rtsp", "", -1))) as bench:
        bench.until(OFFLINE, 3.0, "row 3 no picture")
        assert bench.capture.status().said.en == "it sends something, but no picture"


def test_an_injected_clock_gives_the_times(camera: FakeCamera) -> None:
    """A clock that runs elsewhere than the system's: frames are stamped by it, gaps too."""
    ahead_s = 5000.0
    capture = Capture(asking_of(f"{{mjpeg: '{camera.url}'}}"), clock=lambda: time.monotonic() + ahead_s)
    with watched(asking_of(f"{{mjpeg: '{camera.url}'}}"), capture) as bench:
        bench.until(LIVE, OPENED_S, "with another clock")
        frame = bench.capture.take(1.0)
        assert frame is not None
        assert 0 < frame.t_s <= bench.capture.now_s < 20


def test_a_file_is_played_again_and_again(tmp_path: Path) -> None:
    write_video(tmp_path / "short.mp4", Plan(frames=10))
    with watched(asking_of("{file: short.mp4, loop: true, fps: 60}", tmp_path)) as bench:
        frames = [frame for frame, _ in zip(bench.capture.frames(), range(20), strict=False)]
        assert all(one.t_s < following.t_s for one, following in pairwise(frames))
        assert bench.capture.status().repaired == 0
        assert {number_of(frame.image) for frame in frames} <= set(range(10))
