"""A served console and the browser that looks at it, for the tests of its pages.

With ASSESSOR_SCREENSHOTS=FOLDER the pages are pictured there (docs/console holds the last ones).
"""

import base64
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from api.identity import COOKIE
from tests.stores import place_of

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

    from assessor.store import Store

ROOT = Path(__file__).parents[1]
COLOURS = 128  # of a picture: a page has few, a clip looks well enough
EVIL = (
    '<img src=x onerror="document.title=1"></script><script>document.title=1</script>{{7*7}}\u202e'
    + "长" * 9000
)


@dataclass(frozen=True)
class Site:
    """A served console and two of its attempts: at a motor starter, and at the contest's rubric; `including`:
    sha256 of a procedure that includes rule sets; `token`: of a session of the school's head."""

    address: str
    attempt: UUID
    contest: UUID
    including: str
    token: str


@dataclass(frozen=True)
class Console:
    """A served console and the browser that looks at it."""

    browser: "Chrome"
    address: str
    attempt: UUID
    contest: UUID
    including: str

    def sign_in_as(self, token: str) -> None:
        """From now on the browser is whose session this is; an empty token: nobody."""
        self.browser.execute_cdp_cmd("Network.enable", {})
        cookie = {"name": COOKIE, "value": token, "url": self.address, "httpOnly": True}
        if token:
            self.browser.execute_cdp_cmd("Network.setCookie", cookie)
        else:
            self.browser.execute_cdp_cmd("Network.deleteCookies", {"name": COOKIE, "url": self.address})

    def open(self, path: str, wait_for: str) -> None:
        self.browser.get(self.address + path)
        self.find(wait_for)

    def find(self, css: str) -> "WebElement":
        found: WebElement = self.until(lambda: next(iter(self.all(css)), None))
        return found

    def all(self, css: str) -> list["WebElement"]:
        return [one for one in self.browser.find_elements("css selector", css) if _is_displayed(one)]

    def text(self, css: str) -> str:
        return self.find(css).text

    def choose(self, item: str) -> None:
        self.find(f"tr[data-item={item}] button.cover").click()
        self.find(f"tr[data-item={item}][aria-current=true]")

    def script(self, code: str, *values: Any) -> Any:
        return self.browser.execute_script(code, *values)

    def until(self, ready: Callable[[], Any], seconds: float = 15) -> Any:
        end = time.monotonic() + seconds
        while not (value := ready()) and time.monotonic() < end:
            time.sleep(0.05)
        assert value, "waited in vain"
        return value

    def picture(self, name: str) -> None:
        folder = os.environ.get("ASSESSOR_SCREENSHOTS")
        if folder:
            from PIL import Image

            time.sleep(1)  # the clip fades its controls
            shot = self.browser.execute_cdp_cmd("Page.captureScreenshot", {})["data"]
            whole = Image.open(BytesIO(base64.b64decode(shot))).convert("RGB")
            whole.quantize(COLOURS).save(Path(folder, f"{name}.png"), optimize=True)


def _is_displayed(one: "WebElement") -> bool:
    from selenium.common.exceptions import StaleElementReferenceException

    try:
        return one.is_displayed()
    except StaleElementReferenceException:  # drawn anew between the two calls
        return False


@contextmanager
def serving(data: Path, classroom: Path | None = None) -> Iterator[str]:
    """`serve` in a process of its own; gives its address. Its log must stay free of tracebacks. `classroom`:
    the file of one that is watched."""
    code = (
        "import sys; from pathlib import Path; from api.app import Address, serve; "
        "from assessor.classroom.file import load_classroom; "
        "place, data, *watched = sys.argv[1:]; "
        "room = load_classroom(Path(watched[0])) if watched else None; "
        "tell = lambda address, _: print(address, flush=True); "
        "serve(place, Address(port=0), data=Path(data), announce=tell, classroom=room)"
    )
    watched = [str(classroom)] if classroom else []
    command = [sys.executable, "-c", code, str(place_of(data)), str(data), *watched]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout and server.stderr
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
            complaints = server.stderr.read()
            assert "Traceback" not in complaints, complaints


def open_console(browser: "Chrome", served: Site) -> Console:
    size = {"width": 1366, "height": 768, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    console = Console(browser, served.address, served.attempt, served.contest, served.including)
    console.sign_in_as(served.token)
    browser.get(served.address + "about?lang=zh&theme=light")
    return console


def sign_in_head(store: "Store", name: str = "") -> str:
    """The token of a session of somebody who may see all of a new school."""
    from assessor.people.caller import Grant
    from assessor.people.roles import Role
    from tests.school import add_school

    place = add_school(store)
    head = place.add_person("T0001", Grant(Role.HEAD), Grant(Role.TEACHER), login="head", name=name)
    return place.session_of(head)


def in_browser(test: Callable[..., None]) -> Callable[..., None]:
    marked: Callable[..., None] = pytest.mark.browser(pytest.mark.slow(test))
    return marked
