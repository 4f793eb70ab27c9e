"""Webcams by paths that stay the same, what is told of a USB fault, and `assessor cameras`."""

import errno
import json
from pathlib import Path

import av
import pytest
from typer.testing import CliRunner

from assessor.camera import read_photo
from assessor.camera.formats import sizes_in, sizes_of
from assessor.camera.grabber import code_of
from assessor.classroom.asking import asking_for
from assessor.classroom.devices import bus_of, holder_of, webcams
from assessor.classroom.health import CameraState
from assessor.classroom.labels import label_in
from assessor.classroom.words import said, what_to_do
from assessor.cli import app
from tests.corpus import Plan, write_video
from tests.rig.classes import KIND, class_of, watched
from tests.rig.device_tree import FakeTree
from tests.rig.mjpeg import fake_camera

LISTED = """\
[video4linux2,v4l2 @ 0x55] Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480 1280x720
[video4linux2,v4l2 @ 0x55] Compressed:       mjpeg :          Motion-JPEG : 640x480 1280x720 1920x1080
"""


@pytest.fixture
def machine(tmp_path: Path) -> FakeTree:
    return FakeTree(tmp_path / "machine")


@pytest.mark.fault(11)
def test_a_camera_keeps_its_path_when_numbers_change(machine: FakeTree) -> None:
    left = machine.plug("1:1.0", "Left", "Maker_A_0001")
    right = machine.plug("2:1.0", "Right")
    before = {one.by_path: one for one in webcams(machine.tree)}
    machine.restart()
    assert machine.plug("2:1.0", "Right") == right
    assert machine.plug("1:1.0", "Left", "Maker_A_0001") == left
    after = {one.by_path: one for one in webcams(machine.tree)}
    assert [before[path].name for path in (left, right)] == ["Left", "Right"]
    assert [after[path].name for path in (left, right)] == ["Left", "Right"]
    assert before[left].device != after[left].device
    assert after[left].by_id == "/dev/v4l/by-id/usb-Maker_A_0001-video-index0"
    assert after[right].by_id is None


@pytest.mark.fault(11)
def test_an_empty_socket_is_told_and_what_is_plugged_in_is_found(machine: FakeTree) -> None:
    path = machine.plug("1:1.0", "Left")
    classroom = class_of(f"{{usb: '{path}'}}")
    asking = asking_for(classroom.benches["bench_1"].camera, classroom, machine.tree)
    assert asking.is_back()
    machine.restart()
    assert not asking.is_back()
    with watched(asking) as bench:
        bench.until(CameraState.OFFLINE, 5.0, "row 11 empty socket")
        assert bench.capture.status().said.en == "no camera is plugged in there"


@pytest.mark.fault(13)
def test_who_holds_a_busy_camera_is_named(machine: FakeTree) -> None:
    path = machine.plug("1:1.0", "Left")
    classroom = class_of(f"{{usb: '{path}'}}")
    asking = asking_for(classroom.benches["bench_1"].camera, classroom, machine.tree)
    assert asking.explained("busy") == "busy"  # nobody can be named
    machine.hold(path, 4711, "meeting")
    assert holder_of(machine.tree, path) == "(meeting, 4711)"
    told = asking.explained("busy")
    assert said(CameraState.OFFLINE, told).en == "another program uses it (meeting, 4711)"
    assert said(CameraState.OFFLINE, told).zh == "被其他程序占用 (meeting, 4711)"


