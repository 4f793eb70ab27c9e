"""The values that travel between the stages: one frozen type per arrow of the flow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Point = tuple[float, float]


class Truth(StrEnum):
    """Three-valued truth: `unknown` never silently becomes `no`."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """The machine's opinion on a step, a rule or a rubric item."""

    MET = "met"
    NOT_MET = "not_met"
    UNSURE = "unsure"
    NOT_OBSERVED = "not_observed"


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture and when it was taken. `image`: (height, width, 3) BGR, upright."""

    index: int
    t_s: float
    image: Image


# ---- camera -> vision -> Observations ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class CameraPose:
    """Bench millimetres to camera: p_px ~ K (R p_mm + t). `error_px`: mean marker reprojection error."""

    rotation: tuple[float, float, float]  # Rodrigues vector
    translation_mm: tuple[float, float, float]
    error_px: float
    marker_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HandObservation:
    """One hand: 21 landmarks in MediaPipe's order, full-picture pixels. `hand_id` lasts over frames."""

    hand_id: int
    side: str  # "left" | "right"
    score: float
    landmarks_px: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class ObjectObservation:
    """One detected tool, device or hand; box in pixels of the full picture."""

    name: str
    score: float
    box_xyxy: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PersonObservation:
    """The body of the worker, px of the full picture: head, then left and right shoulder, elbow, wrist, hip.
    `visible`: by point, how sure it is that it is seen where it is said to be."""

    score: float
    points_px: tuple[Point, ...]
    visible: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class IndicatorObservation:
    """State of a switch, lamp or display of a device; `value` None = hidden or unreadable."""

    kind: str  # "switch" | "lamp" | "display"
    device: str
    value: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class WireObservation:
    """A wire that was found present or gone. It changed somewhere in (earliest_s, latest_s];
    both 0.0 for a wire that was there when the recording began. `start`/`end`: terminal names."""

    start: str
    end: str
    colour: str
    present: bool
    confidence: float
    earliest_s: float
    latest_s: float


@dataclass(frozen=True, slots=True)
class Observations:
    """What the models say about one frame. Serialisable: `recording.py` writes and replays it.

    `pose` None = markers not found now and before. `scene`: "ok" | "dark" | "no_markers" | "moved".
    `wires` lists only what was newly decided at this frame. `hidden`: terminals that a hand covers;
    `touched`: uncovered terminals that look different now (a tool, a probe or a new wire end is there).
    `person` None = nobody was found, or the bench file does not say that the camera sees the worker.
    """

    frame: int
    t_s: float
    scene: str
    pose: CameraPose | None
    hands: tuple[HandObservation, ...] = ()
    objects: tuple[ObjectObservation, ...] = ()
    indicators: tuple[IndicatorObservation, ...] = ()
    wires: tuple[WireObservation, ...] = ()
    hidden: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()
    person: PersonObservation | None = None


