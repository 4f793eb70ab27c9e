"""Deciding about the machine's proposals: what counts, what is refused, and that no opinion gets lost."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest

from assessor.errors import ConflictError, NotAllowedError, RefusedError
from assessor.review.decide import Seen, accept_all, decide
from assessor.review.item_view import item_view
from assessor.review.scheme import Scheme
from assessor.review.standing import Decision, Round, Tab
from assessor.review.wishes import Wish
from assessor.store import Store, UnknownIdError, open_store
from tests.review_cases import Classroom, build_classroom, sheet


@pytest.fixture
def room(store: Store) -> Classroom:
    return build_classroom(store)


def test_the_sheet_under_review_is_as_the_tests_take_it_to_be() -> None:
    awarded = {line.item: line.awarded for line in sheet().lines}
    assert awarded == {
        "safe": 0,
        "isolated": 10,
        "powered": 10,
        "tidy": None,
        "earth": None,
        "overtime": -4,
    }
    assert [(veto.id, veto.state) for veto in sheet().vetoes] == [("harm", "proposed")]


def test_accept_overturn_and_enter_settle_an_item(room: Classroom) -> None:
    assert room.decide("isolated", Decision.ACCEPT).tab is Tab.CONFIRMED
    overturned = room.decide("safe", Decision.OVERTURN, awarded=12.5)
    assert (overturned.tab, overturned.mark) == (Tab.OVERTURNED, 12.5)
    entered = room.decide("tidy", Decision.ENTER, value=3.0)
    assert (entered.tab, entered.mark) == (Tab.CONFIRMED, 7.5)
    assert room.decide("harm", Decision.CONFIRM).tab is Tab.CONFIRMED
    assert room.decide("fire", Decision.CONFIRM).tab is Tab.OVERTURNED  # the machine had not proposed it


def test_doubt_waits_for_somebody_who_knows(room: Classroom) -> None:
    assert room.decide("safe", Decision.DOUBT, reason="看不清").tab is Tab.DOUBT
    assert room.decide("safe", Decision.OVERTURN, who="colleague", awarded=10.0).tab is Tab.OVERTURNED


def test_undo_brings_the_decision_before_back(room: Classroom) -> None:
    room.decide("safe", Decision.OVERTURN, awarded=4.0)
    room.decide("safe", Decision.OVERTURN, awarded=8.0)
    assert room.undo("safe").mark == 4.0
    undone = room.undo("safe")
    assert (undone.tab, undone.mark) == (Tab.TO_REVIEW, None)
    with pytest.raises(RefusedError, match="own last decision"):
        room.undo("safe")


def test_nobody_undoes_what_somebody_else_decided(room: Classroom) -> None:
    room.decide("safe", Decision.OVERTURN, awarded=4.0)
    with pytest.raises(RefusedError, match="own last decision"):
        room.undo("safe", who="colleague")


@pytest.mark.parametrize(
    ("item", "decision", "more", "said"),
    [
        pytest.param("tidy", Decision.ACCEPT, {}, "left it open", id="nothing to accept"),
        pytest.param("safe", Decision.ACCEPT, {"awarded": 3.0}, "takes no points", id="accept with points"),
        pytest.param("safe", Decision.ENTER, {"awarded": 3.0}, "overturn what", id="enter over a proposal"),
        pytest.param("tidy", Decision.OVERTURN, {"awarded": 3.0}, "Enter the points", id="overturn nothing"),
        pytest.param(
            "safe", Decision.OVERTURN, {"awarded": 3.0, "reason_code": None}, "Say why", id="no reason"
        ),
        pytest.param(
            "safe", Decision.OVERTURN, {"awarded": 3.0, "reason_code": "other"}, "Say why", id="other, unsaid"
        ),
        pytest.param(
            "safe", Decision.OVERTURN, {"awarded": 3.0, "reason_code": "x"}, "reason_code", id="unknown code"
        ),
        pytest.param("safe", Decision.OVERTURN, {"awarded": 20.5}, "from 0 to 20", id="more than there is"),
        pytest.param("safe", Decision.OVERTURN, {"awarded": -1.0}, "from 0 to 20", id="less than nothing"),
        pytest.param("safe", Decision.OVERTURN, {"awarded": float("nan")}, "from 0 to 20", id="not a number"),
        pytest.param("safe", Decision.OVERTURN, {}, "awarded and value", id="no points"),
        pytest.param(
            "tidy", Decision.ENTER, {"awarded": 1.0, "value": 1.0}, "awarded and value", id="two ways to say"
        ),
        pytest.param(
            "tidy", Decision.ENTER, {"value": 5.0}, "does not take the value 5", id="beyond its scale"
        ),
        pytest.param("tidy", Decision.ENTER, {"value": float("inf")}, "takes no value", id="infinite"),
        pytest.param("isolated", Decision.OVERTURN, {"value": 1.0}, "does not take", id="takes no value"),
        pytest.param("overtime", Decision.OVERTURN, {"awarded": 2.0}, "to 0", id="points for being late"),
        pytest.param("harm", Decision.ACCEPT, {}, "A veto can", id="accept a veto"),
        pytest.param("harm", Decision.REFUSE, {"reason": " "}, "Say why", id="refuse a veto without a word"),
        pytest.param("fire", Decision.CONFIRM, {"reason": None}, "Say why", id="call a veto without a word"),
        pytest.param("safe", Decision.CONFIRM, {}, "Only a veto", id="confirm a line"),
        pytest.param("safe", Decision.UNDO, {"awarded": 1.0}, "Only a veto", id="undo as a decision"),
        pytest.param("safe", Decision.DOUBT, {"reason": "x" * 2001}, "at most 2000", id="too long"),
        pytest.param("safe", Decision.DOUBT, {"reason": "a\0b"}, "cannot be kept", id="NUL"),
        pytest.param("safe", Decision.DOUBT, {"reason": "\ud800"}, "cannot be kept", id="half a character"),
    ],
)
def test_what_cannot_be_decided_is_refused(
    room: Classroom, item: str, decision: Decision, more: dict[str, Any], said: str
) -> None:
    with pytest.raises(RefusedError, match=said):
        room.decide(item, decision, **more)
    assert item_view(room.store, room.caller("teacher"), room.attempt, item).opinions == ()


def test_out_of_scope_is_not_found_and_out_of_rights_not_allowed(room: Classroom) -> None:
    for who, error in (("outsider", UnknownIdError), ("student", NotAllowedError)):
        with pytest.raises(error):
            decide(room.store, room.caller(who), Wish(room.attempt, "safe", Decision.ACCEPT, 0))
    for attempt, item in ((uuid4(), "safe"), (room.attempt, "no such item"), (room.attempt, "site/limit")):
        with pytest.raises(UnknownIdError):
            decide(room.store, room.caller("teacher"), Wish(attempt, item, Decision.ACCEPT, 0))


@pytest.mark.fault(79)
def test_two_teachers_at_once_one_counts_both_opinions_are_kept(room: Classroom) -> None:
    def think(who: str, points: float) -> bool:
        try:
            room.decide("safe", Decision.OVERTURN, who, awarded=points, version=0)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        counted = list(pool.map(think, ("teacher", "colleague"), (4.0, 9.0)))
    assert sorted(counted) == [False, True]
    view = item_view(room.store, room.caller("teacher"), room.attempt, "safe")
    assert sorted(one.awarded or 0 for one in view.opinions) == [4.0, 9.0]
    assert view.mark == (4.0 if counted[0] else 9.0)
    assert view.tab is Tab.DOUBT  # somebody has to look at both
    settled = room.decide("safe", Decision.OVERTURN, "colleague", awarded=6.0)
    assert (settled.tab, settled.mark) == (Tab.OVERTURNED, 6.0)


@pytest.mark.fault(79)
def test_two_servers_on_one_database_let_one_count(room: Classroom) -> None:
    where = room.store._engine.url.render_as_string(hide_password=False)
    with open_store(where, room.store.data) as other, ThreadPoolExecutor(2) as pool:
        for number in range(5):
            attempt = room.add_attempt(f"race {number}")
            item_view(other, room.caller("teacher"), attempt, "safe")

            def think(store: Store, who: str, points: float, attempt: UUID = attempt) -> bool:
                wish = Wish(attempt, "safe", Decision.OVERTURN, 0, points, reason_code="not_so")
                try:
                    decide(store, room.caller(who), wish)
                except ConflictError:
                    return False
                return True

            counted = list(pool.map(think, (room.store, other), ("teacher", "colleague"), (4.0, 9.0)))
            assert sorted(counted) == [False, True]
            view = item_view(room.store, room.caller("teacher"), attempt, "safe")
            assert (len(view.opinions), view.mark) == (2, 4.0 if counted[0] else 9.0)


@pytest.mark.fault(79)
def test_same_opinion_twice_is_no_quarrel(room: Classroom) -> None:
    room.decide("safe", Decision.OVERTURN, awarded=4.0, version=0)
    with pytest.raises(ConflictError, match=r"decided meanwhile \(4\)"):
        room.decide("safe", Decision.OVERTURN, "colleague", awarded=4.0, version=0)
    view = item_view(room.store, room.caller("teacher"), room.attempt, "safe")
    assert (view.tab, view.mark, len(view.opinions)) == (Tab.OVERTURNED, 4.0, 2)


def test_the_same_request_again_is_decided_once(room: Classroom) -> None:
    first = room.decide("safe", Decision.OVERTURN, awarded=4.0, version=0)
    assert room.decide("safe", Decision.OVERTURN, awarded=4.0, version=0) == first
    view = item_view(room.store, room.caller("teacher"), room.attempt, "safe")
    assert len(view.opinions) == 1


def test_bulk_accept_leaves_safety_open_items_and_what_has_changed(room: Classroom) -> None:
    room.decide("powered", Decision.DOUBT)
    items = ("safe", "harm", "isolated", "tidy", "powered", "overtime", "nothing", "isolated")
    bulk = accept_all(room.store, room.caller("teacher"), [Seen(room.attempt, item, 0) for item in items])
    assert [(one.item, one.mark, one.tab) for one in bulk.accepted] == [
        ("isolated", 10, Tab.CONFIRMED),
        ("overtime", -4, Tab.CONFIRMED),
    ]
    why = {one.item: one.why.en for one in bulk.left}
    assert set(why) == {"safe", "harm", "tidy", "powered", "nothing"}
    assert why["safe"] == why["harm"] == "What is about safety is reviewed one by one."
    assert "left it open" in why["tidy"]
    assert "decided meanwhile" in why["powered"]


def test_every_decision_stands_in_the_audit_chain(room: Classroom) -> None:
    room.decide("safe", Decision.OVERTURN, awarded=4.0)
    room.undo("safe")
    room.decide("safe", Decision.DOUBT, who="colleague")
    assert room.audited() == [("review.decide", name) for name in ("teacher", "teacher", "colleague")]


# ---- two markers ---------------------------------------------------------------------------


@pytest.fixture
def contest(room: Classroom) -> Classroom:
    """Two markers; `tidy` and `safe` may differ by 2 points."""
    room.mark_by(Scheme(double=True, items={"tidy": 2.0, "safe": 2.0}))
    return room


def tab_of(room: Classroom, item: str) -> tuple[Tab, float | None, Round | None]:
    view = item_view(room.store, room.caller("head"), room.attempt, item)
    return view.tab, view.mark, view.round


def test_two_markers_within_tolerance_give_their_mean(contest: Classroom) -> None:
    contest.decide("tidy", Decision.ENTER, "referee 1", awarded=5.0)
    assert tab_of(contest, "tidy")[:2] == (Tab.TO_REVIEW, None)
    contest.decide("tidy", Decision.ENTER, "referee 2", awarded=7.0)
    assert tab_of(contest, "tidy")[:2] == (Tab.CONFIRMED, 6.0)


def test_markers_do_not_see_each_other(contest: Classroom) -> None:
    contest.decide("tidy", Decision.ENTER, "referee 1", awarded=5.0)
    second = item_view(contest.store, contest.caller("referee 2"), contest.attempt, "tidy")
    assert (second.round, second.mark, second.opinions, second.version) == (Round.SECOND, None, (), 0)
    told = contest.decide("tidy", Decision.ENTER, "referee 2", awarded=7.0)
    assert told.mark == 7.0  # not the mean
    first = item_view(contest.store, contest.caller("referee 1"), contest.attempt, "tidy")
    assert [one.awarded for one in first.opinions] == [5.0]
    assert first.mark == 5.0


@pytest.mark.parametrize(
    ("third", "stands"),
    [
        pytest.param(8.0, 8.5, id="near the second"),
        pytest.param(3.5, 2.75, id="near the first"),
        pytest.param(5.5, None, id="near neither"),
    ],
)
def test_a_third_marker_where_two_differ_and_then_whoever_arbitrates(
    contest: Classroom, third: float, stands: float | None
) -> None:
    contest.decide("tidy", Decision.ENTER, "referee 1", awarded=2.0)
    contest.decide("tidy", Decision.ENTER, "referee 2", awarded=9.0)
    assert tab_of(contest, "tidy")[:2] == (Tab.TO_REVIEW, None)
    with pytest.raises(RefusedError, match="once the markers differ"):
        contest.decide("tidy", Decision.ENTER, "head", awarded=6.0, version=0)
    contest.decide("tidy", Decision.ENTER, "referee 3", awarded=third)
    if stands is not None:
        assert tab_of(contest, "tidy")[:2] == (Tab.CONFIRMED, stands)
        with pytest.raises(RefusedError, match="marked it already"):
            contest.decide("tidy", Decision.ENTER, "referee 4", awarded=6.0, version=0)
        return
    assert tab_of(contest, "tidy") == (Tab.DOUBT, None, Round.ARBITRATION)
    contest.decide("tidy", Decision.ENTER, "head", awarded=6.0)
    assert tab_of(contest, "tidy")[:2] == (Tab.CONFIRMED, 6.0)


def test_one_marker_cannot_mark_twice(contest: Classroom) -> None:
    contest.decide("tidy", Decision.ENTER, "referee 1", awarded=2.0)
    contest.decide("tidy", Decision.ENTER, "referee 1", awarded=9.0)
    assert tab_of(contest, "tidy")[0] is Tab.TO_REVIEW
    contest.decide("tidy", Decision.ENTER, "referee 2", awarded=8.0)
    assert tab_of(contest, "tidy")[:2] == (Tab.CONFIRMED, 8.5)


def test_two_markers_of_a_veto_must_agree(contest: Classroom) -> None:
    contest.decide("harm", Decision.CONFIRM, "referee 1")
    contest.decide("harm", Decision.REFUSE, "referee 2")
    assert tab_of(contest, "harm")[0] is Tab.TO_REVIEW
    contest.decide("harm", Decision.REFUSE, "referee 3")
    assert tab_of(contest, "harm")[:2] == (Tab.OVERTURNED, 0.0)


def test_doubt_of_a_marker_goes_to_whoever_arbitrates(contest: Classroom) -> None:
    contest.decide("safe", Decision.DOUBT, "referee 1")
    assert tab_of(contest, "safe") == (Tab.DOUBT, None, Round.ARBITRATION)
    contest.decide("safe", Decision.OVERTURN, "head", awarded=12.0)
    assert tab_of(contest, "safe")[:2] == (Tab.OVERTURNED, 12.0)
