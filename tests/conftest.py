"""Fixtures that several test modules share: an own data folder, the fetched models, a real Chromium."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from assessor import models, settings

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

    from assessor.store import Store
    from tests.console_site import Console, Site


@pytest.fixture(autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test keeps its results in a folder of its own, never in the user's."""
    folder = tmp_path_factory.mktemp("data")
    monkeypatch.setenv("ASSESSOR_DATA", str(folder))
    return folder


@pytest.fixture(scope="session")
def models_cache() -> Path:
    """The user's cache with all models in it; fetched when they are missing."""
    models.ensure()
    return settings.cache_folder()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator["Store"]:
    """An empty store on each database; PostgreSQL where ASSESSOR_TEST_POSTGRES names one."""
    from sqlalchemy import create_engine, text

    from assessor.store import open_store

    if request.param == "sqlite":
        with open_store(tmp_path / "data") as opened:
            yield opened
        return
    server = os.environ.get("ASSESSOR_TEST_POSTGRES")
    if server is None:
        pytest.skip("needs ASSESSOR_TEST_POSTGRES=postgresql+psycopg://...")
    schema = f"test_{uuid4().hex}"
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    with open_store(f"{server}?options=-csearch_path%3D{schema}", tmp_path) as opened:
        yield opened
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


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
    from assessor.store import open_store
    from tests import attempts
    from tests.console_site import ROOT, Site, serving, sign_in_head
    from tests.contest import build_contest_record

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
    from assessor.store import open_store
    from tests.attempts import build_record
    from tests.console_site import EVIL, Site, serving, sign_in_head

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
