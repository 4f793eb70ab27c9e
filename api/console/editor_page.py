"""The editor of a rule file (procedure, bench, rule set): text with the checker's faults inline, beside it
what this kind of file shows: picture, trial on a timeline, what a camera sees, who includes it, versions."""

from asyncio import sleep, to_thread
from collections.abc import Callable
from typing import Any

from nicegui import ui
from starlette.requests import Request

from api.console.editor_panes import Pane, panes_of
from api.console.elements import Words, box, icon, state
from api.console.fields import button, quoted, toast
from api.console.frame import add_script, page_frame
from api.console.preferences import preferences_of
from api.console.texts import Language, say
from assessor.errors import Fault, RuleFileError
from assessor.located_yaml import Located
from assessor.own_rules import (
    Kind,
    Version,
    faults_of_text,
    origin_of,
    read_text,
    save_version,
    versions_of,
)
from assessor.schema import schema_of
from assessor.store import UnknownIdError

PAUSE_S = 0.4  # typing rests for so long before the text is checked
MOST_FAULTS = 100


async def show_editor(request: Request, kind: Kind, id: str, may_save: Callable[[], bool]) -> None:
    """Build the page. Raises UnknownIdError."""
    versions = await to_thread(versions_of, id, kind)
    if not versions:
        raise UnknownIdError(kind.word, id)
    language = preferences_of(request).language
    with page_frame(request, id, "benches" if kind is Kind.BENCHES else "rules"):
        add_script("editor.js")
        page = EditorPage(kind, versions, language, may_save)
    await page.check()


