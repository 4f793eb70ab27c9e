"""Measures what recording costs for each bench: processor time beside that of decoding the same pictures.

    python benchmarks/ring.py [--video samples/start_stop_good.mp4] [--seconds 20] [--fps 25] [--kills 20]

The pictures of a recording are taken as a camera's, at its own pace in time though not in the run. Processor
time of this process, its threads and its decoder is counted, so that what else runs on the machine matters
little; `of a core` is what one bench takes at that frame rate. A ring keeps no more pictures a second than
its budget says: the others are neither masked nor encoded.
"""

import argparse
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from assessor.bench import load_bench
from assessor.benchbox import segment_writer
from assessor.benchbox.clock import own_clock
from assessor.benchbox.live_mask import LiveMask
from assessor.benchbox.ring import RingRecorder
from assessor.benchbox.ring_pictures import RingPictures
from assessor.benchbox.segments import segments_in
from assessor.camera import FileSource, probe
from assessor.evidence import Cut, cut_clips
from assessor.types import Frame
from assessor.vision.markers import find_pose
from tests.rings import lost_in_kills

PRESETS = ("ultrafast", "superfast", "veryfast")


def main() -> None:
    """Print one line for each way of keeping the pictures."""
    parser = argparse.ArgumentParser(description="Measures what recording costs.")
    parser.add_argument("--video", type=Path, default=Path("samples/start_stop_good.mp4"))
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--fps", type=float, default=25.0)
    parser.add_argument("--kills", type=int, default=20)
    asked = parser.parse_args()
    tell_kills(asked.kills)
    frames = list(pictures(asked.video, asked.seconds, asked.fps))
    mask = LiveMask(load_bench(asked.video.with_suffix(".bench.yaml")))
    mask.pose = find_pose(frames[0].image, load_bench(asked.video.with_suffix(".bench.yaml")))
    height, width = frames[0].image.shape[:2]
    say(f"{len(frames)} pictures of {width} x {height} at {asked.fps:g} a second")
    decode_s = cost(lambda: [None for _ in pictures(asked.video, asked.seconds, asked.fps)])
    tell("decode only", decode_s, asked, decode_s)
    tell("mask, faces looked for", cost(lambda: [mask(frame) for frame in frames]), asked, decode_s)
    usual = segment_writer.X264["preset"]
    for preset in PRESETS:
        segment_writer.X264["preset"] = preset
        with tempfile.TemporaryDirectory() as folder:
            spent_s = cost(lambda: record(Path(folder), frames, mask))
            size = sum(one.size_bytes for one in segments_in(Path(folder)))
            kept = f"{size / asked.seconds * 3600 / 1e6:.0f} MB an hour"
            tell(f"mask + ring, {preset}{' (used)' * (preset == usual)}", spent_s, asked, decode_s, kept)
            if preset == usual:
                clip(Path(folder), frames, asked.video)
    segment_writer.X264["preset"] = usual


def tell_kills(count: int) -> None:
    """Kill a recording at random moments, at 20 pictures a second, and say what was lost each time."""
    chance = random.Random(27)
    with tempfile.TemporaryDirectory() as folder:
        lost = sorted(lost_in_kills(Path(folder), [chance.uniform(0.0, 3.0) for _ in range(count)]))
    told = f"median {lost[len(lost) // 2]:.2f} s, at most {lost[-1]:.2f} s lost; every file plays to its end"
    say(f"{count} kills: {told}")


def pictures(video: Path, seconds: float, fps: float) -> Iterator[Frame]:
    """As a camera would give them: every so many seconds the picture that is shown then."""
    taken = 0
    for frame in FileSource(probe(video, settle_s=0)).frames():
        if frame.t_s >= seconds:
            return
        while taken / fps <= frame.t_s:
            yield Frame(taken, taken / fps, frame.image)
            taken += 1


def record(folder: Path, frames: list[Frame], mask: LiveMask) -> None:
    """Into a new ring."""
    shutil.rmtree(folder, ignore_errors=True)
    with RingRecorder(folder, own_clock(), mask) as recorder:
        for frame in frames:
            recorder.write(frame)


def clip(folder: Path, frames: list[Frame], video: Path) -> None:
    """How long it takes to cut one clip of the usual length out of a ring, and out of a file."""
    ring = RingRecorder(folder, own_clock(), lambda frame: frame.image).ring
    middle_s = frames[len(frames) // 2].t_s
    with tempfile.TemporaryDirectory() as made:
        cut = Cut(middle_s, middle_s + 1, Path(made) / "clip.mp4")
        began = time.perf_counter()
        cut_clips(RingPictures(ring, own_clock().name, *cut.interval), [cut])
        of_ring_s, began = time.perf_counter() - began, time.perf_counter()
        cut_clips(probe(video, settle_s=0), [cut])
        of_file_s = time.perf_counter() - began
        say(f"  a clip of 6 s: {of_ring_s:.1f} s out of the ring, {of_file_s:.1f} s out of the file")


def cost(work: Callable[[], object]) -> float:
    """Processor seconds of this process and of those that it waited for."""
    before = spent()
    work()
    return spent() - before


def spent() -> float:
    """Processor seconds until now."""
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def tell(name: str, spent_s: float, asked: argparse.Namespace, decode_s: float, more: str = "") -> None:
    """One line."""
    each_ms = spent_s / (asked.seconds * asked.fps) * 1000
    share = spent_s / asked.seconds
    told = f"{each_ms:5.1f} ms a picture, {share:4.0%} of a core, {spent_s / decode_s:4.1f} x decoding"
    say(f"{name:32s} {told}  {more}")


def say(line: str) -> None:
    """One line of the answer."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
