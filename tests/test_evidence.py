"""Clips and stills: the right pictures, playable in a browser, whole or not at all, the same every time."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import cv2
import numpy as np
import pytest

from assessor.camera import FileSource, Recording, probe, read_photo
from assessor.errors import InputError, StoreError
from assessor.evidence import BT709, Cut, Done, cut_clips
from assessor.sheet_files import SHEET_FILE, cuts_of, write_sheet
from assessor.types import Evidence, Frame, Image, MarkSheet, Outcome, Text, Verdict
from tests import corpus
from tests.corpus import Plan, picture, write_video

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Ten seconds at 10 frames/s, 256 x 144; picture n is shown at n/10 s."""
    path = tmp_path_factory.mktemp("recording") / "a.mp4"
    return probe(write_video(path, Plan(frames=100, fps=10, size=(256, 144))), settle_s=0)


def cut_clip(recording: Recording, cut: Cut) -> Path:
    assert cut.clip in cut_clips(recording, [cut]).written
    return cut.clip


def still_at(recording: Recording, t_s: float, folder: Path) -> Path:
    cut = Cut(t_s, t_s, folder / "of_still.mp4", folder / "s.jpg")
    assert cut.still in cut_clips(recording, [cut]).written
    return folder / "s.jpg"


def numbers(clip: Path) -> list[int]:
    return [corpus.number_of(frame.image) for frame in FileSource(probe(clip, settle_s=0)).frames()]


