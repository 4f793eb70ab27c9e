"""The ring: pictures come back at their times, the oldest go, held ones stay, a kill costs a second."""

import json
import os
import random
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest

from assessor.bench import load_bench
from assessor.benchbox.clock import BenchClock
from assessor.benchbox.live_mask import LiveMask
from assessor.benchbox.ring import Budget, Ring, RingRecorder, RingState, budget_for
from assessor.benchbox.ring_pictures import GAP_INDEX, RingPictures
from assessor.benchbox.segments import repair, segments_in, times_of
from assessor.camera import FileSource, probe
from assessor.errors import StoreError
from assessor.evidence import Cut, cut_clips
from assessor.masks import GREY
from assessor.settings import samples_folder
from assessor.types import Frame, Image
from assessor.vision.markers import find_pose
from tests import corpus
from tests.rings import (
    CLOCK,
    as_it_is,
    clock,
    end_recording,
    lost_in_kills,
    numbered,
    record,
    start_recording,
)
from tests.small_disk import on_small_disk

ROOT = Path(__file__).parents[1]
LOST_S = 2.0  # what FAULTS promises at kill -9


def shown(ring: Ring, start_s: float, end_s: float) -> list[tuple[int, float]]:
    pictures = RingPictures(ring, CLOCK, start_s, end_s)
    return [(frame.index, round(frame.t_s, 3)) for frame in pictures.shown([(start_s, end_s)])]


def every(step_s: float, count: int, start_s: float = 1000.0) -> list[float]:
    return [start_s + n * step_s for n in range(count)]


def test_pictures_come_back_with_their_numbers_and_times_across_segments(tmp_path: Path) -> None:
    ring = record(tmp_path, every(0.1, 100), Budget(segment_s=3.0))
    assert len(segments_in(tmp_path)) == 4
    pictures = RingPictures(ring, CLOCK, 1002.0, 1007.0)
    frames = [frame for frame in pictures.shown([(1002.0, 1007.0)]) if frame.t_s >= 1002.0]
    assert [frame.index for frame in frames] == list(range(20, 71))
    assert [corpus.number_of(frame.image) for frame in frames] == list(range(20, 71))
    assert pictures.fps == pytest.approx(10)
    assert shown(ring, 1200, 1300) == [] and RingPictures(ring, "other", 1002, 1007).fps == 25


def test_uneven_times_are_kept_as_they_were(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.3, 0.36, 1.25, 1.31, 2.5, 3.9, 4.0]
    ring = record(tmp_path, times)
    assert [t_s for _, t_s in shown(ring, 0, 4)] == times


def test_a_clip_is_cut_across_segments_as_from_a_recording(tmp_path: Path) -> None:
    ring = record(tmp_path / "ring", every(0.1, 120), Budget(segment_s=4.0))
    clip = tmp_path / "c.mp4"
    cut = Cut(1006.0, 1006.5, clip, tmp_path / "s.jpg")
    done = cut_clips(RingPictures(ring, CLOCK, *cut.interval), [cut])
    assert set(done.written) == {clip, tmp_path / "s.jpg"}
    frames = list(FileSource(probe(clip, settle_s=0)).frames())
    assert [corpus.number_of(frame.image) for frame in frames] == list(range(30, 86))
    told = json.loads(clip.with_suffix(".json").read_text())
    assert (told["clock"], told["gaps"], told["start_s"]) == (CLOCK, [], 1003.0)
    assert told["frames"] == [[n, round(1000 + n / 10, 4)] for n in range(30, 86)]
    data = clip.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_a_gap_is_shown_and_told_as_a_gap(tmp_path: Path) -> None:
    ring = record(tmp_path / "ring", [*every(0.1, 40), *every(0.1, 40, 1010.0)])
    clip = tmp_path / "c.mp4"
    cut = Cut(1002.0, 1013.0, clip, pre_s=0, post_s=0)
    cut_clips(RingPictures(ring, CLOCK, 1002.0, 1013.0), [cut])
    told = json.loads(clip.with_suffix(".json").read_text())
    assert told["gaps"] == [[1003.9, 1010.0]]
    assert len(told["frames"]) == 111, "the clip takes as long as the time that it shows"
    missing = [n for n, (index, _) in enumerate(told["frames"]) if index == GAP_INDEX]
    assert missing == list(range(20, 80))
    images = [frame.image for frame in FileSource(probe(clip, settle_s=0)).frames()]
    assert all(_is_striped(images[n]) for n in missing)
    assert not any(_is_striped(images[n]) for n in set(range(111)) - set(missing))


