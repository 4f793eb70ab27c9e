"""A stored attempt becomes one self-contained A4 page: the mark sheet to print and sign (after `store`).

Takes the store and an attempt's id, or the sheet of a timeline; gives HTML, zh, en or both. Stills are shrunk
and lie in the page itself: it needs no network and no data folder once it is written.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from assessor import __version__
from assessor.errors import RuleFileError
from assessor.procedure import load_procedure
from assessor.procedure.parts import Procedure
from assessor.sheet_sections import Section, Subtotal, by_dimension, items_of, sections_of, subtotal_of
from assessor.sheet_words import SUPPLIES, outcome_word, passed_word, word
from assessor.shown import PageLanguage, clock, moment, partial_note, points, shortened, visible
from assessor.store import AttemptSummary, ProcedureVersion, Results
from assessor.types import Evidence, MarkLine, MarkSheet, Mistake, Outcome, Text

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"
WIDEST_PX, JPEG_QUALITY = 360, 70
LONGEST_NAME = 80
BLOCK, PIECE = "<!--block-->", "<!--piece-->"  # where a page for the PDF may be parted
MOST_STILLS = 3  # of one line; the console has them all


@dataclass(frozen=True, slots=True)
class Still:
    """A small picture of evidence, as it stands in the page (`data:image/jpeg;base64,...`). `of_video`: it is
    a frame of the recording, else a photo of the finished work."""

    start_s: float
    end_s: float
    source: str
    of_video: bool


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line of the sheet with what is printed below it."""

    line: MarkLine
    clause: str | None  # of the standard or rubric the item comes from
    mistakes: tuple[Mistake, ...]
    stills: tuple[Still, ...]
    waits_for: Text | None

    @property
    def lost(self) -> float:
        """Points it did not get."""
        return 0.0 if self.line.awarded is None else round(self.line.points - self.line.awarded, 2)

    @property
    def times(self) -> tuple[tuple[float, float], ...]:
        """The intervals of its evidence, each once."""
        return tuple(dict.fromkeys((one.start_s, one.end_s) for one in self.line.evidence))

    @property
    def explained(self) -> bool:
        """Whether it says why: full marks for sure need no words."""
        return self.lost != 0 or self.line.outcome is not Outcome.MET or bool(self.mistakes)


@dataclass(frozen=True, slots=True)
class Trial:
    """A timeline that was tried: the names of its file and of the bench, and when it ends."""

    timeline: str
    bench: str
    end_s: float


@dataclass(frozen=True, slots=True)
class SheetPage:
    """All that stands on the page. `in_groups`: the sections are the rubric's groups, not its dimensions;
    `is_trial`: it is the sheet of a timeline, not of a recording."""

    attempt: AttemptSummary
    sheet: MarkSheet
    pass_line: float | None
    sections: tuple[tuple[Section, tuple[PrintedLine, ...]], ...]
    dimensions: tuple[Section, ...]
    in_groups: bool
    is_trial: bool = False

    @property
    def waiting(self) -> tuple[PrintedLine, ...]:
        """The lines that are open."""
        return tuple(row for _, rows in self.sections for row in rows if row.waits_for is not None)

    @property
    def subtotal(self) -> Subtotal:
        """Of all lines."""
        return subtotal_of(self.sheet.lines)


def page_of(store: Results, attempt_id: UUID) -> SheetPage:
    """All that stands on the page of an attempt. UnknownIdError, StoreError."""
    attempt, sheet = store.attempt(attempt_id), store.mark_sheet(attempt_id)
    procedure = _read(store.procedure(attempt.procedure_sha256))
    return _page(attempt, sheet, procedure, _stills(store, attempt_id))


def page_of_trial(procedure: Procedure, sheet: MarkSheet, trial: Trial) -> SheetPage:
    """All that stands on the page of a timeline, of which nothing is stored."""
    waiting = sum(line.points for line in sheet.lines if line.awarded is None)
    attempt = AttemptSummary(
        id=UUID(int=0),
        created_utc=datetime.now(UTC),
        recording_sha256=sheet.recording_sha256,
        recording_names=(trial.timeline,),
        duration_s=trial.end_s,
        bench=trial.bench,
        bench_sha256=sheet.bench_sha256,
        procedure=sheet.procedure,
        procedure_title=procedure.title.text,
        procedure_sha256=sheet.procedure_sha256,
        student=None,
        state=sheet.state,
        total=sheet.total,
        possible=sheet.possible,
        open_points=waiting,
        partial=None,
        gaps=len(sheet.gaps),
        software=__version__,
        models={},
        observations=None,
    )
    return replace(_page(attempt, sheet, procedure, {}), is_trial=True)


