"""What the API gives out: the hub types of `assessor.types` with ids and addresses in place of file names."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from assessor.shown import PageLanguage
from assessor.types import Evidence, Outcome, Text

Confidence = Annotated[float, Field(description="How sure the machine is, from 0 to 1.")]
Line = Annotated[int, Field(description="Line of the procedure file, counted from 1.")]
Moment = Annotated[
    AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))
]
Seconds = Annotated[float, Field(description="Seconds from the beginning of the recording.")]


class Out(BaseModel):
    """Base of everything that is given out."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class In(BaseModel):
    """Base of everything that is taken in; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Query(BaseModel):
    """Base of what comes in with the address; unknown names are refused."""

    model_config = ConfigDict(extra="forbid")


class PrintQuery(Query):
    """How a page to print is wanted."""

    lang: PageLanguage | None = Field(default=None, description="Else by Accept-Language.")


class EvidenceOut(Out):
    """Where to look: an interval of the recording, and the addresses of its clip and still."""

    id: UUID
    start_s: Seconds
    end_s: Seconds
    clip: str | None = Field(examples=["/v1/evidence/7f6c1c52-0d2b-4a0e-9d34-3a8a3a6f9b11/clip"])
    still: str | None = Field(examples=["/v1/evidence/7f6c1c52-0d2b-4a0e-9d34-3a8a3a6f9b11/still"])

    @model_validator(mode="before")
    @classmethod
    def _with_addresses(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, Evidence):
            return value
        evidence_id = (info.context or {})["evidence_ids"][value]
        return {
            "id": evidence_id,
            "start_s": value.start_s,
            "end_s": value.end_s,
            "clip": value.clip and evidence_address(evidence_id, "clip"),
            "still": value.still and evidence_address(evidence_id, "still"),
        }


def evidence_address(evidence_id: UUID, what: str) -> str:
    """Where a clip or a still is served."""
    return f"/v1/evidence/{evidence_id}/{what}"


class MistakeOut(Out):
    """One occurrence of something wrong."""

    kind: str = Field(examples=["wrong_wire"])
    subject: str = Field(examples=["S1.14-X1.6"])
    t_s: Seconds
    reason: Text
    corrected: bool
    confidence: Confidence


class VerdictOut(Out):
    """The machine's opinion on a step, a standing rule, an item judged by itself or a veto (`kind`)."""

    id: str = Field(examples=["prove_dead"])
    kind: str = Field(examples=["step"])
    outcome: Outcome
    confidence: Confidence
    reason: Text
    t_s: float | None
    decided_s: float | None
    evidence: EvidenceOut | None
    mistakes: tuple[MistakeOut, ...]
    line: Line
    value: float | None = Field(description="A grade, a measure or a number of tries, where it came to one.")


class MarkLineOut(Out):
    """One line: a rubric item; or, without points of its own, what a limit (`GROUP/limit`), `overtime` or a
    veto adds or takes. `awarded` null = open: nobody has supplied the evidence yet."""

    item: str = Field(examples=["dead_proof"])
    title: Text
    check: str = Field(examples=["video"])
    dimension: str = Field(examples=["safety"])
    points: float
    awarded: float | None
    outcome: Outcome
    confidence: Confidence
    reason: Text
    verdict_ids: tuple[str, ...]
    evidence: tuple[EvidenceOut, ...]
    line: Line


class GapOut(Out):
    """A time the bench was not seen."""

    start_s: Seconds
    end_s: Seconds
    reason: str


class MarkVetoOut(Out):
    """A veto that the machine proposes or a person called; it acts only when confirmed."""

    id: str = Field(examples=["shock"])
    title: Text
    effect: str = Field(examples=["disqualify"], description="zero, fail, disqualify or stop")
    state: str = Field(examples=["proposed"], description="proposed, confirmed or refused")
    reason: Text
    evidence: EvidenceOut | None
    line: Line


class MarkSheetOut(Out):
    """The points, line by line; "proposed" until a person has decided."""

    procedure: str
    procedure_sha256: str
    bench_sha256: str
    recording_sha256: str
    partial: str | None = Field(examples=["40/100 frames"])
    lines: tuple[MarkLineOut, ...]
    verdicts: tuple[VerdictOut, ...]
    gaps: tuple[GapOut, ...]
    state: str = Field(examples=["proposed"])
    total: float
    possible: float = Field(description="Points of the lines that are not open.")
    vetoes: tuple[MarkVetoOut, ...]
    passed: bool | None = Field(description="null: not known yet, or there is no pass line.")


class AttemptOut(Out):
    """One scored recording."""

    id: UUID
    created_utc: datetime
    recording_sha256: str
    recording_names: tuple[str, ...] = Field(examples=[["start_stop_good.mp4"]])
    duration_s: float
    bench: str
    bench_sha256: str
    procedure: str
    procedure_title: Text
    procedure_sha256: str
    student: str | None
    state: str = Field(examples=["proposed"])
    total: float
    possible: float
    open_points: float
    partial: str | None
    gaps: int
    software: str
    models: dict[str, str]
    outcomes: dict[Outcome, int]


class ProcedureOut(Out):
    """A procedure version by its content."""

    sha256: str
    id: str
    title: Text


class ProcedureSourceOut(ProcedureOut):
    """The same with its text, and the rule sets it includes, by the path it names them with."""

    source: str
    included: dict[str, str]


class BenchOut(Out):
    """A bench version by its content."""

    sha256: str
    name: str


class HealthOut(Out):
    """The server answers and so does its database."""

    status: str = Field(examples=["ok"])
    version: str = Field(examples=["0.1.0"])
