"""The class board: every student with their attempts, what is left to decide, what can be released."""

from asyncio import to_thread
from uuid import UUID

from starlette.requests import Request

from api.console.elements import Words, box, icon, user_text
from api.console.fields import button, reload_page, toast
from api.console.frame import page_frame
from api.console.plain import plain
from api.console.preferences import preferences_of
from api.console.texts import Language, say
from assessor.people.caller import Caller
from assessor.people.classes import SchoolClass, list_classes
from assessor.review import release as releasing
from assessor.review.board import BoardRow, board_of
from assessor.review.release import Finish, State
from assessor.store import Store

COLUMNS = ("number", "name", "seat", "attempt", "left")


async def show_board(store: Store, request: Request, caller: Caller, asked: UUID | None) -> None:
    """Build the page. Raises UnknownIdError."""
    language = preferences_of(request).language
    classes = await to_thread(list_classes, store, caller)
    chosen = asked or (classes[0].id if classes else None)
    rows = await to_thread(board_of, store, caller, chosen) if chosen else ()
    with page_frame(request, say("board.title", language), "board"):
        _head(classes, chosen, language)
        if chosen is None:
            with box("div", "card empty"):
                icon("groups")
                Words("h2", say("board.no_class", language))
            return
        Board(store, caller, language, rows).build()


def _head(classes: tuple[SchoolClass, ...], chosen: UUID | None, language: Language) -> None:
    with box("div", "review-head"):
        with box("nav", "tabs", aria_label=say("board.class", language)):
            for one in classes:
                current = {"aria_current": "page"} if one.id == chosen else {}
                with box("a", "tab", href=f"/board?class={one.id}", **current):
                    user_text(f"{one.name} · {one.term}", 40)
                    Words("b", str(one.students))
        if chosen is not None:
            box("span", "spring")
            address = f"/v1/classes/{chosen}/marks.xlsx"
            Words("a", say("board.table", language), "button", href=address, data_table="")


class Board:
    """The table of one class."""

    def __init__(self, store: Store, caller: Caller, language: Language, rows: tuple[BoardRow, ...]) -> None:
        self._store, self._caller, self._language, self._rows = store, caller, language, rows

    def build(self) -> None:
        """Table and, where something is confirmed, the button that releases it."""
        language = self._language
        ready = [one.id for row in self._rows for one in row.attempts if one.state is State.CONFIRMED]
        if ready:
            with box("div", "decisions"):
                text = say("board.release_all", language, count=len(ready))
                button(text, lambda: self._release(ready), "main-button", "send").props["data-all"] = ""
        with box("div", "card scroll"):
            plain("table", "attempts board", "board.html", language, columns=COLUMNS, rows=self._rows)

    async def _release(self, ids: list[UUID]) -> None:
        kept, left = await to_thread(self._release_all, ids)
        toast(say("board.released_all", self._language, count=kept, left=left))
        reload_page()

    def _release_all(self, ids: list[UUID]) -> tuple[int, int]:
        drafts = [releasing.draft(self._store, self._caller, id) for id in ids]
        finishes = [Finish(draft.attempt_id, draft.version) for draft in drafts]
        done = releasing.release_all(self._store, self._caller, finishes)
        return len(done.released), len(done.left)
