"""The review page: a queue, the item at hand, and a decision after at most three key presses."""

import time
from asyncio import to_thread
from collections.abc import Mapping
from uuid import UUID

from nicegui import ui
from nicegui.element import Element
from starlette.requests import Request

from api.console.elements import Words, box, icon, set_attributes, state
from api.console.fields import button, quoted, toast
from api.console.frame import add_script, page_frame
from api.console.preferences import preferences_of
from api.console.review_calendar import ReviewCalendar
from api.console.review_filter import TABS, Asked, asked_of, filter_of, show_filter
from api.console.review_keys import keep_for, key_help, key_map, shown_key
from api.console.review_panel import Actions, ReviewPanel, Shown, Typed, blind_code
from api.console.review_reading import choices_for, month_meant, read_item, student_meant
from api.console.texts import Language, say
from assessor.errors import ConflictError, RefusedError
from assessor.people.caller import Caller
from assessor.people.roles import Action, Role
from assessor.review import decide as deciding
from assessor.review.days import days_with_items, time_zone
from assessor.review.decide import Decided, Seen
from assessor.review.drafts import keep_draft
from assessor.review.keys import Keys, keys_of
from assessor.review.queue import Filter, Page, review_queue
from assessor.review.queue_items import QueueItem
from assessor.review.standing import Decision
from assessor.review.wishes import Wish
from assessor.shown import points, share
from assessor.store import Store, UnknownIdError

PAGE = 50
FEW = 8  # so few left in the list: fetch more
ICON_OF = {0: "veto-proposed", 1: "mistake", 2: "not_met", 3: "unsure"}
HINTED = ("accept", "overturn", "doubt", "undo", "help")
Key = tuple[UUID, str]


async def show_review(store: Store, request: Request, caller: Caller) -> None:
    """Build the page."""
    language = preferences_of(request).language
    asked = asked_of(dict(request.query_params))
    student = await to_thread(student_meant, store, caller, asked.values.get("student", ""))
    zone = await to_thread(time_zone, store, caller)
    wanted = filter_of(asked, caller, student, zone)
    month = month_meant(asked, zone)
    choices = await to_thread(choices_for, store, caller, language, asked.values.get("procedure"))
    found = await to_thread(review_queue, store, caller, wanted, PAGE)
    keys = await to_thread(keys_of, store, caller)
    days = await to_thread(days_with_items, store, caller, wanted, month)
    with page_frame(request, say("review.title", language), "review"):
        add_script("review.js")
        page = ReviewPage(store, caller, language, wanted, keys)
        page.build(asked, found)
        with box("dialog", "dialog filter-dialog", data_filter_dialog=""):
            calendar = ReviewCalendar(store, caller, wanted, language)
            show_filter(asked, choices, language, lambda: calendar.build(month, days))
    await page.start(request.query_params.get("at", ""))


