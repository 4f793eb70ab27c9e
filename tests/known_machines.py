"""Machines whose faults are known, for the tests of what `evaluate` says of them."""

import shutil
from pathlib import Path

from assessor.bench import Bench
from assessor.procedure import Procedure
from assessor.truth.board import read_board_truth
from assessor.truth.mistakes import true_mistakes
from assessor.truth.recording import Trace, read_recording_truth
from assessor.truth.steps import TrueSteps
from assessor.types import Mistake, Outcome, Text, Verdict, WireObservation

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
SAID = Text("", "")


def true_steps(video: Path, bench: Bench, procedure: Procedure) -> TrueSteps:
    truth = read_recording_truth(video.with_suffix(".truth.json"))
    return TrueSteps(procedure, Trace(truth, bench))


def done(step: str, t_s: float, decided_s: float, outcome: Outcome = Outcome.MET) -> Verdict:
    return Verdict(step, "step", outcome, 1.0, SAID, t_s, decided_s, None)


def broken(mistake: Mistake) -> Verdict:
    return Verdict("a_rule", "rule", Outcome.NOT_MET, 1.0, SAID, mistake.t_s, mistake.t_s, None, (mistake,))


def mistake(kind: str, subject: str, t_s: float) -> Mistake:
    return Mistake(kind, subject, t_s, SAID, corrected=False, confidence=1.0)


def knows_all(video: Path, bench: Bench, procedure: Procedure) -> list[Verdict]:
    """A machine that sees everything, one second late."""
    steps = true_steps(video, bench, procedure)
    seen = [done(c.step, c.t_s, c.t_s + 1.0) for c in steps.completions]
    made = [m for m in true_mistakes(steps) if not m.follows]
    return seen + [broken(mistake(m.kind, m.name, m.start_s)) for m in made]


def reads_all(photo: Path, bench: Bench) -> list[WireObservation]:
    """A machine that reads every wire, from its other end."""
    netlist = read_board_truth(photo.with_suffix(".truth.json")).netlist
    return [WireObservation(w.end, w.start, w.colour, True, 1.0, 0.0, 0.0) for w in netlist]


def reads_nothing(photo: Path, bench: Bench) -> list[WireObservation]:
    return []


def scores_nothing(video: Path, bench: Bench, procedure: Procedure) -> list[Verdict]:
    return []


def quiet(_name: str, _share: float) -> None:
    pass


def faulty_only(tmp_path: Path) -> Path:
    for path in SAMPLES.glob("start_stop_faulty.*"):
        shutil.copy(path, tmp_path)
    return tmp_path
