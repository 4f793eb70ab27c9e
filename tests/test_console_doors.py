"""Signing in by the school's identity provider, and the pages of what went wrong, in a real Chromium."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

import httpx
import pytest
from starlette.responses import RedirectResponse

from assessor.people import oidc
from assessor.people.caller import Grant
from assessor.people.roles import Role
from tests.api_site import serving_app
from tests.console_site import ROOT, Console, Site, in_browser, open_console
from tests.school import add_school
from tests.stores import open_store, place_of
from tests.test_oidc import IdentityProvider, build_provider

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

NOBODY = UUID(int=0)
SERVED = """
import socket, sys, uvicorn
from pathlib import Path
from api.app import Settings, config_of, create_app
from assessor.people.oidc import Provider
from assessor.store import open_store
place, folder, issuer = sys.argv[1:]
with open_store(place, Path(folder)) as store, socket.create_server(("127.0.0.1", 0)) as listening:
    app = create_app(Settings(store, provider=Provider(issuer, "assessor", "secret")))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}/", flush=True)
    uvicorn.Server(config_of(app)).run(sockets=[listening])
"""


def giving_codes() -> IdentityProvider:
    """A provider that asks nobody for a password: whoever comes goes back with a code."""
    own = build_provider()

    @own.app.get("/authorize")
    def authorize(redirect_uri: str, state: str, nonce: str) -> RedirectResponse:
        own.nonces["code 1"] = nonce
        return RedirectResponse(f"{redirect_uri}?{urlencode({'code': 'code 1', 'state': state})}", 303)

    return own


@contextmanager
def serving_with(data: Path, issuer: str) -> Iterator[str]:
    command = [sys.executable, "-c", SERVED, str(place_of(data)), str(data), issuer]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[IdentityProvider, str]]:
    """The provider, and the address of a school whose teacher comes by it."""
    data, own = tmp_path_factory.mktemp("school"), giving_codes()
    with open_store(data) as store:
        place = add_school(store)
        admin = place.caller(place.add_person("A", Grant(Role.ADMINISTRATOR)))
        teacher = place.add_person("T", Grant(Role.TEACHER), name="教师 1")
        oidc.link_subject(store, admin, teacher, "subject 1")
    with serving_app(own.app) as there:
        own.issuer = str(there.base_url).rstrip("/")
        with serving_with(data, own.issuer) as address:
            yield own, address


@pytest.fixture
def door(provider: tuple[IdentityProvider, str], browser: "Chrome") -> Console:
    provider[0].subject = "subject 1"
    return open_console(browser, Site(provider[1], NOBODY, NOBODY, "", ""))


@in_browser
def test_a_teacher_comes_in_by_the_schools_account(door: Console) -> None:
    door.open("sign-in?lang=en&theme=light", "[data-provider]")
    door.picture("sign_in_provider_en")
    door.find("[data-provider]").click()
    door.until(lambda: "教师 1" in door.text("[data-who]"))
    assert door.browser.current_url == door.address


@in_browser
@pytest.mark.parametrize(
    ("language", "words", "again"),
    [
        pytest.param("zh", "尚未与本系统的人员关联", "登录", id="zh"),
        pytest.param("en", "belongs to nobody here", "Sign in", id="en"),
    ],
)
def test_who_is_unknown_is_told_so_on_a_page(
    door: Console, provider: tuple[IdentityProvider, str], language: str, words: str, again: str
) -> None:
    provider[0].subject = "somebody else"
    door.open(f"sign-in?lang={language}", "[data-provider]")
    door.find("[data-provider]").click()
    assert words in door.text("[data-status='401']")
    door.picture(f"provider_refused_{language}")
    door.find("a[href='/sign-in']").click()
    assert again in door.text("h1")


@in_browser
def test_what_is_not_there_has_a_page_in_both_languages(door: Console) -> None:
    for path in ("static/none.css", "sign-in/oidc/back"):
        for language in ("zh", "en"):
            door.open(f"{path}?lang={language}", "[data-status] a[href='/']")
            assert door.script("return document.documentElement.lang").startswith(language)
            assert (
                door.script("return getComputedStyle(document.querySelector('.card')).borderRadius") == "8px"
            )
    door.find("[data-status='401'] a[href='/sign-in']")


def test_a_program_gets_the_problem_and_a_person_the_page(provider: tuple[IdentityProvider, str]) -> None:
    address = f"{provider[1]}sign-in/oidc/back"
    told = httpx.get(address)
    assert (told.status_code, told.json()["status"]) == (401, 401)
    page = httpx.get(address, headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert "default-src" in page.headers["content-security-policy"]
    assert httpx.get(f"{provider[1]}v1/none", headers={"Accept": "text/html"}).json()["status"] == 404