def _is_striped(image: Image) -> bool:
    return bool(image.max() < 140 and image.min() > 40 and np.ptp(image.mean(axis=2)) > 20)


def test_what_begins_or_ends_outside_the_ring_has_gaps_at_its_ends(tmp_path: Path) -> None:
    ring = record(tmp_path, every(0.5, 10))
    assert shown(ring, 995, 1010)[0] == (GAP_INDEX, 995)
    assert [index for index, _ in shown(ring, 995, 1010)][-2:] == [GAP_INDEX, GAP_INDEX]
    assert RingPictures(ring, CLOCK, 995, 1010).gaps(995, 1010) == [(995, 1000), (1004.5, 1010)]


def test_the_segment_being_written_can_be_shown(tmp_path: Path) -> None:
    with RingRecorder(tmp_path, clock(), as_it_is) as recorder:
        for index, t_s in enumerate(every(0.1, 50)):
            recorder.write(numbered(index, t_s))
        found = shown(recorder.ring, 1001, 1003)
    assert [index for index, t_s in found if 1001 <= t_s <= 1003] == list(range(10, 31))


def test_a_camera_that_changes_its_size_begins_a_segment(tmp_path: Path) -> None:
    with RingRecorder(tmp_path, clock(), as_it_is) as recorder:
        for index, t_s in enumerate(every(0.1, 20)):
            recorder.write(numbered(index, t_s, (256, 144) if index < 10 else (192, 108)))
    assert [len(times_of(one)) for one in segments_in(tmp_path)] == [10, 10]


@pytest.mark.parametrize(("fps", "kept"), [(10, 10), (15, 15), (25, 12.5), (30, 15), (60, 15)])
def test_of_a_fast_camera_some_pictures_are_kept(tmp_path: Path, fps: int, kept: float) -> None:
    record(tmp_path, every(1 / fps, 4 * fps))
    assert len(times_of(segments_in(tmp_path)[0])) == pytest.approx(4 * kept, abs=1)


def test_times_that_do_not_rise_are_not_kept(tmp_path: Path) -> None:
    with RingRecorder(tmp_path, clock(), as_it_is) as recorder:
        for index, t_s in enumerate((1.0, 2.0, 1.5, 2.0, 3.0)):
            recorder.write(numbered(index, t_s))
    assert recorder.lost == 2
    assert [index for index, _ in times_of(segments_in(tmp_path)[0])] == [0, 1, 4]


# ---- budget and holds ------------------------------------------------------------------


def test_the_oldest_goes_when_the_time_is_used_up(tmp_path: Path) -> None:
    ring = record(tmp_path, every(0.1, 300), Budget(seconds=10.0, segment_s=2.0))
    kept = segments_in(tmp_path)
    assert kept[0].number > 1 and kept[-1].end_s == pytest.approx(1029.9)
    assert 8 <= 1029.9 - kept[0].start_s <= 12
    assert shown(ring, 1000, 1005) == []


def test_the_oldest_goes_when_the_bytes_are_used_up(tmp_path: Path) -> None:
    record(tmp_path, every(0.1, 300), Budget(size_bytes=30_000, segment_s=1.0))
    kept = segments_in(tmp_path)
    assert 1 < len(kept) < 30
    assert sum(one.size_bytes for one in kept[:-1]) <= 30_000


def test_nothing_that_nobody_holds_is_kept_for_more_than_a_week(tmp_path: Path) -> None:
    week_s = 7 * 24 * 3600.0
    ring = record(tmp_path, every(0.1, 60), Budget(segment_s=2.0))
    ring.hold("appeal", CLOCK, 1000.5, 1001.0)
    later = BenchClock(CLOCK, utc_s=lambda: 1_800_000_000.0 + week_s + 1)
    with RingRecorder(tmp_path, later, as_it_is) as recorder:
        recorder.write(numbered(0, 1000.0 + week_s))
    assert [one.start_s for one in segments_in(tmp_path)] == [1000.0, 1000.0 + week_s]


