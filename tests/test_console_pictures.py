"""Every page of a school's console in a real Chromium: in both languages, on a phone, in the dark it fits.

With ASSESSOR_SCREENSHOTS=FOLDER each is pictured there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from assessor.ledger.audit import MACHINE
from assessor.ledger.consent import Consent, record
from assessor.ledger.holds import put_hold
from tests.console_access import small_targets, violations, without_focus
from tests.console_class import NUMBERS, ClassRoom, serving_class
from tests.console_site import Console, in_browser, open_console
from tests.stores import open_store

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


@dataclass(frozen=True)
class Page:
    """A page as somebody of a role opens it; `css`: what has to be there."""

    name: str
    role: str
    path: str
    css: str

    def address(self, room: ClassRoom, query: str) -> str:
        path = self.path.replace("FIRST", str(room.attempts[0])).replace("STUDENT", str(room.student))
        return f"{path}{'&' if '?' in path else '?'}{query}"


PAGES = [
    Page("sign_in", "", "sign-in", "form[data-door]"),
    Page("enter", "", "enter/a-link-of-somebody", "form[data-door]"),
    Page("attempts_of_class", "teacher", "", "table.attempts"),
    Page("review", "teacher", "review", "[data-current]"),
    Page("sheet_to_decide", "teacher", "attempts/FIRST?line=live_work", "[data-release]"),
    Page("board", "teacher", "board", f"[data-student='{NUMBERS[0]}']"),
    Page("rules", "teacher", "rules", "[data-procedure]"),
    Page("rule_sets", "teacher", "rules?kind=shared", "[data-rule-set]"),
    Page("bench_files", "teacher", "rules?kind=benches", "[data-bench]"),
    Page("editor", "teacher", "rules/motor_start_stop", ".procedure-graph"),
    Page("rule_set", "teacher", "rules/sets/electrical_safety", "[data-user]"),
    Page("bench", "operator", "benches/trainer_24v", ".bench-picture"),
    Page("about", "teacher", "about", "dl"),
    Page("appeals", "teacher", "appeals", "main h1"),
    Page("agreement", "teacher", "agreement", "main h1"),
    Page("account", "teacher", "account", "form[data-door]"),
    Page("people", "administrator", "people", "[data-person]"),
    Page("roster", "administrator", "people/roster", "[data-field=term]"),
    Page("audit", "administrator", "audit", "[data-seq]"),
    Page("year_report", "administrator", "audit/report?year=2026", "[data-row]"),
    Page("consents", "head", "privacy", "[data-student]"),
    Page("person_data", "head", "privacy/people/STUDENT", "[data-word]"),
    Page("own_data", "student", "privacy", "[data-export]"),
    Page("retention", "head", "privacy/retention", "[data-kept='1']"),
    Page("holds", "head", "privacy/holds", "[data-hold]"),
    Page("no_right", "teacher", "audit", "[data-status='403']"),
    Page("missing", "teacher", "no/such/page", "[data-status='404']"),
    Page("benches", "operator", "benches", "[data-add]"),
    Page("marks_list", "student", "", ".empty, table.attempts"),
]
WIDE = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClassRoom]:
    data = tmp_path_factory.mktemp("class")
    with serving_class(data) as served:
        with open_store(data) as store:
            put_hold(store, MACHINE, served.attempts[1], "家长要求复查 / the parents ask")
            for said in (("given", "guardian"), ("withdrawn", "self")):
                record(store, MACHINE, Consent(served.student, "research", *said, "2026-1"))
        yield served


@pytest.fixture
def desk(room: ClassRoom, browser: "Chrome") -> Console:
    return open_console(browser, room.site)


@in_browser
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_fits_in_both_languages(desk: Console, room: ClassRoom, page: Page, language: str) -> None:
    desk.sign_in_as(room.tokens.get(page.role, ""))
    desk.open(page.address(room, f"lang={language}&theme=light"), page.css)
    assert desk.script("return document.documentElement.lang") == ("zh-CN" if language == "zh" else "en-US")
    assert desk.script(WIDE) <= 0
    desk.picture(f"{page.name}_{language}")
    if language == "en":
        assert violations(desk) == []
        assert without_focus(desk) == []


@in_browser
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_fits_on_a_phone_and_in_the_dark(desk: Console, room: ClassRoom, page: Page) -> None:
    desk.sign_in_as(room.tokens.get(page.role, ""))
    phone = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    desk.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    desk.open(page.address(room, "lang=en&theme=dark"), page.css)
    assert desk.script("return document.body.classList.contains('body--dark')")
    assert desk.script(WIDE) <= 0
    assert violations(desk) == []
    assert small_targets(desk) == []


@in_browser
def test_a_role_is_led_only_where_it_may_go(desk: Console, room: ClassRoom) -> None:
    for role, page, refused in (
        ("student", "", "review"),
        ("operator", "", "audit"),
        ("teacher", "", "people/roster"),
        ("administrator", "", "review"),
    ):
        desk.sign_in_as(room.tokens[role])
        desk.open(f"{page}?lang=zh", "main")
        leads = [link.get_attribute("href") for link in desk.all("nav.nav a")]
        assert not [lead for lead in leads if str(lead).endswith(f"/{refused}")], (role, leads)
        desk.open(refused, ".empty")
        assert "角色不允许" in desk.text(".empty"), role
