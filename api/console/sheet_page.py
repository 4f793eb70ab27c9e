"""One mark sheet: head, timeline, the lines by dimension, and the panel of the chosen line."""

from asyncio import to_thread
from dataclasses import replace
from urllib.parse import quote
from uuid import UUID

from nicegui import ui
from nicegui.element import Element
from starlette.requests import Request

from api.console.attempts_page import attempt_notes, say_hint, student_name
from api.console.elements import (
    ICONS,
    Words,
    box,
    icon,
    outcome_state,
    set_attributes,
    state,
    user_text,
)
from api.console.frame import page_frame
from api.console.line_panel import LinePanel
from api.console.preferences import preferences_of
from api.console.procedure_words import read_procedure
from api.console.release_bar import ReleaseBar, draft_for
from api.console.review_keys import key_map
from api.console.review_panel import blind_code
from api.console.sheet_data import SheetData, read_sheet
from api.console.texts import Language, say, say_or, shown_outcome
from api.console.timeline import Timeline
from api.schemas import evidence_address
from assessor.people.caller import Caller
from assessor.people.scope import seen_by
from assessor.review.item_view import marks_blind
from assessor.review.keys import keys_of
from assessor.sheet_sections import Section
from assessor.sheet_words import passed_word, word
from assessor.shown import clock, moment, points, shortened, visible
from assessor.store import Store
from assessor.types import Evidence, MarkLine

SHOW_CHOSEN = "document.querySelector('tr[aria-current=true]')?.scrollIntoView({block: 'nearest'})"


async def show_sheet(
    store: Store, request: Request, caller: Caller, attempt_id: UUID, item: str | None
) -> None:
    """Build the page. Raises UnknownIdError."""
    data = await to_thread(read_sheet, store.seen_as(seen_by(caller)), attempt_id)
    draft = await to_thread(draft_for, store, caller, attempt_id)
    blind = await to_thread(marks_blind, store, caller, attempt_id)
    if blind:  # what others gave, and whose it is, is not for those who mark it
        code = say("review.blind", preferences_of(request).language, code=blind_code(attempt_id))
        data = replace(data, attempt=replace(data.attempt, student=None, recording_names=(code,)))
    elif draft is not None:  # what people have decided so far, before it is confirmed
        data = replace(data, sheet=replace(draft.sheet, state=draft.state.value))
    language, keys = preferences_of(request).language, await to_thread(keys_of, store, caller)
    title = f"{visible(shortened(data.attempt.recording_names[0], 60))} · {say('sheet.title', language)}"
    with page_frame(request, title):
        if draft is not None:
            ReleaseBar(store, caller, draft, language)
        key_map(keys)
        SheetPage(data, language, blind).choose(item, by_hand=False)


def print_link(attempt_id: UUID, language: Language) -> None:
    """Leads to the page to print."""
    address = f"/v1/attempts/{attempt_id}/sheet.html?lang={language}"
    with box("a", "plain print", href=address, target="_blank", data_print=""):
        icon("print")
        Words("span", say("sheet.print", language))


def pdf_link(attempt_id: UUID, language: Language) -> None:
    """Leads to the mark sheet as a file to keep."""
    address = f"/v1/attempts/{attempt_id}/sheet.pdf?lang={language}"
    with box(
        "a", "plain pdf", href=address, target="_blank", data_pdf="", title=say("sheet.pdf_hint", language)
    ):
        icon("picture_as_pdf")
        Words("span", "PDF")


