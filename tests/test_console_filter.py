"""The review filter: steps by name, a calendar that says on which days something is in the queue."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from api.console.review_filter import asked_of, day_of, filter_of
from assessor.errors import NotAllowedError
from assessor.review.days import day_begins, days_with_items, time_zone
from assessor.review.queue import Filter, review_queue
from assessor.review.standing import Decision, Tab
from assessor.store import Store
from tests.console_site import Console, in_browser, open_console
from tests.console_venue import Venue, serving_venue
from tests.review_cases import build_classroom

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

SHANGHAI = ZoneInfo("Asia/Shanghai")


def today(store: Store) -> date:
    return store.now().astimezone(SHANGHAI).date()


def test_days_with_items_are_the_school_s(store: Store) -> None:
    room = build_classroom(store)
    teacher, day = room.caller("teacher"), today(store)
    assert time_zone(store, teacher) == SHANGHAI
    assert days_with_items(store, teacher, Filter(), day) == {day: 5}
    room.decide("tidy", Decision.ENTER, awarded=3.0)
    assert days_with_items(store, teacher, Filter(), day) == {day: 4}
    assert days_with_items(store, teacher, Filter(Tab.CONFIRMED), day) == {day: 1}
    before = day.replace(day=1) - timedelta(days=1)
    assert days_with_items(store, teacher, Filter(), before) == {}
    assert days_with_items(store, room.caller("outsider"), Filter(), day) == {}
    with pytest.raises(NotAllowedError):
        days_with_items(store, room.caller("student"), Filter(), day)


def test_a_day_is_a_day_of_the_school(store: Store) -> None:
    room = build_classroom(store)
    teacher, day = room.caller("teacher"), today(store)
    for since, until, count in (
        (day, day, 5),
        (day + timedelta(days=1), None, 0),
        (None, day - timedelta(days=1), 0),
    ):
        told = {"since": since, "until": until}
        asked = asked_of({key: str(value) for key, value in told.items() if value})
        page = review_queue(store, teacher, filter_of(asked, teacher, None, SHANGHAI))
        assert page.left[Tab.TO_REVIEW] == count
    assert day_begins(date(2026, 3, 1), SHANGHAI).isoformat() == "2026-03-01T00:00:00+08:00"


@pytest.mark.parametrize("text", ["", None, "soon", "2026-02-30", "9999-12-31", "0001-01-01", "2026-1"])
def test_what_is_no_day_is_not_asked(text: str | None) -> None:
    assert day_of(text) is None


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    with serving_venue(tmp_path_factory.mktemp("filter"), attempts=2) as served:
        yield served


@pytest.fixture
def desk(venue: Venue, browser: "Chrome") -> Console:
    console = open_console(browser, venue.site)
    console.sign_in_as(venue.tokens["teacher"])
    return console


@in_browser
def test_a_day_with_a_dot_and_a_step_by_name(desk: Console, venue: Venue) -> None:
    from selenium.webdriver.support.select import Select

    desk.open("review?lang=en&theme=light", "[data-current]")
    desk.find("[data-filter-open]").click()
    (day,) = desk.all(".has-items")
    assert "10 items" in str(day.get_attribute("aria-label"))
    chosen = str(day.get_attribute("data-day"))
    desk.picture("filter_en")
    desk.find("[data-turn='-1']").click()
    desk.until(lambda: not desk.all(".has-items"))
    desk.find("[data-turn='1']").click()
    desk.find(".has-items").click()
    assert desk.find("[name=since]").get_attribute("value") == chosen
    assert desk.find("[name=until]").get_attribute("value") == chosen
    assert desk.find(".has-items").get_attribute("aria-pressed") == "true"
    names = [option.text for option in desk.all("[name=part] option")]
    assert any(name.endswith("(live_work)") for name in names)
    Select(desk.find("[name=part]")).select_by_value("live_work")
    desk.find("[data-filter] [type=submit]").click()
    desk.until(lambda: f"since={chosen}" in desk.browser.current_url)
    desk.find("[data-current]")
    assert "part=live_work" in desk.browser.current_url
    assert len(desk.all(".queue-row")) == 2
    desk.open("review?lang=zh&until=2026-01-31&part=gone", "[data-nothing]")
    desk.find("[data-filter-open]").click()
    assert desk.text("[data-month]") == "2026-01"
    assert desk.find("[name=part]").get_attribute("value") == "gone"
    desk.picture("filter_zh")
