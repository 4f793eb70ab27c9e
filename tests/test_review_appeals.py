"""Appeals: two blind markers, arbitration where they differ, a new released sheet, and nobody else's."""

from dataclasses import fields
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from assessor.errors import NotAllowedError, RefusedError
from assessor.review.appeal_state import AppealState
from assessor.review.appeal_views import (
    BlindTask,
    appeal_view,
    appeals,
    candidates,
    marking_task,
    marking_tasks,
)
from assessor.review.appeals import (
    Mark,
    Plea,
    arbitrate,
    assign_markers,
    make_appeal,
    mark_appeal,
    withdraw,
)
from assessor.review.item_view import item_view
from assessor.review.release import confirm, draft
from assessor.review.released import released_sheet
from assessor.review.standing import Decision, Tab
from assessor.store import Store, UnknownIdError
from assessor.store.decision_tables import HoldRow
from tests.review_cases import Classroom, build_classroom
from tests.school import Clock


@pytest.fixture
def room(store: Store) -> Classroom:
    """A class whose first attempt is released: `safe` 4 of 20, 37.5 in all."""
    built = build_classroom(store)
    built.decide_all()
    built.release()
    return built


def plead(room: Classroom, item: str = "safe", who: str = "student", text: str = "我没碰带电部分") -> UUID:
    return make_appeal(room.store, room.caller(who), Plea(room.attempt, item, text))


def assign(room: Classroom, appeal: UUID, *who: str, by: str = "head") -> None:
    assign_markers(room.store, room.caller(by), appeal, [room.people[name] for name in who])


def mark(room: Classroom, appeal: UUID, who: str, awarded: float, reason: str = "手在区外") -> AppealState:
    return mark_appeal(room.store, room.caller(who), Mark(appeal, reason, awarded))


def holds(room: Classroom) -> list[bool]:
    """Of each hold on the attempt, whether it still lasts."""
    query = select(HoldRow).where(HoldRow.attempt_id == room.attempt)
    return room.store.read(lambda session: [row.released_utc is None for row in session.scalars(query)])


def test_markers_who_agree_end_it_with_their_mean(room: Classroom) -> None:
    appeal = plead(room)
    assign(room, appeal, "referee 1", "colleague")
    assert mark(room, appeal, "referee 1", 12.0) is AppealState.MARKING
    assert mark(room, appeal, "colleague", 13.0) is AppealState.DECIDED
    found = released_sheet(room.store, room.caller("student"), room.attempt)
    line = next(line for line in found.lines if line.item == "safe")
    assert (line.awarded, line.appeal, line.may_appeal) == (12.5, AppealState.DECIDED, False)
    assert (found.total, found.passed) == (46.0, True)
    view = item_view(room.store, room.caller("teacher"), room.attempt, "safe")
    assert (view.mark, view.tab) == (12.5, Tab.OVERTURNED)


def test_markers_who_differ_go_to_arbitration(room: Classroom) -> None:
    appeal = plead(room)
    assign(room, appeal, "referee 1", "referee 2")
    mark(room, appeal, "referee 1", 2.0)
    assert mark(room, appeal, "referee 2", 20.0) is AppealState.ARBITRATION
    assert released_sheet(room.store, room.caller("student"), room.attempt).total == 37.5
    given = Mark(appeal, "第二次在区外", 12.0)
    assert arbitrate(room.store, room.caller("head"), given) is AppealState.DECIDED
    found = released_sheet(room.store, room.caller("student"), room.attempt)
    assert found.total == 45.5
    assert next(line for line in found.lines if line.item == "safe").reason.zh.endswith("第二次在区外。")
    told = appeal_view(room.store, room.caller("student"), appeal)
    assert (told.state, told.awarded, told.answer) == (AppealState.DECIDED, 12.0, "第二次在区外")
    with pytest.raises(RefusedError, match="once its two markers differ"):
        arbitrate(room.store, room.caller("head"), given)


def test_markers_see_neither_each_other_nor_what_was_given(room: Classroom) -> None:
    appeal = plead(room)
    assign(room, appeal, "referee 1", "referee 2")
    mark(room, appeal, "referee 1", 2.0, "碰到了")
    (task,) = marking_tasks(room.store, room.caller("referee 2"))
    assert (task.title.en, task.least, task.most, task.own) == ("safe", 0, 20, None)
    assert task.text == "我没碰带电部分"
    assert len(task.evidence_ids) == 1
    told = repr([getattr(task, field.name) for field in fields(BlindTask)])
    for secret in (*(str(id) for id in room.people.values()), "人员", "碰到了", "costs", "分"):
        assert secret not in told.replace("带电部分", "")
    view = appeal_view(room.store, room.caller("referee 2"), appeal)
    assert (view.markers, view.marks, view.mine) == ((), (), True)
    assert marking_tasks(room.store, room.caller("referee 1")) == ()
    assert marking_task(room.store, room.caller("referee 1"), appeal).own == 2.0
    arbiter = appeal_view(room.store, room.caller("head"), appeal)
    assert [(one.by, one.awarded, one.reason) for one in arbiter.marks] == [("人员 referee 1", 2.0, "碰到了")]


