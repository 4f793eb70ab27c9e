"""The console in a real Chromium: the list, a mark sheet, the clip that plays, both languages; and its parts.

With ASSESSOR_SCREENSHOTS=FOLDER the pages are pictured there (docs/console holds the last ones).
"""

import base64
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from api.console.figures import clock, points
from api.console.preferences import Preferences, preferences_of
from api.console.procedure_words import procedure_words
from api.console.rule_lines import rule_lines
from api.console.sheet_data import CLIP_PRE_S, loop_of
from api.console.texts import TEXTS, say_or, shown_outcome
from assessor.store import ProcedureVersion, open_store
from assessor.types import Evidence, Outcome, Text
from tests.attempts import (
    PROCEDURE_SOURCE,
    build_good_record,
    build_record,
    cut_short,
    line_of,
    write_evidence,
)

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

ROOT = Path(__file__).parents[1]
EVIL = (
    '<img src=x onerror="document.title=1"></script><script>document.title=1</script>{{7*7}}\u202e'
    + "长" * 9000
)


# ---- in the browser ---------------------------------------------------------------------


@dataclass(frozen=True)
class Console:
    """A served console and the browser that looks at it."""

    browser: "Chrome"
    address: str
    attempt: UUID

    def open(self, path: str, wait_for: str) -> None:
        self.browser.get(self.address + path)
        self.find(wait_for)

    def find(self, css: str) -> "WebElement":
        found: WebElement = self.until(lambda: next(iter(self.all(css)), None))
        return found

    def all(self, css: str) -> list["WebElement"]:
        return [one for one in self.browser.find_elements("css selector", css) if one.is_displayed()]

    def text(self, css: str) -> str:
        return self.find(css).text

    def choose(self, item: str) -> None:
        self.find(f"tr[data-item={item}] button.cover").click()
        self.find(f"tr[data-item={item}][aria-current=true]")

    def script(self, code: str) -> Any:
        return self.browser.execute_script(code)

    def until(self, ready: Callable[[], Any], seconds: float = 15) -> Any:
        end = time.monotonic() + seconds
        while not (value := ready()) and time.monotonic() < end:
            time.sleep(0.05)
        assert value, "waited in vain"
        return value

    def picture(self, name: str) -> None:
        folder = os.environ.get("ASSESSOR_SCREENSHOTS")
        if folder:
            time.sleep(1)  # the clip fades its controls
            shot = self.browser.execute_cdp_cmd("Page.captureScreenshot", {})["data"]
            Path(folder, f"{name}.png").write_bytes(base64.b64decode(shot))


@contextmanager
def serving(data: Path) -> Iterator[str]:
    """`serve` in a process of its own; gives its address. Its log must stay free of tracebacks."""
    code = f"from api.app import serve; serve({str(data)!r}, port=0, announce=lambda a: print(a, flush=True))"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout and server.stderr
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
            complaints = server.stderr.read()
            assert "Traceback" not in complaints, complaints


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, UUID]]:
    """A few attempts; the faulty sample has its clips."""
    data = tmp_path_factory.mktemp("school")
    faulty = cut_short(build_record("start_stop_faulty.mp4", "faulty", "20260107"))
    write_evidence(faulty, data, ROOT / "samples" / "start_stop_faulty.mp4")
    with open_store(data) as store:
        for name, student in (("bench3_0915.mp4", "20260112"), ("bench5_0921.mp4", "20260115")):
            store.save_attempt(build_good_record(name, student))
        store.save_attempt(build_record("bench1_0930.mp4", "bench 1"))
        attempt = store.save_attempt(faulty)
        store.save_attempt(build_good_record("start_stop_good.mp4", "20260121"))
        again = build_good_record("start_stop_good.mp4", "20260121")
        store.save_attempt(replace(again, recording=replace(again.recording, name="copy.mp4")))
    with serving(data) as address:
        yield address, attempt


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, UUID]]:
    """One attempt whose student and file name are attacks, and whose clips are gone."""
    data = tmp_path_factory.mktemp("attacked")
    with open_store(data) as store:
        attempt = store.save_attempt(build_record("<b>\n\u202egnp.mp4", "evil", EVIL))
    with serving(data) as address:
        yield address, attempt


