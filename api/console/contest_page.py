"""The page of a contest: how it is marked, how far it is, each referee's score curve, what was flagged."""

from asyncio import to_thread
from collections.abc import Callable, Sequence
from uuid import UUID

from nicegui import ui
from starlette.requests import Request
from starlette.responses import Response

from api.console.elements import Words, box, icon, set_attributes, user_text
from api.console.fields import VALUE, button, reload_page, toast
from api.console.frame import page_frame
from api.console.gate import SLOW_S, shown, uuid_of
from api.console.preferences import preferences_of
from api.console.texts import Language, say
from assessor.errors import RefusedError
from assessor.people.caller import Caller
from assessor.people.classes import SchoolClass, list_classes
from assessor.people.roles import Action
from assessor.review.contest import STAGES, Abnormal, Contest, ContestItem, MarkerFigures, contest
from assessor.review.marking import marking, set_marking
from assessor.review.scheme import Scheme
from assessor.shown import moment, points, share
from assessor.store import Store

COLUMNS = ("marker", "count", "mean", "spread", "apart", "flagged", "took", "curve")


def register_contest(store: Store) -> None:
    """Put the page on the app."""

    @ui.page("/contest", response_timeout=SLOW_S)
    async def page(request: Request) -> Response | None:
        asked = request.query_params.get("class")
        chosen = uuid_of(asked) if asked else None
        return await shown(
            request, Action.REVIEW, lambda caller: show_contest(store, request, caller, chosen)
        )


async def show_contest(store: Store, request: Request, caller: Caller, class_id: UUID | None) -> None:
    """Build the page. Raises UnknownIdError."""
    language = preferences_of(request).language
    classes = await to_thread(list_classes, store, caller) if caller.may(Action.READ_PEOPLE) else ()
    scheme = await to_thread(marking, store, caller, class_id)
    found = await to_thread(contest, store, caller, class_id)
    with page_frame(request, say("contest.title", language), "review"):
        with box("div", "page-title"):
            Words("h1", say("contest.title", language))
            Words("span", say("contest.hint", language), "quiet")
        _classes(classes, class_id, language)
        if caller.may(Action.ARBITRATE):
            Settings(store, caller, language, class_id).build(scheme, found.items)
        if not found.attempts:
            _nothing(language)
            return
        _progress(found, class_id, language)
        _markers(found.markers, language)
        _abnormal(found.abnormal, caller.may(Action.ARBITRATE), language)


class Settings:
    """How a class, or the school, is marked: what is typed here counts once it is saved."""

    def __init__(self, store: Store, caller: Caller, language: Language, class_id: UUID | None) -> None:
        self._store, self._caller, self._language, self._class = store, caller, language, class_id

    def build(self, scheme: Scheme, items: Sequence[ContestItem]) -> None:
        """Switch, tolerance, and a tolerance of its own for each item."""
        language, self._scheme, self._items = self._language, scheme, items
        self._typed = {item.item: _shown(scheme.items.get(item.item)) for item in items}
        self._double, self._tolerance = scheme.double, points(100 * scheme.tolerance)
        with box("section", "card", data_settings=""):
            with box("div", "form-row"):
                with box("label", "switch"):
                    switch = box("input", type="checkbox", data_double="")
                    if scheme.double:
                        set_attributes(switch, checked=True)
                    Words("span", say("contest.double", language))
                switch.on("change", self._turn, js_handler="(e) => emit(e.target.checked)")
                self._number(say("contest.tolerance", language), self._tolerance, self._take_tolerance)
                button(say("contest.save", language), self._save, "main-button", "save").props[
                    "data-save"
                ] = ""
            if items:
                with box("details", "form-row"):
                    Words("summary", say("contest.item_tolerance", language))
                    self._table(items)

    def _table(self, items: Sequence[ContestItem]) -> None:
        language = self._language
        with box("table", "plain-table"), box("tbody"):
            for item in sorted(items, key=lambda one: one.check != "person"):
                with box("tr", "", data_tolerance=item.item):
                    Words("td", getattr(item.title, language))
                    Words("td", f"{say('contest.points', language)} {points(item.points)}")
                    with box("td"):
                        label = f"{say('contest.item_tolerance', language)}: {getattr(item.title, language)}"
                        usual = points(self._scheme.tolerance * item.points)
                        typed = box(
                            "input",
                            type="number",
                            step="any",
                            min=0,
                            value=self._typed[item.item],
                            placeholder=usual,
                            aria_label=label,
                        )
                    typed.on("input", lambda e, id=item.item: self._take(id, str(e.args)), js_handler=VALUE)

    def _number(self, label: str, value: str, taken: Callable[[object], None]) -> None:
        with box("label", "field"):
            Words("span", label)
            typed = box("input", type="number", min=0, max=100, step="any", value=value, data_percent="")
        typed.on("input", taken, js_handler=VALUE)

    def _turn(self, event: object) -> None:
        self._double = bool(getattr(event, "args", False))

    def _take_tolerance(self, event: object) -> None:
        self._tolerance = str(getattr(event, "args", ""))

    def _take(self, item: str, value: str) -> None:
        self._typed[item] = value

    async def _save(self) -> None:
        try:
            scheme = self._wanted()
            await to_thread(set_marking, self._store, self._caller, scheme, self._class)
        except ValueError:
            toast(say("contest.wrong", self._language), "wrong")
            return
        except RefusedError as error:
            toast(getattr(error.text, self._language), "wrong")
            return
        toast(say("contest.saved", self._language))
        reload_page()

    def _wanted(self) -> Scheme:
        """What is typed. ValueError for what is no tolerance."""
        own = {item: float(value) for item, value in self._typed.items() if value.strip()}
        if any(own.get(one.item, 0.0) > one.points for one in self._items):
            raise ValueError
        kept = {item: value for item, value in self._scheme.items.items() if item not in self._typed}
        tolerance = float(self._tolerance) / 100
        return Scheme(self._double, tolerance, kept | own, self._scheme.appeal_days)


