"""A mark's whole way in a real Chromium: reviewed by keyboard, released, appealed, arbitrated.

`pytest -s` prints key presses and seconds per verdict.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.console_class import NUMBERS, PASSWORD, ClassRoom, serving_class
from tests.console_site import ROOT, Console, in_browser, open_console

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

FLAGGED = 20
OVERTURNED = {"dead_proof": "4", "coil_wire": "5", "tools": "3"}  # item of the first attempt: reason
PAINTED = """
const canvas = document.querySelector('.overlay');
return canvas?.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value);
"""
DRAWN_HAND = """
const canvas = document.querySelector('.overlay'), video = document.querySelector('video[data-evidence]');
const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
let left = canvas.width, right = 0;
for (let at = 0; at < data.length; at += 4)
  if (data[at] < 120 && data[at + 2] > 200 && data[at + 3] > 100) {
    left = Math.min(left, (at / 4) % canvas.width); right = Math.max(right, (at / 4) % canvas.width);
  }
const scale = Math.min(video.clientWidth / video.videoWidth, video.clientHeight / video.videoHeight);
const edge = (video.clientWidth - video.videoWidth * scale) / 2;
const share = (x) => (x - edge) / (video.videoWidth * scale);
return [parseFloat(video.dataset.offset) + video.currentTime, share(left), share(right)];
"""
CLIP_IS_THERE = "return document.querySelector('[data-item=live_work] video').readyState >= 2"
TOTAL_ON_PAGE = "return parseFloat(document.querySelector('[data-total] b').innerText)"


class Reviewer:
    """Somebody at the keyboard: every press is counted."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.presses = 0
        self.spent: list[tuple[int, float]] = []

    def press(self, *keys: str) -> None:
        for key in keys:
            self.console.browser.switch_to.active_element.send_keys(key)
            self.presses += 1

    def current(self) -> str:
        found: str = self.console.script(
            "return document.querySelector('[data-current]')?.dataset.current ?? "
            "(document.querySelector('[data-nothing]') ? 'none' : '')"
        )
        return found

    def decide(self, *keys: str) -> None:
        """Press, and wait until another item is at hand."""
        before, presses, began = self.current(), self.presses, time.monotonic()
        self.press(*keys)
        self.console.until(lambda: self.current() not in {before, ""}, seconds=60)
        self.spent.append((self.presses - presses, time.monotonic() - began))


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClassRoom]:
    with serving_class(tmp_path_factory.mktemp("class")) as served:
        yield served


@pytest.fixture
def desk(room: ClassRoom, browser: "Chrome") -> Console:
    return open_console(browser, room.site)


def counts(console: Console) -> dict[str, int]:
    """What the tabs say."""
    return {
        str(tab.get_attribute("data-tab")): int(tab.find_element("css selector", "b").text)
        for tab in console.all("[data-tab]")
    }


def as_(desk: Console, room: ClassRoom, role: str) -> None:
    desk.sign_in_as(room.tokens[role])


def press_on(desk: Console, css: str) -> None:
    """Press a button by keyboard, then wait for the page that follows."""
    mark = "return document.documentElement.dataset.before"
    desk.script("document.documentElement.dataset.before = '1'")
    desk.find(css).send_keys(Keys.ENTER)
    desk.until(lambda: desk.script(mark) != "1")
    desk.find("main")


def mark(desk: Console, css: str, points: str, reason: str) -> None:
    form = desk.find(css)
    form.find_element("css selector", "[data-field=points]").send_keys(points)
    form.find_element("css selector", "[data-field=reason]").send_keys(reason)
    time.sleep(0.3)
    press_on(desk, f"{css} [data-mark]")


@in_browser
def test_a_teacher_signs_in_by_password(desk: Console) -> None:
    desk.sign_in_as("")
    desk.open("review?tab=doubt&lang=zh", "form[data-door]")
    desk.find("[name=login]").send_keys("teacher")
    desk.find("[name=password]").send_keys("wrong password here", Keys.ENTER)
    desk.until(lambda: "不正确" in desk.text(".door-problem"))
    time.sleep(1.1)  # the next try waits a second
    desk.find("[name=password]").clear()
    desk.find("[name=password]").send_keys(PASSWORD, Keys.ENTER)
    desk.find("[data-tab=doubt][aria-current=page]")
    assert "教师 1" in desk.text("[data-who]")
    desk.find("[data-leave]").click()
    desk.find("form[data-door]")
    desk.open("", "form[data-door]")


@in_browser
@pytest.mark.fault(86)
def test_what_was_typed_comes_back(desk: Console, room: ClassRoom) -> None:
    desk.open("review?lang=zh&theme=light", "[data-current]")
    at = desk.find("[data-current]").get_attribute("data-current")
    reviewer = Reviewer(desk)
    reviewer.press("r")
    desk.find("[data-typed=note]").send_keys("看了三遍")
    time.sleep(1.5)  # kept half a second after the last letter
    desk.open("about", "dl")
    desk.open(f"review?at={at}", "[data-reasons]")
    assert desk.find("[data-typed=note]").get_attribute("value") == "看了三遍"
    assert "草稿" in desk.text("[data-reasons]")


