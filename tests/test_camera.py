"""Recordings: every frame with its time, size and direction."""

import itertools
import os
from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np
import pytest

from assessor.camera import FileSource
from assessor.camera.decoder import Clock
from tests import corpus
from tests.corpus import (
    FRAGMENTED,
    Plan,
    described,
    difference,
    picture,
    read,
    write_video,
)

SAMPLE = Path(__file__).parents[1] / "samples" / "start_stop_good.mp4"


# ---- what is read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "plan", "codec"),
    [
        pytest.param("a.mp4", Plan(), "h264", id="mp4"),
        pytest.param("a.mov", Plan(container="mov", codec="libx265"), "hevc", id="mov-hevc"),
        pytest.param("a.mkv", Plan(container="matroska"), "h264", id="mkv"),
        pytest.param("a.webm", Plan(container="webm", codec="libvpx-vp9"), "vp9", id="webm"),
        pytest.param("a.avi", Plan(container="avi", codec="mpeg4"), "mpeg4", id="avi"),
        pytest.param("b.avi", Plan(container="avi"), "h264", id="avi-with-b-frames"),
        pytest.param("a.ts", Plan(container="mpegts"), "h264", id="mpegts"),
        pytest.param("f.mp4", Plan(options=FRAGMENTED), "h264", id="fragmented"),
        pytest.param("av1.mp4", Plan(codec="libsvtav1"), "av1", id="av1", marks=pytest.mark.fault(47)),
    ],
)
def test_every_frame_of_a_recording(tmp_path: Path, name: str, plan: Plan, codec: str) -> None:
    recording = described(write_video(tmp_path / name, plan))
    source = FileSource(recording)
    frames = list(source.frames())
    assert (recording.codec, recording.width, recording.height) == (codec, *corpus.SIZE)
    assert (recording.fps, round(recording.duration_s, 1), recording.name) == (25, 2.0, name)
    assert [frame.index for frame in frames] == list(range(50))
    assert [frame.t_s for frame in frames] == [round(i * 0.04, 3) for i in range(50)]
    assert [corpus.number_of(frame.image) for frame in frames] == list(range(50))
    assert (source.frames_read, source.partial) == (50, None)


def test_colours_and_layout_of_a_frame(tmp_path: Path) -> None:
    _, frames = read(write_video(tmp_path / "a.mp4", Plan(frames=1)))
    assert frames[0].image.dtype == np.uint8 and frames[0].image.flags.c_contiguous
    assert difference(frames[0].image, picture(0)) < 3


@pytest.mark.parametrize("size", [(190, 108), (202, 106), (162, 122)])
def test_rows_with_padding(tmp_path: Path, size: tuple[int, int]) -> None:
    _, frames = read(write_video(tmp_path / "a.mp4", Plan(frames=2, size=size)))
    assert frames[1].image.shape == (size[1], size[0], 3)
    assert difference(frames[1].image, picture(1, size)) < 4


def test_smaller_frames(tmp_path: Path) -> None:
    recording = described(write_video(tmp_path / "a.mp4", Plan(frames=5, size=(384, 216))))
    frames = list(FileSource(recording, max_width=192).frames())
    assert frames[4].image.shape == (108, 192, 3)
    assert corpus.number_of(frames[4].image) == 4
    assert next(FileSource(recording, max_width=9999).frames()).image.shape == (216, 384, 3)


@pytest.mark.parametrize(
    ("fps", "taken"),
    [
        pytest.param(10, range(20), id="10 a second: all"),
        pytest.param(15, range(30), id="15 a second: all"),
        pytest.param(25, [*range(0, 50, 2), 49], id="25 a second: every other"),
        pytest.param(30, [*range(0, 60, 3), 59], id="30 a second: every third"),
    ],
)
def test_as_few_frames_as_come_often_enough(tmp_path: Path, fps: int, taken: Sequence[int]) -> None:
    recording = described(write_video(tmp_path / "a.mp4", Plan(frames=2 * fps, fps=fps)))
    source = FileSource(recording, period_s=0.1)
    frames = list(source.frames())
    assert [frame.index for frame in frames] == list(taken)
    assert [corpus.number_of(frame.image) for frame in frames] == list(taken)
    assert (source.frames_read, source.partial) == (2 * fps, None)


def test_no_frame_is_left_out_where_they_come_late(tmp_path: Path) -> None:
    ticks = [0, 1, 2, 3, 10, 11, 12, 20, 21]  # of 40 ms
    recording = described(write_video(tmp_path / "vfr.mp4", Plan(frames=9, ticks=ticks)))
    frames = FileSource(recording, period_s=0.1).frames()
    assert [round(frame.t_s / 0.04) for frame in frames] == [0, 2, 3, 10, 12, 20, 21]


def test_wanted_frames_are_those_shown_then(tmp_path: Path) -> None:
    recording = described(write_video(tmp_path / "a.mp4", Plan(ticks=[*range(40), *range(60, 70)])))
    source = FileSource(recording, wanted=[(1.9, 2.1), (0.2, 0.3), (0.28, 0.4), (99, 100)])
    assert [frame.index for frame in source.frames()] == [*range(5, 11), 39]  # 39 stays from 1.56 to 2.4 s
    assert source.partial is None


