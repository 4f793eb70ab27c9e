"""What goes into the store and what comes out of it: the values between marks, the store and the API."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from uuid import UUID

from assessor.errors import StoreError
from assessor.located_yaml.source import Source
from assessor.types import MarkSheet, Outcome, Text


class UnknownIdError(StoreError):
    """Nothing is stored under this id. `what`: "attempt" | "evidence" | "procedure"."""

    def __init__(self, what: str, key: object) -> None:
        super().__init__(
            f"expected a known {what}, but there is none with the id {key}; look it up in the list"
        )
        self.what = what
        self.key = str(key)


@dataclass(frozen=True, slots=True)
class RecordingFile:
    """A recording is its content; `name` is the name it came under this time and is only ever data."""

    sha256: str
    size: int
    duration_s: float
    name: str


@dataclass(frozen=True, slots=True)
class BenchVersion:
    """A bench file as it was when the attempt was scored. `included`: texts of the school's own files that it
    was read with, by name; `sha256` is of them all."""

    sha256: str
    name: str
    source: str
    included: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def kept(self) -> dict[str, Source]:
        """The included files as they are read again."""
        return _sources(self.included)


@dataclass(frozen=True, slots=True)
class ProcedureVersion:
    """A procedure file as it was when the attempt was scored. `included`: texts of the rule sets it includes,
    by the path it names them with; `sha256` is of them all."""

    sha256: str
    id: str
    title: Text
    source: str
    included: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def kept(self) -> dict[str, Source]:
        """The included files as they are read again."""
        return _sources(self.included)


def _sources(texts: Mapping[str, str]) -> dict[str, Source]:
    return {name: Source(name, text.encode()) for name, text in texts.items()}


@dataclass(frozen=True, slots=True)
class AttemptKey:
    """What makes two scorings the same. `models`: model name -> sha256; `software`: the program's version;
    `supplied_sha256`: of the evidence supplied beside the recording, "" for none."""

    recording_sha256: str
    bench_sha256: str
    procedure_sha256: str
    models: Mapping[str, str]
    student: str | None
    software: str
    supplied_sha256: str = ""

    def fingerprint(self) -> str:
        """64 hexadecimal digits, equal for equal keys."""
        what = [
            self.recording_sha256,
            self.bench_sha256,
            self.procedure_sha256,
            sorted(self.models.items()),
            self.student,
            self.software,
            *filter(None, [self.supplied_sha256]),
        ]
        return hashlib.sha256(json.dumps(what).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One scored recording, as the pipeline hands it over.

    `models`: model name -> sha256. `evidence_folder` and `observations` are relative to the store's data
    folder; clips and stills of the sheet are file names inside `evidence_folder`.
    """

    recording: RecordingFile
    bench: BenchVersion
    procedure: ProcedureVersion
    student: str | None
    models: Mapping[str, str]
    software: str
    sheet: MarkSheet
    evidence_folder: str = "evidence"
    observations: str | None = None
    supplied_sha256: str = ""

    @property
    def key(self) -> AttemptKey:
        """What this scoring is of."""
        return AttemptKey(
            recording_sha256=self.recording.sha256,
            bench_sha256=self.bench.sha256,
            procedure_sha256=self.procedure.sha256,
            models=self.models,
            student=self.student,
            software=self.software,
            supplied_sha256=self.supplied_sha256,
        )


@dataclass(frozen=True, slots=True)
class AttemptSummary:
    """One line of the list of attempts. `open_points`: points nobody has supplied the evidence for yet."""

    id: UUID
    created_utc: datetime
    recording_sha256: str
    recording_names: tuple[str, ...]
    duration_s: float
    bench: str
    bench_sha256: str
    procedure: str
    procedure_title: Text
    procedure_sha256: str
    student: str | None
    state: str
    total: float
    possible: float
    open_points: float
    partial: str | None
    gaps: int
    software: str
    models: Mapping[str, str]
    observations: str | None
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)  # lines that are not open, by outcome


@dataclass(frozen=True, slots=True)
class AttemptPage:
    """The newest attempts first; `next` is where the following page starts, None at the end."""

    items: tuple[AttemptSummary, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class EvidenceFiles:
    """Where one piece of evidence lies, relative to the store's data folder."""

    id: UUID
    attempt_id: UUID
    start_s: float
    end_s: float
    clip: PurePosixPath | None
    still: PurePosixPath | None
