"""Recordings and photos, good and bad: what `camera` reads, refuses and marks partial."""

import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import numpy as np
import pytest

from assessor.camera import FileSource, Recording, probe, read_photo
from assessor.camera.decoder import MAX_MEMORY_BYTES, Clock
from assessor.camera.probe import SETTLED_S
from assessor.errors import InputError
from assessor.types import Frame
from tests import corpus
from tests.corpus import FASTSTART, FRAGMENTED, Plan, picture, write_video

SAMPLE = Path(__file__).parents[1] / "samples" / "start_stop_good.mp4"


def described(path: Path) -> Recording:
    return probe(path, settle_s=0)


def read(path: Path) -> tuple[FileSource, list[Frame]]:
    source = FileSource(described(path))
    return source, list(source.frames())


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(float) - other).mean())


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


# ---- cut and damaged recordings -----------------------------------------------------------


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
    ended = subprocess.run(command, env=_environment(), stderr=subprocess.DEVNULL, check=False)
    assert ended.returncode == 1
    assert time.monotonic() - started < 30


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
    left.close()  # type: ignore[attr-defined]
    assert len(os.listdir("/proc/self/fd")) == before


def test_recording_that_is_gone(tmp_path: Path) -> None:
    source = FileSource(described(write_video(tmp_path / "a.mp4", Plan(frames=3))))
    (tmp_path / "a.mp4").unlink()
    with pytest.raises(InputError, match=r"'a\.mp4': expected the recording at .*No such file"):
        next(source.frames())


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


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


# ---- refused before decoding --------------------------------------------------------------


def _audio(path: Path) -> None:
    corpus.write_audio(path)


def _index_missing(path: Path) -> None:
    corpus.cut(write_video(path), path, 0.5)


def _unknown_codec(path: Path) -> None:
    path.write_bytes(write_video(path).read_bytes().replace(b"avc1", b"zzzz"))


def _ten_hours(path: Path) -> None:
    write_video(path, Plan(frames=2, ticks=[0, 36_000 * 25]))


def _header_only(path: Path) -> None:
    write_video(path, Plan(frames=25, options=FASTSTART))
    path.write_bytes(path.read_bytes()[:900])


def _holding(data: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


@pytest.mark.parametrize(
    ("write", "message"),
    [
        pytest.param(_holding(b""), "empty file", id="zero-byte", marks=pytest.mark.fault(43)),
        pytest.param(_holding(b"hello " * 99), "got a text file", id="text", marks=pytest.mark.fault(43)),
        pytest.param(_audio, "holds audio only", id="audio", marks=pytest.mark.fault(43)),
        pytest.param(_holding(corpus.png(4, 4)), "got a picture", id="picture", marks=pytest.mark.fault(43)),
        pytest.param(_index_missing, "cut while recording", id="no-moov", marks=pytest.mark.fault(44)),
        pytest.param(
            _header_only,
            "none that can be decoded|cannot be opened",
            id="no-picture",
            marks=pytest.mark.fault(45),
        ),
        pytest.param(
            _holding(bytes(range(256)) * 9), "begins with 00 01", id="bytes", marks=pytest.mark.fault(46)
        ),
        pytest.param(_unknown_codec, "got zzzz", id="codec", marks=pytest.mark.fault(47)),
        pytest.param(_ten_hours, "at most 4 hours, got 10", id="ten-hours", marks=pytest.mark.fault(50)),
        pytest.param(
            lambda path: write_video(path, Plan(frames=9, fps=1000)),
            "at most 240 frames per second, got 1000",
            id="1000-fps",
            marks=pytest.mark.fault(50),
        ),
        pytest.param(
            lambda path: corpus.write_bomb(path, 16_000, 16_000),
            r"at most 9\.4 megapixels, got 16000x16000",
            id="16k",
            marks=pytest.mark.fault(50),
        ),
        pytest.param(
            _holding(b"#EXTM3U\n#EXTINF:1,\nhttp://x/y.ts\n"),
            "points at other",
            id="m3u8",
            marks=pytest.mark.fault(51),
        ),
        pytest.param(_holding(corpus.SDP), "points at other", id="sdp", marks=pytest.mark.fault(51)),
    ],
)
def test_refused(tmp_path: Path, write: Callable[[Path], None], message: str) -> None:
    path = tmp_path / "upload.mp4"
    write(path)
    before = path.read_bytes()
    with pytest.raises(InputError, match=message) as fault:
        described(path)
    assert str(fault.value).startswith("'upload.mp4': expected ")
    assert path.read_bytes() == before


@pytest.mark.fault(51)
def test_playlist_does_not_open_another_file(tmp_path: Path) -> None:
    write_video(tmp_path / "secret.mp4")
    (tmp_path / "concat.mp4").write_text("ffconcat version 1.0\nfile secret.mp4\n")
    with pytest.raises(InputError, match="points at other files"):
        described(tmp_path / "concat.mp4")


@pytest.mark.fault(51)
@pytest.mark.parametrize("head", [b"\0\0\0\x18ftypisom", b"\x1a\x45\xdf\xa3", b"RIFF\0\0\0\0AVI "])
def test_playlist_behind_a_video_header(tmp_path: Path, head: bytes) -> None:
    write_video(tmp_path / "secret.mp4")
    (tmp_path / "a.mp4").write_bytes(head + b"\nffconcat version 1.0\nfile secret.mp4\n")
    with pytest.raises(InputError):
        described(tmp_path / "a.mp4")


@pytest.mark.fault(51)
@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:9/a.mp4", "concat:a.mp4|b.mp4", "subfile,,start,0,end,0,,:a.mp4", "file:a.mp4"],
)
def test_address_is_no_recording(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_video(tmp_path / "a.mp4")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="No such file"):
        described(Path(address))


