"""The procedure editor in a real Chromium: faults inline, completion, trial, versions compared."""

import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.keys import Keys

from tests.console_class import ClassRoom, serving_class
from tests.console_site import Console, in_browser, open_console

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

PUT_CURSOR = """
const id = parseInt(document.querySelector('.nicegui-codemirror').id.slice(1));
putCursor(id, arguments[0], arguments[1]);
"""
COMPLETIONS = "return [...document.querySelectorAll('.cm-tooltip-autocomplete li')].map((e) => e.innerText)"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClassRoom]:
    data = tmp_path_factory.mktemp("class")
    before = os.environ.get("ASSESSOR_DATA")
    os.environ["ASSESSOR_DATA"] = str(data)  # where the served process keeps the school's own procedures
    try:
        with serving_class(data) as served:
            yield served
    finally:
        if before is None:
            del os.environ["ASSESSOR_DATA"]
        else:
            os.environ["ASSESSOR_DATA"] = before


@pytest.fixture
def editor(room: ClassRoom, browser: "Chrome") -> Console:
    desk = open_console(browser, room.site)
    desk.open("rules/motor_start_stop?lang=en&theme=light", ".procedure-graph")
    desk.until(lambda: desk.script("return typeof ruleSchema !== 'undefined' && ruleSchema !== null"))
    return desk


def type_at(console: Console, line: int, column: int, *keys: str) -> None:
    console.script(PUT_CURSOR, line, column)
    for key in keys:
        console.browser.switch_to.active_element.send_keys(key)


@in_browser
def test_a_fault_stands_at_its_line_and_is_not_saved(editor: Console) -> None:
    type_at(editor, 24, 5, "x")  # title: -> xtitle:
    editor.find(".cm-line.fault-line.error .fault-word")
    fault = editor.text(".fault.error")
    assert "line 24, column 5" in fault and "xtitle" in fault
    assert "once there are no errors" in editor.text(".beside-text")
    editor.picture("editor_fault_en")
    type_at(editor, 1, 1, Keys.CONTROL + "s" + Keys.NULL)
    editor.until(lambda: "Not saved" in editor.text(".toast"))
    assert editor.text("[data-version]") == "Shipped"
    editor.find(".fault.error").click()
    editor.until(lambda: editor.script("return document.activeElement.classList.contains('cm-content')"))


@in_browser
def test_keys_and_words_are_completed(editor: Console) -> None:
    type_at(editor, 24, 5, "ta", Keys.CONTROL + " " + Keys.NULL)
    names = editor.until(lambda: editor.script(COMPLETIONS))
    assert "takes_s" in names and "procedure" not in names
    editor.picture("editor_complete_en")


@in_browser
def test_a_timeline_is_judged_by_the_text_as_it_is(editor: Console) -> None:
    next(tab for tab in editor.all(".q-tab") if "Try" in tab.text).click()
    editor.find(".trial-head select").send_keys("faulty")
    time.sleep(0.5)
    editor.find("[data-try]").click()
    assert editor.text("[data-trial-total]") == "62 / 100 points"
    assert "6 / 12" in editor.text("[data-trial=live_work]").replace("\n", " ")
    editor.picture("editor_trial_en")


@in_browser
def test_a_saved_text_is_the_next_version_and_can_be_compared(editor: Console) -> None:
    type_at(editor, 1, 1, "# of our school\n", Keys.CONTROL + "s" + Keys.NULL)
    editor.until(lambda: "version 2" in editor.text(".toast"))
    editor.until(lambda: editor.text("[data-version]") == "Own version 2")
    next(tab for tab in editor.all(".q-tab") if "Compare" in tab.text).click()
    editor.find(".diff pre, .diff .hint")
    editor.all(".editor-tabs select")[0].send_keys("Shipped")
    editor.until(lambda: "+# of our school" in [line.text for line in editor.all(".diff .added")])
    assert "-version: 1" in [line.text for line in editor.all(".diff .removed")]
    editor.picture("editor_compare_en")


@in_browser
def test_a_bench_is_drawn_told_of_and_saved_as_a_version(editor: Console, room: ClassRoom) -> None:
    editor.sign_in_as(room.tokens["operator"])
    for language in ("zh", "en"):
        editor.open(f"benches/trainer_24v?lang={language}", ".bench-picture .device")
        editor.picture(f"bench_{language}")
    editor.until(lambda: editor.script("return typeof ruleSchema !== 'undefined' && ruleSchema !== null"))
    assert len(editor.script("return [...document.querySelectorAll('.bench-picture .marker')]")) == 4
    next(tab for tab in editor.all(".q-tab") if "camera" in tab.text).click()
    fits = editor.find("[data-procedure=motor_start_stop] summary")
    assert "Seen" in fits.text
    fits.click()
    assert "Seen" in editor.text("[data-procedure=motor_start_stop] [data-item=isolation]")
    editor.picture("bench_sight_en")
    type_at(editor, 1, 1, "markers: [\n")
    editor.find(".fault.error")
    type_at(editor, 1, 1, Keys.CONTROL + "a" + Keys.NULL)
    editor.open("benches/trainer_24v", ".bench-picture .device")
    editor.until(lambda: editor.script("return typeof ruleSchema !== 'undefined' && ruleSchema !== null"))
    type_at(editor, 1, 1, "# measured anew\n", Keys.CONTROL + "s" + Keys.NULL)
    editor.until(lambda: editor.text("[data-version]") == "Own version 1")


@in_browser
def test_a_rule_set_says_who_includes_it(editor: Console) -> None:
    for language in ("zh", "en"):
        editor.open(f"rules/sets/electrical_safety?lang={language}", "[data-user=reversing_interlock]")
        editor.picture(f"rule_set_{language}")
    for language in ("zh", "en"):
        editor.open(f"rules?kind=shared&lang={language}", "[data-rule-set=electrical_safety]")
        editor.picture(f"rule_sets_{language}")


@in_browser
def test_a_new_procedure_begins_with_a_copy_and_a_wrong_name_is_refused(editor: Console) -> None:
    editor.open("rules?lang=en", "[data-procedure]")
    editor.find("details summary").click()
    editor.find("[data-field=id]").send_keys("Our Panel")
    editor.find("[data-begin]").click()
    editor.until(lambda: "small letters" in editor.text(".toast"))
    editor.find("[data-field=id]").clear()
    editor.find("[data-field=id]").send_keys("our_panel")
    editor.find("[data-field=copied]").find_element("xpath", "./option[.='motor_start_stop']").click()
    editor.picture("rules_new_en")
    editor.find("[data-begin]").click()
    editor.until(lambda: editor.browser.current_url.endswith("/rules/our_panel"))
    assert editor.text("[data-version]") == "Own version 1"
    editor.find(".procedure-graph")
    assert "procedure: our_panel" in editor.text(".cm-content")
