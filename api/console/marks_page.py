"""What a student sees of an attempt: released points, the evidence, how to win them back, the appeal."""

from asyncio import to_thread
from uuid import UUID

from starlette.requests import Request

from api.console.elements import Words, box, icon, state
from api.console.fields import VALUE, button, reload_page, toast
from api.console.frame import page_frame
from api.console.preferences import preferences_of
from api.console.sheet_data import loop_of
from api.console.sheet_page import pdf_link
from api.console.texts import Language, say, say_or
from api.schemas import evidence_address
from assessor.errors import RefusedError
from assessor.people.caller import Caller
from assessor.people.scope import seen_by
from assessor.review.appeal_state import AppealState
from assessor.review.appeals import Plea, make_appeal
from assessor.review.released import ReleasedLine, ReleasedSheet, ReleasedVeto, released_sheet
from assessor.sheet_words import passed_word, word
from assessor.shown import clock, moment, partial_note, points
from assessor.store import EvidenceFiles, Store
from assessor.types import Evidence, Outcome

Part = ReleasedLine | ReleasedVeto
MOST_CLIPS = 3
UNSEEN = (Outcome.NOT_OBSERVED, Outcome.UNSURE)


async def show_marks(store: Store, request: Request, caller: Caller, attempt_id: UUID) -> None:
    """Build the page. UnknownIdError where nothing is released for the caller."""
    language = preferences_of(request).language
    sheet = await to_thread(released_sheet, store, caller, attempt_id)
    evidence = await to_thread(_evidence, store, caller, sheet)
    with page_frame(request, getattr(sheet.procedure_title, language), "marks"):
        MarksPage(store, caller, language, sheet, evidence)


def _evidence(store: Store, caller: Caller, sheet: ReleasedSheet) -> dict[UUID, EvidenceFiles]:
    results = store.seen_as(seen_by(caller))
    ids = {id for line in sheet.lines for id in line.evidence_ids}
    ids |= {veto.evidence_id for veto in sheet.vetoes if veto.evidence_id is not None}
    return {id: results.evidence(id) for id in ids}