def _shown(value: float | None) -> str:
    return "" if value is None else points(value)


def _classes(classes: Sequence[SchoolClass], chosen: UUID | None, language: Language) -> None:
    with box("div", "review-head"), box("nav", "tabs", aria_label=say("board.class", language)):
        for id, name in ((None, say("contest.school", language)), *((one.id, one.name) for one in classes)):
            current = {"aria_current": "page"} if id == chosen else {}
            with box("a", "tab", href="/contest" if id is None else f"/contest?class={id}", **current):
                user_text(name, 40)


def _nothing(language: Language) -> None:
    with box("div", "card empty"):
        icon("group")
        Words("h2", say("contest.single", language))
        Words("p", say("contest.single_hint", language), "quiet")


def _progress(found: Contest, class_id: UUID | None, language: Language) -> None:
    total = max(1, sum(found.stages.values()))
    with box("section", "card contest-progress"):
        with box("div", "form-row"):
            Words("h2", say("contest.progress", language, attempts=found.attempts))
            box("span", "spring")
            address = "/review" if class_id is None else f"/review?class={class_id}"
            Words("a", say("contest.go", language), "button", href=address)
        for stage in STAGES:
            count = found.stages[stage]
            with box("div", f"stage {stage}", data_stage=stage):
                Words("span", say(f"contest.stage.{stage}", language))
                box("i", "stage-bar", aria_hidden="true").style(f"--share: {count / total:.4f}")
                Words("b", str(count))


def _markers(markers: Sequence[MarkerFigures], language: Language) -> None:
    with box("section", "card scroll", aria_label=say("contest.markers", language)):
        if not markers:
            Words("p", say("contest.none_yet", language), "quiet form-row")
            return
        with box("table", "plain-table"):
            with box("thead"), box("tr"):
                for column in COLUMNS:
                    Words("th", say(f"contest.{column}", language), "", scope="col")
            with box("tbody"):
                for one in markers:
                    _marker(one, language)


def _marker(one: MarkerFigures, language: Language) -> None:
    with box("tr", "", data_marker=str(one.person_id)):
        with box("td"):
            user_text(one.name, 40)
        Words("td", str(one.count))
        Words("td", "–" if one.mean is None else share(one.mean))
        Words("td", "–" if one.spread is None else f"± {one.spread:.0%}")
        Words("td", "–" if one.apart is None else f"{one.apart:+.0%}")
        Words("td", str(one.flagged))
        Words("td", "–" if one.took_s is None else f"{one.took_s:.0f} s")
        with box("td"):
            _curve(one.curve, language)


def _curve(curve: Sequence[int], language: Language) -> None:
    told = say("contest.curve_of", language, counts=", ".join(map(str, curve)))
    most = max(1, *curve)
    with box("span", "curve", role="img", aria_label=told, title=told):
        for count in curve:
            box("i").style(f"--share: {count / most:.3f}")


def _abnormal(found: Sequence[Abnormal], arbitrates: bool, language: Language) -> None:
    if not found:
        return
    with box("section", "card", aria_label=say("contest.abnormal", language)):
        Words("h2", say("contest.abnormal", language), "form-row")
        for one in found:
            with box("div", "form-row abnormal", data_abnormal=one.item):
                icon("report")
                Words("b", getattr(one.title, language))
                user_text(one.note, 500)
                Words("span", f"{one.by} · {moment(one.created_utc)}", "quiet")
                Words("span", say("contest.open" if one.open else "contest.decided", language), "quiet")
                if one.open and arbitrates:
                    address = f"/review?tab=doubt&at={one.attempt_id}/{one.item}"
                    Words("a", say("contest.go", language), "", href=address)
