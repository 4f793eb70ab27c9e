"""Measures the seeing beside the loop that anyone would write: same recordings, in turns, in one run.

    python benchmarks/pipeline.py samples/*.mp4 samples/more/*.mp4 [--fps 30 --work FOLDER] [--turn-s 4]

Truth and bench file lie beside each recording. Four ways, each in a process of its own, take turns of some
seconds of the recording, so that whatever else the machine does hits all of them:

  ours     what `assessor score` does: decode, look, observations
  every    the same eyes, looking at everything in every frame
  plain    MediaPipe's hands and pose and an Ultralytics detector (torch) on every frame, one after the other
  decode   decoding alone, as ours does it

Speed is recorded frames per second of a way's own turns; opening models and files is left out. CPU time is
that of all threads and child processes. Memory is the peak of the process and of its largest child. F1 is
that of the steps. `--fps 30` makes recordings of 30 frames a second of those given (motion-compensated by
ffmpeg, kept in `--work`): the samples have 10, cameras have 25 or 30.

The plain loop needs torch and Ultralytics: `pip install -e ".[train]"`. With `--plain-detector openvino` it
takes our exported detector instead, which is faster, and the table says so.
"""

import argparse
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import av
import cv2

from assessor import batch, models, settings
from assessor.bench import load_bench
from assessor.camera import FileSource, Recording, probe
from assessor.evaluate import Case, evaluate_recording
from assessor.measures import Rates
from assessor.pipeline import LOOK_PERIOD_S, LOOK_WIDTH, Task, judge
from assessor.procedure import load_procedure
from assessor.recording import RecordingHeader, rounded
from assessor.stage_times import StageTimes
from assessor.train import TENSORS, start_weights
from assessor.types import Image, Observations, Verdict
from assessor.vision.objects import ObjectDetector, read_classes
from assessor.vision.see import open_eyes

WAYS = ("ours", "every", "plain", "decode")
OURS = "our weights"
BEATS = 8.0  # times the throughput of the plain loop that is asked for
CLOSE = 0.01  # of F1: so near to looking at everything in every frame
SMOOTHER = "fps={fps}:mi_mode=mci:mc_mode=aobmc:me_mode=bidir:vsbmc=1"
BESIDE = (".truth.json", ".bench.yaml")
say = partial(print, file=sys.stdout, flush=True)
Stepped = Callable[[float], None]  # a way calls it with the time of every frame that it has dealt with


@dataclass(frozen=True)
class Job:
    """One way over one recording."""

    way: str
    video: Path
    detector: str


@dataclass
class Spent:
    """What a way took. `frames`: of the recording, looked at or not."""

    frames: float = 0.0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mb: float = 0.0
    verdicts: Sequence[Verdict] = ()

    def add(self, other: "Spent") -> None:
        """Take on another recording."""
        self.frames, self.wall_s = self.frames + other.frames, self.wall_s + other.wall_s
        self.cpu_s, self.peak_mb = self.cpu_s + other.cpu_s, max(self.peak_mb, other.peak_mb)


# ---- the four ways: each opens what it needs, steps once, then steps after every frame --------------------


def look(job: Job, stepped: Stepped, every: bool) -> Sequence[Verdict]:
    """What `pipeline.observe` does; `every`: everything in every frame."""
    recording, bench = probe(job.video, settle_s=0), load_bench(beside(job.video, ".bench.yaml"))
    task = Task(bench, load_procedure(batch.find_rule_file("motor_start_stop", "procedures")), Path())
    source = FileSource(recording, LOOK_WIDTH, period_s=0.0 if every else LOOK_PERIOD_S)
    seen: list[Observations] = []
    eyes = open_eyes(bench, StageTimes(), every)
    stepped(0.0)
    for one in eyes.watch(source.frames()):
        seen.append(rounded(one))
        stepped(one.t_s)
    seen[-1] = rounded(eyes.last_look(seen[-1]))
    stepped(seen[-1].t_s)
    header = RecordingHeader(
        recording.sha256, bench.sha256, {}, source.frames_read, None, recording.duration_s, *source.size
    )
    return judge(header, iter(seen), task).verdicts


