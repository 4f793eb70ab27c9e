"""A procedure file as it was when something was scored with it, one line marked."""

from asyncio import to_thread

from starlette.requests import Request

from api.console.elements import Words, box, rule_line, set_attributes
from api.console.frame import page_frame
from api.console.preferences import preferences_of
from api.console.rule_lines import rule_lines
from assessor.store import Store


async def show_procedure(store: Store, request: Request, sha256: str, line: int) -> None:
    """Build the page. Raises UnknownIdError."""
    procedure = await to_thread(store.procedure, sha256)
    title = getattr(procedure.title, preferences_of(request).language)
    marked = {one.number for one in rule_lines(procedure.source, line) if one.marked}
    with page_frame(request, title):
        with box("div", "page-title"):
            Words("h1", title)
            Words("span", f"{procedure.id} · sha256 {procedure.sha256[:12]}…", "quiet")
        with box("div", "card code whole"), box("pre", "rule"):
            for number, text in enumerate(procedure.source.splitlines(), 1):
                set_attributes(rule_line(number, text, number in marked), id=f"L{number}")
