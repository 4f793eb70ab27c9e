"""An attempt that is over → the store: judged as a recording is, its clips cut from the bench's ring.

A live attempt has no file: its recording is a stretch of the ring, named by its clock, bench and times.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from assessor import __version__, models
from assessor.batch import Rules, bench_version, procedure_version
from assessor.benchbox.ring import Ring
from assessor.benchbox.ring_pictures import RingPictures
from assessor.facts import SEEN
from assessor.live.seat import Ended
from assessor.pipeline import OBSERVATIONS_FILE, Task, judge
from assessor.recording import RecordingHeader, write_observations
from assessor.sheet_files import cut_evidence
from assessor.store import AttemptRecord, RecordingFile, Store
from assessor.supplied import SUPPLIED_FILE, Supplied, write_supplied
from assessor.types import Frame


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored attempt. `lost`: clips and stills that the disk had no room for."""

    id: UUID
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taped:
    """Where an attempt's pictures are: `origin_s` is when, by the clock of the ring, the camera's began."""

    ring: Ring
    clock: str
    origin_s: float


def keep(store: Store, ended: Ended, rules: Rules, taped: Taped, began: datetime) -> Kept:
    """Judge it and store it with its evidence, as far as there are pictures of it. StoreError."""
    header = _header(ended, taped.clock)
    supplied = Supplied(facts=ended.told)
    folder = f"attempts/{header.recording_sha256[:32]}"
    task = Task(rules.bench, rules.procedure, store.data / folder, supplied=supplied)
    task.folder.mkdir(parents=True, exist_ok=True)
    write_supplied(task.folder / SUPPLIED_FILE, supplied)
    write_observations(task.folder / OBSERVATIONS_FILE, header, ended.observations)
    sheet = judge(header, iter(ended.observations), task)
    shown = cut_evidence(_pictures(taped, ended), sheet, task.folder, None)
    name = f"{ended.seat.id} {began:%Y-%m-%d %H:%M:%S}"
    record = AttemptRecord(
        RecordingFile(header.recording_sha256, 0, header.duration_s, name),
        bench_version(rules),
        procedure_version(rules),
        ended.student,
        header.models,
        __version__,
        shown.sheet,
        folder,
        f"{folder}/{OBSERVATIONS_FILE}",
        supplied.sha256,
    )
    return Kept(store.save_attempt(record), shown.lost)


def _header(ended: Ended, clock: str) -> RecordingHeader:
    what = {"clock": clock, "bench": ended.seat.id, "from_s": ended.from_s, "until_s": ended.until_s}
    sha256 = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
    duration_s = round(ended.until_s - ended.from_s, 3)
    seen = sum(one.scene == SEEN for one in ended.observations)
    bench_sha256 = ended.seat.bench.sha256
    return RecordingHeader(sha256, bench_sha256, models.sha256s(), seen, None, duration_s, *ended.size)


@dataclass(frozen=True, slots=True)
class _Shifted:
    """Pictures of a ring by the attempt's clock, which begins `zero_s` later."""

    taped: RingPictures
    zero_s: float

    @property
    def name(self) -> str:
        return self.taped.name

    @property
    def fps(self) -> float:
        return self.taped.fps

    @property
    def origin(self) -> Mapping[str, object]:
        return {**self.taped.origin, "zero_s": self.zero_s}

    def shown(self, wanted: Sequence[tuple[float, float]]) -> Iterator[Frame]:
        later = [(start_s + self.zero_s, end_s + self.zero_s) for start_s, end_s in wanted]
        for frame in self.taped.shown(later):
            yield replace(frame, t_s=round(frame.t_s - self.zero_s, 3))


def _pictures(taped: Taped, ended: Ended) -> _Shifted:
    zero_s = taped.origin_s + ended.from_s
    until_s = taped.origin_s + ended.until_s
    return _Shifted(RingPictures(taped.ring, taped.clock, zero_s, until_s), zero_s)
