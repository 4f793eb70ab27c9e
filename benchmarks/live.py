"""How many benches one machine watches, beside the loop that anyone would write, in one run.

    python benchmarks/live.py samples/*.mp4 [--benches 1,2,4,8,12] [--seconds 45] [--plain]

Recordings are played as cameras (each bench another second of them), bench files lie beside them. Looks a
second are counted for the seconds in which a hand is in the picture; lag is from the picture's time stamp to
the standing that the pages show (which ask twice a second, and the log of events five times). The class
runs as `assessor watch` runs it: recording, masking, judging, storing. `--plain`: MediaPipe's hands and pose
and an Ultralytics detector on every frame (needs the extra `train`); a bench needs five of its frames a
second.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from assessor.classroom.file import load_classroom
from assessor.live.room import Room
from assessor.live.seat import Ended
from assessor.people.caller import Caller, Grant
from assessor.people.roles import Role
from assessor.store import open_store
from benchmarks.pipeline import OURS, Job, loop_plainly
from tests.school import add_school

WANTED = 5.0  # decisions a second, for each bench
say = partial(print, file=sys.stdout, flush=True)


@dataclass
class Watched:
    """What was seen of one class."""

    lags_s: list[float] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)  # of a bench in a second with a hand
    cpu: float = 0.0  # cores in use
    missed: int = 0  # pictures of cameras that nobody took

    def told(self, benches: int) -> str:
        """One row."""
        share = np.mean([look >= WANTED for look in self.looks]) if self.looks else 0.0
        median, late = np.percentile(self.lags_s, (50, 95)) if self.lags_s else (0.0, 0.0)
        slow = np.percentile(self.looks, 10) if self.looks else 0.0
        return (
            f"{benches:7d} {np.mean(self.looks):7.1f} {slow:7.1f} {share:8.0%} {median:8.2f} {late:8.2f} "
            f"{self.cpu:6.2f}"
        )


def main() -> None:
    """Print a row for each size of class, then the plain loop."""
    parser = argparse.ArgumentParser(description="Measures how many benches are watched.")
    parser.add_argument("videos", nargs="+", type=Path)
    parser.add_argument("--benches", default="1,2,4,8,12")
    parser.add_argument("--seconds", type=float, default=45.0)
    parser.add_argument("--plain", action="store_true")
    asked = parser.parse_args()
    say(
        f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {WANTED:.0f} looks a second wanted"
    )
    say("benches  looks/s  10 %  enough   lag p50  lag p95  cores")
    for count in map(int, asked.benches.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            say(watch(Path(folder), asked.videos, count, asked.seconds).told(count))
    if asked.plain:
        frames_s = plain_rate(asked.videos[0])
        carried = frames_s / WANTED
        say(f"plain loop: {frames_s:.1f} frames a second: {carried:.1f} benches, without anything else")


def watch(folder: Path, videos: Sequence[Path], count: int, seconds: float) -> Watched:
    """A class of so many benches for so long."""
    file, found = write_class(folder, videos, count), Watched()
    with open_store(folder / "data") as store:
        school = add_school(store)
        teacher = school.caller(school.add_person("teacher", Grant(Role.HEAD)))
        with Room(store, load_classroom(file), folder / "rings") as room:
            ended: list[Ended] = []
            room.on_ended = ended.append
            for view in room.views(teacher):
                room.begin(teacher, view.name, None)
            began_s, computed_s = time.monotonic(), cpu_s()
            while time.monotonic() < began_s + seconds:
                time.sleep(0.25)
                found.lags_s += lags_of(room, teacher)
            found.cpu = (cpu_s() - computed_s) / (time.monotonic() - began_s)
        for one in ended:
            found.looks += looks_with_a_hand(one)
    return found


def write_class(folder: Path, videos: Sequence[Path], count: int) -> Path:
    """The classroom file. A link each: two cameras may not be one file."""
    lines = ["classroom: benchmark", "benches:"]
    for number in range(count):
        video = videos[number % len(videos)].resolve()
        bench = folder / f"b{number}.yaml"
        shutil.copy(video.with_suffix(".bench.yaml"), bench)
        lines += [f"  bench_{number}:", f"    bench: {bench}", "    procedure: motor_start_stop"]
        lines += [f"    camera: {{file: {video}, loop: true}}"]
    file = folder / "classroom.yaml"
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return file


def lags_of(room: Room, teacher: Caller) -> list[float]:
    """Of every bench that runs."""
    return [view.lag_s for view in room.views(teacher) if view.standing is not None]


def looks_with_a_hand(ended: Ended) -> list[float]:
    """Looks in each whole second of the attempt in which a hand was seen."""
    looks = Counter(int(seen.t_s) for seen in ended.observations)
    handled = {int(seen.t_s) for seen in ended.observations if seen.hands}
    last = int(ended.observations[-1].t_s)
    return [float(looks[second]) for second in sorted(handled) if 0 < second < last]


def cpu_s() -> float:
    """Of this process and of all its children, living ones too."""
    own = os.getpid()
    return sum(_spent(process) for process in (own, *_children(own)))


def _children(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1]) == parent:
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def _spent(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def plain_rate(video: Path) -> float:
    """Frames a second of the plain loop."""
    stamps: list[float] = []
    loop_plainly(Job("plain", video, OURS), lambda t_s: stamps.append(time.perf_counter()))
    half = stamps[len(stamps) // 5 :]  # the models are warm
    return (len(half) - 1) / (half[-1] - half[0])


if __name__ == "__main__":
    main()
