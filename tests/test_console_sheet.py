"""The page of a mark sheet in a real Chromium: lines, clip, keys, timeline, open items."""

import pytest

from tests.console_site import Console, in_browser


@in_browser
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_teacher_opens_a_sheet_and_sees_clip_reason_and_rule(console: Console, language: str) -> None:
    words = {"zh": ("机器建议", "不符合", "停留 2.1 s"), "en": ("Proposed", "Not met", "2.1 s (limit 0 s)")}[
        language
    ]
    console.open(f"?lang={language}", "table.attempts")
    assert words[0] in console.text("tbody tr:first-child")
    assert "start_stop_good.mp4 +1" in console.text("tbody tr:first-child")
    console.picture(f"attempts_{language}")
    next(link for link in console.all("a.cover") if link.text == "start_stop_faulty.mp4").click()
    console.find("tr[data-item]")
    assert console.text("[data-total]") == "44\n/ 88"

    console.choose("live_work")
    assert words[1] in console.text("tr[data-item=live_work]")
    console.until(lambda: words[2] in console.text("[data-reason]"))
    assert "90 %" in console.text("[data-confidence]")
    assert "never: {hand_in: live_zone}" in console.text(".rule .marked:nth-of-type(4)")
    began = console.until(lambda: console.script("return document.querySelector('video')?.currentTime"))
    console.until(lambda: console.script("return document.querySelector('video').currentTime") > began + 0.4)
    assert 2.5 <= began <= 5.2, "the clip begins with the evidence, 3 s into it"
    assert console.script("return document.querySelector('.still img').naturalWidth") > 0
    assert "line=live_work" in console.browser.current_url
    console.picture(f"sheet_{language}")


@in_browser
def test_the_clip_repeats_its_evidence(console: Console) -> None:
    console.open(f"attempts/{console.attempt}?line=live_work", "video")
    console.until(lambda: console.script("return document.querySelector('video').readyState") >= 3)
    console.script("const v = document.querySelector('video'); v.currentTime = 4.7; v.play()")
    console.until(lambda: console.script("return document.querySelector('video').currentTime") < 4.5)
    assert console.script("return document.querySelector('video').currentTime") >= 2.9


@in_browser
def test_keys_move_through_the_lines_and_the_clip(console: Console) -> None:
    console.open(f"attempts/{console.attempt}?line=dead_proof", "tr[data-item=dead_proof][aria-current=true]")
    console.until(lambda: console.script("return window.did_handshake"))
    console.find("body").send_keys("n")
    console.find("tr[data-item=live_work][aria-current=true]")
    focus = "return getComputedStyle(document.activeElement.closest('tr')).outlineStyle"
    assert console.script(focus) == "solid"
    console.until(lambda: console.script("return document.querySelector('video').paused") is False)
    console.find("body").send_keys(" ")
    console.until(lambda: console.script("return document.querySelector('video').paused"))
    before = console.script("return document.querySelector('video').currentTime")
    console.find("body").send_keys(".")
    console.until(lambda: console.script("return document.querySelector('video').currentTime") > before)
    console.find("body").send_keys("p")
    console.find("tr[data-item=dead_proof][aria-current=true]")


@in_browser
def test_the_timeline_leads_to_the_line(console: Console) -> None:
    console.open(f"attempts/{console.attempt}", ".timeline .mark")
    assert len(console.all(".steps .mark")) == 6
    assert len(console.all(".mistakes .mark")) == 6
    assert "缺口" in str(console.find(".gap").get_attribute("title"))
    console.find(".mark[title*='X1.4b–KM1.A1 用了黄色线']").click()
    console.find("tr[data-item=coil_wire][aria-current=true]")
    console.find(".mark[title*='螺丝刀仍在板上']").click()
    row = console.find("tr[data-item=tools_back][aria-current=true]")
    console.until(lambda: row.location["y"] + row.size["height"] <= 768)


@in_browser
def test_an_open_item_waits_instead_of_losing_points(console: Console) -> None:
    console.open(f"attempts/{console.attempt}?line=bare_copper", ".no-clip")
    assert "待评" in console.text("tr[data-item=bare_copper]")
    assert "– / 6" in console.text("tr[data-item=bare_copper]").replace("\n", " ")
    assert "照片" in console.text(".no-clip")
    console.picture("open_item_zh")


@in_browser
@pytest.mark.parametrize("language", ["zh", "en"])
def test_vetoes_pass_line_groups_and_overtime_are_shown(console: Console, language: str) -> None:
    words = {
        "zh": ("待人确认", "已驳回", "合格与否未定", "安装配线", "超时"),
        "en": ("waits for a person", "refused", "Pass not decided yet", "Board", "Overtime"),
    }[language]
    console.open(f"attempts/{console.contest}?lang={language}", "[data-veto=shock]")
    assert words[0] in console.text("[data-veto=shock]")
    assert words[1] in console.text("[data-veto=disturbing]")
    assert words[2] in console.text(".sheet-head")
    assert words[3] in [head.text for head in console.all(".dimension th")]
    assert [row.get_attribute("data-item") for row in console.all("tr[data-item]")][:2] == [
        "safe_work",
        "site/limit",
    ]
    assert words[4] in console.text("tr[data-item=overtime]")
    assert console.text("tr[data-item=overtime] .points") == "-2", "it has no points of its own"
    console.picture(f"contest_{language}")


@in_browser
def test_a_line_of_two_verdicts_says_decided_once_for_each(console: Console) -> None:
    console.open(f"attempts/{console.contest}?line=safe_work", ".figures")
    names = [one.text for one in console.all(".figures dt")]
    assert len(names) == len(set(names)), names
    assert "0:04.4 · 0:04.9 判定" in [one.text for one in console.all(".figures dd")]


@in_browser
def test_the_page_to_print_opens_beside_the_sheet(console: Console) -> None:
    console.open(f"attempts/{console.contest}?lang=en", "[data-print]")
    sheet = console.browser.current_window_handle
    console.find("[data-print]").click()
    console.until(lambda: len(console.browser.window_handles) == 2)
    console.browser.switch_to.window(next(h for h in console.browser.window_handles if h != sheet))
    try:
        assert "Mark sheet" in console.text("h1")
        assert console.script("return document.querySelector('.stills img').naturalWidth") == 360
    finally:
        console.browser.close()
        console.browser.switch_to.window(sheet)


@in_browser
def test_a_photo_of_the_finished_work_is_shown_large(console: Console) -> None:
    console.open(f"attempts/{console.contest}?lang=zh&line=wires", ".still img")
    console.until(lambda: console.script("return document.querySelector('.still img').naturalWidth") > 0)
    assert not console.all("video")
    assert console.find(".still img").size["width"] > 400