def decode(job: Job, stepped: Stepped) -> None:
    """Decoding alone."""
    source = FileSource(probe(job.video, settle_s=0), LOOK_WIDTH, period_s=LOOK_PERIOD_S)
    stepped(0.0)
    for frame in source.frames():
        stepped(frame.t_s)


def loop_plainly(job: Job, stepped: Stepped) -> None:
    """The loop that a user would write after reading the vendors' first pages."""
    detect = torch_detector(job.detector) if job.detector != "openvino" else our_detector()
    capture = cv2.VideoCapture(str(job.video))
    fps = capture.get(cv2.CAP_PROP_FPS)
    with mediapipe_landmarkers() as landmarkers:
        stepped(0.0)
        for index in range(10**9):
            whole, image = capture.read()
            if not whole:
                return
            for find in landmarkers:
                find(image, round(index * 1000 / fps))
            detect(image)
            stepped(index / fps)


@contextmanager
def mediapipe_landmarkers() -> Iterator[list[Callable[[Image, int], Any]]]:
    """Hands and pose in VIDEO mode."""
    import mediapipe as mp
    from mediapipe.tasks.python import BaseOptions, vision

    def finder(kind: str, **more: Any) -> Any:
        options = getattr(vision, f"{kind}LandmarkerOptions")(
            base_options=BaseOptions(model_asset_path=str(models.path_of(f"{kind.lower()}_landmarker"))),
            running_mode=vision.RunningMode.VIDEO,
            **more,
        )
        return getattr(vision, f"{kind}Landmarker").create_from_options(options)

    def find(landmarker: Any, image: Image, t_ms: int) -> Any:
        rgb = mp.Image(image_format=mp.ImageFormat.SRGB, data=cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        return landmarker.detect_for_video(rgb, t_ms)

    with finder("Hand", num_hands=2) as hands, finder("Pose") as pose:
        yield [partial(find, hands), partial(find, pose)]


def torch_detector(model: str) -> Callable[[Image], Any]:
    """Ultralytics with our detector's trained weights, or with a model that is named (an architecture gets
    random ones)."""
    os.environ |= {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "ULTRALYTICS_SAFE_LOAD": "1"}
    from ultralytics import YOLO

    if model != OURS:
        return partial(YOLO(model).predict, verbose=False)
    shipped = settings.models_folder()
    with tempfile.TemporaryDirectory() as folder:
        classes = read_classes(shipped / "classes.yaml")
        network = YOLO(start_weights(shipped / "detector" / TENSORS, classes, Path(folder)))
    return partial(network.predict, verbose=False)


def our_detector() -> Callable[[Image], Any]:
    """Our exported detector with as many threads as it likes."""
    classes = read_classes(settings.models_folder() / "classes.yaml")
    return ObjectDetector(models.path_of("detector"), classes, threads=os.cpu_count() or 1).detect


# ---- taking turns ----------------------------------------------------------------------------------------


def serve(job: Job, pipe: Connection) -> None:
    """One way in a process of its own: works while it has a turn, then tells what that took."""
    Turns(job, pipe).run()


class Turns:
    """Answers each number that comes through the pipe (go on until this second) with what was spent."""

    def __init__(self, job: Job, pipe: Connection) -> None:
        self._job, self._pipe = job, pipe
        self._until_s, self._spent = -1.0, Spent()
        self._last_s = self._wall_s = self._cpu_s = 0.0

    def run(self) -> None:
        """Do the job; its last answer holds the verdicts and the memory."""
        verdicts: Sequence[Verdict] | None = None
        children_s = _cpu_s(resource.RUSAGE_CHILDREN)
        match self._job.way:
            case "ours" | "every" as way:
                verdicts = look(self._job, self._stepped, way == "every")
            case "plain":
                loop_plainly(self._job, self._stepped)
            case _:
                decode(self._job, self._stepped)
        self._note(self._last_s)
        sizes = [
            resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        ]
        self._spent.cpu_s += _cpu_s(resource.RUSAGE_CHILDREN) - children_s
        self._spent.peak_mb, self._spent.verdicts = sum(sizes) / 1024, verdicts or ()
        self._pipe.send((True, self._spent))

    def _stepped(self, t_s: float) -> None:
        if t_s >= self._until_s:
            self._note(t_s)
            self._pipe.send((False, Spent()))
            self._until_s = self._pipe.recv()
            self._wall_s, self._cpu_s = time.perf_counter(), time.process_time()
        self._last_s = t_s

    def _note(self, t_s: float) -> None:
        if self._wall_s:  # not before the first turn: until then models were opened
            self._spent.wall_s += time.perf_counter() - self._wall_s
            self._spent.cpu_s += time.process_time() - self._cpu_s
            self._spent.frames = t_s  # seconds, until the recording's own rate makes frames of them


def _cpu_s(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def take_turns(video: Path, ways: Sequence[str], detector: str, turn_s: float) -> dict[str, Spent]:
    """Every way over one recording, `turn_s` seconds of it at a time, one after the other."""
    context = multiprocessing.get_context("spawn")
    pipes: dict[str, Connection] = {}
    for way in ways:
        pipes[way], theirs = context.Pipe()
        context.Process(target=serve, args=(Job(way, video, detector), theirs), daemon=True).start()
        theirs.close()
    done: dict[str, Spent] = {}
    for way in ways:
        pipes[way].recv()  # everything is open
    until_s = 0.0
    while len(done) < len(ways):
        until_s += turn_s
        for way in [way for way in ways if way not in done]:
            pipes[way].send(until_s)
            is_over, spent = pipes[way].recv()
            if is_over:
                done[way] = spent
    return done


# ---- recordings, figures ---------------------------------------------------------------------------------


def beside(video: Path, ending: str) -> Path:
    """The truth or bench file of a recording."""
    return video.with_name(video.stem + ending)


def smoothed(video: Path, fps: int, folder: Path) -> Path:
    """The recording with `fps` pictures a second, made once."""
    target = folder / f"{video.stem}_{fps}.mp4"
    if not target.exists():
        part = target.with_suffix(".part.mp4")
        with av.open(str(video)) as given, av.open(str(part), "w") as out:
            write_smoothed(given, out, fps)
        part.rename(target)
    for ending in BESIDE:
        shutil.copy(beside(video, ending), beside(target, ending))
    return target


def write_smoothed(given: Any, out: Any, fps: int) -> None:
    """Pictures between the pictures, by motion; encoded as the generator does."""
    source, graph = given.streams.video[0], av.filter.Graph()
    start, end = graph.add_buffer(template=source), graph.add("buffersink")
    between = graph.add("minterpolate", SMOOTHER.format(fps=fps))
    start.link_to(between)
    between.link_to(end)
    graph.configure()
    stream = out.add_stream("libx264", rate=fps, options={"crf": "24", "preset": "medium"})
    stream.width, stream.height, stream.pix_fmt = source.width, source.height, "yuv420p"
    made = 0
    for frame in [*given.decode(source), None]:
        start.push(frame)
        while True:
            try:
                picture = end.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                break
            picture.pts, picture.time_base, picture.pict_type = made, Fraction(1, fps), 0
            out.mux(stream.encode(picture))
            made += 1
    out.mux(stream.encode())


def step_rates(video: Path, verdicts: Sequence[Verdict]) -> Rates:
    """Step completions against the truth."""
    case = Case(video.stem, video, beside(video, ".truth.json"), beside(video, ".bench.yaml"))
    procedure = load_procedure(batch.find_rule_file("motor_start_stop", "procedures"))
    return evaluate_recording(case, procedure, lambda *_asked: verdicts).steps.rates


def show(name: str, spent: dict[str, Spent], recorded_s: float, rates: dict[str, Rates]) -> None:
    """A row for each way."""
    say(f"\n{name}: {spent['ours'].frames:.0f} frames, {recorded_s:.0f} s")
    say(f"{'way':8}{'frames/s':>10}{'CPU ms/frame':>14}{'real time per core':>20}{'peak MB':>9}{'F1':>7}")
    for way, one in spent.items():
        f1 = f"{rates[way].f1 or 0:.3f}" if way in rates else "-"
        cpu_ms, real = one.cpu_s / one.frames * 1000, recorded_s / one.cpu_s
        say(f"{way:8}{one.frames / one.wall_s:10.1f}{cpu_ms:14.1f}{real:19.1f}x{one.peak_mb:9.0f}{f1:>7}")
    ours = spent["ours"]
    speed = {way: one.frames / one.wall_s for way, one in spent.items()}
    if "plain" in spent:
        by_cpu = spent["plain"].cpu_s / ours.cpu_s
        say(f"ours / plain: {speed['ours'] / speed['plain']:.1f} by the clock, {by_cpu:.1f} by CPU time")
    if "decode" in spent:
        say(f"share of the speed of decoding alone: {speed['ours'] / speed['decode']:.0%}")


def verdict(spent: dict[str, Spent], rates: dict[str, Rates]) -> None:
    """What was asked for and what came."""
    if "plain" in spent:
        times = spent["plain"].wall_s / spent["plain"].frames * spent["ours"].frames / spent["ours"].wall_s
        said = "reached" if times >= BEATS else "MISSED"
        say(f"\n{said}: {times:.1f} times the plain loop, asked: {BEATS:g}")
    if "every" in rates:
        more = (rates["ours"].f1 or 0) - (rates["every"].f1 or 0)
        said = "reached" if more >= -CLOSE else "MISSED"
        say(f"{said}: F1 {more:+.3f} against everything in every frame, asked: at least {-CLOSE:g}")


def measure(videos: Sequence[Path], ways: Sequence[str], detector: str, turn_s: float) -> None:
    """All recordings, one after the other, then their sum."""
    total, rates, recorded_s = {way: Spent() for way in ways}, dict[str, Rates](), 0.0
    for video in videos:
        recording = probe(video, settle_s=0)
        spent = take_turns(video, ways, detector, turn_s)
        for one in spent.values():
            one.frames = frames_in(recording, one.frames)
        seen = {way: step_rates(video, spent[way].verdicts) for way in ("ours", "every") if way in spent}
        show(video.name, spent, recording.duration_s, seen)
        recorded_s += recording.duration_s
        for way in ways:
            total[way].add(spent[way])
        rates = {way: rates.get(way, Rates()) + one for way, one in seen.items()}
    if len(videos) > 1:
        show("all", total, recorded_s, rates)
    verdict(total, rates)


def frames_in(recording: Recording, seconds: float) -> float:
    """Recorded frames until a frame's time, with it."""
    return round(seconds * recording.fps) + 1


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("videos", nargs="+", type=Path)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--turn-s", type=float, default=4.0)
    parser.add_argument("--fps", type=int)
    parser.add_argument("--work", type=Path, help="where the recordings of --fps are kept")
    parser.add_argument(
        "--plain-detector", default=OURS, help="Ultralytics model or architecture; or openvino"
    )
    asked = parser.parse_args()
    if "plain" in asked.ways and asked.plain_detector != "openvino" and not find_spec("ultralytics"):
        parser.error(
            "expected torch and Ultralytics for the plain loop, got neither; "
            'run `pip install -e ".[train]"`, '
            "or say `--plain-detector openvino` (a faster plain loop) or leave out `plain` with `--ways`"
        )
    ways = [way for way in WAYS if way in {*asked.ways, "ours"}]
    load = os.getloadavg()[0]
    say(f"plain loop's detector: {asked.plain_detector}; {os.cpu_count()} cores, load {load:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        work = asked.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        videos = [smoothed(video, asked.fps, work) if asked.fps else video for video in asked.videos]
        measure(videos, ways, asked.plain_detector, asked.turn_s)


if __name__ == "__main__":
    main()
