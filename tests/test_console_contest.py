"""A contest in a real Chromium: two referees mark blind, a third, the chief referee; how far it is."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.keys import Keys

from assessor.review.contest import SETTLED, contest
from assessor.review.scheme import Scheme
from assessor.review.standing import Decision, Round
from assessor.review.wishes import ABNORMAL
from assessor.store import Store
from tests.console_site import Console, in_browser, open_console
from tests.console_venue import Venue, serving_venue
from tests.review_cases import build_classroom

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


def test_how_far_it_is_and_how_each_marks(store: Store) -> None:
    room = build_classroom(store)
    room.mark_by(Scheme(double=True, items={"tidy": 1.0}))
    room.decide("tidy", Decision.ENTER, "referee 1", awarded=8.0, took_s=4.0)
    room.decide("tidy", Decision.ENTER, "referee 2", awarded=3.0, took_s=6.0)
    room.decide("earth", Decision.DOUBT, "referee 1", reason_code=ABNORMAL, reason="表笔接反")
    found = contest(store, room.caller("head"))
    assert found.attempts == 1
    assert found.stages == {"first": 3, "second": 0, "third": 1, "arbitration": 1, SETTLED: 0}
    one, two = found.markers
    assert (one.name, one.count, one.flagged, one.took_s, one.mean) == ("人员 referee 1", 2, 1, 4.0, 0.8)
    assert one.curve == (0, 0, 0, 0, 0, 0, 0, 0, 1, 0)
    assert [one.apart, two.apart] == pytest.approx([0.5, -0.5])
    (flag,) = found.abnormal
    assert (flag.item, flag.note, flag.by, flag.open) == ("earth", "表笔接反", "人员 referee 1", True)


def test_who_only_marks_learns_nothing_of_the_others(store: Store) -> None:
    room = build_classroom(store)
    room.mark_by(Scheme(double=True))
    room.decide("tidy", Decision.ENTER, "referee 1", awarded=8.0)
    room.decide("earth", Decision.DOUBT, "referee 1", reason_code=ABNORMAL, reason="表笔接反")
    seen = contest(store, room.caller("referee 2"))
    assert seen.stages["second"] == 1
    assert (seen.markers, seen.abnormal) == ((), ())
    (own,) = contest(store, room.caller("referee 1")).markers
    assert (own.count, own.apart) == (2, None)
    assert contest(store, room.caller("outsider")).attempts == 0


def test_a_class_that_one_teacher_marks_is_no_contest(store: Store) -> None:
    room = build_classroom(store)
    room.decide("tidy", Decision.ENTER, awarded=8.0)
    assert contest(store, room.caller("head")).attempts == 0


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    with serving_venue(tmp_path_factory.mktemp("contest")) as served:
        yield served


@pytest.fixture
def desk(venue: Venue, browser: "Chrome") -> Console:
    return open_console(browser, venue.site)


def reloaded(desk: Console, css: str) -> None:
    """Press a button; the page comes anew."""
    desk.script("document.documentElement.dataset.before = '1'")
    desk.find(css).click()
    desk.until(lambda: desk.script("return document.documentElement.dataset.before") != "1")
    desk.find("[data-settings]")


def fill(desk: Console, css: str, text: str) -> None:
    typed = desk.find(css)
    typed.clear()
    typed.send_keys(text)
    time.sleep(0.3)


def left(desk: Console, at: str) -> None:
    """Wait until another item is at hand."""
    current = "return document.querySelector('[data-current]')?.dataset.current ?? ''"
    desk.until(lambda: desk.script(current) != at)


def enter(desk: Console, venue: Venue, who: str, points: str) -> None:
    """Sign in, open the item, give it points by keyboard."""
    desk.sign_in_as(venue.tokens[who])
    tab = "doubt" if who == "head" else "to_review"
    desk.open(
        f"review?tab={tab}&lang=en&at={venue.room.attempt}/tidy",
        f"[data-current$='{venue.room.attempt}/tidy']",
    )
    desk.browser.switch_to.active_element.send_keys("r")
    fill(desk, "[data-reasons] [data-typed=points]", points)
    desk.browser.switch_to.active_element.send_keys(Keys.ENTER)
    left(desk, f"{venue.room.attempt}/tidy")


def stages(desk: Console) -> dict[str, int]:
    return {
        str(one.get_attribute("data-stage")): int(one.find_element("css selector", "b").text)
        for one in desk.all("[data-stage]")
    }


@in_browser
def test_from_the_draw_to_the_settled_mark(desk: Console, venue: Venue) -> None:
    address = f"contest?class={venue.room.class_id}&lang=zh&theme=light"
    desk.open(address, "[data-settings]")
    assert "还没有双评" in desk.text("main")
    desk.find("[data-double]").click()
    time.sleep(0.3)
    reloaded(desk, "[data-save]")
    desk.find("[data-settings] summary").click()
    fill(desk, "[data-tolerance=tidy] input", "1")
    reloaded(desk, "[data-save]")
    before = stages(desk)
    assert before["first"] > 0 and before[SETTLED] == 0

    enter_blind(desk, venue)
    for who, points in (("referee 1", "8"), ("referee 2", "3"), ("referee 3", "5.5")):
        enter(desk, venue, who, points)
    desk.sign_in_as(venue.tokens["referee 2"])
    desk.open(f"review?tab=doubt&lang=en&at={venue.room.attempt}/tidy", "[data-current]")
    history = desk.text(".history")
    assert "referee 1" not in history and " 8" not in history, "what another gave is not told"
    enter(desk, venue, "head", "6")

    flag(desk, venue)
    desk.sign_in_as(venue.tokens["head"])
    for language in ("en", "zh"):
        desk.open(f"contest?class={venue.room.class_id}&lang={language}", "[data-stage]")
        desk.picture(f"contest_progress_{language}")
    assert stages(desk)[SETTLED] == 1
    assert stages(desk)["arbitration"] == 1
    assert len(desk.all("[data-marker]")) == 3
    assert "表笔接反" in desk.text("[data-abnormal=earth]")
    desk.open(f"review?tab=confirmed&lang=zh&at={venue.room.attempt}/tidy", "[data-current]")
    assert "现为 6" in desk.text(".panel")


def enter_blind(desk: Console, venue: Venue) -> None:
    """A referee learns no name: not in the queue, not beside the item, not on the sheet."""
    desk.sign_in_as(venue.tokens["referee 1"])
    desk.open("review?lang=zh", "[data-blind]")
    code = venue.room.attempt.hex[:6].upper()
    assert code in desk.text("[data-blind]")
    assert code in desk.text(".queue-row")
    assert "student" not in desk.text("main")
    desk.picture("review_blind_zh")
    desk.open(f"attempts/{venue.room.attempt}?lang=zh", "[data-total]")
    assert code in desk.text("h1")
    assert "student" not in desk.text("main")
    assert not desk.all("[data-print], [data-pdf]"), "a name would stand on what is printed"


def flag(desk: Console, venue: Venue) -> None:
    """Something is out of order: it needs a note, and goes to the chief referee."""
    desk.sign_in_as(venue.tokens["referee 1"])
    desk.open(
        f"review?lang=zh&at={venue.room.attempt}/earth", f"[data-current$='{venue.room.attempt}/earth']"
    )
    desk.browser.switch_to.active_element.send_keys("x")
    note = desk.find("[data-typed=note]")
    assert desk.browser.switch_to.active_element == note
    note.send_keys("表笔接反")
    time.sleep(0.8)
    desk.find("[data-key=x]").click()
    left(desk, f"{venue.room.attempt}/earth")


def test_an_abnormal_item_is_doubted_with_a_note(store: Store) -> None:
    from assessor.errors import RefusedError

    room = build_classroom(store)
    room.mark_by(Scheme(double=True))
    with pytest.raises(RefusedError):
        room.decide("tidy", Decision.ENTER, "referee 1", awarded=3.0, reason_code=ABNORMAL, reason="x")
    with pytest.raises(RefusedError):
        room.decide("tidy", Decision.DOUBT, "referee 1", reason_code=ABNORMAL, reason=" ")
    room.decide("tidy", Decision.DOUBT, "referee 1", reason_code=ABNORMAL, reason="x")
    assert room.version("tidy", who="head") == 0
    from assessor.review.item_view import item_view

    assert item_view(store, room.caller("head"), room.attempt, "tidy").round is Round.ARBITRATION
