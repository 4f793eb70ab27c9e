"""Keys: kept for a person, changed in the help, presets, conflicts, and off."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from assessor.errors import RefusedError
from assessor.review.keys import PRESETS, USUAL, Keys, keep_keys, keys_of
from assessor.store import Store
from tests.console_site import Console, in_browser, open_console
from tests.console_venue import Venue, serving_venue
from tests.review_cases import build_classroom

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

CURRENT = "return document.querySelector('[data-current]')?.dataset.current ?? ''"


def test_each_person_has_their_own(store: Store) -> None:
    room = build_classroom(store)
    teacher, colleague = room.caller("teacher"), room.caller("colleague")
    assert keys_of(store, teacher).all == USUAL
    keep_keys(store, teacher, Keys("boris", on=False, own={"accept": "y"}))
    keep_keys(store, teacher, Keys("boris", on=False, own={"accept": "z"}))
    kept = keys_of(store, teacher)
    assert (kept.preset, kept.on, kept.all["accept"], kept.all["next"]) == ("boris", False, "z", "pagedown")
    assert keys_of(store, colleague).all == USUAL


@pytest.mark.parametrize("preset", PRESETS)
def test_no_preset_contradicts_itself(preset: str) -> None:
    keys = Keys(preset).all
    assert len(set(keys.values())) == len(keys)
    assert set(PRESETS[preset]) <= set(USUAL)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        pytest.param(Keys(own={"accept": "r"}), "two things", id="taken"),
        pytest.param(Keys(own={"accept": "7"}), "cannot be a key", id="digit"),
        pytest.param(Keys(own={"accept": "enter"}), "cannot be a key", id="enter"),
        pytest.param(Keys(own={"accept": " "}), "cannot be a key", id="space"),
        pytest.param(Keys(own={"accept": ""}), "cannot be a key", id="nothing"),
        pytest.param(Keys(own={"dance": "d"}), "no action dance", id="unknown action"),
        pytest.param(Keys("vim"), "preset", id="unknown preset"),
    ],
)
def test_what_cannot_be_is_refused(store: Store, keys: Keys, told: str) -> None:
    room = build_classroom(store)
    with pytest.raises(RefusedError, match=told):
        keep_keys(store, room.caller("teacher"), keys)
    assert keys_of(store, room.caller("teacher")) == Keys()


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    with serving_venue(tmp_path_factory.mktemp("keys"), attempts=2) as served:
        yield served


@pytest.fixture
def desk(venue: Venue, browser: "Chrome") -> Console:
    console = open_console(browser, venue.site)
    console.sign_in_as(venue.tokens["teacher"])
    return console


def press(desk: Console, key: str) -> None:
    desk.browser.switch_to.active_element.send_keys(key)


def moves(desk: Console, key: str) -> bool:
    """Whether the key puts another item at hand."""
    before = desk.script(CURRENT)
    press(desk, key)
    end = time.monotonic() + 3
    while time.monotonic() < end:
        if desk.script(CURRENT) != before:
            return True
        time.sleep(0.1)
    return False


def remap(desk: Console, action: str, key: str) -> None:
    field = desk.find(f"[data-remap={action}]")
    field.click()
    field.send_keys(key)


def save(desk: Console) -> None:
    desk.script("document.documentElement.dataset.before = '1'")
    desk.find("[data-keep-keys]").click()
    desk.until(lambda: desk.script("return document.documentElement.dataset.before") != "1")
    desk.find("[data-current]")


@in_browser
def test_a_key_is_given_another_action_and_stays(desk: Console) -> None:
    desk.open("review?lang=en&theme=light", "[data-current]")
    press(desk, "?")
    remap(desk, "next", "a")
    assert "A does two things" in desk.text("[data-key-warning]")
    assert not desk.find("[data-keep-keys]").is_enabled()
    assert len(desk.all("[data-conflict]")) == 2
    desk.picture("keys_conflict_en")
    remap(desk, "next", "d")
    assert desk.find("[data-key-warning]").text == ""
    remap(desk, "accept", "y")
    save(desk)
    assert "Y accept" in desk.text(".keys"), "the hint follows"
    assert desk.text("[data-key=a] kbd") == "Y"
    assert not moves(desk, "n"), "the old key does nothing"
    assert moves(desk, "d")
    desk.open("about", "dl")
    desk.open("review?lang=zh", "[data-current]")
    press(desk, "?")
    assert desk.find("[data-remap=next]").get_attribute("value") == "D", "kept on the server"
    desk.picture("keys_zh")


@in_browser
def test_a_preset_and_off(desk: Console) -> None:
    from selenium.webdriver.common.keys import Keys as Press
    from selenium.webdriver.support.select import Select

    desk.open("review?lang=en", "[data-current]")
    press(desk, "?")
    Select(desk.find("[data-preset]")).select_by_value("boris")
    save(desk)
    assert moves(desk, Press.PAGE_DOWN)
    assert not moves(desk, "n")
    press(desk, "?")
    desk.find("[data-keys-on]").click()
    save(desk)
    assert "off" in desk.text(".keys")
    assert not moves(desk, Press.PAGE_DOWN)
    assert not desk.all("[data-key=a] kbd"), "no key is promised"
    press(desk, "?")
    assert not desk.all("[data-help][open]")
    desk.find("[data-key='?']").click()
    desk.find("[data-help][open]")
