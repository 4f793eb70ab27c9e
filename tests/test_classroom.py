"""The classroom file: what it may say, what is refused at which place, and that no password is ever shown."""

from pathlib import Path

import pytest

from assessor.check import check_file, check_paths, render
from assessor.classroom.file import benches_of, load_classroom
from assessor.classroom.login import address_with_login
from assessor.classroom.sources import NetworkCamera
from assessor.errors import RefusedError, RuleFileError

SECRET = "hunter2-canary"
GOOD = """\
classroom: Electrical lab 2
mode: practice
allowed: [rtsp://10.0.7.0/24, "http://bench-3.school.example:8080"]
benches:
  bench_1:
    bench: trainer_24v
    procedure: motor_start_stop
    camera: {usb: /dev/v4l/by-path/pci-0000:00:14.0-usb-0:2:1.0-video-index0, size: [1280, 720], fps: 15}
  bench_2:
    bench: trainer_24v
    procedure: motor_start_stop
    mode: exam
    camera: {rtsp: "rtsp://10.0.7.22/stream1", login: {env: BENCH_2_LOGIN}}
  bench_3:
    bench: trainer_24v
    procedure: motor_start_stop
    camera: {mjpeg: "http://bench-3.school.example:8080/video", login: {file: bench_3.login}}
seat_plan: {bench_1: "2024001", bench_2: "2024002"}
"""


def told(text: str) -> list[str]:
    """Every fault of a classroom file, in both languages."""
    with pytest.raises(RuleFileError) as refused:
        load_classroom(text)
    return [fault.render(language) for fault in refused.value.faults for language in ("en", "zh")]


def test_a_class_is_read_with_its_benches_and_procedures() -> None:
    classroom = load_classroom(GOOD)
    benches = {one.id: one for one in benches_of(classroom)}
    assert list(benches) == ["bench_1", "bench_2", "bench_3"]
    assert [one.mode for one in benches.values()] == ["practice", "exam", "practice"]
    assert [one.student for one in benches.values()] == ["2024001", "2024002", None]
    assert benches["bench_1"].bench.name == "trainer_24v"
    assert (benches["bench_1"].camera.size, benches["bench_1"].camera.fps) == ((1280, 720), 15)
    assert benches["bench_2"].camera.fps == 15  # where none is wished


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        pytest.param("usb: /dev/v4l/by-path/pci-0000:00:14.0-usb-0:2:1.0-video-index0", "usb: /dev/video0",
                     "8:19", "stays the same after a restart", id="by number", marks=pytest.mark.fault(11)),
        pytest.param("usb: /dev/v4l/by-path/pci-0000:00:14.0-usb-0:2:1.0-video-index0",
                     "usb: /dev/v4l/by-path/..", "8:19", "/dev/v4l/by-id", id="another folder"),
        pytest.param("rtsp://10.0.7.22/stream1", "rtsp://10.0.8.22/stream1", "13:20", "'allowed' lists",
                     id="not allowed", marks=pytest.mark.fault(68)),
        pytest.param("http://bench-3.school.example:8080/video", "http://169.254.169.254/video", "17:21",
                     "'allowed' lists", id="metadata", marks=pytest.mark.fault(68)),
        pytest.param("rtsp://10.0.7.0/24", "10.0.7.0/24", "3:11", "an entry like", id="bad entry"),
        pytest.param("bench_2: \"2024002\"", "bench_2: \"2024001\"", "18:42", "who also sits at bench_1",
                     id="two seats"),
        pytest.param("bench_2: \"2024002\"", "bench_9: \"2024002\"", "18:42", "one of: bench_1",
                     id="unknown seat"),
        pytest.param("mode: exam", "mode: test", "12:11", "one of: practice, exam", id="unknown mode"),
        pytest.param("rtsp: \"rtsp", "rstp: \"rtsp", "13:13", "'rtsp'?", id="misspelled kind"),
        pytest.param(", fps: 15", ", fps: 500", "8:103", "at most 60", id="too fast"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_place(old: str, new: str, place: str, words: str) -> None:
    assert old in GOOD
    faults = told(GOOD.replace(old, new, 1))
    assert len(faults) == 2, faults
    assert faults[0].startswith(f"<text>:{place}: error: "), faults[0]
    assert words in faults[0]


@pytest.mark.fault(84)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("rtsp://10.0.7.22/", f"rtsp://admin:{SECRET}@10.0.7.22/", id="in the address"),
        pytest.param("rtsp://10.0.7.22/", f"rtsps://admin:{SECRET}@10.0.7.22:x/", id="in a wrong address"),
        pytest.param("{env: BENCH_2_LOGIN}", f'"admin:{SECRET}"', id="in place of login"),
        pytest.param("{env: BENCH_2_LOGIN}", f'{{env: "admin:{SECRET}"}}', id="in place of a variable"),
        pytest.param("{env: BENCH_2_LOGIN}", f"{{user: admin, password: {SECRET}}}", id="under login"),
        pytest.param('{rtsp: "rtsp://10.0.7.22/stream1", login: {env: BENCH_2_LOGIN}}',
                     f'"rtsp://admin:{SECRET}@10.0.7.22/"', id="in place of the camera"),
        pytest.param("rtsp://10.0.7.0/24", f"rtsp://admin:{SECRET}@10.0.7.0/24", id="in allowed"),
    ],
)  # fmt: skip
def test_a_password_in_the_file_is_refused_and_never_repeated(old: str, new: str) -> None:
    assert old in GOOD
    assert SECRET not in "\n".join(told(GOOD.replace(old, new, 1)))