def open_console(browser: "Chrome", served: tuple[str, UUID]) -> Console:
    size = {"width": 1366, "height": 768, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(served[0] + "about?lang=zh&theme=light")
    return Console(browser, *served)


@pytest.fixture
def console(school: tuple[str, UUID], browser: "Chrome") -> Console:
    return open_console(browser, school)


@pytest.fixture
def attacked_console(attacked: tuple[str, UUID], browser: "Chrome") -> Console:
    return open_console(browser, attacked)


def in_browser(test: Callable[..., None]) -> Callable[..., None]:
    marked: Callable[..., None] = pytest.mark.browser(pytest.mark.slow(test))
    return marked


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
def test_language_and_theme_stay_chosen(console: Console) -> None:
    console.open("", "table.attempts")
    console.find("[data-language=en]").click()
    console.until(lambda: console.text("h1") == "Attempts")
    console.find("[data-theme]").click()
    console.until(lambda: "theme=dark" in console.browser.current_url)
    console.open(f"attempts/{console.attempt}", "tr[data-item]")
    assert console.script("return document.documentElement.lang") == "en-US"
    assert console.script("return document.body.classList.contains('body--dark')")
    console.choose("start_wire")
    console.picture("sheet_dark_en")


@in_browser
@pytest.mark.fault(71)
def test_names_of_users_are_text_and_nothing_else(attacked_console: Console) -> None:
    console = attacked_console
    for path, css in (("", "table.attempts"), (f"attempts/{console.attempt}", "tr[data-item]")):
        console.open(path, css)
        assert '<img src=x onerror="' in console.text(".main")
        assert console.script("return document.title") != "1"
        assert not console.all("bdi img")
        assert "\u202e" not in console.script("return document.body.innerText")
        assert console.script("return document.documentElement.scrollWidth") <= 1366


@in_browser
def test_the_console_needs_nothing_from_elsewhere(console: Console) -> None:
    fetched: set[str] = set()
    for path, css in (
        ("", "table"),
        (f"attempts/{console.attempt}?line=live_work", "video"),
        ("about", "dl"),
    ):
        console.open(path, css)
        fetched |= set(console.script("return performance.getEntriesByType('resource').map(e => e.name)"))
    assert {name for name in fetched if not name.startswith((console.address, "data:"))} == set()
    wrong = [e for e in console.browser.get_log("browser") if "Content Security Policy" in e["message"]]  # type: ignore[no-untyped-call]
    assert wrong == []


@in_browser
@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("attempts/00000000-0000-0000-0000-000000000000", "没有这份作答", id="unknown attempt"),
        pytest.param("attempts/x", "没有这份作答", id="no uuid"),
        pytest.param("no/such/page", "地址可能写错了", id="unknown page"),
    ],
)
def test_an_unknown_page_says_so(console: Console, path: str, words: str) -> None:
    console.open(path, ".empty")
    assert words in console.text(".empty")


@in_browser
def test_the_other_pages(console: Console) -> None:
    console.open(f"procedures/{build_record().procedure.sha256}?line={line_of('  no_live_work:')}", ".rule")
    assert "no_live_work:" in console.text(".marked")
    for language in ("zh", "en"):
        console.open(f"about?lang={language}", "dl")
        assert "Affero" in console.text("dl")
        assert console.find("a[href='/v1/source']").text
        console.picture(f"about_{language}")


@in_browser
def test_a_clip_that_is_gone_says_so(attacked_console: Console) -> None:
    attacked_console.open(f"attempts/{attacked_console.attempt}?line=live_work", ".clip-gone")
    assert "片段文件不在" in attacked_console.text(".clip-gone")


@in_browser
def test_a_page_of_another_site_may_not_open_the_socket(console: Console) -> None:
    import httpx

    path = console.address + "_nicegui_ws/socket.io/?EIO=4&transport=polling"
    assert httpx.get(path, headers={"Origin": "http://evil.example"}).status_code == 403
    assert httpx.get(path, headers={"Origin": console.address.rstrip("/")}).status_code != 403


# ---- what it is made of -----------------------------------------------------------------


def test_every_text_is_there_in_both_languages_with_the_same_places() -> None:
    for key, text in TEXTS.items():
        assert text.zh and text.en, key
        assert set(re.findall(r"{\w+}", text.zh)) == set(re.findall(r"{\w+}", text.en)), key


def test_every_text_is_used_and_every_used_text_is_there() -> None:
    files = [path for path in (ROOT / "api" / "console").glob("*.py") if path.name != "texts.py"]
    named = set(re.findall(r"""["']([\w.]+)["']""", "".join(path.read_text("utf-8") for path in files)))
    asked = set(re.findall(r"""say\(["']([\w.]+)["']""", "".join(path.read_text("utf-8") for path in files)))
    built = re.compile(r"(nav|attempts|state|outcome|check|mistake|gap)\.[\w ]+")
    assert [key for key in TEXTS if key not in named and not built.fullmatch(key)] == []
    assert asked <= set(TEXTS)