@in_browser
def test_the_clip_its_overlay_and_the_reference(desk: Console, room: ClassRoom) -> None:
    desk.open(f"review?lang=zh&theme=light&at={room.attempts[0]}/coil_wire", "[data-current]")
    assert desk.find("[data-current]").get_attribute("data-current") == f"{room.attempts[0]}/coil_wire"
    desk.find("canvas.overlay")
    desk.until(lambda: desk.script(PAINTED))
    assert desk.find("video[data-follows]").is_displayed()
    assert "wire_coil" in desk.text("[data-versions]")
    assert "黄" in desk.text("[data-reason]")
    assert "wire_coil" in desk.text(".rule")
    desk.picture("review_overlay_zh")
    reviewer = Reviewer(desk)
    reviewer.press("o")
    desk.until(lambda: not desk.all("canvas.overlay"))
    reviewer.press("c")
    desk.until(lambda: not desk.all("video[data-follows]"))
    reviewer.press(">")
    assert desk.script("return document.querySelector('video[data-in]').playbackRate") == 2


@in_browser
def test_the_overlay_lies_on_the_hand_of_the_picture_that_is_shown(desk: Console, room: ClassRoom) -> None:
    """Wherever in a picture's time the player stands, the hand is drawn where it was in that picture."""
    truth = json.loads((ROOT / "samples" / "start_stop_faulty.truth.json").read_text("utf-8"))
    desk.open(f"review?lang=en&at={room.attempts[0]}/coil_wire", "[data-current]")
    desk.until(lambda: desk.script(PAINTED))
    desk.script("document.querySelector('video[data-evidence]').pause()")
    compared = 0
    for number in range(4, 40, 3):
        desk.script(f"document.querySelector('video[data-evidence]').currentTime = {(number + 0.9) / 10}")
        desk.until(lambda: not desk.script("return document.querySelector('video[data-evidence]').seeking"))
        time.sleep(0.15)  # the picture is there, and was drawn over
        t_s, left, right = desk.script(DRAWN_HAND)
        joints = truth["frames"][int(t_s * 10 + 1e-6)].get("joints")
        if joints and all(0 < x < truth["width"] for x, _ in joints):
            xs = [x / truth["width"] for x, _ in joints]
            assert (left, right) == pytest.approx((min(xs), max(xs)), abs=0.008), t_s
            compared += 1
    assert compared >= 5


@in_browser
def test_a_filter_is_in_the_address(desk: Console, room: ClassRoom) -> None:
    desk.open("review?lang=en&part=wire_coil", "[data-current]")
    assert len(desk.all(".queue-row")) == 2
    assert counts(desk)["to_review"] == 2
    desk.open(f"review?student={NUMBERS[1]}", "[data-current]")
    assert len(desk.all(".queue-row")) == FLAGGED / 2
    desk.find("[data-filter-open]").click()
    desk.find("[data-filter] [name=sure]").send_keys("50")
    desk.find("[data-filter] [type=submit]").click()
    desk.until(lambda: "sure=0.5" in desk.browser.current_url)
    desk.until(lambda: 0 < len(desk.all(".queue-row")) < FLAGGED / 2)


@in_browser
def test_safety_is_never_accepted_in_bulk(desk: Console, room: ClassRoom) -> None:
    desk.open(
        f"review?lang=en&theme=light&at={room.attempts[0]}/live_work&part=dead_working", "[data-current]"
    )
    reviewer = Reviewer(desk)
    reviewer.console.browser.switch_to.active_element.send_keys(Keys.CONTROL, "a")
    reviewer.press("A")
    desk.find("[data-bulk-yes]")
    count = len(desk.all(".queue-row"))
    assert str(count) in desk.text("[data-bulk-title]")
    desk.browser.switch_to.active_element.send_keys(Keys.ENTER)
    desk.until(lambda: f"0 accepted, {count} left" in desk.text(".toast"))
    assert counts(desk)["to_review"] == count


def work_through(reviewer: Reviewer, room: ClassRoom) -> None:
    """Every flagged item: overturn three of the first attempt, enter what is open, accept the rest."""
    console, first = reviewer.console, str(room.attempts[0])
    while (at := reviewer.current()) != "none":
        attempt, item = at.split("/", 1)
        is_open = not console.all("[data-key=a]")
        if attempt == first and item in OVERTURNED:
            reviewer.decide("r", OVERTURNED[item])
        elif is_open:
            reviewer.decide("r", Keys.ENTER)
        else:
            reviewer.decide("a")