class MarksPage:
    """The page of one student."""

    def __init__(
        self,
        store: Store,
        caller: Caller,
        language: Language,
        sheet: ReleasedSheet,
        evidence: dict[UUID, EvidenceFiles],
    ) -> None:
        self._store, self._caller, self._language = store, caller, language
        self._sheet, self._evidence = sheet, evidence
        self._head()
        with box("section", "card mark-list"):
            for veto in sheet.vetoes:
                self._veto(veto)
            for line in sheet.lines:
                self._line(line)
        self._unseen()

    def _unseen(self) -> None:
        """When the camera saw nothing: it costs no points, and is told."""
        sheet, language = self._sheet, self._language
        if not sheet.gaps and not sheet.partial:
            return
        with box("section", "card unseen-times", data_unseen="", aria_label=say("marks.unseen", language)):
            Words("h2", say("marks.unseen", language))
            if sheet.partial:
                Words("p", say("partial", language, note=partial_note(sheet.partial, language)))
            for gap in sheet.gaps:
                told = f"{clock(gap.start_s)}–{clock(gap.end_s)} · {say_or('gap', gap.reason, language)}"
                Words("p", told)

    def _head(self) -> None:
        sheet, language = self._sheet, self._language
        with box("section", "sheet-head"):
            with box("div", "what"):
                Words("h1", getattr(sheet.procedure_title, language))
                with box("div", "facts quiet"):
                    Words("span", say("marks.released", language, when=moment(sheet.released_utc)))
                    Words("span", say("marks.until", language, when=moment(sheet.appeal_until_utc)))
            if sheet.passed is not None:
                kind = "passed" if sheet.passed else "failed"
                state(kind, getattr(passed_word(sheet.passed), language))
            pdf_link(sheet.attempt_id, language)
            with box("div", "score", data_total=""):
                Words("b", points(sheet.total))
                Words("span", f"/ {points(sheet.possible)}", "quiet")

    def _veto(self, veto: ReleasedVeto) -> None:
        language = self._language
        with box("details", "mark-row", data_item=veto.item, open=True):
            with box("summary"):
                Words("b", getattr(veto.title, language))
                state("veto-confirmed", say("sheet.veto", language))
                Words("span", getattr(word("effect", veto.effect), language))
            with box("div", "mark-body"):
                if veto.evidence_id is not None:
                    self._clip(veto.evidence_id)
                Words("p", getattr(veto.reason, language), "reason")
                self._appeal(veto)

    def _line(self, line: ReleasedLine) -> None:
        language = self._language
        full = line.awarded is not None and line.awarded >= line.points
        with box("details", "mark-row", data_item=line.item):
            with box("summary"):
                Words("span", getattr(line.title, language))
                self._chip(line, full)
                gave = "–" if line.awarded is None else points(line.awarded)
                with box("span", "points", data_points=line.item):
                    Words("b", gave)
                    Words("span", f" / {points(line.points)}", "quiet")
            with box("div", "mark-body"):
                for id in line.evidence_ids[:MOST_CLIPS]:
                    self._clip(id)
                Words("p", getattr(line.reason, language) or "–", "reason")
                if line.machine in UNSEEN:
                    Words("p", say(f"marks.machine.{line.machine.value}", language), "quiet", data_machine="")
                if not line.evidence_ids and line.win_back is not None:
                    Words("p", say("marks.no_clip", language), "quiet")
                if line.win_back is not None:
                    with box("div", "win-back"):
                        Words("h3", say("marks.win_back", language))
                        Words("p", getattr(line.win_back, language))
                self._appeal(line)

    def _chip(self, line: ReleasedLine, full: bool) -> None:
        if line.appeal is not None:
            self._state_of(line.appeal)
        elif line.awarded is None:
            state("open", say("marks.open", self._language))
        elif full:
            state("met", say("marks.full", self._language))
        else:
            lost = points(round(line.points - line.awarded, 2))
            state("not_met", say("marks.lost", self._language, points=lost))

    def _state_of(self, appeal: AppealState) -> None:
        text = say(f"appeal.state.{appeal.value}", self._language)
        Words("span", text, f"state appeal-{appeal.value}", data_icon="gavel")

    def _clip(self, evidence_id: UUID) -> None:
        files = self._evidence[evidence_id]
        if files.clip is None:
            if files.still is not None:
                with box("div", "still"):
                    alt = say("line.still", self._language)
                    box("img", src=evidence_address(evidence_id, "still"), alt=alt, loading="lazy")
            return
        loop = loop_of(Evidence(files.start_s, files.end_s))
        with box("div", "clip"):
            box(
                "video",
                src=evidence_address(evidence_id, "clip"),
                controls=True,
                muted=True,
                playsinline=True,
                preload="none",
                aria_label=say("line.clip", self._language),
                data_in=f"{loop.in_s:.3f}",
                data_out=f"{loop.out_s:.3f}",
                data_offset=f"{loop.offset_s:.3f}",
            )
            Words("p", say("line.clip_gone", self._language), "clip-gone")

    def _appeal(self, part: Part) -> None:
        language = self._language
        if part.appeal is not None:
            with box("p", "quiet"):
                icon("gavel")
                Words("span", say(f"appeal.state.{part.appeal.value}", language))
        if not part.may_appeal:
            return
        with box("div", "plea"):
            with box("label", "field"):
                Words("span", say("appeal.why", language))
                typed = box("textarea", data_plea=part.item, maxlength=2000)
            said = {"text": ""}
            typed.on("input", lambda e: said.update(text=str(e.args)), js_handler=VALUE)
            made = button(
                say("appeal.make", language), lambda: self._make(part.item, said["text"]), "", "gavel"
            )
            made.props["data-appeal"] = part.item

    async def _make(self, item: str, text: str) -> None:
        try:
            await to_thread(
                make_appeal, self._store, self._caller, Plea(self._sheet.attempt_id, item, text.strip())
            )
        except RefusedError as error:
            toast(getattr(error.text, self._language), "wrong")
            return
        toast(say("appeal.made", self._language))
        reload_page()
