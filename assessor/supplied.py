"""Evidence that is supplied beside a recording: readings, persons' decisions and board photos become `Fact`s.

Takes what the command line or a file says, compared with what the procedure asks for before anything is
scored; gives `Supplied`, which is kept with the attempt, so that a later scoring knows the same.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from assessor.bench import Bench
from assessor.board_findings import (
    COUNTED,
    BoardLook,
    Count,
    Finding,
    LookEnd,
    LookWire,
    counts_of,
)
from assessor.board_photo import look_at
from assessor.errors import InputError, RuleFileError
from assessor.judge.messages import sentences
from assessor.judge.wiring import Nodes
from assessor.procedure import Procedure
from assessor.procedure.conditions import PhotoShows
from assessor.procedure.rubric import Item
from assessor.recording import whole_file
from assessor.story import Said, read_evidence, said_by_option
from assessor.supplied_check import faults_of
from assessor.types import Evidence, Fact, FactKey, Judged, MarkLine, MarkSheet, Mistake, Text, Verdict

SUPPLIED_FILE = "supplied.json"
SCHEMA = 1
AT_THE_END = math.inf  # when something was supplied that bears no time


@dataclass(frozen=True, slots=True)
class Options:
    """What a command names: photos of the finished board, `NAME=VALUE` of readings and persons, files."""

    photos: tuple[Path, ...] = ()
    readings: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Supplied:
    """Everything that was supplied. `facts`: what was entered; `boards`: what the photos showed; `photos`:
    name and sha256 of their files."""

    facts: tuple[Fact, ...] = ()
    boards: tuple[BoardLook, ...] = ()
    photos: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.facts or self.boards)

    @property
    def sha256(self) -> str:
        """Of everything supplied; "" for nothing."""
        return hashlib.sha256(_text(self).encode()).hexdigest() if self else ""

    def counts(self, procedure: Procedure, bench: Nodes) -> list[Count]:
        """What the photos are counted for, each from the one that shows it most surely. What a person entered
        counts instead."""
        entered = {fact.key for fact in self.facts}
        read = [
            [replace(count, photo=number) for count in counts_of(look, procedure, bench)]
            for number, look in enumerate(self.boards, start=1)
        ]
        best = [max(same, key=lambda count: count.confidence) for same in zip(*read, strict=True)]
        return [count for count in best if FactKey("photo", count.name) not in entered]

    def facts_until(self, end_s: float, procedure: Procedure, bench: Nodes) -> list[Fact]:
        """The facts of an attempt that ended then, in time order."""
        facts = [*self.facts, *(_fact(count) for count in self.counts(procedure, bench))]
        clipped = [
            replace(fact, t_s=min(fact.t_s, end_s), earliest_s=min(fact.earliest_s, end_s)) for fact in facts
        ]
        return sorted(clipped, key=lambda fact: fact.t_s)

    def told_in(self, judged: Judged, procedure: Procedure, bench: Nodes) -> Judged:
        """The verdicts with each finding of a photo in words instead of its bare count."""
        found = self._counted_items(procedure, bench)
        return replace(judged, verdicts=tuple(_told(v, found.get(v.id, ())) for v in judged.verdicts))

    def shown_in(self, sheet: MarkSheet, procedure: Procedure, bench: Nodes, end_s: float) -> MarkSheet:
        """The sheet with the photo as evidence of each line that was counted on it."""
        found = self._counted_items(procedure, bench)
        lines = tuple(_shown(line, found.get(line.item, ()), end_s) for line in sheet.lines)
        return replace(sheet, lines=lines)

    def _counted_items(self, procedure: Procedure, bench: Nodes) -> dict[str, list[Count]]:
        """The counts that each item asks for."""
        found = {count.name: count for count in self.counts(procedure, bench)}
        asked = {item.id: _counts_asked(item) for item in procedure.rubric.items}
        return {id: [found[name] for name in names if name in found] for id, names in asked.items()}


def supplied_by(options: Options, procedure: Procedure, bench: Bench) -> Supplied:
    """Read and check everything. RuleFileError names every fault of names and values; InputError or
    SightError says why a photo cannot be read."""
    said = [*_from_files(options.files), *_from_options(options)]
    if faults := faults_of(said, procedure):
        raise RuleFileError(faults)
    looks = _looks(options.photos, procedure, bench)
    photos = [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in options.photos]
    return Supplied(tuple(one.fact for one in said), looks, tuple(photos))


def write_supplied(path: Path, supplied: Supplied) -> None:
    """Keep what was supplied; for nothing there is no file, nor one of an earlier scoring."""
    if not supplied:
        path.unlink(missing_ok=True)
    else:
        with whole_file(path) as part:
            part.write_text(_text(supplied), encoding="utf-8")


def read_supplied(path: Path) -> Supplied:
    """What was kept; nothing where no file is. InputError for another kind of file."""
    if not path.exists():
        return Supplied()
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["schema"] != SCHEMA:
            raise ValueError(f"schema {kept['schema']!r}")
        return Supplied(
            tuple(_fact_from(one) for one in kept["facts"]),
            tuple(_look_from(one) for one in kept["boards"]),
            tuple((str(name), str(sha256)) for name, sha256 in kept["photos"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            Text(
                zh=f"{path.name!r}：应为本程序写入的补充证据，实际为 {error}；请连同证据重新评分",
                en=f"{path.name!r}: expected supplied evidence as this program writes it, got {error}; "
                "score the recording again with the evidence",
            )
        ) from None


def _text(supplied: Supplied) -> str:
    """As JSON; the same evidence gives the same bytes. No time stands for the end of the attempt."""
    facts = [{**asdict(fact), **_times(fact)} for fact in supplied.facts]
    boards = [asdict(look) for look in supplied.boards]
    kept = {"schema": SCHEMA, "facts": facts, "boards": boards, "photos": supplied.photos}
    return json.dumps(kept, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _times(fact: Fact) -> dict[str, float | None]:
    return {
        name: None if math.isinf(t_s) else t_s
        for name, t_s in (("t_s", fact.t_s), ("earliest_s", fact.earliest_s))
    }


def _fact_from(kept: dict[str, Any]) -> Fact:
    times = {name: AT_THE_END if kept[name] is None else kept[name] for name in ("t_s", "earliest_s")}
    return Fact(**{**kept, **times, "key": FactKey(**kept["key"])})


def _look_from(kept: dict[str, Any]) -> BoardLook:
    wires = [LookWire(**{**wire, "bare_mm": tuple(wire["bare_mm"])}) for wire in kept["wires"]]
    return BoardLook(tuple(wires), tuple(LookEnd(**end) for end in kept["ends"]))


def _counts_asked(item: Item) -> list[str]:
    if isinstance(item.when, PhotoShows) and not item.places:
        return [item.when.photo]
    return [counted.photo for counted in item.counted or () if counted.photo is not None]


def _shown(line: MarkLine, counts: Sequence[Count], end_s: float) -> MarkLine:
    photos = sorted({count.photo for count in counts})
    shown = (Evidence(end_s, end_s, None, photo_file(number)) for number in photos)
    return replace(line, evidence=(*line.evidence, *shown))


def photo_file(number: int) -> str:
    """The name of a board photo in the attempt's folder."""
    return f"board_photo_{number}.jpg"


