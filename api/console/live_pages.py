"""The wall of a watched classroom, and the screen at each bench: shown anew twice a second."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable
from functools import partial

from nicegui import ui
from nicegui.element import Element
from starlette.requests import Request
from starlette.responses import Response

from api.console.elements import Words, box, icon
from api.console.fields import button, on_typed, toast
from api.console.frame import add_script, page_frame
from api.console.gate import SLOW_S, shown
from api.console.plain import printed
from api.console.preferences import preferences_of
from api.console.texts import Language, say
from assessor.errors import NotAllowedError, RefusedError
from assessor.live.room import Room
from assessor.live.seat import SeatState, SeatView
from assessor.people.caller import Caller
from assessor.people.roles import Action
from assessor.store import UnknownIdError

COMMAND = "assessor watch classroom.yaml"
PERIOD_S = 0.5
SCRIPT = "live.js"


def register_live(room: Room | None) -> None:
    """The pages; without a room the wall says how to watch one."""

    @ui.page("/wall", response_timeout=SLOW_S)
    async def wall(request: Request) -> Response | None:
        return await shown(request, Action.WATCH_LIVE, lambda caller: show_wall(room, request, caller))

    @ui.page("/wall/{bench}", response_timeout=SLOW_S)
    async def seat(request: Request, bench: str) -> Response | None:
        return await shown(request, Action.READ_BENCH, lambda caller: show_seat(room, request, caller, bench))


async def show_wall(room: Room | None, request: Request, caller: Caller) -> None:
    """A tile for each bench that the caller may watch."""
    language = preferences_of(request).language
    views = () if room is None else await to_thread(room.views, caller)
    with page_frame(request, say("wall.title", language), "wall"):
        if room is None:
            _nothing(language)
            return
        add_script(SCRIPT)
        may_run = caller.may(Action.RUN_LIVE)
        if may_run:
            _class_buttons(room, caller, language)
        with box("div", "wall"):
            tiles = {view.name: Tile(room, caller, language, view, may_run) for view in views}

        async def again() -> None:
            for view in await to_thread(room.views, caller):
                tiles[view.name].show(view)

        _repeat(again)


async def show_seat(room: Room | None, request: Request, caller: Caller, bench: str) -> None:
    """What the student at a bench sees. Raises UnknownIdError."""
    language = preferences_of(request).language
    if room is None:
        raise UnknownIdError("bench", bench)
    view = await to_thread(room.view, caller, bench)
    with page_frame(request, bench, "wall"):
        add_script(SCRIPT)
        with box("section", "seat card", data_seat=bench):
            part = _Changing("div", "seat_screen.html", language)
        hand = button(say("live.raise", language), None, "main-button hand", "back_hand")
        hand.on("click", lambda: room.raise_hand(caller, bench, not room.view(caller, bench).raised), [])

        async def again() -> None:
            now = await to_thread(room.view, caller, bench)
            part.show(view=now, hints=now.mode == "practice")
            hand.props["aria-pressed"] = str(now.raised).lower()

        part.show(view=view, hints=view.mode == "practice")
        _repeat(again)


class Tile:
    """One bench of the wall."""

    def __init__(self, room: Room, caller: Caller, language: Language, view: SeatView, may_run: bool) -> None:
        self._room, self._caller, self._language, self._name = room, caller, language, view.name
        self._student = ""
        with box("section", "tile card", data_bench=view.name, aria_label=view.name):
            alt = say("wall.picture", language, bench=view.name)
            box("img", "tile-picture", data_live=f"/v1/live/{view.name}/picture", alt=alt)
            self._part = _Changing("div", "wall_tile.html", language)
            self._boxes = self._buttons(view) if may_run else None
        self.show(view)

    def show(self, view: SeatView) -> None:
        """As the bench is now."""
        self._part.show(view=view)
        if self._boxes is not None:
            free, busy = self._boxes
            free.set_visibility(view.state is SeatState.FREE)
            busy.set_visibility(view.state in (SeatState.RUNNING, SeatState.PAUSED))

    def _buttons(self, view: SeatView) -> tuple[Element, Element]:
        language, room, caller, name = self._language, self._room, self._caller, self._name
        with box("div", "tile-do") as free:
            with box("label", "field"):
                Words("span", say("wall.student", language))
                number = box(
                    "input", type="text", maxlength=100
                )  # no value: the tile is drawn anew meanwhile
            on_typed(number, self._type, 0.1)
            self._do("wall.begin", lambda: room.begin(caller, name, self._student.strip() or None))
        with box("div", "tile-do") as busy:
            self._do("wall.end", lambda: room.end(caller, name))
            for tap in view.taps:
                words = say("wall.tell", language, what=tap.replace("_", " "))
                button(words, partial(self._tell, tap), "plain", "check")
        return free, busy

    def _type(self, text: str) -> None:
        self._student = text

    def _do(self, key: str, work: Callable[[], None]) -> None:
        button(say(key, self._language), lambda: _tried(work, self._language), "plain")

    def _tell(self, tap: str) -> None:
        _tried(lambda: self._room.tell(self._caller, self._name, tap), self._language)
        toast(say("wall.told", self._language, what=tap.replace("_", " ")))


class _Changing:
    """A part printed by a template; sent to the browser only where it changed."""

    def __init__(self, tag: str, template: str, language: Language) -> None:
        self._template, self._language = template, language
        self._html = ui.html("", sanitize=False, tag=tag)

    def show(self, **values: object) -> None:
        text = printed(self._template, self._language, **values)
        if text != self._html.content:
            self._html.set_content(text)


def _repeat(again: Callable[[], Awaitable[None]]) -> None:
    """Every half second, until the caller may not see it any more: then the page says so."""

    async def tried() -> None:
        try:
            await again()
        except (NotAllowedError, UnknownIdError):
            timer.cancel()
            ui.navigate.reload()

    timer = ui.timer(PERIOD_S, tried)


def _class_buttons(room: Room, caller: Caller, language: Language) -> None:
    with box("div", "decisions"):
        button(say("wall.pause", language), lambda: room.pause(caller, True), "main-button", "pause")
        button(say("wall.go_on", language), lambda: room.pause(caller, False), "", "play_arrow")


def _tried(work: Callable[[], None], language: Language) -> None:
    try:
        work()
    except RefusedError as refused:
        toast(getattr(refused.text, language), "wrong")


def _nothing(language: Language) -> None:
    with box("div", "card empty"):
        icon("videocam_off")
        Words("h2", say("wall.none", language))
        Words("p", say("wall.none_hint", language), "quiet")
        Words("code", COMMAND)