def test_everybody_finds_the_appeals_in_their_scope(room: Classroom) -> None:
    appeal = plead(room)
    for who, found in (("student", 1), ("classmate", 0), ("teacher", 1), ("outsider", 0), ("head", 1)):
        assert len(appeals(room.store, room.caller(who))) == found, who
    for who in ("classmate", "outsider"):
        with pytest.raises(UnknownIdError):
            appeal_view(room.store, room.caller(who), appeal)
    assert appeals(room.store, room.caller("head"), AppealState.DECIDED) == ()
    assert [one.state for one in appeals(room.store, room.caller("head"), AppealState.OPEN)] == ["open"]


@pytest.mark.parametrize(
    ("item", "who", "text", "error"),
    [
        pytest.param("safe", "classmate", "x", UnknownIdError, id="somebody else's"),
        pytest.param("safe", "teacher", "x", NotAllowedError, id="a teacher"),
        pytest.param("nothing", "student", "x", UnknownIdError, id="no such item"),
        pytest.param("site/limit", "student", "x", UnknownIdError, id="a limit"),
        pytest.param("harm", "student", "x", UnknownIdError, id="a veto that was not called"),
        pytest.param("safe", "student", " ", RefusedError, id="without a word"),
        pytest.param("safe", "student", "x" * 2001, RefusedError, id="too many words"),
    ],
)
def test_what_cannot_be_appealed(
    room: Classroom, item: str, who: str, text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        plead(room, item, who, text)
    assert holds(room) == []


def test_once_an_item_and_within_the_time(room: Classroom) -> None:
    plead(room)
    with pytest.raises(RefusedError, match="an appeal about this item already"):
        plead(room)
    clock = Clock(room.store.now())
    room.store.now = clock
    clock.forward(days=13)
    plead(room, "tidy")
    clock.forward(days=2)
    with pytest.raises(RefusedError, match="time to appeal is over"):
        plead(room, "earth")
    lines = released_sheet(room.store, room.caller("student"), room.attempt).lines
    assert not any(line.may_appeal for line in lines)


def test_unreleased_sheet_cannot_be_appealed(room: Classroom) -> None:
    other = room.add_attempt("other")
    with pytest.raises(UnknownIdError):
        make_appeal(room.store, room.caller("student"), Plea(other, "safe", "x"))


def test_who_decided_before_does_not_mark_the_appeal(room: Classroom) -> None:
    appeal = plead(room)
    for markers, said in (
        (("teacher", "referee 1"), "decided about the item"),
        (("student", "referee 1"), "decided about the item"),
        (("outsider", "referee 1"), "no right"),
        (("classmate", "referee 1"), "no right"),
        (("referee 1",), "two markers"),
        (("referee 1", "referee 1"), "two markers"),
    ):
        with pytest.raises(RefusedError, match=said):
            assign(room, appeal, *markers)
    with pytest.raises(NotAllowedError):
        assign(room, appeal, "referee 1", "referee 2", by="teacher")
    found = {one.person_id for one in candidates(room.store, room.caller("head"), appeal)}
    assert found == {room.people[name] for name in ("colleague", *(f"referee {n}" for n in range(1, 5)))}


def test_only_assigned_markers_mark_and_only_once(room: Classroom) -> None:
    appeal = plead(room)
    with pytest.raises(UnknownIdError):
        mark(room, appeal, "referee 1", 5.0)
    assign(room, appeal, "referee 1", "referee 2")
    with pytest.raises(UnknownIdError):
        mark(room, appeal, "referee 3", 5.0)
    with pytest.raises(RefusedError, match="from 0 to 20"):
        mark(room, appeal, "referee 1", 21.0)
    with pytest.raises(RefusedError, match="Say why"):
        mark(room, appeal, "referee 1", 5.0, "")
    mark(room, appeal, "referee 1", 5.0)
    with pytest.raises(RefusedError, match="You have marked it"):
        mark(room, appeal, "referee 1", 6.0)
    with pytest.raises(UnknownIdError):
        mark(room, uuid4(), "referee 1", 5.0)


def test_a_marker_who_is_gone_gives_way_to_another(room: Classroom) -> None:
    appeal = plead(room)
    assign(room, appeal, "referee 1", "referee 2")
    mark(room, appeal, "referee 1", 5.0)
    with pytest.raises(RefusedError, match="who has marked stays"):
        assign(room, appeal, "referee 3", "referee 4")
    assign(room, appeal, "referee 1", "referee 4")
    with pytest.raises(UnknownIdError):
        mark(room, appeal, "referee 2", 5.0)
    assert mark(room, appeal, "referee 4", 5.0) is AppealState.DECIDED


def test_marker_of_the_appeal_does_not_arbitrate_it(room: Classroom) -> None:
    appeal = plead(room)
    assign(room, appeal, "head", "referee 2")
    mark(room, appeal, "head", 2.0)
    mark(room, appeal, "referee 2", 20.0)
    with pytest.raises(RefusedError, match="cannot arbitrate"):
        arbitrate(room.store, room.caller("head"), Mark(appeal, "x", 5.0))


def test_nobody_else_decides_during_the_appeal_or_after_it(room: Classroom) -> None:
    appeal = plead(room)
    with pytest.raises(RefusedError, match="An appeal decides"):
        room.decide("safe", Decision.OVERTURN, awarded=20.0)
    assign(room, appeal, "referee 1", "referee 2")
    mark(room, appeal, "referee 1", 5.0)
    mark(room, appeal, "referee 2", 5.0)
    with pytest.raises(RefusedError, match="An appeal decides"):
        room.decide("safe", Decision.OVERTURN, awarded=20.0)


def test_withdrawn_appeal_changes_nothing(room: Classroom) -> None:
    appeal = plead(room)
    with pytest.raises(UnknownIdError):
        withdraw(room.store, room.caller("classmate"), appeal)
    withdraw(room.store, room.caller("student"), appeal)
    with pytest.raises(RefusedError, match="has ended"):
        withdraw(room.store, room.caller("student"), appeal)
    assert released_sheet(room.store, room.caller("student"), room.attempt).total == 37.5
    assert room.decide("safe", Decision.OVERTURN, awarded=5.0).mark == 5.0


@pytest.mark.fault(37)
def test_nothing_of_the_attempt_is_removed_while_an_appeal_lasts(room: Classroom) -> None:
    first, second = plead(room), plead(room, "tidy")
    assert holds(room) == [True, True]
    withdraw(room.store, room.caller("student"), first)
    assert sorted(holds(room)) == [False, True]
    withdraw(room.store, room.caller("student"), second)
    assert holds(room) == [False, False]


def test_what_is_not_confirmed_yet_is_not_released_by_an_appeal(room: Classroom) -> None:
    room.decide("earth", Decision.ENTER, awarded=0.0)
    appeal = plead(room)
    assign(room, appeal, "referee 1", "referee 2")
    mark(room, appeal, "referee 1", 10.0)
    mark(room, appeal, "referee 2", 10.0)
    assert released_sheet(room.store, room.caller("student"), room.attempt).total == 43.5
    assert draft(room.store, room.caller("teacher"), room.attempt).stale
    confirm(room.store, room.caller("teacher"), room.finish())
    assert room.release_confirmed().total == 33.5


def test_called_veto_can_be_appealed(store: Store) -> None:
    room = build_classroom(store)
    room.decide_all()
    room.decide("harm", Decision.CONFIRM)
    assert room.release().passed is False
    (veto,) = released_sheet(store, room.caller("student"), room.attempt).vetoes
    assert (veto.item, veto.may_appeal) == ("harm", True)
    appeal = plead(room, "harm")
    assign(room, appeal, "referee 1", "referee 2")
    with pytest.raises(RefusedError, match=r"1 \(stands\) or 0"):
        mark(room, appeal, "referee 1", 0.5)
    mark(room, appeal, "referee 1", 0.0)
    assert mark(room, appeal, "referee 2", 0.0) is AppealState.DECIDED
    found = released_sheet(store, room.caller("student"), room.attempt)
    assert (found.vetoes, found.passed) == ((), True)


def test_every_step_stands_in_the_audit_chain(room: Classroom) -> None:
    before = len(room.audited())
    appeal = plead(room)
    assign(room, appeal, "referee 1", "referee 2")
    mark(room, appeal, "referee 1", 5.0)
    mark(room, appeal, "referee 2", 5.0)
    assert room.audited()[before:] == [
        ("appeal.make", "student"),
        ("appeal.assign", "head"),
        ("appeal.mark", "referee 1"),
        ("appeal.mark", "referee 2"),
        ("review.decide", "referee 2"),
        ("sheet.release", "referee 2"),
        ("appeal.decided", "referee 2"),
    ]