class SheetPage:
    """The page of one visitor; knows which line is chosen."""

    def __init__(self, data: SheetData, language: Language, blind: bool = False) -> None:
        self._data, self._language, self._blind = data, language, blind
        self._rows: dict[str, Element] = {}
        self._chosen: Element | None = None
        self._head()
        self._vetoes()
        self._timeline = Timeline(data, language, self.choose)
        with box("div", "panes"):
            self._lines()
            self._panel = LinePanel(data, language)

    def choose(self, item: str | None, by_hand: bool = True) -> None:
        """Show a line; an unknown one shows where to look first. `by_hand`: a person chose it now."""
        line = self._data.line(item) or self._data.first_to_look_at()
        if line is None:
            return
        if self._chosen is not None:
            set_attributes(self._chosen, aria_current="false")
        self._chosen = self._rows[line.item]
        set_attributes(self._chosen, aria_current="true")
        self._timeline.show(line.evidence[0] if line.evidence else None)
        self._panel.show(line, play=by_hand)
        ui.run_javascript(SHOW_CHOSEN)
        if by_hand:
            ui.navigate.history.replace(f"/attempts/{self._data.attempt.id}?line={quote(line.item)}")

    def _head(self) -> None:
        attempt, language = self._data.attempt, self._language
        with box("section", "sheet-head"):
            back = say("sheet.back", language)
            with box("a", "plain round", href="/", title=back, aria_label=back):
                icon("arrow_back")
            with box("div", "what"):
                names = "\n".join(visible(shortened(name, 200)) for name in attempt.recording_names[:20])
                with box("h1", title=names):
                    user_text(attempt.recording_names[0], 80)
                with box("div", "facts quiet"):
                    if not self._blind:
                        student_name(attempt.student, language)
                    Words("span", getattr(attempt.procedure_title, language))
                    Words("span", attempt.bench)
                    Words("span", moment(attempt.created_utc))
            with box("div", "notes"):
                state(
                    attempt.state, say(f"state.{attempt.state}", language), say_hint(attempt.state, language)
                )
                self._passed()
                attempt_notes(attempt, language)
            if not self._blind:  # the name stands on them
                print_link(attempt.id, language)
                pdf_link(attempt.id, language)
            with box("div", "score", data_total=""):
                Words("b", points(self._data.sheet.total))
                Words("span", f"/ {points(self._data.sheet.possible)}", "quiet")

    def _passed(self) -> None:
        """Whether it is enough, where the rubric has a pass line or a veto decided it."""
        procedure = read_procedure(self._data.procedure)
        line = None if procedure is None else procedure.rubric.pass_
        passed = self._data.sheet.passed
        if line is None and passed is None:
            return
        kind = {True: "passed", False: "failed", None: "undecided"}[passed]
        hint = "" if line is None else say("sheet.pass_line", self._language, points=points(line))
        state(kind, getattr(passed_word(passed), self._language), hint)

    def _vetoes(self) -> None:
        """What ends the exam or takes points away as a whole, once a person confirms it."""
        if not self._data.sheet.vetoes:
            return
        with box("section", "card vetoes", aria_label=say("sheet.vetoes", self._language)):
            for veto in self._data.sheet.vetoes:
                with box("div", f"veto veto-{veto.state}", data_veto=veto.id):
                    text = getattr(word("veto", veto.state), self._language)
                    state(f"veto-{veto.state}", f"{say('sheet.veto', self._language)} · {text}")
                    Words("b", getattr(veto.title, self._language))
                    Words("span", getattr(veto.reason, self._language), "why")
                    Words("span", getattr(word("effect", veto.effect), self._language), "quiet")
                    if veto.evidence is not None:
                        self._at(veto.evidence)

    def _at(self, evidence: Evidence) -> None:
        shown = f"{clock(evidence.start_s)}–{clock(evidence.end_s)}"
        if evidence.clip is None:
            Words("span", shown, "quiet")
            return
        address = evidence_address(self._data.evidence_ids[evidence], "clip")
        Words("a", shown, "", href=address, target="_blank")

    def _lines(self) -> None:
        with box("section", "card lines", aria_label=say("sheet.title", self._language)):
            if not self._data.sheet.lines:
                Words("p", say("sheet.no_lines", self._language), "quiet hint")
            with box("table", "sheet"):
                for section in self._data.sections():
                    with box("tbody"):
                        self._section(section)
                        for line in section.lines:
                            self._line(line)

    def _section(self, section: Section) -> None:
        total = section.subtotal
        with box("tr", "dimension"):
            Words("th", getattr(section.title, self._language), "", colspan=3, scope="rowgroup")
            judged = any(line.awarded is not None for line in section.lines)
            text = f"{points(total.awarded)} / {points(total.possible)}" if judged else "–"
            Words("td", text, "points")

    def _line(self, line: MarkLine) -> None:
        key, language = shown_outcome(line.outcome, line.awarded), self._language
        row = box("tr", f"entry {key}", data_item=line.item)
        self._rows[line.item] = row
        with row:
            with box("td", "outcome"):
                outcome_state(key, language)
            with box("td", "title"):
                button = Words("button", getattr(line.title, language), "cover", type="button")
                button.on("click", lambda: self.choose(line.item))
                Words("div", getattr(line.reason, language), "quiet why")
            with box("td", "check", title=say_or("check", line.check, language)):
                icon(ICONS.get(line.check, "rule"))
            with box("td", "points"):
                sign = "+" if not line.points and (line.awarded or 0) > 0 else ""
                Words("b", "–" if line.awarded is None else sign + points(line.awarded))
                if line.points or line.awarded is None:
                    Words("span", f" / {points(line.points)}", "quiet")
