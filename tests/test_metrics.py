"""The figures for Prometheus: what they say after something has happened."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.app import Settings, create_app
from assessor.ledger.backup import back_up
from assessor.ledger.vital_signs import LOCKED_FROM
from assessor.people import data_requests
from assessor.people.caller import Grant
from assessor.people.data_requests import Kind, Wish
from assessor.people.roles import Role
from assessor.people.sign_in import LIMITS
from assessor.store.people_tables import FailedSignInRow
from tests.api_site import serving_app
from tests.school import Clock, School, add_school, quick_passwords
from tests.stores import open_store


@dataclass(frozen=True)
class Watched:
    """A served school and the key of its monitor."""

    client: httpx.Client
    school: School
    clock: Clock
    key: str

    def figures(self) -> dict[str, float]:
        text = self.client.get("/v1/metrics", headers={"Authorization": f"Bearer {self.key}"}).text
        return {
            sample.name + "".join(sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def fail(self, login: str, times: int) -> None:
        """As that many refused tries leave it."""
        now = self.school.store.now()
        rows = [{"login": login, "address": "192.0.2.7", "created_utc": now} for _ in range(times)]
        self.school.store.write(lambda session: session.add_all(FailedSignInRow(**row) for row in rows))


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    quick_passwords(monkeypatch)
    with open_store(tmp_path / "data") as store:
        store.now = clock = Clock()
        school = add_school(store)
        with serving_app(create_app(Settings(store, console=False))) as client:
            yield Watched(client, school, clock, school.add_device("")[1])


def test_refused_sign_ins_and_lock_outs_are_counted_for_an_hour(watched: Watched) -> None:
    assert LIMITS[-1][1] == LOCKED_FROM
    watched.client.post("/v1/session", json={"login": "a", "password": "wrong"})
    figures = watched.figures()
    assert (figures["assessor_failed_sign_ins"], figures["assessor_logins_locked"]) == (1, 0)
    watched.fail("b", LOCKED_FROM)
    watched.fail("c", LOCKED_FROM - 1)
    figures = watched.figures()
    assert (figures["assessor_failed_sign_ins"], figures["assessor_logins_locked"]) == (2 * LOCKED_FROM, 1)
    watched.clock.forward(hours=1)
    figures = watched.figures()
    assert (figures["assessor_failed_sign_ins"], figures["assessor_logins_locked"]) == (0, 0)


def test_writes_events_and_problems_are_counted(watched: Watched) -> None:
    before = watched.figures()
    _, key = watched.school.add_device("bench1")
    event = {"seq": 1, "happened_utc": "2026-03-02T08:00:00Z", "kind": "k", "subject": "s", "confidence": 1}
    sent = {"sent_utc": "2026-03-02T08:00:01Z", "events": [event, event | {"seq": 2}]}
    bearer = {"Authorization": f"Bearer {key}"}
    assert watched.client.post("/v1/events", json=sent, headers=bearer).status_code == 200
    watched.client.post("/v1/events", json={}, headers=bearer)
    after = watched.figures()
    assert (before["assessor_events"], after["assessor_events"]) == (0, 2)
    assert after["assessor_write_seconds_count"] >= before["assessor_write_seconds_count"] + 2
    assert after["assessor_write_seconds_sum"] > before["assessor_write_seconds_sum"]
    assert after["assessor_waiting_writes"] == 0
    assert after["assessor_requests_totalPOST/v1/events422"] == 1


def test_the_newest_backup_and_open_requests_are_told(watched: Watched, tmp_path: Path) -> None:
    assert watched.figures()["assessor_last_backup_s"] == 0
    watched.clock.forward(days=1)
    back_up(watched.school.store, tmp_path / "backup")
    student = watched.school.add_person("1", Grant(Role.STUDENT))
    caller = watched.school.caller(student)
    for _ in range(2):
        asked = data_requests.ask(watched.school.store, caller, student, Wish(Kind.OTHER, "why"))
    data_requests.withdraw(watched.school.store, caller, asked)
    figures = watched.figures()
    assert figures["assessor_last_backup_s"] == watched.clock.now.timestamp()
    assert figures["assessor_open_data_requests"] == 1


def test_no_figure_names_anybody(watched: Watched) -> None:
    watched.client.post("/v1/session", json={"login": "somebody-4712", "password": "wrong"})
    watched.client.get("/v1/people/somebody-4712")
    assert not [name for name in watched.figures() if "4712" in name]