def test_one_camera_cannot_watch_two_benches() -> None:
    twice = GOOD.replace('{mjpeg: "http://bench-3.school.example:8080/video", login: {file: bench_3.login}}',
                         '{rtsp: "rtsp://10.0.7.22/stream1"}')  # fmt: skip
    assert "the camera of bench_2" in told(twice)[0]


def test_bench_and_procedure_are_looked_for_beside_the_file_then_among_the_shipped(tmp_path: Path) -> None:
    path = tmp_path / "lab.yaml"
    path.write_text(GOOD.replace("bench: trainer_24v", "bench: trainer_24w", 1), encoding="utf-8")
    said = render(check_paths([path]), "en")
    assert "lab.yaml:6:12: error: benches.bench_1.bench: expected a file that exists or one of: " in said
    assert "did you mean 'trainer_24v'?" in said


def test_a_missing_recording_is_told(tmp_path: Path) -> None:
    path = tmp_path / "lab.yaml"
    played = "camera: {file: none.mp4}\n"
    path.write_text(GOOD.partition("    camera")[0] + "    " + played, encoding="utf-8")
    assert "file: expected a recording that exists" in render(check_paths([path]), "en")


@pytest.mark.fault(11)
def test_check_warns_of_what_this_machine_lacks_and_of_benches_that_look_alike(tmp_path: Path) -> None:
    path = tmp_path / "lab.yaml"
    path.write_text(GOOD, encoding="utf-8")
    checked = check_file(path)
    assert {fault.severity for fault in checked.faults} == {"warning"}
    said = render(checked.faults, "en")
    assert "expected a camera that is plugged into this machine, got none there" in said
    assert "expected an environment variable that is set, got no BENCH_2_LOGIN" in said
    assert "expected a file that can be read, got none" in said
    assert "expected markers that no other bench has, got those of bench_1" in said


def test_the_login_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_2_LOGIN", f"admin:{SECRET}@/")
    camera = load_classroom(GOOD).benches["bench_2"].camera
    assert isinstance(camera, NetworkCamera)
    url = address_with_login("rtsp://10.0.7.22/stream1", camera.login, Path())
    assert url == f"rtsp://admin:{SECRET}%40%2F@10.0.7.22/stream1"
    assert SECRET not in repr(camera)


@pytest.mark.fault(84)
@pytest.mark.parametrize(("mode", "passes"), [(0o600, True), (0o640, False), (0o604, False)])
def test_a_login_file_that_others_may_read_is_refused(tmp_path: Path, mode: int, passes: bool) -> None:
    file = tmp_path / "bench_3.login"
    file.write_text(f"admin:{SECRET}\n", encoding="utf-8")
    file.chmod(mode)
    camera = load_classroom(GOOD).benches["bench_3"].camera
    assert isinstance(camera, NetworkCamera)
    if passes:
        assert SECRET in address_with_login(camera.named, camera.login, tmp_path)
        return
    with pytest.raises(RefusedError) as refused:
        address_with_login(camera.named, camera.login, tmp_path)
    assert "chmod 600" in str(refused.value)
    assert SECRET not in refused.value.render("zh") + str(refused.value)


def test_the_shipped_example_of_the_page_is_read() -> None:
    page = (Path(__file__).parents[1] / "docs" / "classroom.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    assert len(load_classroom(example).benches) == 4