def _told(verdict: Verdict, counts: Sequence[Count]) -> Verdict:
    """Each mistake as the finding it stands for: of the count it names, or of the only one that is asked."""
    waiting = {count.name: list(count.findings) for count in counts}
    if verdict.kind != "item" or not any(waiting.values()):
        return verdict
    mistakes = tuple(
        _as_found(mistake, waiting.get(mistake.subject, waiting[counts[0].name] if len(counts) == 1 else []))
        for mistake in verdict.mistakes
    )
    said = dict.fromkeys(mistake.reason for mistake in mistakes)
    return replace(verdict, mistakes=mistakes, reason=sentences(said) if said else verdict.reason)


def _as_found(mistake: Mistake, waiting: list[Finding]) -> Mistake:
    if not waiting:
        return mistake
    found = waiting.pop(0)
    subject = found.count if mistake.subject == found.count else found.place  # a pool is priced by its counts
    return replace(mistake, subject=subject, reason=found.said, confidence=found.confidence)


def _from_files(files: Iterable[Path]) -> Iterator[Said]:
    for file in files:
        yield from read_evidence(file, AT_THE_END)


def _from_options(options: Options) -> Iterator[Said]:
    for kind, given in (("reading", options.readings), ("person", options.persons)):
        for text in given:
            yield said_by_option(kind, text, AT_THE_END)


def _looks(photos: Sequence[Path], procedure: Procedure, bench: Bench) -> tuple[BoardLook, ...]:
    if photos and not any(FactKey("photo", name) in procedure.facts for name in COUNTED):
        names, procedure_name = ", ".join(COUNTED), procedure.procedure
        raise InputError(
            Text(
                zh=f"--photo：应为用到 {names} 之一的作业流程，但 {procedure_name!r} 都不用；"
                "请去掉照片，或用 --evidence 填写照片所见",
                en=f"--photo: expected a procedure that asks for one of {names}, but {procedure_name!r} asks "
                "for none; leave the photo out, or enter what it shows (--evidence)",
            )
        )
    return tuple(look_at(path, bench) for path in photos)


def _fact(count: Count) -> Fact:
    value = str(len(count.findings))
    return Fact(AT_THE_END, FactKey("photo", count.name), value, count.confidence, AT_THE_END, "photo")