def test_what_is_held_stays_until_it_is_released(tmp_path: Path) -> None:
    budget = Budget(seconds=4.0, segment_s=1.0)
    ring = Ring(tmp_path)
    ring.hold("attempt 1", CLOCK, 1002.5, 1004.0)
    ring.hold("another clock", "other", 0.0)
    record(tmp_path, every(0.1, 200), budget)
    assert [index for index, t_s in shown(ring, 1002.5, 1004.0) if t_s > 1002.4] == list(range(25, 41))
    ring.release("attempt 1")
    record(tmp_path, every(0.1, 20, 2000.0), budget)
    assert shown(ring, 1002.5, 1004.0) == []


def test_an_open_hold_keeps_all_that_follows(tmp_path: Path) -> None:
    Ring(tmp_path).hold("running", CLOCK, 1005.0)
    record(tmp_path, every(0.1, 200), Budget(seconds=2.0, segment_s=1.0))
    starts = [one.start_s for one in segments_in(tmp_path)]
    assert starts == pytest.approx([1004.0 + n for n in range(16)], abs=1.1)


def test_rings_share_a_disk_above_its_reserve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, four = budget_for(tmp_path, 10_000), budget_for(tmp_path, 40_000)
    assert one.size_bytes == pytest.approx(4 * four.size_bytes, rel=0.01)
    monkeypatch.setenv("ASSESSOR_RESERVE_MB", "999999999")
    assert budget_for(tmp_path, 1).size_bytes == 0


# ---- the disk --------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.fault(28)
@pytest.mark.parametrize("reserve_mb", [pytest.param("2", id="reserve"), pytest.param("0", id="brimful")])
def test_recording_stops_on_a_full_disk_and_goes_on_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reserve_mb: str
) -> None:
    monkeypatch.setenv("ASSESSOR_RESERVE_MB", reserve_mb)
    found = on_small_disk("recording", 6, tmp_path)
    assert found["states"] == [RingState.NO_ROOM, RingState.RECORDING]
    assert found["held"] == "held", "nothing else was deleted"
    assert found["lost"] > 0 and found["before"] > 20 and found["after"] > 20
    assert found["decoded"] == found["noted"] >= found["before"] + found["after"] - 20
    assert found["gaps"] == 1
    if reserve_mb == "2":
        assert found["free"] > 1_500_000


def test_a_folder_that_cannot_be_written_stops_the_recording_only(tmp_path: Path) -> None:
    states: list[RingState] = []
    with RingRecorder(tmp_path / "ring", clock(), as_it_is, on_state=states.append) as recorder:
        (tmp_path / "ring" / "00000001.times").mkdir()  # where the first segment should go
        for index, t_s in enumerate(every(1.0, 5)):
            recorder.write(numbered(index, t_s))
        assert (recorder.state, recorder.lost) == (RingState.FAILED, 5)
    assert states == [RingState.FAILED]


def test_only_one_process_records(tmp_path: Path) -> None:
    with (
        RingRecorder(tmp_path, clock(), as_it_is),
        pytest.raises(StoreError, match="another process does"),
    ):
        RingRecorder(tmp_path, clock(), as_it_is)


# ---- killed ----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.fault(27)
def test_a_killed_recording_loses_no_more_than_two_seconds(tmp_path: Path) -> None:
    """Twenty kills in four rings; each process mends what the one before left, and every file plays."""
    chance = random.Random(27)
    folders = [tmp_path / str(n) for n in range(4)]
    plans = [[chance.uniform(0.0, 1.6) for _ in range(5)] for _ in folders]
    with ThreadPoolExecutor(4) as pool:
        lost = [lost_s for found in pool.map(lost_in_kills, folders, plans) for lost_s in found]
    assert len(lost) == 20 and max(lost) <= LOST_S, sorted(lost)


@pytest.mark.slow
@pytest.mark.fault(26)
def test_a_recording_that_is_told_to_end_loses_nothing(tmp_path: Path) -> None:
    process = start_recording(tmp_path, 20)
    handed = end_recording(process, signal.SIGTERM, 1.3)
    assert process.returncode == 0
    assert [t_s for one in segments_in(tmp_path) for _, t_s in times_of(one)] == pytest.approx(
        handed, abs=1e-3
    )
    assert repair(tmp_path) == 0


