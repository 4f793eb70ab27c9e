"""Importing a roster: the file, what it would change with every fault, then the import."""

from asyncio import to_thread

from fastapi import FastAPI, Request
from nicegui import ui
from nicegui.events import UploadEventArguments
from starlette.responses import Response

from api.console.elements import Words, box, state, user_text
from api.console.fields import VALUE, button, field, quoted, toast
from api.console.frame import page_frame
from api.console.preferences import preferences_of
from api.console.texts import Language, say
from api.deps import signed_in
from assessor.errors import RefusedError
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.people.roster import Roster, RosterLine, preview, take_in
from assessor.people.roster_file import template
from assessor.store import Store

TEMPLATE = "/people/roster.xlsx"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_BYTES = 5_000_000
COLUMNS = ("roster.line", "people.number", "people.name", "roster.class", "roster.seat", "roster.change")


def add_template(app: FastAPI) -> None:
    """Serve the empty table."""

    @app.get(TEMPLATE, include_in_schema=False)
    def roster_template(request: Request) -> Response:
        signed_in(request).must(Action.IMPORT_ROSTER)
        named = {"Content-Disposition": 'attachment; filename="roster.xlsx"'}
        return Response(template(), media_type=XLSX, headers=named)


async def show_roster(store: Store, request: Request, caller: Caller) -> None:
    """Build the page."""
    language = preferences_of(request).language
    with page_frame(request, say("roster.title", language), "people"):
        RosterPage(store, caller, language)


class RosterPage:
    """The page of one visitor: the file that was chosen and what it would do."""

    def __init__(self, store: Store, caller: Caller, language: Language) -> None:
        self._store, self._caller, self._language = store, caller, language
        self._content = b""
        self._term = f"{store.now():%Y}-1"
        with box("div", "page-title"):
            Words("h1", say("roster.title", language))
        with box("section", "card form-row"):
            term = field(say("roster.term", language), value=self._term, data_field="term")
            term.on("change", lambda e: self._take_term(str(e.args)), js_handler=VALUE)
            upload = ui.upload(
                label=say("roster.file", language),
                auto_upload=True,
                max_file_size=MOST_BYTES,
                on_upload=self._taken,
            )
            upload.props('accept=".xlsx,.csv"')
            label = quoted(say("roster.file", language))
            ui.run_javascript(f"labelUploader({label})")
            Words("a", say("roster.template", language), "button", href=TEMPLATE)
        self._shown = box("div", "rows", aria_live="polite")

    async def _take_term(self, term: str) -> None:
        self._term = term.strip()
        if self._content:
            await self._preview()

    async def _taken(self, event: UploadEventArguments) -> None:
        self._content = await event.file.read()
        await self._preview()

    async def _preview(self) -> None:
        self._shown.clear()
        try:
            roster = await to_thread(preview, self._store, self._caller, self._content, self._term)
        except RefusedError as error:
            with self._shown:
                Words("p", getattr(error.text, self._language), "door-problem", role="alert")
            return
        with self._shown:
            self._summary(roster)
            with box("section", "card scroll"), box("table", "plain-table"):
                with box("thead"), box("tr"):
                    for column in COLUMNS:
                        Words("th", say(column, self._language), "", scope="col")
                with box("tbody"):
                    for line in roster.lines:
                        self._line(line)

    def _summary(self, roster: Roster) -> None:
        language = self._language
        new = sum(line.change == "new" for line in roster.lines)
        counts = {"count": len(roster.lines), "new": new, "faults": roster.faults}
        with box("section", "card form-row"):
            state("not_met" if roster.faults else "met", say("roster.preview", language, **counts))
            if roster.new_classes:
                Words("span", say("roster.classes", language, names="、".join(roster.new_classes)), "quiet")
            if not roster.faults and roster.lines:
                made = button(say("roster.import", language), self._import, "main-button", "upload")
                made.props["data-import"] = ""

    def _line(self, line: RosterLine) -> None:
        with box("tr", "faulty" if line.faults else "", data_line=line.line):
            Words("td", str(line.line), "quiet")
            for text in (line.number, line.name, line.class_name, line.seat or ""):
                with box("td"):
                    user_text(text, 60)
            with box("td"):
                if line.faults:
                    for fault in line.faults:
                        Words("div", getattr(fault, self._language), "trial-fault")
                else:
                    Words("span", say(f"roster.{line.change}", self._language))

    async def _import(self) -> None:
        try:
            done = await to_thread(take_in, self._store, self._caller, self._content, self._term)
        except RefusedError as error:
            toast(getattr(error.text, self._language), "wrong")
            return
        counts = {name: getattr(done, name) for name in ("new", "renamed", "enrolled", "assigned")}
        self._shown.clear()
        with self._shown, box("section", "card form-row"):
            state("met", say("roster.done", self._language, **counts))
            Words("a", say("nav.board", self._language), "button", href="/board")