def sidecar(clip: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(clip.with_suffix(".json").read_text())
    return content


def test_clip_shows_three_seconds_before_and_two_after(recording: Recording, tmp_path: Path) -> None:
    clip = cut_clip(recording, Cut(5.0, 5.5, tmp_path / "c.mp4"))
    assert numbers(clip) == list(range(20, 76))
    assert sidecar(clip) == {
        "recording_sha256": recording.sha256,
        "start_s": 2.0,
        "fps": 10.0,
        "frames": [[n, n / 10] for n in range(20, 76)],
    }


@pytest.mark.parametrize(
    ("start_s", "end_s", "expected"),
    [
        pytest.param(0.0, 0.0, range(21), id="at-the-start"),
        pytest.param(9.5, 9.9, range(65, 100), id="at-the-end"),
        pytest.param(10.0, 10.0, range(70, 100), id="end-of-the-recording"),
        pytest.param(0.0, 99.0, range(100), id="longer-than-the-recording"),
    ],
)
def test_clip_ends_with_the_recording(
    recording: Recording, tmp_path: Path, start_s: float, end_s: float, expected: range
) -> None:
    assert numbers(cut_clip(recording, Cut(start_s, end_s, tmp_path / "c.mp4"))) == list(expected)


def test_clip_plays_in_a_browser(recording: Recording, tmp_path: Path) -> None:
    clip = cut_clip(recording, Cut(5.0, 6.0, tmp_path / "c.mp4"))
    data = clip.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "the index comes first, so that playing can start"
    with av.open(str(clip)) as file:
        stream = file.streams.video[0]
        packets = [packet for packet in file.demux(stream) if packet.size]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate == 10 and stream.codec_context.colorspace == BT709
        keys = [index for index, packet in enumerate(packets) if packet.is_keyframe]
        assert len({packet.duration for packet in packets}) == 1
    assert keys == [0, 10, 20, 30, 40, 50, 60]


@pytest.mark.browser
def test_chromium_plays_the_clip(recording: Recording, tmp_path: Path, browser: "Chrome") -> None:
    cut_clip(recording, Cut(5.0, 6.0, tmp_path / "c.mp4"))
    (tmp_path / "page.html").write_text('<video id="clip" src="c.mp4" muted></video>')
    browser.get((tmp_path / "page.html").as_uri())
    script = """
        const clip = document.getElementById("clip"), done = arguments[0];
        clip.onended = () => done([clip.duration, clip.videoWidth, clip.videoHeight]);
        clip.onerror = () => done(clip.error.message);
        clip.playbackRate = 8;
        clip.play();
    """
    assert browser.execute_async_script(script) == [6.1, 256, 144]


def test_colours_survive(recording: Recording, tmp_path: Path) -> None:
    clip = cut_clip(recording, Cut(0.0, 0.0, tmp_path / "c.mp4"))
    image = next(FileSource(probe(clip, settle_s=0)).frames()).image
    assert np.abs(image.astype(float) - picture(0, (256, 144))).mean() < 4


@pytest.mark.fault(48)
def test_variable_frame_rate_becomes_constant(tmp_path: Path) -> None:
    ticks = [*range(20), *range(20, 50, 5), 80]
    path = write_video(tmp_path / "vfr.mp4", Plan(frames=27, ticks=ticks, fps=20))
    clip = cut_clip(probe(path, settle_s=0), Cut(1.0, 2.0, tmp_path / "c.mp4", pre_s=0.5))
    shown = [frame for frame, _ in sidecar(clip)["frames"]]
    fps = float(sidecar(clip)["fps"])
    assert numbers(clip) == shown
    for position, index in enumerate(shown):
        t_s = 0.5 + position / fps
        assert ticks[index] / 20 <= t_s + 0.002 and (index == 26 or ticks[index + 1] / 20 > t_s - 0.002)


def test_wide_recording_is_scaled_down(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", Plan(frames=3, size=(1282, 722)))
    recording = probe(path, settle_s=0)
    clip = probe(cut_clip(recording, Cut(0, 0, tmp_path / "c.mp4")), settle_s=0)
    assert (clip.width, clip.height) == (960, 540)
    assert read_photo(still_at(recording, 0, tmp_path)).shape == (722, 1282, 3)


def test_rotated_recording_gives_an_upright_clip(tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "a.mp4",
        Plan(frames=20, fps=10, size=(108, 192), rotation=90),
        lambda i: np.ascontiguousarray(np.rot90(picture(i), -1)),
    )
    assert numbers(cut_clip(probe(path, settle_s=0), Cut(0, 0, tmp_path / "c.mp4"))) == list(range(20))


def test_many_clips_in_one_pass_equal_single_ones(recording: Recording, tmp_path: Path) -> None:
    spans = [(1.0, 2.0), (0.5, 1.0), (8.0, 8.2), (1.0, 2.0)]
    cuts = [Cut(a, b, tmp_path / f"many{i}.mp4", tmp_path / f"many{i}.jpg") for i, (a, b) in enumerate(spans)]
    written = cut_clips(recording, cuts).written
    assert sorted(written) == sorted(path for cut in cuts for path in (cut.clip, cut.still) if path)
    for cut in cuts:
        single = cut_clip(recording, Cut(cut.start_s, cut.end_s, tmp_path / "single.mp4"))
        assert cut.clip.read_bytes() == single.read_bytes(), "deterministic"
        assert cut.still is not None
        still = still_at(recording, cut.start_s, tmp_path)
        assert cut.still.read_bytes() == still.read_bytes()


@pytest.mark.slow
def test_same_bytes_every_time(tmp_path: Path) -> None:
    sample = Path(__file__).parents[1] / "samples" / "start_stop_faulty.mp4"
    recording = probe(sample, settle_s=0)
    cuts = [Cut(3 * i, 3 * i + 1, tmp_path / f"{i}.mp4") for i in range(15)]
    seen = set()
    for _ in range(4):
        cut_clips(recording, cuts)
        seen.add(tuple(hashlib.sha256(cut.clip.read_bytes()).hexdigest() for cut in cuts))
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("t_s", "expected"), [(0.0, 0), (3.0, 30), (3.05, 30), (3.09, 30), (9.9, 99), (10.0, 99)]
)
def test_still_is_what_is_shown_then(recording: Recording, tmp_path: Path, t_s: float, expected: int) -> None:
    image = read_photo(still_at(recording, t_s, tmp_path))
    assert image.shape == (144, 256, 3) and corpus.number_of(image) == expected


def test_outline_is_drawn_into_clip_and_still_but_not_into_others(
    recording: Recording, tmp_path: Path
) -> None:
    def outline(frame: Frame) -> Image:
        assert frame.image.shape == (144, 256, 3)
        return np.asarray(
            cv2.rectangle(frame.image.copy(), (100, 20), (160, 60), (0, 255, 255), -1), np.uint8
        )

    drawn = Cut(5, 5, tmp_path / "drawn.mp4", tmp_path / "drawn.jpg", outline=outline)
    plain = Cut(5, 5, tmp_path / "plain.mp4", tmp_path / "plain.jpg")
    cut_clips(recording, [drawn, plain])
    for cut, expected in ((drawn, (0, 255, 255)), (plain, (60, 60, 60))):
        first = next(FileSource(probe(cut.clip, settle_s=0)).frames()).image
        still = read_photo(tmp_path / f"{cut.clip.stem}.jpg")
        assert np.abs(first[40, 130].astype(int) - expected).max() < 12
        assert np.abs(still[40, 130].astype(int) - expected).max() < 12


def test_interval_outside_the_recording(recording: Recording, tmp_path: Path) -> None:
    beyond = Cut(60, 61, tmp_path / "beyond.mp4", tmp_path / "beyond.jpg")
    inside = Cut(1, 1, tmp_path / "inside.mp4")
    assert cut_clips(recording, [beyond, inside]).written == (inside.clip,)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inside.json", "inside.mp4"]


def sheet_with_clips(*names: str) -> MarkSheet:
    evidence = [Evidence(1.0, 2.0, f"{name}.mp4", f"{name}.jpg") for name in names]
    said = [
        Verdict(name, "step", Outcome.MET, 0.9, Text(name, name), 1.0, 1.0, shown)
        for name, shown in zip(names, evidence, strict=True)
    ]
    return MarkSheet("p", "", "", "", None, (), tuple(said))


def test_a_new_sheet_takes_away_the_clips_that_only_the_old_one_named(
    recording: Recording, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("of the user")
    for names in (("first", "both"), ("both", "last")):
        sheet = sheet_with_clips(*names)
        cut_clips(recording, cuts_of(sheet, tmp_path))
        write_sheet(tmp_path, sheet)
    assert json.loads((tmp_path / SHEET_FILE).read_text(encoding="utf-8"))["verdicts"][1]["id"] == "last"
    clips = {f"{name}.{kind}" for name in ("both", "last") for kind in ("mp4", "json", "jpg")}
    assert {path.name for path in tmp_path.iterdir()} == {SHEET_FILE, "notes.txt", *clips}


@pytest.mark.parametrize("before", ["not JSON", "[]", '{"verdicts": 1}', '{"verdicts": [{"evidence": [1]}]}'])
def test_a_sheet_that_is_not_ours_is_written_over(tmp_path: Path, before: str) -> None:
    (tmp_path / SHEET_FILE).write_text(before)
    write_sheet(tmp_path, sheet_with_clips())
    assert json.loads((tmp_path / SHEET_FILE).read_text(encoding="utf-8"))["verdicts"] == []


def test_nothing_to_cut(recording: Recording) -> None:
    assert cut_clips(recording, []) == Done(())


def test_folder_that_cannot_be_written(recording: Recording, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="expected to write evidence files"):
        cut_clip(recording, Cut(1, 2, tmp_path / "file" / "c.mp4"))


def test_failing_outline_leaves_nothing(recording: Recording, tmp_path: Path) -> None:
    def outline(frame: Frame) -> Image:
        if frame.index == 30:
            raise InputError("outline failed")
        return frame.image

    with pytest.raises(InputError, match="outline failed"):
        cut_clip(recording, Cut(3, 3, tmp_path / "c.mp4", outline=outline))
    assert list(tmp_path.iterdir()) == []


KILLED_WHILE_CUTTING = """
import os, signal, sys
from pathlib import Path
from assessor.camera import probe
from assessor.evidence import BT709, Cut, Done, cut_clips
def outline(frame):
    if frame.index == 60:
        os.kill(os.getpid(), signal.SIGKILL)
    return frame.image
cut_clips(probe(Path(sys.argv[1]), settle_s=0), [Cut(5, 6, Path(sys.argv[2]), outline=outline)])
"""


@pytest.mark.fault(27)
def test_kill_leaves_no_half_clip(recording: Recording, tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED_WHILE_CUTTING, str(recording.path), str(tmp_path / "c.mp4")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    assert subprocess.run(command, env=environment, check=False).returncode == -signal.SIGKILL
    left = list(tmp_path.iterdir())
    assert all(path.suffix == ".part" and path.name.startswith(".") for path in left)
    assert numbers(cut_clip(recording, Cut(5, 6, tmp_path / "c.mp4"))) == list(range(20, 81))
