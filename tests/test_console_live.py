"""The wall and the screen of a bench in a real Chromium, over a classroom whose cameras play recordings."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from assessor.people.caller import Grant
from assessor.people.roles import Role
from tests.console_site import Console, Site, open_console, serving
from tests.school import add_school
from tests.stores import open_store
from tests.watched_room import write_classroom

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = [pytest.mark.slow, pytest.mark.browser]
WAIT_S = 120.0
NOBODYS = UUID(int=0)


@dataclass(frozen=True)
class Lesson:
    """A served classroom and sessions of its people."""

    site: Site
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory, models_cache: Path) -> Iterator[Lesson]:
    folder = tmp_path_factory.mktemp("lesson")
    with open_store(folder / "data") as store:
        school = add_school(store)
        place = school.add_class("class")
        people = {
            "teacher": school.add_person("teacher", Grant(Role.TEACHER, class_id=place), name="教师"),
            "student": school.add_student("S1", place),
            "other": school.add_student("S2", place),
        }
        tokens = {name: school.session_of(person) for name, person in people.items()}
    with serving(folder / "data", write_classroom(folder, loop=True)) as address:
        yield Lesson(Site(address, NOBODYS, NOBODYS, "", tokens["teacher"]), tokens)


def test_a_lesson_on_the_wall_and_at_the_bench(lesson: Lesson, browser: "Chrome") -> None:
    desk = open_console(browser, lesson.site)
    desk.open("wall?lang=en", "[data-bench=bench_1]")
    assert len(desk.all("[data-bench]")) == 2
    desk.until(lambda: desk.script(SHOWN, "bench_1"), WAIT_S)
    begin(desk, "bench_1", "")
    begin(desk, "bench_2", "S2")
    desk.until(lambda: "Step" in desk.text("[data-bench=bench_1]"), WAIT_S)
    desk.until(lambda: "S2" in desk.text("[data-bench=bench_2]"))
    desk.until(lambda: desk.all("[data-bench=bench_2] .tile-alert.safety"), WAIT_S)
    desk.until(lambda: int(desk.script("return document.body.dataset.alarms || 0")) >= 1)
    desk.picture("wall_en")
    desk.open("wall?lang=zh", "[data-bench=bench_1]")
    desk.picture("wall_zh")

    desk.sign_in_as(lesson.tokens["student"])
    desk.open("wall/bench_1?lang=zh", ".seat-now")
    desk.until(lambda: desk.all(".seat-steps .step-done"), WAIT_S)
    desk.picture("bench_screen_zh")
    desk.find(".hand").click()
    desk.until(lambda: desk.all(".hand[aria-pressed=true]"))
    desk.open("wall/bench_1?lang=en", ".seat-now")
    desk.picture("bench_screen_en")
    desk.open("wall/bench_2", "[data-status='404']")

    desk.sign_in_as(lesson.tokens["teacher"])
    desk.open("wall?lang=en", "[data-bench=bench_1]")
    desk.until(lambda: "Asks for the teacher" in desk.text("[data-bench=bench_1]"))
    desk.find(".decisions .main-button").click()
    desk.until(lambda: "Paused" in desk.text("[data-bench=bench_2]"))
    press(desk, "bench_1", "End")
    desk.until(lambda: "Free" in desk.text("[data-bench=bench_1]"), WAIT_S)
    desk.until(lambda: _stored(desk), WAIT_S)


SHOWN = "return document.querySelector(`[data-bench=${arguments[0]}] img`).naturalWidth === 640"


def begin(desk: Console, bench: str, student: str) -> None:
    if student:
        desk.find(f"[data-bench={bench}] input").send_keys(student)
        desk.until(lambda: desk.script(f"return document.querySelector('[data-bench={bench}] input').value"))
        desk.script("return new Promise(done => setTimeout(done, 400))")
    press(desk, bench, "Begin")


def press(desk: Console, bench: str, words: str) -> None:
    found = [one for one in desk.all(f"[data-bench={bench}] .button") if one.text.endswith(words)]
    found[0].click()


def _stored(desk: Console) -> bool:
    desk.browser.get(desk.address + "?lang=en")
    return bool(desk.all("tr.entry"))