class EditorPage:
    """The page of one visitor: the text being edited and what was found in it."""

    def __init__(
        self, kind: Kind, versions: tuple[Version, ...], language: Language, may_save: Callable[[], bool]
    ) -> None:
        self._kind, self._id, self._language, self._may_save = kind, versions[0].id, language, may_save
        self._text = versions[0].text()
        self._edits = 0
        self._faults: tuple[Fault, ...] = ()
        self._read: Located | None = None
        with box("div", "page-title"):
            Words("h1", self._id)
            self._number = Words("span", self._number_of(versions[0]), "quiet", data_version="")
            box("span", "spring")
            Words("span", say("editor.keys" if may_save() else "editor.read_only", language), "quiet keys")
            if may_save():
                button(say("editor.save", language), self.save, "main-button", "save").props["data-save"] = ""
        with box("div", "panes editor"):
            self._writing()
            self._beside()
        ui.run_javascript(f"completeRules({quoted(schema_of(kind.word))})")

    def _writing(self) -> None:
        with box("section", "card writing", aria_label=say("editor.text", self._language)):
            keys: dict[str, Any] = {"F8": self._next_fault} | (
                {"Mod-s": self.save} if self._may_save() else {}
            )
            self._editor = ui.codemirror(
                self._text, language="YAML", theme="vscodeLight", indent="  ", keymap=keys
            )
            self._editor.on_value_change(lambda e: self._typed(str(e.value)))
            self._found = box("div", "faults", aria_live="polite")

    def _beside(self) -> None:
        language = self._language
        with box("section", "card beside-text", aria_label=say("editor.views", language)):
            makers = panes_of(self._kind, self._id, language)
            with ui.tabs().props("dense no-caps align=left") as tabs:
                made = {key: ui.tab(key, say(f"editor.{key}", language)) for key in makers}
            first = next(iter(made.values()))
            with ui.tab_panels(tabs, value=first, animated=False).classes("editor-tabs"):
                self._panes: list[Pane] = []
                for key, tab in made.items():
                    with ui.tab_panel(tab):
                        self._panes.append(makers[key]())
        tabs.on_value_change(self._refresh)

    def _number_of(self, version: Version) -> str:
        if version.number:
            return say("rules.own", self._language, number=version.number)
        return say("rules.shipped", self._language)

    async def _refresh(self) -> None:
        for pane in self._panes:
            await pane.refresh()

    async def _typed(self, text: str) -> None:
        self._text = text
        self._edits += 1
        mine = self._edits
        await sleep(PAUSE_S)
        if mine == self._edits:
            await self.check()

    async def check(self) -> None:
        """Look for faults in the text as it is now and show them and what the text makes."""
        text, mine = self._text, self._edits
        faults = await to_thread(faults_of_text, self._id, text, self._kind)
        read = None
        if not any(fault.severity == "error" for fault in faults):
            read = await to_thread(read_text, self._id, text, self._kind)
        if mine == self._edits:
            self._faults, self._read = faults, read
            self._show(text)

    def _show(self, text: str) -> None:
        here = str(origin_of(self._id, self._kind))
        marked = [fault for fault in self._faults if fault.file == here]
        self._editor.decorations = [one for fault in marked for one in _decorations(fault, text)]
        self._editor.line_tooltips = _tooltips(marked, self._language)
        self._list(here)
        for pane in self._panes:
            pane.take(self._read, text)

    def _list(self, here: str) -> None:
        language = self._language
        counts = {kind: sum(f.severity == kind for f in self._faults) for kind in ("error", "warning")}
        self._found.clear()
        with self._found:
            with box("div", "fault-counts"):
                if not self._faults:
                    state("met", say("editor.clean", language))
                if counts["error"]:
                    state("not_met", say("editor.errors", language, count=counts["error"]))
                if counts["warning"]:
                    state("unsure", say("editor.warnings", language, count=counts["warning"]))
            for fault in self._faults[:MOST_FAULTS]:
                self._row(fault, here)

    def _row(self, fault: Fault, here: str) -> None:
        said = fault.render(self._language).removeprefix(f"{fault.file}:{fault.line}:{fault.column}: ")
        place = say("editor.place", self._language, line=fault.line, column=fault.column)
        row = box("button", f"fault {fault.severity}", type="button", data_line=fault.line)
        with row:
            icon("error" if fault.severity == "error" else "warning")
            Words("b", place if fault.file == here else f"{fault.file.rpartition('/')[2]} {place}")
            Words("span", said)
        if fault.file == here:
            row.on("click", lambda: self._reveal(fault), [])

    def _reveal(self, fault: Fault) -> None:
        self._editor.reveal_line(fault.line)
        ui.run_javascript(f"putCursor({self._editor.id}, {fault.line}, {fault.column})")

    def _next_fault(self) -> None:
        ui.run_javascript(
            f"nextFault({self._editor.id}, {quoted([[f.line, f.column] for f in self._faults])})"
        )

    async def save(self) -> None:
        """Keep the text as the next version; the editor then holds it with its number."""
        if not self._may_save():
            return
        try:
            version = await to_thread(save_version, self._id, self._text, self._kind)
        except RuleFileError as error:
            await self.check()
            known = {(fault.line, fault.key) for fault in self._faults}
            if other := [fault for fault in error.faults if (fault.line, fault.key) not in known]:
                toast(other[0].render(self._language).removeprefix(f"{other[0].file}:"), "wrong")
            else:
                toast(say("editor.not_saved", self._language), "wrong")
            return
        self._text = version.text()
        self._editor.value = self._text
        self._number.text = self._number_of(version)
        await self.check()
        await self._refresh()
        toast(say("editor.saved", self._language, number=version.number))


def _decorations(fault: Fault, text: str) -> list[dict[str, Any]]:
    """The line, and from its column on the word that the fault is about."""
    lines = text.splitlines(keepends=True)
    if not 1 <= fault.line <= len(lines):
        return []
    line = lines[fault.line - 1]
    start = sum(map(len, lines[: fault.line - 1])) + min(fault.column - 1, len(line.rstrip("\n")))
    word = line[fault.column - 1 :].split(",")[0].split("}")[0].rstrip()
    found: list[dict[str, Any]] = [
        {"kind": "line", "line": fault.line, "class": f"fault-line {fault.severity}"}
    ]
    if word:
        found.append({"kind": "mark", "from": start, "to": start + len(word), "class": "fault-word"})
    return found


def _tooltips(faults: list[Fault], language: Language) -> dict[int, str]:
    told: dict[int, str] = {}
    for fault in faults:
        said = fault.render(language).removeprefix(f"{fault.file}:{fault.line}:")
        told[fault.line] = f"{told[fault.line]}\n{said}" if fault.line in told else said
    return told
