"""A procedure as it was when something was scored with it: its text, its picture and its rubric."""

from asyncio import to_thread
from collections.abc import Iterable

from nicegui import ui
from starlette.requests import Request

from api.console.elements import ICONS, Words, box, icon, rule_line, set_attributes
from api.console.frame import page_frame
from api.console.preferences import preferences_of
from api.console.procedure_words import read_procedure
from api.console.rule_lines import rule_lines
from api.console.texts import Language, say
from assessor.graph import graph_of
from assessor.procedure import Procedure
from assessor.rubric_rows import CHECKERS, RubricRow, extra_rows, item_rows, share_of
from assessor.shown import points, share
from assessor.store import ProcedureVersion, Results

COLUMNS = ("item", "points", "check", "asks")


async def show_procedure(store: Results, request: Request, sha256: str, line: int) -> None:
    """Build the page. Raises UnknownIdError."""
    version = await to_thread(store.procedure, sha256)
    read = await to_thread(read_procedure, version)
    language = preferences_of(request).language
    title = getattr(version.title, language)
    with page_frame(request, title):
        with box("div", "page-title"):
            Words("h1", title)
            Words("span", f"{version.id} · sha256 {version.sha256[:12]}…", "quiet")
        with box("div", "panes procedure"):
            with box("div", "sources"):
                _source(version, line)
            with box("div", "told"):
                if read is None:
                    Words("p", say("procedure.unread", language), "card hint quiet")
                else:
                    _picture(read, language)
                    _rubric(read, language)


def _source(version: ProcedureVersion, line: int) -> None:
    """The file, then the rule sets it includes."""
    marked = {one.number for one in rule_lines(version.source, line) if one.marked}
    with box("div", "card code whole"), box("pre", "rule"):
        for number, text in enumerate(version.source.splitlines(), 1):
            set_attributes(rule_line(number, text, number in marked), id=f"L{number}")
    for name, source in version.included.items():
        with box("div", "card code whole included"):
            Words("h3", name)
            with box("pre", "rule"):
                for number, text in enumerate(source.splitlines(), 1):
                    rule_line(number, text, False)


def _picture(procedure: Procedure, language: Language) -> None:
    with box("section", "card graph", aria_label=say("procedure.graph", language)):
        ui.html(graph_of(procedure, language), sanitize=False)  # every text in it is escaped


def _rubric(procedure: Procedure, language: Language) -> None:
    with box("section", "card scroll rubric", aria_label=say("procedure.rubric", language)):
        with box("div", "rubric-title"):
            Words("h2", say("procedure.rubric", language))
            _shares(procedure, language)
        with box("table", "attempts"):
            with box("thead"), box("tr"):
                for column in COLUMNS:
                    Words("th", say(f"procedure.{column}", language), f"{column}-head", scope="col")
            _rows(item_rows(procedure), language)
            if extra := extra_rows(procedure):
                with box("tbody"), box("tr"):
                    Words("th", say("procedure.extra", language), "", colspan=len(COLUMNS), scope="rowgroup")
                _rows(extra, language)


def _shares(procedure: Procedure, language: Language) -> None:
    shared = share_of(procedure)
    with box("div", "shares quiet"):
        for checker in CHECKERS:
            if shared.points[checker]:
                text = f"{points(shared.points[checker])} ({share(shared.of(checker))})"
                hint = getattr(CHECKERS[checker], language)
                Words("span", text, "state", title=hint, data_icon=_icon(checker))


def _rows(rows: Iterable[RubricRow], language: Language) -> None:
    with box("tbody"):
        for row in rows:
            with box("tr", "entry", data_row=row.id):
                with box("td", "title"):
                    if row.line:
                        Words("a", getattr(row.title, language), "cover", href=f"#L{row.line}")
                    else:
                        Words("span", getattr(row.title, language))
                    if row.section:
                        Words("div", row.section, "quiet")
                Words("td", points(row.points) if row.points else "", "points")
                with box("td", "check", title=getattr(CHECKERS[row.checker], language)):
                    icon(_icon(row.checker))
                with box("td", "asks"):
                    Words("div", getattr(row.asks, language))
                    Words("code", row.construct, "quiet")


def _icon(checker: str) -> str:
    return ICONS.get(checker, "person_search")