@pytest.mark.fault(43)
def test_folder_and_pipe_are_no_recordings(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    for path in (tmp_path, tmp_path / "pipe.mp4"):
        with pytest.raises(InputError, match="got a folder or device"):
            described(path)


READ_AND_MEASURE = """
import resource, sys
from pathlib import Path
from assessor.camera import probe, read_photo
from assessor.errors import InputError
for name in sys.argv[1:]:
    try:
        read_photo(Path(name)) if name.endswith(".png") else probe(Path(name), settle_s=0)
    except InputError as fault:
        sys.stdout.write(f"{fault}\\n")
children, own = resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF
sys.stdout.write(str(max(resource.getrusage(who).ru_maxrss for who in (children, own)) * 1024))
"""


@pytest.mark.fault(50)
def test_bombs_are_refused_within_memory(tmp_path: Path) -> None:
    bomb = corpus.write_bomb(tmp_path / "open.mov", 16_000, 16_000)
    data = bomb.read_bytes()
    index = data.index(b"moov")
    lying = tmp_path / "lying.mov"  # the container says 160 x 160
    lying.write_bytes(data[:index] + data[index:].replace(b"\x3e\x80", b"\x00\xa0"))
    photo = tmp_path / "photo.png"
    photo.write_bytes(corpus.png(30_000, 30_000, rows=8))
    command = [sys.executable, "-c", READ_AND_MEASURE, str(bomb), str(lying), str(photo)]
    *faults, peak = subprocess.run(
        command, env=_environment(), capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(faults) == 3 and all("megapixels" in fault or "none that can" in fault for fault in faults)
    assert int(peak) < MAX_MEMORY_BYTES


# ---- identity, names, growing files --------------------------------------------------------


@pytest.mark.fault(52)
def test_renamed_recording_is_the_same(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", Plan(frames=5))
    (tmp_path / "b.mp4").write_bytes(path.read_bytes())
    one, other = described(path), described(tmp_path / "b.mp4")
    assert one.sha256 == other.sha256
    assert (one.name, other.name) == ("a.mp4", "b.mp4")


@pytest.mark.fault(53)
def test_growing_recording_is_incomplete(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", Plan(options=FRAGMENTED))
    data = path.read_bytes()
    done = threading.Event()

    def copy_slowly() -> None:
        with path.open("wb") as file:
            for at in range(0, len(data), 200):
                file.write(data[at : at + 200])
                file.flush()
                done.wait(0.05)

    copier = threading.Thread(target=copy_slowly)
    copier.start()
    time.sleep(0.1)
    try:
        with pytest.raises(InputError, match="incomplete file that is still being written"):
            probe(path, settle_s=0.3)
    finally:
        done.set()
        copier.join()
    assert probe(path, settle_s=0.1).duration_s == 2.0


@pytest.mark.fault(53)
def test_old_recording_is_not_waited_for(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", Plan(frames=5))
    os.utime(path, (0, time.time() - SETTLED_S - 1))
    started = time.monotonic()
    probe(path, settle_s=20)
    assert time.monotonic() - started < 15


@pytest.mark.fault(56)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("电机 启停 №7.mp4", id="utf-8"),
        pytest.param(corpus.long_name(255, ".mp4"), id="255-bytes"),
        pytest.param("line\nbreak\t'quote\".mp4", id="newline"),
        pytest.param("..mp4", id="dots"),
        pytest.param("-i http:x.mp4", id="option"),
        pytest.param("%s{0}$HOME;rm.mp4", id="shell"),
        pytest.param("bad\udcff.mp4", id="not-utf-8"),
    ],
)
def test_odd_name_is_data_only(tmp_path: Path, name: str) -> None:
    recording = described(write_video(tmp_path / "a.mp4", Plan(frames=3)).rename(tmp_path / name))
    assert recording.name == name.replace("\udcff", "\N{REPLACEMENT CHARACTER}")
    assert len(list(FileSource(recording).frames())) == 3
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(InputError) as fault:
        described(tmp_path / name)
    assert "\n" not in str(fault.value)
    str(fault.value).encode()


@pytest.mark.fault(56)
def test_stored_copy_keeps_the_name_it_had(tmp_path: Path) -> None:
    path = write_video(tmp_path / "0001", Plan(frames=3))
    assert probe(path, name="../../etc/passwd", settle_s=0).name == "../../etc/passwd"


# ---- photos -------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", [None, 1, 3, 6, 8])
def test_photo_is_upright(tmp_path: Path, orientation: int | None) -> None:
    quarter_turns = {3: 2, 6: 1, 8: 3}.get(orientation or 1, 0)  # the stored picture is turned this way
    stored = np.ascontiguousarray(np.rot90(picture(37), quarter_turns))
    (tmp_path / "a.jpg").write_bytes(corpus.jpeg(stored, orientation))
    image = read_photo(tmp_path / "a.jpg")
    assert image.shape == picture(37).shape and difference(image, picture(37)) < 3


def test_png_photo(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(corpus.png(40, 30))
    assert read_photo(tmp_path / "a.png").shape == (30, 40, 3)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "got 0 bytes", id="empty", marks=pytest.mark.fault(43)),
        pytest.param(b"GIF89a" + bytes(90), "another kind of file", id="gif", marks=pytest.mark.fault(43)),
        pytest.param(
            corpus.png(30_000, 30_000, rows=8),
            "64 megapixels, got 30000x30000",
            id="bomb",
            marks=pytest.mark.fault(50),
        ),
        pytest.param(corpus.png(40, 30)[:-20], "end is missing", id="cut-png", marks=pytest.mark.fault(45)),
        pytest.param(
            corpus.jpeg(picture(1))[:-900], "end is missing", id="cut-jpeg", marks=pytest.mark.fault(45)
        ),
        pytest.param(
            corpus.jpeg(picture(1))[:30], "got 0x0|end is missing", id="stub", marks=pytest.mark.fault(45)
        ),
    ],
)
def test_photo_refused(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "a.jpg").write_bytes(data)
    with pytest.raises(InputError, match=message):
        read_photo(tmp_path / "a.jpg")


def test_missing_photo(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'a\.jpg': expected a readable file"):
        read_photo(tmp_path / "a.jpg")


@pytest.mark.fault(46)
def test_mutated_photos(tmp_path: Path) -> None:
    good = corpus.jpeg(picture(5))
    for seed in range(60):
        (tmp_path / "a.jpg").write_bytes(corpus.mutated(good, seed))
        try:
            assert read_photo(tmp_path / "a.jpg").ndim == 3
        except InputError as fault:
            assert "expected" in str(fault)
