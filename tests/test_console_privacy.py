"""Consent, retention, holds, export, erasure and the yearly report in a real Chromium."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.console_class import NUMBERS, ClassRoom, serving_class
from tests.console_site import Console, in_browser, open_console

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

WORDS_OF = "return document.querySelectorAll(`[data-word='video ${arguments[0]}']`).length"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClassRoom]:
    with serving_class(tmp_path_factory.mktemp("class")) as served:
        yield served


@pytest.fixture
def desk(room: ClassRoom, browser: "Chrome") -> Console:
    return open_console(browser, room.site)


@pytest.fixture
def downloads(browser: "Chrome", tmp_path: Path) -> Path:
    wanted = {"behavior": "allow", "downloadPath": str(tmp_path)}
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", wanted)
    return tmp_path


def fill(console: Console, name: str, text: str) -> None:
    field = console.find(f"[data-field={name}]")
    field.clear()
    field.send_keys(text)


def until_told(console: Console, css: str, words: str) -> None:
    """Read by the page itself: it may be shown anew meanwhile."""
    read = "return document.querySelector(arguments[0])?.innerText ?? ''"
    console.until(lambda: words in console.script(read, css))


def until_shown(console: Console, kind: str) -> None:
    console.until(lambda: console.script(WORDS_OF, kind))


def open_student(console: Console, number: str) -> None:
    console.open("privacy?lang=en", f"[data-student='{number}']")
    console.find(f"[data-student='{number}'] a.cover").click()
    console.find("[data-purpose=video]")


def downloaded(console: Console, folder: Path, suffix: str) -> Path:
    found: Path = console.until(lambda: next(folder.glob(f"*{suffix}"), None))
    return found


@in_browser
@pytest.mark.fault(80)
def test_consent_is_recorded_and_withdrawn_and_files_go_at_once(desk: Console, room: ClassRoom) -> None:
    desk.sign_in_as(room.tokens["teacher"])
    open_student(desk, NUMBERS[2])
    for kind, gone in (("Given", ""), ("Withdrawn", "files were removed")):
        desk.find("[data-field=kind]").find_element("xpath", f"./option[.='{kind}']").click()
        fill(desk, "version", "2026-1")
        desk.find("[data-record]").click()
        until_told(desk, ".toast", gone or "Recorded")
        until_told(desk, "[data-purpose=video]", kind)
        until_shown(desk, kind.lower())
        desk.find("[data-record]")
    assert "Must not be kept" in str(desk.find("[data-purpose=video] .state").get_attribute("title"))
    assert len(desk.all("[data-word]")) == 2
    desk.open("privacy?lang=zh", f"[data-student='{NUMBERS[2]}']")
    assert "已撤回" in desk.text(f"[data-student='{NUMBERS[2]}'] [data-purpose=video]")


@in_browser
def test_a_hold_keeps_and_is_lifted_and_days_are_set(desk: Console, room: ClassRoom) -> None:
    desk.sign_in_as(room.tokens["head"])
    attempt = room.attempts[1]
    desk.open(f"privacy/holds?lang=en&attempt={attempt}", "[data-put]")
    desk.find("[data-put]").click()
    until_told(desk, ".toast", "Say why")
    fill(desk, "reason", "asked by the parents")
    desk.find("[data-put]").click()
    desk.find("[data-hold]")
    desk.open("privacy/retention", "[data-field=clips]")
    assert "asked by the parents" in desk.text("[data-kept='1']")
    fill(desk, "audit", "10")
    desk.find("[data-save]").click()
    until_told(desk, ".toast", "183")
    fill(desk, "audit", "400")
    fill(desk, "clips", "45")
    desk.find("[data-save]").click()
    until_told(desk, ".toast", "audit chain")
    desk.open("privacy/retention", "[data-field=clips]")
    assert desk.find("[data-field=clips]").get_attribute("value") == "45"
    desk.open("privacy/holds", "[data-hold]")
    desk.find("[data-hold] button").click()
    desk.until(lambda: not desk.all("[data-hold]"))


@in_browser
def test_a_student_asks_and_the_head_puts_it_right(desk: Console, room: ClassRoom) -> None:
    desk.sign_in_as(room.tokens["student"])
    desk.open("privacy/requests?lang=en", "[data-ask]")
    fill(desk, "wanted", "学生 一〇七")
    desk.find("[data-ask]").click()
    until_told(desk, ".toast", "Say why")
    fill(desk, "text", "It is written wrongly")
    desk.find("[data-ask]").click()
    desk.find("[data-request=open] [data-withdraw]")
    desk.sign_in_as(room.tokens["head"])
    for language in ("zh", "en"):
        desk.open(f"privacy/requests?lang={language}", "[data-request=open]")
        desk.picture(f"requests_{language}")
    fill(desk, "reason", "Seen in the register")
    desk.find("[data-answer=approve]").click()
    desk.find("[data-request=approved]")
    desk.open(f"privacy?q={NUMBERS[0]}", "[data-student]")
    assert "一〇七" in desk.text(f"[data-student='{NUMBERS[0]}']")


@in_browser
@pytest.mark.fault(81)
def test_a_student_takes_their_data_and_is_erased_by_number(
    desk: Console, room: ClassRoom, downloads: Path
) -> None:
    desk.sign_in_as(room.tokens["student"])
    desk.open("privacy?lang=en", "[data-export]")
    assert not desk.all("[data-erase], [data-record], [data-student]")
    desk.find("[data-export] button").click()
    assert downloaded(desk, downloads, ".zip").stat().st_size > 1000
    desk.sign_in_as(room.tokens["head"])
    open_student(desk, NUMBERS[0])
    desk.find("details summary").click()
    fill(desk, "again", NUMBERS[1])
    desk.find("[data-erase]").click()
    until_told(desk, ".toast", "nothing was erased")
    fill(desk, "again", NUMBERS[0])
    desk.find("[data-erase]").click()
    desk.find("[data-receipt]")
    desk.picture("receipt_en")
    desk.find("[data-download]").click()
    receipt = json.loads(downloaded(desk, downloads, ".json").read_text("utf-8"))
    assert receipt["signature"] == desk.text(".signature")
    assert str(room.attempts[0]) in receipt["content"]["attempts"]
    desk.open("privacy", "[data-student]")
    assert not desk.all(f"[data-student='{NUMBERS[0]}']")


@in_browser
def test_the_year_is_accounted_for(desk: Console, room: ClassRoom) -> None:
    desk.sign_in_as(room.tokens["head"])
    desk.open("audit?lang=en", "a[href='/audit/report']")
    desk.find("a[href='/audit/report']").click()
    rows = {row.get_attribute("data-row"): row.text for row in desk.until(lambda: desk.all("[data-row]"))}
    assert rows["attempts kept "].endswith("3")
    desk.open("audit/report?year=2001", "[data-row]")
    assert desk.text("h1").startswith("Audit of 2001")
