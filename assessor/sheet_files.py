"""Puts a mark sheet into a folder with every clip and still that it names (after `marks`, `evidence`)."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assessor.camera import Recording
from assessor.evidence import Cut, Done, Outline, Pictures, cut_clips, storing
from assessor.marks import sheet_json, without_files
from assessor.recording import whole_file
from assessor.types import MarkSheet

log = logging.getLogger("assessor.evidence")
SHEET_FILE = "mark_sheet.json"  # beside the clips, in a folder of one's own


@dataclass(frozen=True, slots=True)
class Shown:
    """A sheet whose evidence was cut. `lost`: clips and stills that it names and the disk had no room for;
    they can be cut later."""

    sheet: MarkSheet
    lost: tuple[str, ...] = ()


def cut_evidence(
    recording: Recording | Pictures, sheet: MarkSheet, folder: Path, mask: Outline | None
) -> Shown:
    """Cut every clip and still that a sheet names; what the recording does not reach is not named any more.
    `mask` takes away what must not be kept, before anything is written; None: the pictures are masked."""
    cuts = cuts_of(sheet, folder)
    named = {path.name for cut in cuts for path in (cut.clip, cut.still) if path is not None}
    done = _cut(recording, cuts, mask)
    lost = tuple(sorted(path.name for path in done.lost))
    return Shown(without_files(sheet, named - {path.name for path in done.written} - set(lost)), lost)


def cut_anew(recording: Recording, cuts: Sequence[Cut], mask: Outline) -> tuple[str, ...]:
    """Cut what was lost; the names of what is not there still."""
    return tuple(sorted(path.name for path in _cut(recording, cuts, mask).lost if not path.is_file()))


def _cut(recording: Recording | Pictures, cuts: Sequence[Cut], mask: Outline | None) -> Done:
    done = cut_clips(recording, [replace(cut, outline=mask) for cut in cuts])
    if done.lost:
        told = "too little room on the disk of %s: %d clips and stills of %s were not cut"
        log.warning(told, done.lost[0].parent, len(done.lost), recording.name)
    return done


def missing_of(sheet: MarkSheet, folder: Path) -> list[Cut]:
    """The clips and stills that a sheet names and that are not there."""
    return [cut for cut in cuts_of(sheet, folder) if not all(path.is_file() for path in cut.files)]


def write_sheet(folder: Path, sheet: MarkSheet) -> None:
    """Write the sheet beside its clips; what only the sheet before it named is taken away. StoreError."""
    file = folder / SHEET_FILE
    with storing():
        for name in _named_in(file) - {path.name for cut in cuts_of(sheet, folder) for path in cut.files}:
            (folder / name).unlink(missing_ok=True)
        with whole_file(file) as part:
            part.write_text(sheet_json(sheet), encoding="utf-8")


def _named_in(file: Path) -> set[str]:
    """The clips and stills that an earlier sheet names, and what lies beside the clips."""
    try:
        verdicts = json.loads(file.read_text(encoding="utf-8"))["verdicts"]
        shown = [verdict["evidence"] for verdict in verdicts if verdict["evidence"]]
        files = [(Path(e["clip"]).name, Path(e["still"]).name) for e in shown if e["clip"] and e["still"]]
    except (OSError, ValueError, KeyError, TypeError):
        return set()  # there is none, or it is not ours
    return {name for clip, still in files for name in (clip, still, Path(clip).with_suffix(".json").name)}


def cuts_of(sheet: MarkSheet, folder: Path) -> list[Cut]:
    """The clips and stills that the sheet's evidence names."""
    shown = [verdict.evidence for verdict in sheet.verdicts]
    named = {e.clip: e for e in shown if e is not None and e.clip and e.still}
    return [Cut(e.start_s, e.end_s, folder / clip, folder / str(e.still)) for clip, e in named.items()]