# ---- facts -> events --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class FactKey:
    """What a fact is about: kind (`switch`, `lamp`, `display`, `wire`, `hand_in`, `hand_at`, `holding`,
    `tool_at`, `person`, `reading`, `photo`, ...) and subject (device, terminal pair, zone, tool, ...).
    `hand`: of hand_in, hand_at and holding the hand that is meant, "left" or "right"; "" = any."""

    kind: str
    subject: str
    hand: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """The subject has `value` at `t_s`. `value` None = it cannot be seen now (unknown, not "no").

    Values: switch "on"/"off" (contactor "in"/"out"); lamp "on"/"off"; display text, "" = blank;
    wire colour or "absent" (subject "A-B", terminals as the procedure writes them, see facts.py);
    hand_in/hand_at/holding "yes"/"no"; tool_at zone name ("tool_tray", "panel", "hand", "elsewhere").
    part_at (subject "PART/PLACE") distance in mm with its error, "1.8±4.5"; pose "yes"/"no".
    `earliest_s`: the change may have happened as early as this (equal to `t_s` when it was seen happening);
    `latest_s`: and no later than this (None: no later than `t_s`).
    `source`: "video" | "photo" | "reading" | "person".
    """

    t_s: float
    key: FactKey
    value: str | None
    confidence: float
    earliest_s: float
    source: str = "video"
    latest_s: float | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A fact that held long enough. `start_s`: best estimate of when it began, ± `uncertainty_s`;
    `decided_s`: when the machine could know; `end_s` None = still holds; `value` None = unseen for long."""

    key: FactKey
    value: str | None
    start_s: float
    decided_s: float
    end_s: float | None
    confidence: float
    source: str = "video"
    uncertainty_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Gap:
    """A time the bench was not seen; never a failure of the student."""

    start_s: float
    end_s: float
    reason: str


# ---- judge -> marks -> MarkSheet ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """The same sentence in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a verdict can be looked at: interval of the recording, clip and still (names of files in the
    attempt's evidence folder; None where there is none)."""

    start_s: float
    end_s: float
    clip: str | None = None
    still: str | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """One occurrence of something wrong. `kind`: order | omission | wrong_wire | wrong_colour | unsafe_act |
    tool_left | finding | failed_try | damage. `corrected`: put right before the attempt ended."""

    kind: str
    subject: str
    t_s: float
    reason: Text
    corrected: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The machine's opinion on a step, a standing rule, an item judged by itself or a veto (`not_met`: to be
    proposed). `t_s`: when the step was completed or the rule broken (best estimate); `decided_s`: when the
    machine could know. `line`: line in the procedure file; `value`: a grade, a measure, a number of tries;
    `not_reached`: not done because of another step, whose mistake it is."""

    id: str
    kind: str  # "step" | "rule" | "item" | "veto"
    outcome: Outcome
    confidence: float
    reason: Text
    t_s: float | None
    decided_s: float | None
    evidence: Evidence | None
    mistakes: tuple[Mistake, ...] = ()
    line: int = 0
    value: float | None = None
    not_reached: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """The last word on an attempt: what marks are given by. `decisions`: what persons entered last, by name
    (what was drawn, vetoes confirmed or refused)."""

    verdicts: tuple[Verdict, ...]
    gaps: tuple[Gap, ...]
    end_s: float
    decisions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MarkLine:
    """One line of the mark sheet: a rubric item, `overtime`, or what a group's limit (`GROUP/limit`) or a
    veto (its id) adds or takes; those have no points of their own. `awarded` None = open (nobody has
    supplied the evidence yet)."""

    item: str
    title: Text
    check: str  # "video" | "photo" | "reading" | "person"
    dimension: str
    points: float
    awarded: float | None
    outcome: Outcome
    confidence: float
    reason: Text
    verdict_ids: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    line: int


@dataclass(frozen=True, slots=True)
class MarkVeto:
    """A veto that the machine proposes or a person has called. `effect`: "zero" | "fail" | "disqualify" |
    "stop"; `state`: "proposed" | "confirmed" | "refused"; it acts only when confirmed."""

    id: str
    title: Text
    effect: str
    state: str
    reason: Text
    evidence: Evidence | None
    line: int


@dataclass(frozen=True, slots=True)
class MarkSheet:
    """The points, line by line; the machine only ever writes state "proposed". `passed` None = not known yet,
    or no pass line."""

    procedure: str
    procedure_sha256: str
    bench_sha256: str
    recording_sha256: str
    partial: str | None  # "40/100 frames" when the recording was cut
    lines: tuple[MarkLine, ...]
    verdicts: tuple[Verdict, ...]
    gaps: tuple[Gap, ...] = ()
    state: str = "proposed"
    total: float = field(default=0.0)
    possible: float = field(default=0.0)  # points of the lines that are not open
    vetoes: tuple[MarkVeto, ...] = ()
    passed: bool | None = None
