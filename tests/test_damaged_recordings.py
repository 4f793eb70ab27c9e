"""Cut and damaged recordings: read as far as they go, whatever happens to the decoder."""

import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assessor.camera import FileSource
from assessor.errors import InputError
from tests import corpus
from tests.corpus import (
    FASTSTART,
    FRAGMENTED,
    Plan,
    child_environment,
    described,
    read,
    write_video,
)


@pytest.mark.fault(45)
@pytest.mark.parametrize(
    ("plan", "partial"),
    [
        pytest.param(Plan(frames=100, options=FASTSTART), "40/100 frames", id="faststart"),
        pytest.param(Plan(frames=100, container="matroska"), "40/100 frames", id="mkv"),
        pytest.param(Plan(frames=100, container="avi", codec="mpeg4"), "40/100 frames", id="avi"),
        pytest.param(Plan(frames=100, options=FRAGMENTED), "40 frames, the end is missing", id="fragmented"),
    ],
)
def test_cut_recording_is_read_as_far_as_it_goes(tmp_path: Path, plan: Plan, partial: str) -> None:
    whole = write_video(tmp_path / "whole", plan)
    source, frames = read(corpus.cut_after_frames(whole, tmp_path / "cut", 40))
    assert source.partial == partial
    numbers = [corpus.number_of(frame.image) for frame in frames]
    assert (
        len(numbers) == 40 and numbers == sorted(numbers) and numbers[-1] <= 42
    )  # three of them out of order


@pytest.mark.fault(45)
def test_half_packet_costs_one_frame(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mp4", Plan(frames=100, options=FASTSTART))
    (tmp_path / "cut.mp4").write_bytes(whole.read_bytes()[:-1])
    source, frames = read(tmp_path / "cut.mp4")
    assert (source.partial, len(frames)) == ("99/100 frames", 99)


@pytest.mark.fault(8)
def test_reading_stops_where_the_picture_size_changes(tmp_path: Path) -> None:
    first = write_video(tmp_path / "a.ts", Plan(frames=30, container="mpegts")).read_bytes()
    second = write_video(tmp_path / "b.ts", Plan(frames=30, container="mpegts", size=(320, 180))).read_bytes()
    (tmp_path / "both.ts").write_bytes(first + second)
    source, frames = read(tmp_path / "both.ts")
    assert {frame.image.shape for frame in frames} == {(108, 192, 3)}
    assert source.partial is not None and "changed from 192x108 to 320x180" in source.partial


@pytest.mark.fault(46)
def test_decoder_that_dies_costs_the_rest_only(tmp_path: Path) -> None:
    recording = described(write_video(tmp_path / "a.mp4", Plan(frames=200, size=(640, 360))))
    source = FileSource(recording)
    frames, others = source.frames(), _children()  # other tests have children too: a served console
    first = next(frames)
    for child in set(_children()).difference(others):
        os.kill(child, 9)
    read_on = [first, *frames]
    assert source.partial is not None and "crashed" in source.partial
    assert len(read_on) == source.frames_read < 200


@pytest.mark.fault(46)
def test_decoder_that_hangs_is_ended() -> None:
    hanging = (
        "import time; from assessor.camera import decoder; decoder.STALL_S = 0.2\n"
        "with decoder._watched(): time.sleep(60)"
    )
    started = time.monotonic()
    command = [sys.executable, "-c", hanging]
    ended = subprocess.run(command, env=child_environment(), stderr=subprocess.DEVNULL, check=False)
    assert ended.returncode == 1
    assert time.monotonic() - started < 30


def test_recording_that_is_gone(tmp_path: Path) -> None:
    source = FileSource(described(write_video(tmp_path / "a.mp4", Plan(frames=3))))
    (tmp_path / "a.mp4").unlink()
    with pytest.raises(InputError, match=r"'a\.mp4': expected the recording at .*No such file"):
        next(source.frames())


def _children() -> list[int]:
    tasks = Path("/proc/self/task")
    if not tasks.exists():
        pytest.skip("needs /proc")
    return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]


FUZZ_SEEDS = [
    pytest.param("a.mp4", Plan(frames=20), id="mp4"),
    pytest.param("fast.mp4", Plan(frames=20, options=FASTSTART), id="faststart"),
    pytest.param("frag.mp4", Plan(frames=20, options=FRAGMENTED), id="fragmented"),
    pytest.param("a.ts", Plan(frames=20, container="mpegts"), id="mpegts"),
    pytest.param("a.mkv", Plan(frames=20, container="matroska", codec="libx265"), id="mkv-hevc"),
    pytest.param("a.avi", Plan(frames=20, container="avi", codec="mpeg4"), id="avi"),
]


def read_damaged(path: Path) -> str:
    """How reading ended; anything but whole, partial and refused is a fault of ours."""
    try:
        source, frames = read(path)
    except InputError:
        return "refused"
    assert all(a.t_s < b.t_s for a, b in itertools.pairwise(frames))
    return "partial" if source.partial else "whole"


@pytest.mark.fault(46)
@pytest.mark.parametrize(("name", "plan"), FUZZ_SEEDS)
def test_mutated_recordings(tmp_path: Path, name: str, plan: Plan) -> None:
    good = write_video(tmp_path / name, plan).read_bytes()
    for seed in range(4):
        (tmp_path / name).write_bytes(corpus.mutated(good, seed))
        assert read_damaged(tmp_path / name) in {"refused", "partial", "whole"}


@pytest.mark.slow
@pytest.mark.fault(46)
@pytest.mark.parametrize(("name", "plan"), FUZZ_SEEDS)
def test_a_hundred_mutated_recordings(tmp_path: Path, name: str, plan: Plan) -> None:
    good = write_video(tmp_path / name, plan).read_bytes()
    for seed in range(4, 104):
        (tmp_path / name).write_bytes(corpus.mutated(good, seed))
        started = time.monotonic()
        read_damaged(tmp_path / name)
        assert time.monotonic() - started < 60, f"seed {seed} took too long"