@in_browser
def test_a_mark_from_review_to_arbitration(
    desk: Console, room: ClassRoom, capsys: pytest.CaptureFixture[str]
) -> None:
    first = str(room.attempts[0])
    desk.open("review?lang=zh&theme=light", "[data-current]")
    before = counts(desk)["to_review"]
    assert before >= FLAGGED
    reviewer = Reviewer(desk)
    began = time.monotonic()
    work_through(reviewer, room)
    verdicts = len(reviewer.spent)
    reviewer.press("u")  # one is taken back, looked at again and decided again
    desk.until(lambda: "已撤销" in desk.text(".toast"))
    desk.until(lambda: reviewer.current() not in {"none", ""})
    work_through(reviewer, room)
    seconds = time.monotonic() - began
    most = max(presses for presses, _ in reviewer.spent)
    waits = sorted(waited for _, waited in reviewer.spent)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{verdicts} verdicts: {reviewer.presses / verdicts:.2f} key presses each, at most {most}; "
            f"{seconds / verdicts:.2f} s each, the next stands there after {waits[len(waits) // 2]:.2f} s\n"
        )
    assert most <= 3
    assert verdicts == before
    assert counts(desk)["to_review"] == 0
    assert counts(desk)["confirmed"] + counts(desk)["overturned"] == before
    desk.picture("review_done_zh")

    total = release(desk, first)
    appeal(desk, room, first, total)
    arbitrate(desk, room, first, total)


def release(desk: Console, first: str) -> float:
    desk.open(f"attempts/{first}?lang=zh", "[data-release=proposed][data-release]")
    assert desk.find("[data-left]").get_attribute("data-left") == "0"
    total: float = desk.script(TOTAL_ON_PAGE)
    press_on(desk, "[data-confirm]")
    desk.find("[data-release=confirmed]")
    press_on(desk, "[data-send]")
    desk.find("[data-release=released]")
    assert desk.script(TOTAL_ON_PAGE) == total
    desk.picture("sheet_released_zh")
    return total


def appeal(desk: Console, room: ClassRoom, first: str, total: float) -> None:
    as_(desk, room, "student")
    desk.open("?lang=zh", "table.attempts")
    assert len(desk.all("tbody tr")) == 1, "only what is theirs and released"
    for language in ("en", "zh"):
        desk.open(f"attempts/{first}?lang={language}", "[data-item=live_work]")
        assert desk.script(TOTAL_ON_PAGE) == total
        desk.find("[data-item=live_work] summary").send_keys(Keys.ENTER)
        desk.until(lambda: desk.script(CLIP_IS_THERE))
        desk.picture(f"marks_{language}")
    assert "得回" in desk.text("[data-item=live_work]")
    desk.find("[data-plea=live_work]").send_keys("当时 Q1 已断开")
    time.sleep(0.3)
    press_on(desk, "[data-appeal=live_work]")
    desk.find("[data-item=live_work] .appeal-open")


def arbitrate(desk: Console, room: ClassRoom, first: str, total: float) -> None:
    as_(desk, room, "head")
    desk.open("appeals?lang=zh", "[data-appeal=live_work]")
    names = [option.text for option in desk.all("[data-appeal=live_work] option")]
    assert "教师 1" not in names, "who has decided about it does not mark its appeal"
    for place, name in enumerate(("教师 2", "教师 3")):
        desk.all("[data-appeal=live_work] select")[place].send_keys(name)
    time.sleep(0.3)
    press_on(desk, "[data-assign]")
    for role, points in (("second", "12"), ("third", "6")):
        as_(desk, room, role)
        desk.open(f"appeals?lang={'zh' if role == 'second' else 'en'}", "[data-task]")
        assert NUMBERS[0] not in desk.text("main")
        assert not desk.all("main a[href*=attempts]"), "nothing leads to whose it is"
        desk.picture(f"appeal_task_{'zh' if role == 'second' else 'en'}")
        mark(desk, "[data-task]", points, "看过录像")
    as_(desk, room, "head")
    for language in ("en", "zh"):
        desk.open(f"appeals?lang={language}", ".appeal-arbitration")
        desk.picture(f"arbitration_{language}")
    mark(desk, "[data-appeal=live_work]", "12", "断开后才伸手")
    assert "12" in desk.text("[data-appeal=live_work] [data-result]")
    for language in ("en", "zh"):
        desk.open(f"agreement?lang={language}", "[data-agreement]")
        desk.picture(f"agreement_rows_{language}")
    now = total + 6
    where: dict[str, Callable[[], Any]] = {
        "student": lambda: desk.script(TOTAL_ON_PAGE),
        "teacher": lambda: desk.script(TOTAL_ON_PAGE),
    }
    for role, read in where.items():
        as_(desk, room, role)
        desk.open(f"attempts/{first}", "[data-total]")
        assert read() == now, role
    desk.open(f"board?class={room.class_id}", f"[data-student='{NUMBERS[0]}']")
    assert desk.text(f"[data-student='{NUMBERS[0]}'] .points b") == f"{now:g}"
    desk.open("", "table.attempts")
    rows = {row.text.split("\n")[0]: row for row in desk.all("tbody tr")}
    shown = next(row for text, row in rows.items() if "faulty" in text)
    assert shown.find_element("css selector", ".points b").text == f"{now:g}"
    sheet = desk.script(f"return fetch('/v1/attempts/{first}/marksheet').then((r) => r.json())")
    assert sheet["total"] == now