@pytest.mark.fault(12)
def test_the_full_bus_is_named(machine: FakeTree) -> None:
    path = machine.plug("1:1.0", "Left", bus=3)
    assert bus_of(machine.tree, path) == "usb3"
    classroom = class_of(f"{{usb: '{path}'}}")
    asking = asking_for(classroom.benches["bench_1"].camera, classroom, machine.tree)
    told = said(CameraState.OFFLINE, asking.explained("no_bandwidth"))
    assert told.en == "the USB bus usb3 has no bandwidth left"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(errno.ENOSPC, "no_bandwidth", id="bandwidth", marks=pytest.mark.fault(12)),
        pytest.param(errno.EBUSY, "busy", id="busy", marks=pytest.mark.fault(13)),
        pytest.param(errno.EACCES, "no_permission", id="permission", marks=pytest.mark.fault(13)),
        pytest.param(errno.ENODEV, "no_device", id="unplugged", marks=pytest.mark.fault(1)),
        pytest.param(errno.EIO, "ended", id="input error", marks=pytest.mark.fault(1)),
    ],
)
def test_errors_of_the_system_are_told_apart(number: int, code: str) -> None:
    """As ffmpeg raises them: its errors carry the system's number."""
    with pytest.raises(av.error.FFmpegError) as raised:
        av.error.err_check(-number)
    assert code_of(raised.value) == code
    assert what_to_do(CameraState.OFFLINE, code).en


def test_sizes_are_read_from_what_ffmpeg_lists() -> None:
    assert sizes_in(LISTED) == [
        "yuyv422 640x480", "yuyv422 1280x720", "mjpeg 640x480", "mjpeg 1280x720", "mjpeg 1920x1080",
    ]  # fmt: skip


def test_what_is_no_webcam_has_no_sizes(tmp_path: Path) -> None:
    (tmp_path / "video0").write_bytes(b"")
    assert sizes_of(tmp_path / "video0") == []
    assert sizes_of(tmp_path / "video1") == []


def test_the_command_lists_the_webcams(machine: FakeTree) -> None:
    path = machine.plug("1:1.0", "Left", "Maker_A_0001")
    done = CliRunner().invoke(app, ["cameras", "--json", "--root", str(machine.root)])
    assert done.exit_code == 0, done.output
    (found,) = json.loads(done.stdout)["webcams"]
    assert (found["by_path"], found["name"], found["bus"]) == (path, "Left", "usb1")
    assert done.stdout.count("/dev/video") <= 1  # what changes is told beside, never as its name


def test_the_command_says_that_there_is_none(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["cameras", "--root", str(tmp_path)], env={"LANG": "C"})
    assert done.exit_code == 0
    assert "no webcam" in done.stdout


@pytest.mark.slow
def test_the_command_pictures_every_camera_of_a_class(tmp_path: Path) -> None:
    write_video(tmp_path / "work.mp4", Plan(frames=50, size=(640, 360)))
    with fake_camera() as camera, fake_camera() as other:
        other.mode = "404"
        kinds = (f"{{mjpeg: '{camera.url}'}}", f"{{mjpeg: '{other.url}'}}", "{file: work.mp4, loop: true}")
        benches = "".join(
            f"  bench_{n}:\n{KIND}    camera: {kind}\n" for n, kind in enumerate(kinds, start=1)
        )
        path = tmp_path / "lab.yaml"
        path.write_text(
            f"classroom: lab\nallowed: ['http://127.0.0.1:*']\nbenches:\n{benches}", encoding="utf-8"
        )
        out = tmp_path / "pictures"
        done = CliRunner().invoke(app, ["cameras", str(path), "--out", str(out), "--seconds", "3", "--json"])
    assert done.exit_code == 1, done.output  # one of them is not there
    told = {one["bench"]: one for one in json.loads(done.stdout)["cameras"]}
    assert [told[f"bench_{n}"]["state"] for n in (1, 2, 3)] == ["live", "offline", "live"]
    assert "404" in told["bench_2"]["said"]["en"]
    assert told["bench_1"]["size"] == [640, 360]
    assert told["bench_1"]["fps"] > 5
    assert sorted(file.name for file in out.iterdir()) == ["bench_1.jpg", "bench_3.jpg"]
    assert read_photo(out / "bench_1.jpg").shape == (360, 640, 3)


def test_the_command_writes_labels_to_print(tmp_path: Path) -> None:
    path = tmp_path / "lab.yaml"
    text = f"classroom: lab\nbenches:\n  bench_1:\n{KIND}    camera: {{file: none.mp4}}\n"
    path.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["cameras", str(path), "--labels", str(tmp_path / "labels")])
    assert done.exit_code == 0, done.output
    assert label_in(read_photo(tmp_path / "labels" / "bench_1.png")) == "bench_1"