def _page(
    attempt: AttemptSummary, sheet: MarkSheet, procedure: Procedure | None, stills: Mapping[Evidence, Still]
) -> SheetPage:
    items = items_of(procedure)

    def printed(line: MarkLine) -> PrintedLine:
        item = items.get(line.item)
        shown = [stills[one] for one in line.evidence if one in stills][:MOST_STILLS]
        waits_for = SUPPLIES.get(line.check) if line.awarded is None else None
        clause = None if item is None else item.section
        return PrintedLine(line, clause, tuple(_mistakes(sheet, line)), tuple(shown), waits_for)

    sections = sections_of(sheet, procedure)
    return SheetPage(
        attempt=attempt,
        sheet=sheet,
        pass_line=None if procedure is None else procedure.rubric.pass_,
        sections=tuple((section, tuple(map(printed, section.lines))) for section in sections),
        dimensions=by_dimension(sheet, procedure),
        in_groups=procedure is not None and bool(procedure.rubric.groups),
    )


def html_of(page: SheetPage, language: PageLanguage, *, paper: bool = False) -> str:
    """The page as HTML. Whatever a user or a rule file wrote is text in it and nothing else. `paper`: for
    `sheet_pdf`, which parts it at BLOCK and PIECE and numbers the sheets itself."""
    from markupsafe import Markup

    template = _environment(language).get_template("mark_sheet.html")
    ends = {"block": Markup(BLOCK), "piece": Markup(PIECE)} if paper else {"block": "", "piece": ""}
    return template.render(page=page, language=language, paper=paper, **ends)


def document_of(page: SheetPage) -> dict[str, object]:
    """The sheet for machines: attempt, sheet, and what its sections and dimensions come to."""
    totals = {
        "groups": [section for section, _ in page.sections] if page.in_groups else [],
        "dimensions": page.dimensions,
    }
    subtotals = {
        name: [{"id": one.id, "title": one.title, **asdict(one.subtotal)} for one in sections]
        for name, sections in totals.items()
    }
    return {"attempt": page.attempt, "mark_sheet": page.sheet, "pass_line": page.pass_line, **subtotals}


def _read(version: ProcedureVersion) -> Procedure | None:
    """None for a text of another version of the rule language: the sheet is then by dimension only."""
    try:
        return load_procedure(version.source, version.kept)
    except RuleFileError:
        return None


def _mistakes(sheet: MarkSheet, line: MarkLine) -> Iterator[Mistake]:
    for verdict in sheet.verdicts:
        if verdict.id in line.verdict_ids:
            yield from verdict.mistakes


def _stills(store: Results, attempt_id: UUID) -> dict[Evidence, Still]:
    """What can be shown of the evidence; what is gone or lies outside the data folder is left out."""
    found = {}
    for evidence, id in store.evidence_ids(attempt_id).items():
        still = store.evidence(id).still
        path = None if still is None else (store.data / still).resolve()
        if path is not None and path.is_relative_to(store.data) and (small := _small_jpeg(path)):
            source = "data:image/jpeg;base64," + base64.b64encode(small).decode("ascii")
            found[evidence] = Still(evidence.start_s, evidence.end_s, source, evidence.clip is not None)
    return found


def _small_jpeg(path: Path) -> bytes | None:
    """The picture no wider than it is printed; None when there is none that can be read."""
    import cv2
    import numpy as np

    try:
        packed = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError:
        return None
    picture = cv2.imdecode(packed, cv2.IMREAD_COLOR) if packed.size else None
    if picture is None:
        return None
    height, width = picture.shape[:2]
    size = (WIDEST_PX, max(1, round(height * WIDEST_PX / width)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if width > WIDEST_PX else picture
    done, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return jpeg.tobytes() if done else None


def _environment(language: PageLanguage) -> "Environment":
    """The template's language: `|in_words` for a `Text`, `say("zh", "en")` for its own words, figures."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def in_words(text: Text) -> "Markup":
        return _in_words(text, language)

    filters: dict[str, Any] = {"in_words": in_words, "points": points, "clock": clock, "moment": moment}
    filters |= {"by_user": lambda text: visible(shortened(text, LONGEST_NAME)), "partial": _partial}
    environment.filters.update(filters)
    environment.globals.update(
        say=lambda zh, en: in_words(Text(zh, en)),
        word=word,
        outcome_word=outcome_word,
        passed_word=passed_word,
    )
    return environment


def _partial(note: str) -> Text:
    return Text(partial_note(note, "zh"), partial_note(note, "en"))


def _in_words(text: Text, language: PageLanguage) -> "Markup":
    """In both languages the second stands smaller behind the first, unless they are the same."""
    from markupsafe import Markup

    if language != "both" or text.zh == text.en:
        said, spoken = (text.en, "en") if language == "en" else (text.zh, "zh-CN")
        return Markup('<span lang="{}">{}</span>').format(spoken, said)
    return Markup('<span lang="zh-CN">{}</span> <span lang="en" class="second">{}</span>').format(
        text.zh, text.en
    )
