"""Reviewing over the interface: from the queue to a released sheet, and an appeal to its end."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from api.app import Settings, create_app
from api.limits import Rate
from assessor.review.intake import take_in
from assessor.review.wishes import REASONS
from assessor.store import Store
from tests.api_site import serving_app
from tests.review_cases import Classroom, build_classroom


@dataclass(frozen=True)
class Desk:
    """A classroom and whoever calls the interface."""

    room: Classroom
    client: httpx.Client

    def call(self, who: str, method: str, path: str, status: int, **more: Any) -> Any:
        answer = self.send(who, method, path, **more)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def send(self, who: str, method: str, path: str, **more: Any) -> httpx.Response:
        token = self.room.school.session_of(self.room.people[who])
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"} | more.pop("headers", {})
        return self.client.request(method, f"/v1{path}", headers=headers, **more)

    def decide(self, who: str, item: str, status: int = 201, **body: Any) -> Any:
        path = f"/attempts/{self.room.attempt}/items/{item}"
        tag = self.send(who, "GET", path).headers["ETag"]
        return self.call(who, "POST", f"{path}/decisions", status, headers={"If-Match": tag}, json=body)

    def finish(self, what: str) -> Any:
        path = f"/attempts/{self.room.attempt}"
        tag = self.send("teacher", "GET", f"{path}/outcome").headers["ETag"]
        return self.call("teacher", "POST", f"{path}/{what}", 201, headers={"If-Match": tag})


@pytest.fixture
def desk(store: Store) -> Iterator[Desk]:
    app = create_app(Settings(store, console=False, rate=Rate(10_000, 10_000)))
    with serving_app(app) as client:
        yield Desk(build_classroom(store), client)


def test_from_the_queue_to_the_end_of_an_appeal_the_numbers_agree(desk: Desk) -> None:
    page = desk.call("teacher", "GET", "/reviews?limit=2", 200)
    assert [one["item"] for one in page["items"]] == ["harm", "safe"]
    assert page["left"] == {"to_review": 5, "doubt": 0, "confirmed": 0, "overturned": 0}
    rest = desk.call("teacher", "GET", f"/reviews?cursor={page['next']}", 200)
    assert [one["item"] for one in rest["items"]] == ["overtime", "tidy", "earth"]
    assert (
        desk.decide("teacher", "safe", decision="overturn", awarded=4, reason_code="put_right")["mark"] == 4
    )
    assert desk.decide("teacher", "tidy", decision="enter", value=3)["mark"] == 7.5
    desk.decide("teacher", "earth", decision="enter", value=2)
    desk.decide("teacher", "harm", decision="refuse", reason="另一只手没有进入")
    seen = [
        {"attempt_id": str(desk.room.attempt), "item": item, "version": 0} for item in ("overtime", "safe")
    ]
    bulk = desk.call("teacher", "POST", "/reviews/accept", 200, json={"items": seen})
    assert [one["item"] for one in bulk["accepted"]] == ["overtime"]
    assert [one["item"] for one in bulk["left"]] == ["safe"]
    outcome = desk.call("teacher", "GET", f"/attempts/{desk.room.attempt}/outcome", 200)
    assert (outcome["sheet"]["total"], outcome["left"]) == (37.5, [])
    assert desk.finish("confirm")["total"] == 37.5
    assert desk.finish("release")["total"] == 37.5
    released = desk.call("student", "GET", f"/attempts/{desk.room.attempt}/released", 200)
    assert (released["total"], released["passed"]) == (37.5, True)
    sheet = desk.call("student", "GET", f"/attempts/{desk.room.attempt}/marksheet", 200)
    assert (sheet["total"], sheet["state"]) == (37.5, "released")
    assert appealed(desk) == 41.5


def appealed(desk: Desk) -> float:
    """The student appeals about `safe`, the markers differ, the head gives 8."""
    plea = {"attempt_id": str(desk.room.attempt), "item": "safe", "text": "我没碰"}
    appeal = desk.call("student", "POST", "/appeals", 201, json=plea)["id"]
    found = desk.call("head", "GET", f"/appeals/{appeal}/candidates", 200)
    markers = [str(desk.room.people[name]) for name in ("referee 1", "colleague")]
    assert set(markers) <= {one["person_id"] for one in found["items"]}
    desk.call("head", "PUT", f"/appeals/{appeal}/markers", 204, json={"markers": markers})
    for who, points in (("referee 1", 2), ("colleague", 15)):
        (task,) = desk.call(who, "GET", "/appeal-tasks", 200)["items"]
        assert (task["most"], task["own"]) == (20, None)
        given = {"awarded": points, "reason": "x"}
        state = desk.call(who, "POST", f"/appeal-tasks/{appeal}/mark", 201, json=given)["state"]
    assert state == "arbitration"
    last = {"awarded": 8, "reason": "有一次在区外"}
    assert desk.call("head", "POST", f"/appeals/{appeal}/arbitration", 201, json=last)["state"] == "decided"
    told = desk.call("student", "GET", f"/appeals/{appeal}", 200)
    assert (told["awarded"], told["answer"], told["marks"]) == (8, "有一次在区外", [])
    total: float = desk.call("student", "GET", f"/attempts/{desk.room.attempt}/released", 200)["total"]
    assert total == desk.call("teacher", "GET", f"/attempts/{desk.room.attempt}", 200)["total"]
    return total


@pytest.mark.fault(79)
def test_what_was_looked_at_must_be_named_and_still_hold(desk: Desk) -> None:
    path = f"/attempts/{desk.room.attempt}/items/safe/decisions"
    body = {"decision": "overturn", "awarded": 4, "reason_code": "not_so"}
    assert desk.call("teacher", "POST", path, 428, json=body)["title"] == "If-Match is missing"
    desk.call("teacher", "POST", path, 412, json=body, headers={"If-Match": "*"})
    desk.call("teacher", "POST", path, 201, json=body, headers={"If-Match": '"v0"'})
    other = body | {"awarded": 9}
    told = desk.call("colleague", "POST", path, 409, json=other, headers={"If-Match": '"v0"'})
    assert "What you think is kept" in told["detail"]
    view = desk.call("teacher", "GET", f"/attempts/{desk.room.attempt}/items/safe", 200)
    assert [(one["awarded"], one["counts"]) for one in view["opinions"]] == [(4, True), (9, False)]
    tag = {"If-Match": f'"v{view["version"]}"'}
    undone = desk.call("teacher", "POST", path.replace("decisions", "undo"), 200, headers=tag)
    assert undone["mark"] is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param({"decision": "accept", "score": 3}, "score", id="unknown field"),
        pytest.param({"decision": "nonsense"}, "decision", id="unknown decision"),
        pytest.param({"decision": "enter", "awarded": "1e400"}, "awarded", id="not a number"),
        pytest.param({"decision": "doubt", "reason": "x" * 2001}, "reason", id="too long"),
        pytest.param({"decision": "overturn", "awarded": 2, "reason_code": "other"}, "Say why", id="unsaid"),
        pytest.param({"decision": "undo"}, "veto", id="undo is a route of its own"),
    ],
)
def test_what_is_not_allowed_is_422(desk: Desk, body: dict[str, Any], said: str) -> None:
    path = f"/attempts/{desk.room.attempt}/items/safe/decisions"
    told = desk.call("teacher", "POST", path, 422, json=body, headers={"If-Match": '"v0"'})
    assert said in str(told["errors"]) + told["detail"]


@pytest.mark.fault(86)
def test_drafts_over_the_interface(desk: Desk) -> None:
    path = f"/attempts/{desk.room.attempt}"
    desk.call("teacher", "PUT", f"{path}/items/safe/draft", 204, json={"body": {"reason": "半句"}})
    (kept,) = desk.call("teacher", "GET", f"{path}/drafts", 200)
    assert (kept["item"], kept["body"]) == ("safe", {"reason": "半句"})
    assert desk.call("colleague", "GET", f"{path}/drafts", 200) == []
    desk.call("teacher", "DELETE", f"{path}/items/safe/draft", 204)
    assert desk.call("teacher", "GET", f"{path}/drafts", 200) == []


@pytest.mark.parametrize(
    "cursor", ["x", "W10", "WzEsMiwzLDRd" * 9, "bnVsbA", "Wy0xLDAuNSwxLDFd", "WzEsIk5hTiIsMSwxXQ"]
)
def test_cursor_that_was_never_given_is_422(desk: Desk, cursor: str) -> None:
    desk.call("teacher", "GET", f"/reviews?cursor={cursor}", 422)


def test_agreement_and_marking_over_the_interface(desk: Desk) -> None:
    desk.decide("teacher", "isolated", decision="accept")
    (row,) = desk.call("teacher", "GET", "/agreement", 200)["items"]
    assert (row["item"], row["same"], row["kappa"]) == ("isolated", 1, None)
    (week,) = desk.call("teacher", "GET", "/drift", 200)["items"]
    assert (week["count"], week["overturned"]) == (1, 0)
    path = f"/classes/{desk.room.class_id}/marking"
    desk.call("head", "PUT", path, 204, json={"double": True, "items": {"tidy": 2}})
    found = desk.call("referee 1", "GET", path, 200)
    assert found == {"double": True, "tolerance": 0.1, "items": {"tidy": 2}, "appeal_days": 14}


def test_every_reason_is_told_in_both_languages() -> None:
    assert all(text.zh and text.en for text in REASONS.values())
    assert len(REASONS) == 9  # the keys 1 to 9


def test_attempts_that_were_there_before_are_taken_in_once(desk: Desk) -> None:
    store = desk.room.store
    assert take_in(store) == 1
    assert take_in(store) == 0