def test_a_word_of_the_rule_file_is_shown_as_it_is() -> None:
    assert say_or("gap", "covered", "zh") == "镜头被遮挡"
    assert say_or("gap", "sunlight", "zh") == "sunlight"


def test_a_line_nobody_has_judged_is_open() -> None:
    assert shown_outcome(Outcome.NOT_OBSERVED, None) == "open"
    assert shown_outcome(Outcome.NOT_OBSERVED, 0.0) == "not_observed"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        pytest.param(0, "0:00.0", id="zero"),
        pytest.param(9.96, "0:10.0", id="rounds up"),
        pytest.param(59.96, "1:00.0", id="into the minute"),
        pytest.param(3599.99, "1:00:00.0", id="into the hour"),
        pytest.param(3723.4, "1:02:03.4", id="hours"),
    ],
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(6.0, "6"), (7.5, "7.5"), (0.333, "0.33"), (100.0, "100"), (-2.0, "-2")]
)
def test_points(value: float, text: str) -> None:
    assert points(value) == text


def test_titles_come_from_the_procedure_as_it_was() -> None:
    source = (ROOT / "rules" / "procedures" / "motor_start_stop.yaml").read_text(encoding="utf-8")
    words = procedure_words(ProcedureVersion("0" * 64, "motor_start_stop", Text("", ""), source))
    assert words.title("isolate", "zh") and words.title("isolate", "en")
    assert words.dimension("safety", "zh") == "安全"
    assert (words.title("no_such_step", "en"), words.dimension("teamwork", "en")) == (None, "teamwork")


def test_a_procedure_of_another_language_version_has_no_words() -> None:
    words = procedure_words(ProcedureVersion("0" * 64, "old", Text("", ""), "procedure: old\nstages: []\n"))
    assert (words.title("isolate", "en"), words.dimension("safety", "en")) == (None, "safety")


def test_rule_lines_hold_the_whole_block_and_its_neighbours() -> None:
    first = line_of("  no_live_work:")
    lines = rule_lines(PROCEDURE_SOURCE, first)
    assert [one.number for one in lines if one.marked] == list(range(first, first + 5))
    assert (lines[0].text, lines[-1].text.strip()) == ("rules:", "no_tool_left:")


@pytest.mark.parametrize("line", [0, -1, 10_000])
def test_rule_lines_of_no_line_are_empty(line: int) -> None:
    assert rule_lines(PROCEDURE_SOURCE, line) == ()


@pytest.mark.parametrize(
    ("start_s", "end_s", "offset_s", "in_s", "out_s"),
    [
        pytest.param(31.0, 33.1, 28.0, 3.0, 5.1, id="inside"),
        pytest.param(1.0, 4.0, 0.0, 1.0, 4.0, id="at the beginning of the recording"),
        pytest.param(10.0, 10.2, 7.0, 2.35, 3.85, id="an instant is widened"),
        pytest.param(0.0, 0.0, 0.0, 0.0, 1.5, id="an instant at zero"),
    ],
)
def test_loop_is_the_evidence_inside_its_clip(
    start_s: float, end_s: float, offset_s: float, in_s: float, out_s: float
) -> None:
    loop = loop_of(Evidence(start_s, end_s))
    assert (loop.offset_s, loop.in_s, loop.out_s) == pytest.approx((offset_s, in_s, out_s))


def test_the_clip_begins_where_the_evidence_stage_cuts_it() -> None:
    from assessor import evidence

    assert evidence.PRE_S == CLIP_PRE_S


@pytest.mark.parametrize(
    ("query", "cookie", "wanted"),
    [
        pytest.param("", "", Preferences("zh", None), id="nothing asked"),
        pytest.param("lang=en&theme=dark", "", Preferences("en", True), id="address"),
        pytest.param("", "assessor_lang=en; assessor_theme=light", Preferences("en", False), id="cookie"),
        pytest.param("lang=zh", "assessor_lang=en", Preferences("zh", None), id="address before cookie"),
        pytest.param("lang=xx&theme=1", "assessor_lang=yy", Preferences("zh", None), id="nonsense"),
    ],
)
def test_preferences(query: str, cookie: str, wanted: Preferences) -> None:
    from starlette.requests import Request

    scope = {"type": "http", "query_string": query.encode(), "headers": [(b"cookie", cookie.encode())]}
    assert preferences_of(Request(scope)) == wanted
