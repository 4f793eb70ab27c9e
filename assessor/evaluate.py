"""Recordings and board photos with known truth → how good the machine is (beside the flow, after its end).

Takes a folder with `NAME.truth.json`, `NAME.bench.yaml` and `NAME.mp4` or `NAME.jpg`, subfolders too; gives a
`Report`. The functions that score and read are handed in. docs/accuracy.md says what the measures mean.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from assessor.bench import Bench, load_bench
from assessor.errors import AssessorError, InputError
from assessor.measures import (
    SAME_TIME_S,
    Completion,
    Matching,
    Rates,
    match_best,
    match_completions,
    mean_delay,
    order_similarity,
)
from assessor.procedure import Procedure
from assessor.procedure.rubric import MistakeKind
from assessor.truth.board import TrueBoardWire, read_board_truth
from assessor.truth.mistakes import TrueMistake, true_mistakes
from assessor.truth.recording import Trace, read_recording_truth
from assessor.truth.steps import TrueSteps
from assessor.types import Mistake, Outcome, Verdict, WireObservation

TRUTH = ".truth.json"
VIDEOS = (".mp4", ".mkv", ".mov", ".webm", ".avi")
PHOTOS = (".jpg", ".jpeg", ".png")
TOLERANCE_S = 2.0  # how far from the truth a mistake may be reported
KINDS = tuple(kind for kind in get_args(MistakeKind) if kind != "finding")  # findings come from photos

ScoreRecording = Callable[[Path, Bench, Procedure], Sequence[Verdict]]
ReadBoard = Callable[[Path, Bench], Iterable[WireObservation]]
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Case:
    """A recording or photo with its truth and bench file."""

    name: str
    media: Path
    truth: Path
    bench: Path

    @property
    def is_recording(self) -> bool:
        """Whether it is a recording."""
        return self.media.suffix.lower() in VIDEOS


@dataclass(frozen=True, slots=True)
class SeenMistake:
    """A mistake that a verdict reports; `decided_s`: when the machine could know it."""

    mistake: Mistake
    decided_s: float


Steps = Matching[Completion, Completion]
Mistakes = Matching[TrueMistake, SeenMistake]
Wires = Matching[TrueBoardWire, WireObservation]


@dataclass(frozen=True, slots=True)
class RecordingResult:
    """One recording: `pos`, completions and mistakes against the truth. `unjudged`: steps without a truth;
    `fault`: why it could not be scored."""

    name: str
    pos: float | None
    steps: Steps
    mistakes: Mistakes
    unjudged: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class BoardResult:
    """One photo: wires against the truth, and how many of the found ones have the right colour."""

    name: str
    wires: Wires
    fault: str = ""

    @property
    def right_colours(self) -> int:
        """Matched wires in the right colour."""
        return sum(true.colour == seen.colour for true, seen in self.wires.pairs)


@dataclass(frozen=True, slots=True)
class Report:
    """Results of a folder."""

    recordings: tuple[RecordingResult, ...]
    boards: tuple[BoardResult, ...]

    @property
    def pos(self) -> float | None:
        """Mean POS over the recordings."""
        known = [r.pos for r in self.recordings if r.pos is not None]
        return sum(known) / len(known) if known else None

    @property
    def steps(self) -> Rates:
        """Step completions of all recordings."""
        return sum((r.steps.rates for r in self.recordings), Rates())

    @property
    def delay_s(self) -> float | None:
        """τ over the true positives of all recordings."""
        pairs = tuple(pair for r in self.recordings for pair in r.steps.pairs)
        return mean_delay(Matching(pairs, (), ()))

    def mistakes(self, kind: str | None = None) -> Rates:
        """Mistakes of one kind, or of all."""
        return sum((mistake_rates(r.mistakes, kind) for r in self.recordings), Rates())

    def alarm_delay_s(self, kind: str | None = None) -> float | None:
        """Mean time from a mistake to the moment the machine could know it, over those found."""
        pairs = [pair for r in self.recordings for pair in r.mistakes.pairs if kind in (None, pair[0].kind)]
        delays = [seen.decided_s - true.start_s for true, seen in pairs if true.kind != "omission"]
        return sum(delays) / len(delays) if delays else None

    @property
    def wires(self) -> Rates:
        """Wires of all boards."""
        return sum((b.wires.rates for b in self.boards), Rates())

    @property
    def colours(self) -> Rates:
        """Colours of the wires found: right (true) and wrong (false)."""
        right = sum(b.right_colours for b in self.boards)
        return Rates(right, self.wires.true - right)


def evaluate(
    folder: Path, procedure: Procedure, score: ScoreRecording, read: ReadBoard, report: Progress
) -> Report:
    """Score every case of a folder. InputError when it holds none, or one without its bench file."""
    cases, recordings, boards = find_cases(folder), [], []
    for done, case in enumerate(cases):
        report(case.name, done / len(cases))
        if case.is_recording:
            recordings.append(evaluate_recording(case, procedure, score))
        else:
            boards.append(evaluate_board(case, read))
    return Report(tuple(recordings), tuple(boards))


def find_cases(folder: Path) -> list[Case]:
    """Every recording and photo that has a truth file, sorted by path."""
    truths = sorted(folder.rglob(f"*{TRUTH}")) if folder.is_dir() else []
    if not truths:
        raise InputError(
            f"{folder.name!r}: expected a folder with recordings or photos and their NAME{TRUTH}, got none; "
            "give a folder as samples/ is, or make one with samples/generator"
        )
    return [_case(folder, truth) for truth in truths]


def _case(folder: Path, truth: Path) -> Case:
    stem = truth.name.removesuffix(TRUTH)
    bench = truth.with_name(f"{stem}.bench.yaml")
    media = [p for suffix in (*VIDEOS, *PHOTOS) if (p := truth.with_name(stem + suffix)).is_file()]
    if not media or not bench.is_file():
        raise InputError(
            f"{truth.name!r}: expected a recording or photo and {bench.name!r} beside it, got "
            f"{'no bench file' if media else 'no recording and no photo'}; copy all files of a case together"
        )
    return Case(str(truth.relative_to(folder).with_name(stem)), media[0], truth, bench)


# ---- recordings ---------------------------------------------------------------------------
def evaluate_recording(case: Case, procedure: Procedure, score: ScoreRecording) -> RecordingResult:
    """Score one recording and compare it with its truth. A fault in scoring counts as nothing seen."""
    bench, fault = load_bench(case.bench), ""
    steps = TrueSteps(procedure, Trace(read_recording_truth(case.truth), bench))
    verdicts: Sequence[Verdict] = ()
    try:
        verdicts = score(case.media, bench, procedure)
    except AssessorError as error:
        fault = str(error)
    true = steps.completions
    predicted = [c for c in completions_of(verdicts) if c.step not in steps.unjudged]
    return RecordingResult(
        case.name,
        order_similarity([c.step for c in true], [c.step for c in predicted]),
        match_completions(true, predicted),
        match_mistakes(true_mistakes(steps), mistakes_of(verdicts)),
        steps.unjudged,
        fault,
    )


def completions_of(verdicts: Iterable[Verdict]) -> list[Completion]:
    """The steps that the machine saw done, rightly or not, in the order and at the time it could know."""
    seen = [
        (v.decided_s, v.t_s, v.id)
        for v in verdicts
        if v.kind == "step" and v.outcome in (Outcome.MET, Outcome.NOT_MET)
        if v.t_s is not None and v.decided_s is not None
    ]
    return [Completion(id, decided_s) for decided_s, _, id in sorted(seen)]


def mistakes_of(verdicts: Iterable[Verdict]) -> list[SeenMistake]:
    """Every mistake that the machine reports, but for findings on photos."""
    return [
        SeenMistake(m, m.t_s if v.decided_s is None else max(m.t_s, v.decided_s))
        for v in verdicts
        for m in v.mistakes
        if m.kind in KINDS
    ]


def match_mistakes(true: Iterable[TrueMistake], seen: Sequence[SeenMistake]) -> Mistakes:
    """Match by kind, by subject where both name one, and by time ± 2 s. What only follows from another
    mistake need not be reported, and is not false when it is."""
    expected = list(true)
    matching = match_best([m for m in expected if not m.follows], seen, distance_s)
    rest = [m for m in expected if m.follows]
    false = [s for s in matching.false if all(distance_s(m, s) is None for m in rest)]
    return Matching(matching.pairs, matching.missed, tuple(false))


def distance_s(true: TrueMistake, seen: SeenMistake) -> float | None:
    """Seconds between two mistakes, 0 while the true one lasts; None = they are not the same."""
    mistake = seen.mistake
    named = bool(true.subjects) and bool(mistake.subject)
    if mistake.kind != true.kind or (named and mistake.subject not in true.subjects):
        return None
    apart = max(true.start_s - mistake.t_s, mistake.t_s - true.end_s, 0.0)
    return apart if apart <= TOLERANCE_S + SAME_TIME_S else None


def mistake_rates(mistakes: Mistakes, kind: str | None) -> Rates:
    """The counts of one kind, or of all."""
    return Rates(
        sum(kind in (None, true.kind) for true, _ in mistakes.pairs),
        sum(kind in (None, seen.mistake.kind) for seen in mistakes.false),
        sum(kind in (None, true.kind) for true in mistakes.missed),
    )


# ---- boards -------------------------------------------------------------------------------
def evaluate_board(case: Case, read: ReadBoard) -> BoardResult:
    """Read one photo and compare its wires with the truth. A fault in reading counts as nothing seen."""
    true = [wire for wire in read_board_truth(case.truth).netlist if wire.fastened]
    wires: list[WireObservation] = []
    fault = ""
    try:
        wires = [wire for wire in read(case.media, load_bench(case.bench)) if wire.present]
    except AssessorError as error:
        fault = str(error)
    return BoardResult(case.name, match_best(true, wires, _other_colour), fault)


def _other_colour(true: TrueBoardWire, seen: WireObservation) -> float | None:
    if true.ends != {seen.start, seen.end}:
        return None
    return float(true.colour != seen.colour)
