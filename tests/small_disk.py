"""Runs in a process that has a small disk of its own: what becomes of pictures and events when it is full.

Each case imports what it needs: the process starts anew for every one.

unshare --user --map-root-user --mount python -m tests.small_disk CASE MEGABYTES FOLDER
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount"]


def on_small_disk(case: str, megabytes: float, folder: Path) -> dict[str, Any]:
    """What the case tells, from a process to which the folder is a disk of that size."""
    if shutil.which("unshare") is None or subprocess.run([*OWN_MOUNTS, "true"], check=False).returncode:
        pytest.skip("needs a kernel that gives a process its own mounts")
    command = [*OWN_MOUNTS, sys.executable, "-m", __name__, case, str(megabytes), str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def fill(folder: Path, leave: int) -> Path:
    """A file that leaves so many bytes free."""
    ballast = folder / "ballast"
    ballast.unlink(missing_ok=True)
    with ballast.open("wb") as file:
        for _ in range((shutil.disk_usage(folder).free - leave) // 4096):
            file.write(os.urandom(4096))
    return ballast


def scoring(folder: Path) -> dict[str, object]:
    """A recording is scored three times: with room for some clips, for none, and for all again."""
    import numpy as np

    from assessor import batch
    from assessor.bench import load_bench
    from assessor.camera import probe
    from assessor.recording import read_observations, write_observations
    from assessor.sheet_files import cuts_of
    from assessor.store import open_store
    from tests.corpus import Plan, write_video
    from tests.observed import BENCH, MOTOR, write_seen

    video, seen, observations = (folder / name for name in ("a.mp4", "seen.gz", "observations.gz"))
    noise = np.random.default_rng(1).integers(0, 255, (180, 320, 3), np.uint8)
    write_video(video, Plan(frames=96, fps=2, size=(320, 180)), lambda n: noise)
    write_seen(seen, load_bench(BENCH))
    header, looks = read_observations(seen)
    write_observations(observations, replace(header, recording_sha256=probe(video).sha256), list(looks))
    job = batch.Job(video, BENCH, MOTOR, None, observations)
    with open_store(folder / "store") as store:
        score = partial(batch.score_and_keep, job, store, lambda doing, share: None)
        ballast = fill(folder, int(float(os.environ["ASSESSOR_RESERVE_MB"]) * 1e6) + 700_000)
        first, second = score(), score()
        ballast.unlink()
        third = score()
        kept = folder / "store" / str(store.attempt(third.id).observations)
        clips = cuts_of(third.sheet, kept.parent)
    return {
        "ids": [str(one.id) for one in (first, second, third)],
        "lost": [list(one.lost) for one in (first, second, third)],
        "totals": [one.sheet.total for one in (first, second, third)],
        "named": [file.name for cut in clips for file in cut.files],
        "there": [file.name for cut in clips for file in cut.files if file.is_file()],
        "left": [path.name for path in folder.rglob("*.part")],
    }


def cutting(folder: Path) -> dict[str, object]:
    """There is no reserve and the disk is full in the middle of a clip."""
    from assessor.camera import probe
    from assessor.evidence import Cut, cut_clips
    from tests.corpus import Plan, write_video

    elsewhere = Path(os.environ["ELSEWHERE"])
    recording = probe(write_video(elsewhere / "a.mp4", Plan(frames=100, fps=10)), settle_s=0)
    (folder / "held.mp4").write_bytes(b"held")
    fill(folder, 60_000)
    cuts = [Cut(n, n + 1, folder / f"{n}.mp4", folder / f"{n}.jpg") for n in range(8)]
    done = cut_clips(recording, cuts)
    return {
        "written": [path.name for path in done.written],
        "lost": [path.name for path in done.lost],
        "sound": [probe(path, settle_s=0).duration_s for path in done.written if path.suffix == ".mp4"],
        "there": sorted(path.name for path in folder.iterdir()),
    }


def recording(folder: Path) -> dict[str, object]:
    """A ring meets the end of its disk while somebody else fills it, and goes on when there is room again."""
    import numpy as np

    from assessor.benchbox.ring import Budget, RingRecorder
    from assessor.benchbox.ring_pictures import RingPictures
    from assessor.benchbox.segments import pictures_of, segments_in, times_of
    from assessor.types import Frame
    from tests.rings import CLOCK, as_it_is, clock

    states: list[str] = []
    (folder / "held.mp4").write_text("held")
    noise = np.random.default_rng(1).integers(0, 255, (20, 144, 256, 3), np.uint8)
    with RingRecorder(folder / "ring", clock(), as_it_is, Budget(segment_s=5.0), states.append) as recorder:
        at = iter(range(100_000))

        def write(n: int) -> None:
            recorder.write(Frame(n, n / 10, noise[n % 20]))

        while not states:
            write(next(at))
        stopped, free = next(at), shutil.disk_usage(folder).free
        ballast = fill(folder, 0)
        for _ in range(250):
            write(next(at))
        ballast.unlink()
        segments_in(folder / "ring")[0].delete()
        again = next(at)
        while len(states) < 2:
            write(next(at))
        for _ in range(40):
            write(next(at))
        last, lost = next(at), recorder.lost
    found = segments_in(folder / "ring")
    pictures = RingPictures(recorder.ring, CLOCK, found[0].start_s, last / 10 - 0.1)
    return {
        "states": states,
        "held": (folder / "held.mp4").read_text(),
        "lost": lost,
        "free": free,
        "before": sum(1 for one in found for n, _ in times_of(one) if n < stopped),
        "after": sum(1 for one in found for n, _ in times_of(one) if n > again),
        "noted": sum(len(times_of(one)) for one in found),
        "decoded": sum(1 for one in found for _ in pictures_of(one, 0.0, 1e9)),
        "gaps": len(pictures.gaps(pictures.start_s, pictures.end_s)),
    }


def spooling(folder: Path) -> dict[str, object]:
    """Events meet the end of the disk, and go on when there is room again."""
    from assessor.benchbox.clock import own_clock
    from assessor.benchbox.spool import Noted, Spool

    with Spool(folder / "spool", own_clock()) as spool:
        ballast = fill(folder, 300_000)
        numbers = [spool.append(Noted("switch", "Q1", "x" * 100)) for _ in range(3000)]
        ballast.unlink()
        after = spool.append(Noted("switch", "Q1", "after"))
    with Spool(folder / "spool", own_clock()) as spool:
        events = spool.batch(10_000).events
    return {
        "lost": numbers.count(None),
        "after": after,
        "kept": [number for number in numbers if number is not None],
        "seqs": [event.seq for event in events if event.kind == "switch"],
        "told": sum(int(event.value or 0) for event in events if event.kind == "spool"),
    }


CASES: dict[str, Callable[[Path], dict[str, object]]] = {
    "scoring": scoring,
    "cutting": cutting,
    "recording": recording,
    "spooling": spooling,
}

if __name__ == "__main__":
    size, where = f"size={int(float(sys.argv[2]) * 1e6)}", Path(sys.argv[3])
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", str(where)], check=True)
    sys.stdout.write(json.dumps(CASES[sys.argv[1]](where)))
