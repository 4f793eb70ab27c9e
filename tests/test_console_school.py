"""Setting a school up, accounts, roster and devices in a real Chromium."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.keys import Keys

from assessor.people.links import set_up_link
from assessor.people.roster_file import write_xlsx
from tests.console_class import PASSWORD, ClassRoom, serving_class
from tests.console_site import Console, Site, in_browser, open_console, serving
from tests.stores import open_store

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClassRoom]:
    with serving_class(tmp_path_factory.mktemp("class")) as served:
        yield served


@pytest.fixture
def desk(room: ClassRoom, browser: "Chrome") -> Console:
    return open_console(browser, room.site)


def fill(console: Console, css: str, text: str) -> None:
    field = console.find(css)
    field.clear()
    field.send_keys(text)


@in_browser
def test_the_first_administrator_sets_the_school_up_once(
    tmp_path: Path, browser: "Chrome", room: ClassRoom
) -> None:
    with open_store(tmp_path) as store:
        token = set_up_link(store)
    with serving(tmp_path) as address:
        console = open_console(browser, Site(address, room.site.attempt, room.site.contest, "", ""))
        console.open("", "form[data-door]")
        for language in ("en", "zh"):
            console.open(f"set-up/{token}?lang={language}", "[name=school]")
            console.picture(f"set_up_{language}")
        for name, text in (
            ("school", "示范学校"),
            ("name", "管理员"),
            ("login", "admin"),
            ("password", PASSWORD),
        ):
            fill(console, f"[name={name}]", text)
        console.find("[name=password]").send_keys(Keys.ENTER)
        console.find("[data-who]")
        assert "管理员" in console.text("[data-who]")
        console.open(f"set-up/{token}", ".empty")


@in_browser
def test_a_new_account_comes_by_its_link_and_chooses_a_password(desk: Console, room: ClassRoom) -> None:
    desk.sign_in_as(room.tokens["administrator"])
    desk.open("people?lang=zh", "[data-person]")
    desk.find("details summary").click()
    for name, text in (("number", "T09"), ("name", "教师 9"), ("login", "teacher9")):
        fill(desk, f"[data-field={name}]", text)
    desk.find("[data-create]").click()
    link = desk.until(lambda: desk.text("[data-link]") if "http" in desk.text("[data-link]") else "")
    desk.sign_in_as("")
    desk.browser.get(link)
    desk.find("form[data-door] [type=submit]").send_keys(Keys.ENTER)
    desk.find("[name=new]")
    desk.open("review", "[name=new]")  # nothing else before there is a password
    fill(desk, "[name=new]", "another long password")
    desk.find("[name=new]").send_keys(Keys.ENTER)
    desk.find("[name=login]").send_keys("teacher9")
    desk.find("[name=password]").send_keys("another long password", Keys.ENTER)
    desk.find("[data-who]")
    desk.until(lambda: "教师 9" in desk.text("[data-who]"))


@in_browser
def test_a_roster_is_shown_with_its_faults_before_it_is_taken_in(
    desk: Console, room: ClassRoom, tmp_path: Path
) -> None:
    titles = ["学号", "姓名", "班级", "工位"]
    wrong, right = tmp_path / "wrong.xlsx", tmp_path / "right.xlsx"
    wrong.write_bytes(
        write_xlsx([titles, ["00012", "学生 12", "机电 2601", ""], ["", "学生 13", "机电 2601", ""]])
    )
    right.write_bytes(write_xlsx([titles, ["00012", "学生 12", "机电 2601", "bench 1"]]))
    desk.sign_in_as(room.tokens["head"])
    desk.open("people/roster?lang=zh", "[data-field=term]")
    chooser = desk.browser.find_element("css selector", "input[type=file]")
    chooser.send_keys(str(wrong))
    desk.find("tr.faulty")
    assert len(desk.all("tr.faulty")) == 1
    assert not desk.all("[data-import]")
    desk.picture("roster_faults_zh")
    desk.open("people/roster?lang=zh", "[data-field=term]")
    desk.browser.find_element("css selector", "input[type=file]").send_keys(str(right))
    desk.find("[data-import]").click()
    desk.until(lambda: "新增 1 人" in desk.text("main"))
    desk.open("board?lang=zh", ".tab")
    assert any("机电 2601" in tab.text for tab in desk.all(".tab"))
    desk.open("people?q=00012", "[data-person='00012']")


@in_browser
def test_a_device_gets_a_key_that_is_shown_once(desk: Console, room: ClassRoom) -> None:
    desk.sign_in_as(room.tokens["operator"])
    desk.open("benches?lang=zh", "[data-add]")
    fill(desk, "[data-field=bench]", "trainer_24v")
    fill(desk, "[data-field=name]", "工位机 1")
    desk.find("[data-add]").click()
    key = desk.until(lambda: desk.text("[data-key-shown]"))
    desk.open("benches", "[data-device='工位机 1']")
    assert key not in desk.script("return document.body.innerText")


@in_browser
def test_the_list_of_attempts_is_narrowed_and_the_address_carries_it(desk: Console, room: ClassRoom) -> None:
    desk.open("?lang=en", "table.attempts")
    assert desk.text("[data-count='3']") == "3 in all"
    desk.find("[name=student]").send_keys("112")
    desk.find("[name=state]").find_element("xpath", "./option[@value='proposed']").click()
    desk.find("[data-filter] [type=submit]").click()
    desk.find("[data-count='1']")
    assert len(desk.all("table.attempts tbody tr")) == 1
    assert "student=112" in desk.browser.current_url and "state=proposed" in desk.browser.current_url
    desk.picture("attempts_filtered_en")
    desk.open("?state=confirmed&lang=en", ".hint")
    assert "No attempt fits" in desk.text(".hint")