class ReviewPage:
    """The page of one visitor: what is in the list, which item is at hand, what was decided last."""

    def __init__(self, store: Store, caller: Caller, language: Language, wanted: Filter, keys: Keys) -> None:
        self._store, self._caller, self._language, self._wanted = store, caller, language, wanted
        self._keys = keys
        self._items: dict[Key, QueueItem] = {}
        self._rows: dict[Key, Element] = {}
        self._current: Key | None = None
        self._at_hand: Key | None = None  # on the page; None while the next one is read: nothing is decided
        self._version = 0
        self._since = time.monotonic()
        self._done: list[Decided] = []
        self._panel: ReviewPanel | None = None
        self._busy = False

    def build(self, asked: Asked, found: Page) -> None:
        """Tabs, list, place of the item, dialogs."""
        language = self._language
        self._tabs(asked, found)
        with box("div", "panes review"):
            with box("section", "card queue", aria_label=say("review.list", language)):
                self._list = box("div", "queue-rows", role="listbox", aria_label=say("nav.review", language))
            self._place = box("div", "item-place", aria_label=say("review.item", language))
        for kind, work in (("next", 1), ("previous", -1)):
            hidden = box("button", "unseen", type="button", tabindex=-1, data_key="n" if work > 0 else "p")
            hidden.on("click", lambda _, by=work: self._move(by))
            set_attributes(hidden, aria_label=kind)
        self._dialogs()
        self._take(found)

    def _tabs(self, asked: Asked, found: Page) -> None:
        language = self._language
        with box("div", "review-head"):
            with box("nav", "tabs", aria_label=say("review.title", language)):
                self._counts = {}
                for tab in TABS:
                    current = {"aria_current": "page"} if tab is asked.tab else {}
                    with box("a", "tab", href=asked.address(tab), data_tab=tab.value, **current):
                        Words("span", say(f"review.tab.{tab.value}", language))
                        self._counts[tab] = Words("b", str(found.left[tab]))
            box("span", "spring")
            Words("span", self._hint(), "quiet keys")
            if self._caller.may(Action.ARBITRATE) or Role.REFEREE in self._caller.roles:
                Words("a", say("contest.title", language), "button", href="/contest", data_contest="")
            undo = button(say("review.undo", language), self.undo, "", "undo")
            set_attributes(undo, data_key="u", data_undo="")
            label = say("review.filter", language)
            if asked.values:
                label = f"{label} {len(asked.values)}"
            button(label, None, "", "filter_list").props["data-filter-open"] = ""
            button("?", None, "").props["data-key"] = "?"

    def _hint(self) -> str:
        if not self._keys.on:
            return say("review.hint_off", self._language)
        named = {action: shown_key(self._keys, action) for action in HINTED}
        return say("review.hint", self._language, **named)

    async def _keep_keys(self, keys: Keys) -> None:
        await keep_for(self._store, self._caller, keys, self._language)

    def _dialogs(self) -> None:
        language = self._language
        key_map(self._keys)
        key_help(self._keys, language, self._keep_keys)
        with box("dialog", "dialog", data_bulk=""):
            box("h2", "", data_bulk_title="", data_text=say("review.bulk", language, count="#"))
            Words("p", say("review.bulk_hint", language), "quiet")
            with box("div", "decisions"):
                yes = button(say("review.accept", language), None, "main-button", "done_all")
                yes.on("click", lambda e: self.accept_all(e.args), js_handler="() => emit(selectedItems())")
                set_attributes(yes, data_bulk_yes="")
                button(say("review.cancel", language)).props["data-close"] = ""

    async def start(self, at: str) -> None:
        """Show the item the address names, else the first one."""
        wanted = next((key for key in self._items if f"{key[0]}/{key[1]}" == at), None)
        await self.show(wanted or next(iter(self._items), None))

    def _take(self, found: Page) -> None:
        """Add what is new to the list, and the numbers to the tabs."""
        for tab, words in self._counts.items():
            words.text = str(found.left[tab])
        with self._list:
            for item in found.items:
                key = (item.attempt_id, item.item)
                if key not in self._items:
                    self._rows[key] = self._row(item)
                self._items[key] = item

    def _row(self, item: QueueItem) -> Element:
        language, key = self._language, (item.attempt_id, item.item)
        row = box("div", "queue-row entry", data_key_of=f"{key[0]}/{key[1]}", role="option")
        with row:
            with box("label", "pick"):
                box("input", type="checkbox", tabindex=-1, aria_label=getattr(item.title, language))
            with box("div", "queue-words"):
                name = Words("button", getattr(item.title, language), "cover", type="button")
                name.on("click", lambda: self.choose(key))
                whose = item.student or say("review.code", language, code=blind_code(item.attempt_id))
                who = " · ".join(filter(None, (whose, item.class_name, item.bench)))
                Words("div", who, "quiet who-what")
            with box("div", "queue-figures"):
                severity = say(f"review.severity.{int(item.severity)}", language)
                state(ICON_OF[int(item.severity)], severity)
                gave = "–" if item.proposed is None else points(item.proposed)
                marks = "" if item.kind == "veto" else f"{gave}/{points(item.points)} · "
                Words("span", f"{marks}{share(item.confidence)}", "quiet")
        return row

    async def choose(self, key: Key) -> None:
        """Put an item of the list at hand."""
        with self._place:
            await self.show(key)

    async def show(self, key: Key | None) -> None:
        """Put an item at hand; None: there is none left."""
        if self._current in self._rows:
            set_attributes(self._rows[self._current], aria_selected="false")
        self._current, self._at_hand = key, None
        if key is None:
            self._nothing()
            return
        try:
            shown = await to_thread(read_item, self._store, self._caller, *key)
        except UnknownIdError:
            toast(say("review.gone", self._language), "wrong")
            return
        if self._current != key or self._place.is_deleted:  # another was chosen, or the page was left
            return
        set_attributes(self._rows[key], aria_selected="true")
        self._at_hand, self._version, self._since = key, shown.view.version, time.monotonic()
        self._panel_for(shown).show_item(shown)
        address = f"at={quoted(f'{key[0]}/{key[1]}')[1:-1]}"
        ui.run_javascript(f"showAt({quoted(address)})")

    def _panel_for(self, shown: Shown) -> ReviewPanel:
        if self._panel is None:
            self._place.clear()
            with self._place:
                self._panel = ReviewPanel(
                    shown.data, self._language, Actions(self.decide, self._keep), self._keys
                )
        return self._panel

    def _nothing(self) -> None:
        self._panel = None
        self._place.clear()
        with self._place, box("div", "card empty", data_nothing=""):
            icon("task_alt")
            Words("h2", say("review.none", self._language))
            Words("p", say("review.none_hint", self._language), "quiet")
        ui.run_javascript("itemShown()")

    async def _move(self, by: int) -> None:
        keys = list(self._items)
        if keys and self._current in self._items:
            at = keys.index(self._current) + by
            await self.show(keys[min(max(0, at), len(keys) - 1)])

    async def _keep(self, typed: Typed) -> None:
        """What is typed is not lost with the browser."""
        if self._at_hand is None:
            return
        body = {key: value for key in ("points", "value", "note") if (value := getattr(typed, key))}
        try:
            await to_thread(keep_draft, self._store, self._caller, *self._at_hand, body)
        except (RefusedError, UnknownIdError):
            return  # it went to somebody else meanwhile: a decision will say so

    async def decide(self, decision: Decision, typed: Typed, reason: str | None) -> None:
        """Keep a decision on the item at hand and go on to the next."""
        with self._place:  # the button that was pressed goes with its item
            await self._decide(decision, typed, reason)

    async def _decide(self, decision: Decision, typed: Typed, reason: str | None) -> None:
        key = self._at_hand
        if key is None or self._busy:
            return
        self._busy = True
        try:
            wish = self._wish(key, decision, typed, reason)
            done = await to_thread(deciding.decide, self._store, self._caller, wish)
        except ConflictError as error:
            toast(getattr(error.text, self._language), "wrong")
            await self.show(key)
            return
        except RefusedError as error:
            toast(getattr(error.text, self._language), "wrong")
            return
        finally:
            self._busy = False
        if self._place.is_deleted:
            return
        self._done.append(done)
        title = getattr(self._items[key].title, self._language)
        said = say(f"review.said.{decision.value}", self._language)
        self._tell(say("review.done", self._language, item=title, decision=said))
        await self._after(key)

    def _wish(self, key: Key, decision: Decision, typed: Typed, reason: str | None) -> Wish:
        asks = decision in (Decision.OVERTURN, Decision.ENTER)
        value = _number(typed.value) if asks else None
        return Wish(
            attempt_id=key[0],
            item=key[1],
            decision=decision,
            version=self._version,
            awarded=_number(typed.points) if asks and value is None else None,
            value=value,
            reason_code=reason,
            reason=typed.note or None,
            took_s=round(time.monotonic() - self._since, 2),
        )

    def _tell(self, text: str) -> None:
        undo = say("review.undo", self._language)
        ui.run_javascript(f"toast({quoted(text)}, 'done', {quoted(undo)})")

    async def _after(self, key: Key) -> None:
        """The decided item leaves the list; the one after it comes to hand."""
        keys = list(self._items)
        at = keys.index(key)
        following = keys[at + 1] if at + 1 < len(keys) else keys[at - 1] if at else None
        limit = PAGE if len(keys) <= FEW else 1
        found = await to_thread(review_queue, self._store, self._caller, self._wanted, limit)
        if self._place.is_deleted:
            return
        self._drop(key)
        self._take(found)
        if following not in self._items:
            following = next(iter(self._items), None)
        await self.show(following)

    def _drop(self, key: Key) -> None:
        del self._items[key]
        self._rows.pop(key).delete()

    async def undo(self) -> None:
        """Take the last decision of this visit back, and show its item again."""
        if not self._done:
            toast(say("review.nothing_to_undo", self._language), "wrong")
            return
        last = self._done.pop()
        seen = Seen(last.attempt_id, last.item, last.version)
        try:
            await to_thread(deciding.undo, self._store, self._caller, seen)
        except RefusedError as error:
            toast(getattr(error.text, self._language), "wrong")
            return
        await self._again()
        key = (last.attempt_id, last.item)
        if key in self._items:
            toast(say("review.undone", self._language, item=getattr(self._items[key].title, self._language)))
        await self.show(key if key in self._items else next(iter(self._items), None))

    async def _again(self) -> None:
        found = await to_thread(review_queue, self._store, self._caller, self._wanted, PAGE)
        self._list.clear()
        self._items, self._rows = {}, {}
        self._take(found)

    async def accept_all(self, picked: object) -> None:
        """Accept what is selected, as far as the service lets it be done at once."""
        names = {str(one) for one in picked} if isinstance(picked, list) else set()
        chosen = [key for key in self._items if f"{key[0]}/{key[1]}" in names]
        if not chosen:
            toast(say("review.bulk_none", self._language), "wrong")
            return
        seen = [Seen(*key, self._items[key].version) for key in chosen]
        bulk = await to_thread(deciding.accept_all, self._store, self._caller, seen)
        self._done += bulk.accepted
        await self._again()
        counts: Mapping[str, int] = {"count": len(bulk.accepted), "left": len(bulk.left)}
        self._tell(say("review.bulk_done", self._language, **counts))
        await self.show(next(iter(self._items), None))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
