"""Everything the page of one mark sheet shows, read from the store in one go."""

from dataclasses import dataclass
from uuid import UUID

from api.console.procedure_words import ProcedureWords, procedure_words, read_procedure
from api.console.texts import Language
from assessor.sheet_sections import Section, sections_of
from assessor.store import AttemptSummary, ProcedureVersion, Results
from assessor.types import Evidence, MarkLine, MarkSheet, Outcome, Verdict

CLIP_PRE_S, CLIP_POST_S = 3.0, 2.0  # as assessor.evidence cuts (held by a test; importing it loads OpenCV)
SHORTEST_LOOP_S = 1.5


@dataclass(frozen=True, slots=True)
class SheetData:
    """One attempt with its mark sheet."""

    attempt: AttemptSummary
    sheet: MarkSheet
    evidence_ids: dict[Evidence, UUID]
    procedure: ProcedureVersion
    words: ProcedureWords

    def sections(self) -> tuple[Section, ...]:
        """The lines by group or dimension, both in the order of the rubric."""
        return sections_of(self.sheet, read_procedure(self.procedure))

    def line(self, item: str | None) -> MarkLine | None:
        """The line of a rubric item."""
        return next((line for line in self.sheet.lines if line.item == item), None)

    def first_to_look_at(self) -> MarkLine | None:
        """Where points were lost, else where the machine is unsure, else the first line."""
        lines = self.sheet.lines
        lost = (line for line in lines if line.awarded is not None and line.awarded < line.points)
        unsure = (line for line in lines if line.outcome is Outcome.UNSURE)
        return next(iter([*lost, *unsure, *lines]), None)

    def verdicts(self, line: MarkLine) -> list[Verdict]:
        """The verdicts a line rests on."""
        return [verdict for verdict in self.sheet.verdicts if verdict.id in line.verdict_ids]

    def item_of(self, verdict: Verdict) -> str | None:
        """The rubric item that rests on a verdict."""
        return next((line.item for line in self.sheet.lines if verdict.id in line.verdict_ids), None)

    def place_of(self, verdict: Verdict) -> tuple[str, int]:
        """Which included rule set it comes from ("" = the procedure itself), and the line there."""
        return self.words.files.get(verdict.id, ""), verdict.line

    def text_of(self, file: str) -> str:
        """The text of an included rule set, or of the procedure itself."""
        return self.procedure.included.get(file, "") if file else self.procedure.source

    def title_of(self, verdict: Verdict, language: Language) -> str:
        """What the procedure calls its step or rule; else its rubric item, else its id."""
        line = self.line(self.item_of(verdict))
        own = self.words.title(verdict.id, language)
        return own or (verdict.id if line is None else str(getattr(line.title, language)))


@dataclass(frozen=True, slots=True)
class Loop:
    """What the player repeats, in seconds of the clip; the clip begins at `offset_s` of the recording."""

    offset_s: float
    in_s: float
    out_s: float


def loop_of(evidence: Evidence) -> Loop:
    """The evidence interval inside its clip, widened to what an eye can follow."""
    offset_s = max(0.0, evidence.start_s - CLIP_PRE_S)
    in_s, out_s = evidence.start_s - offset_s, evidence.end_s - offset_s
    missing_s = max(0.0, SHORTEST_LOOP_S - (out_s - in_s))
    in_s = max(0.0, in_s - missing_s / 2)
    return Loop(offset_s, in_s, max(out_s, in_s + SHORTEST_LOOP_S))


def read_sheet(store: Results, attempt_id: UUID) -> SheetData:
    """Read it. Raises UnknownIdError, StoreError."""
    attempt = store.attempt(attempt_id)
    procedure = store.procedure(attempt.procedure_sha256)
    return SheetData(
        attempt=attempt,
        sheet=store.mark_sheet(attempt_id),
        evidence_ids=store.evidence_ids(attempt_id),
        procedure=procedure,
        words=procedure_words(procedure),
    )