def test_frames_can_be_read_again_and_left_early(tmp_path: Path) -> None:
    source = FileSource(described(write_video(tmp_path / "a.mp4", Plan(frames=10))))
    early = source.frames()
    assert next(early).index == 0
    assert isinstance(early, Generator)
    early.close()
    assert [frame.index for frame in source.frames()] == list(range(10))


def test_sample_is_read_whole() -> None:
    recording = described(SAMPLE)
    source = FileSource(recording, max_width=160)
    assert sum(1 for _ in source.frames()) == recording.claimed_frames == source.frames_read
    assert (source.partial, source.repaired_timestamps) == (None, 0)


# ---- time ---------------------------------------------------------------------------------


@pytest.mark.fault(48)
def test_variable_frame_rate_shows_what_constant_shows(tmp_path: Path) -> None:
    ticks = [*range(20), *range(20, 50, 5)]
    constant = {f.t_s: f for f in read(write_video(tmp_path / "cfr.mp4"))[1]}
    source, variable = read(
        write_video(tmp_path / "vfr.mp4", Plan(frames=26, ticks=ticks), lambda i: picture(ticks[i]))
    )
    assert [frame.t_s for frame in variable] == [round(tick * 0.04, 3) for tick in ticks]
    assert [corpus.number_of(f.image) for f in variable] == [
        corpus.number_of(constant[f.t_s].image) for f in variable
    ]
    assert (source.partial, source.repaired_timestamps) == (None, 0)


@pytest.mark.fault(10)
@pytest.mark.parametrize(
    ("stamps", "expected", "repaired"),
    [
        pytest.param([5.0, 5.1, 5.2], [0, 0.1, 0.2], 0, id="starts-late"),
        pytest.param([0.0, -0.12, -0.08, 0.3], [0, 0.1, 0.2, 0.3], 2, id="negative-at-the-start"),
        pytest.param([0.0, 0.1, 0.1, 0.3], [0, 0.1, 0.2, 0.3], 1, id="equal"),
        pytest.param([0.0, 0.1, 0.05, 0.3], [0, 0.1, 0.2, 0.3], 1, id="backwards"),
        pytest.param([None, None, 7.0], [0, 0.1, 0.2], 3, id="missing"),
        pytest.param([0.0, 0.0333667, 0.0667333], [0, 0.033, 0.067], 0, id="whole-milliseconds"),
    ],
)
def test_clock_rises(stamps: list[float | None], expected: list[float], repaired: int) -> None:
    clock = Clock(0.1)
    assert [clock.stamp(stamp) for stamp in stamps] == expected
    assert clock.repaired == repaired


@pytest.mark.fault(10)
def test_restarted_timestamps_are_repaired_and_counted(tmp_path: Path) -> None:
    part = write_video(tmp_path / "a.ts", Plan(frames=25, container="mpegts")).read_bytes()
    (tmp_path / "twice.ts").write_bytes(part + part)
    source, frames = read(tmp_path / "twice.ts")
    times = [frame.t_s for frame in frames]
    assert all(a < b for a, b in itertools.pairwise(times))
    assert source.repaired_timestamps >= 20 and source.frames_read >= 48


# ---- rotation -----------------------------------------------------------------------------


@pytest.mark.fault(49)
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rotated_recording_is_upright(tmp_path: Path, rotation: int) -> None:
    turned = Plan(frames=6, size=corpus.SIZE if rotation % 180 == 0 else corpus.SIZE[::-1], rotation=rotation)
    stored = write_video(
        tmp_path / "turned.mp4", turned, lambda i: np.ascontiguousarray(np.rot90(picture(i), -rotation // 90))
    )
    recording = described(stored)
    frames = list(FileSource(recording).frames())
    plain = read(write_video(tmp_path / "plain.mp4", Plan(frames=6)))[1]
    assert (recording.rotation, recording.width, recording.height) == (rotation, *corpus.SIZE)
    assert [corpus.number_of(frame.image) for frame in frames] == list(range(6))
    assert max(difference(a.image, b.image) for a, b in zip(frames, plain, strict=True)) < 2
    smaller = FileSource(recording, max_width=96)
    assert next(smaller.frames()).image.shape == (54, 96, 3)
    assert smaller.size == (96, 54)


def test_pictures_are_the_same_without_shared_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    video = write_video(tmp_path / "a.mp4", Plan(frames=20, size=(190, 108)))  # rows are padded
    _, shared = read(video)
    monkeypatch.delattr(os, "memfd_create", raising=False)
    _, piped = read(video)
    assert len(shared) == len(piped) == 20
    for one, other in zip(shared, piped, strict=True):
        assert (one.index, one.t_s) == (other.index, other.t_s)
        assert np.array_equal(one.image, other.image)


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="this system has no such memory")
def test_reading_leaves_no_file_open(tmp_path: Path) -> None:
    recording = described(write_video(tmp_path / "a.mp4", Plan(frames=30)))
    before = len(os.listdir("/proc/self/fd"))
    assert len(list(FileSource(recording).frames())) == 30
    left = FileSource(recording).frames()
    next(left)
    assert isinstance(left, Generator)
    left.close()
    assert len(os.listdir("/proc/self/fd")) == before
