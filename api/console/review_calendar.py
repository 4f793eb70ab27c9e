"""The calendar of the review filter: a month whose days carry a dot where something is in the queue."""

from asyncio import to_thread
from calendar import Calendar as Weeks
from collections.abc import Mapping
from datetime import date, timedelta

from nicegui import ui

from api.console.elements import Words, box, icon, set_attributes
from api.console.texts import Language, say
from assessor.people.caller import Caller
from assessor.review.days import days_with_items
from assessor.review.queue import Filter
from assessor.store import Store

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ReviewCalendar:
    """One visitor's calendar; knows which month stands there."""

    def __init__(self, store: Store, caller: Caller, wanted: Filter, language: Language) -> None:
        self._store, self._caller, self._wanted, self._language = store, caller, wanted, language

    def build(self, month: date, counts: Mapping[date, int]) -> None:
        """The month, and the buttons that turn the pages."""
        label = say("review.days", self._language)
        with box("div", "calendar", data_calendar="", role="group", aria_label=label):
            with box("div", "calendar-head"):
                self._turner("chevron_left", "review.month_before", -1)
                self._name = Words("b", "", "", aria_live="polite", data_month="")
                self._turner("chevron_right", "review.month_after", 1)
            self._grid = box("div", "calendar-days")
        self._fill(month, counts)

    def _turner(self, picture: str, key: str, by: int) -> None:
        label = say(key, self._language)
        made = box("button", "plain round", type="button", title=label, aria_label=label, data_turn=str(by))
        with made:
            icon(picture)
        made.on("click", lambda: self._turn(by))

    async def _turn(self, by: int) -> None:
        month = (self._month + timedelta(days=32 if by > 0 else -1)).replace(day=1)
        counts = await to_thread(days_with_items, self._store, self._caller, self._wanted, month)
        self._fill(month, counts)
        ui.run_javascript("showDays()")

    def _fill(self, month: date, counts: Mapping[date, int]) -> None:
        self._month = month.replace(day=1)
        self._name.text = f"{month:%Y-%m}"
        self._grid.clear()
        with self._grid:
            for name in DAYS:
                Words("span", say(f"review.day.{name}", self._language), "quiet", aria_hidden="true")
            for day in Weeks().itermonthdates(month.year, month.month):
                self._day(day, counts.get(day, 0))

    def _day(self, day: date, count: int) -> None:
        if day.month != self._month.month:
            box("span")
            return
        told = f"{day:%Y-%m-%d}"
        label = f"{told} · {say('review.day_count', self._language, count=count)}" if count else told
        made = Words("button", str(day.day), "has-items" if count else "", type="button", data_day=told)
        set_attributes(made, aria_label=label, title=label)