@pytest.mark.fault(27)
@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.5, 0.77, 0.99, 1.0])
@pytest.mark.parametrize("torn", [0, 3, 9])
def test_a_torn_segment_is_cut_to_what_is_whole(tmp_path: Path, share: float, torn: int) -> None:
    record(tmp_path, every(0.1, 50))
    (segment,) = segments_in(tmp_path)
    video = segment.video.read_bytes()
    segment.video.write_bytes(video[: int(len(video) * share)])
    times = segment.times.read_text().splitlines(keepends=True)[:-1]
    segment.times.write_text("".join(times)[: -torn or None])
    assert repair(tmp_path) == 1
    left = segments_in(tmp_path)
    if not left:
        assert share <= 0.3, "the first fragment is not whole"
        assert list(tmp_path.glob("0*")) == []
        return
    kept = times_of(left[0])
    assert kept == [(n, round(1000 + n / 10, 4)) for n in range(len(kept))] and kept
    end_s = kept[-1][1]
    frames = RingPictures(Ring(tmp_path), CLOCK, 1000, end_s).shown([(1000, end_s)])
    assert [corpus.number_of(frame.image) for frame in frames] == list(range(len(kept)))
    assert repair(tmp_path) == 0


@pytest.mark.fault(35)
@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("seed", [0, 1, 7, 16, 45])
def test_bytes_that_the_disk_changed_cost_pictures_and_nothing_else(
    tmp_path: Path, seed: int, closed: bool
) -> None:
    ring = record(tmp_path, every(0.1, 60), Budget(segment_s=3.0))
    chance, first = random.Random(seed), segments_in(tmp_path)[0]
    data = bytearray(first.video.read_bytes())
    for _ in range(chance.choice([1, 20, 400])):
        data[chance.randrange(len(data) if seed % 2 else 600)] = chance.randrange(256)
    first.video.write_bytes(data)
    if not closed:
        first.times.write_text("".join(first.times.read_text().splitlines(keepends=True)[:-1]))
    record(tmp_path, every(0.1, 20, 2000.0))
    found = [number for number, t_s in shown(ring, 1000, 1006) if t_s >= 1000 and number != GAP_INDEX]
    assert set(range(30, 60)) <= set(found) <= set(range(60)), "the other segment is whole"


def test_files_that_are_no_segments_do_no_harm(tmp_path: Path) -> None:
    for name in ("00000007.times", "00000009.mp4", "note.txt", "x.times"):
        (tmp_path / name).write_bytes(b"\x00\xff{")
    ring = record(tmp_path, every(0.1, 20))
    assert [one.number for one in segments_in(tmp_path)] == [1]
    assert len(shown(ring, 1000, 1002)) == 20
    assert (tmp_path / "note.txt").exists()


def test_what_must_not_be_kept_is_gone_before_anything_is_encoded(tmp_path: Path) -> None:
    def masked(frame: Frame) -> Image:
        return np.full_like(frame.image, 96)

    with RingRecorder(tmp_path, clock(), masked) as recorder:
        for index, t_s in enumerate(every(0.1, 30)):
            recorder.write(numbered(index, t_s))
    frames = RingPictures(Ring(tmp_path), CLOCK, 1000, 1003).shown([(1000, 1002)])
    assert all(abs(frame.image.astype(int) - 96).max() < 6 for frame in frames)


def test_of_a_live_bench_only_its_area_is_kept_and_nothing_while_it_is_not_found(
    tmp_path: Path, models_cache: Path
) -> None:
    bench = load_bench(samples_folder() / "start_stop_good.bench.yaml")
    recording = probe(samples_folder() / "start_stop_good.mp4", settle_s=0)
    image = next(FileSource(recording).frames()).image
    mask = LiveMask(bench)
    with RingRecorder(tmp_path, clock(), mask) as recorder:
        for index in range(20):
            mask.pose = find_pose(image, bench) if index >= 10 else None
            recorder.write(Frame(index, 1000 + index / 10, image))
    frames = list(RingPictures(Ring(tmp_path), CLOCK, 1000, 1002).shown([(1000, 1001.9)]))
    grey = [float((np.abs(frame.image.astype(int) - GREY).max(axis=2) < 8).mean()) for frame in frames]
    assert min(grey[:10]) > 0.99
    assert 0.02 < max(grey[10:]) < 0.9, "the bench is seen, what is around it is not"


def test_the_segment_plays_in_a_browser(tmp_path: Path) -> None:
    record(tmp_path, every(0.1, 20))
    (segment,) = segments_in(tmp_path)
    with av.open(str(segment.video)) as file:
        context = file.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
    assert segment.video.read_bytes().count(b"moof") >= 2
    assert os.stat(segment.times).st_size < 1000
