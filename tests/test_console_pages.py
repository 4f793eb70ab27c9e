"""The other pages of the console in a real Chromium, and what holds for all: words, escaping, no network."""

import pytest

from tests.attempts import build_record, line_of
from tests.console_site import Console, in_browser


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
    logged = console.browser.execute("getLog", {"type": "browser"})["value"]
    assert [one for one in logged if "Content Security Policy" in one["message"]] == []


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
