"""Fixtures that several test modules share: an own data folder, the fetched models, a real Chromium."""

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assessor import models, settings
from tests import stores

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

    from assessor.store import Store
    from tests.console_site import Console, Site


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is about SQLite's own file has nothing to say where every store is in PostgreSQL."""
    for item in items if stores.ALL_ON else []:
        for mark in item.iter_markers("sqlite"):
            item.add_marker(pytest.mark.skip(reason=f"about SQLite: {mark.args[0]}"))


@pytest.fixture(scope="session", autouse=True)
def clean_server() -> Iterator[None]:
    """The databases that the tests made are gone afterwards."""
    yield
    if stores.SERVER:
        stores.databases().close()


pytest_plugins = ["tests.canary"]  # no secret in any log of the whole run


@pytest.fixture(autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Each test keeps its results in a folder of its own, never in the user's."""
    folder = tmp_path_factory.mktemp("data")
    monkeypatch.setenv("ASSESSOR_DATA", str(folder))
    with stores.databases().dropped_after() if stores.SERVER else nullcontext():
        yield folder


@pytest.fixture
def command_line_store(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What commands keep goes where the store of the test's data folder is."""
    for name, value in stores.environment_of(data_folder).items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def models_cache() -> Path:
    """The user's cache with all models in it; fetched when they are missing."""
    models.ensure()
    return settings.cache_folder()


@pytest.fixture(params=["postgresql"] if stores.ALL_ON else ["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator["Store"]:
    """An empty store on each database; PostgreSQL where ASSESSOR_TEST_POSTGRES names one."""
    from assessor.store import open_store

    data = tmp_path / "data"
    place = stores.lay_down(data) if request.param == "sqlite" else stores.databases().url_of(data)
    with open_store(place, data) as opened:
        yield opened


@pytest.fixture(scope="session")
def browser() -> Iterator["Chrome"]:
    """A headless Chromium of 1366 x 768."""
    from selenium import webdriver

    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("needs Chromium and its driver: apt install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1366,768"):
        options.add_argument(argument)
    with webdriver.Chrome(options, webdriver.ChromeService(driver)) as chrome:
        yield chrome


@pytest.fixture(scope="session")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Site"]:
    """A served console with a few attempts; the faulty sample has its clips, the contest every construct."""
    from tests import attempts
    from tests.console_site import ROOT, Site, serving, sign_in_head
    from tests.contest import build_contest_record
    from tests.stores import open_store

    data = tmp_path_factory.mktemp("school")
    faulty = attempts.cut_short(attempts.build_record("start_stop_faulty.mp4", "faulty", "20260107"))
    attempts.write_evidence(faulty, data, ROOT / "samples" / "start_stop_faulty.mp4")
    with open_store(data) as store:
        clips = faulty.evidence_folder
        contest = store.save_attempt(replace(build_contest_record(), evidence_folder=clips))
        including = attempts.by_shipped(attempts.build_record("bench2_0927.mp4", "2"), "reversing_interlock")
        store.save_attempt(replace(including, evidence_folder=clips))
        for name, student in (("bench3_0915.mp4", "20260112"), ("bench5_0921.mp4", "20260115")):
            store.save_attempt(attempts.build_good_record(name, student))
        store.save_attempt(attempts.build_record("bench1_0930.mp4", "bench 1"))
        attempt = store.save_attempt(faulty)
        store.save_attempt(attempts.build_good_record("start_stop_good.mp4", "20260121"))
        again = attempts.build_good_record("start_stop_good.mp4", "20260121")
        store.save_attempt(replace(again, recording=replace(again.recording, name="copy.mp4")))
        token = sign_in_head(store)
    with serving(data) as address:
        yield Site(address, attempt, contest, including.procedure.sha256, token)


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Site"]:
    """A served attempt whose student and file name are attacks, and whose clips are gone."""
    from tests.attempts import build_record
    from tests.console_site import EVIL, Site, serving, sign_in_head
    from tests.stores import open_store

    data = tmp_path_factory.mktemp("attacked")
    with open_store(data) as store:
        attempt = store.save_attempt(build_record("<b>\n\u202egnp.mp4", "evil", EVIL))
        token = sign_in_head(store, EVIL[:150])
    with serving(data) as address:
        yield Site(address, attempt, attempt, "", token)


@pytest.fixture
def console(school: "Site", browser: "Chrome") -> "Console":
    """The school's console in the browser."""
    from tests.console_site import open_console

    return open_console(browser, school)


@pytest.fixture
def attacked_console(attacked: "Site", browser: "Chrome") -> "Console":
    """The attacked console in the browser."""
    from tests.console_site import open_console

    return open_console(browser, attacked)
