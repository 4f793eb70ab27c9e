"""Draft, confirmed, released: the numbers are one, students see what is released, and drafts survive."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessor.errors import ConflictError, NotAllowedError, RefusedError
from assessor.review.decide import Seen, undo
from assessor.review.desk import read_desk
from assessor.review.drafts import drafts_of, drop_draft, keep_draft
from assessor.review.item_view import item_view
from assessor.review.queue import Filter, review_queue
from assessor.review.release import Finish, State, confirm, draft, release, release_all
from assessor.review.released import released_sheet
from assessor.review.standing import Decision
from assessor.store import Store, UnknownIdError
from assessor.types import Gap, Outcome
from tests.review_cases import Classroom, build_classroom, record, sheet
from tests.school import Clock

PROPOSED = sheet()


@pytest.fixture
def room(store: Store) -> Classroom:
    return build_classroom(store)


def test_nothing_is_confirmed_before_everything_flagged_is_decided(room: Classroom) -> None:
    with pytest.raises(RefusedError, match="Decide 5 more first: safe, tidy, earth, Overtime, Live working"):
        confirm(room.store, room.caller("teacher"), room.finish())
    room.decide_all()
    room.decide("earth", Decision.DOUBT)
    with pytest.raises(RefusedError, match="Decide 1 more first: earth"):
        confirm(room.store, room.caller("teacher"), room.finish())


def test_totals_come_from_the_marks(room: Classroom) -> None:
    """20 + 7.5 + 10 + 10 + 10 - 4 points; `safe` lost 16 and `tidy` 2.5 of the 25 its group may lose."""
    room.decide_all()
    found = draft(room.store, room.caller("teacher"), room.attempt)
    assert (found.sheet.total, found.sheet.possible, found.sheet.passed) == (37.5, 60, True)
    assert (found.left, found.state, found.stale) == ((), State.PROPOSED, False)
    kept = confirm(room.store, room.caller("teacher"), room.finish())
    assert (kept.total, kept.possible, kept.passed, kept.state) == (37.5, 60, True, State.CONFIRMED)


def test_limit_of_a_group_acts_on_what_people_gave(room: Classroom) -> None:
    room.decide_all()
    room.decide("safe", Decision.ACCEPT)
    room.decide("tidy", Decision.ENTER, awarded=0.0)
    lines = draft(room.store, room.caller("teacher"), room.attempt).sheet.lines
    assert [(line.item, line.awarded) for line in lines if "/" in line.item] == [("site/limit", 5)]


def test_confirmed_veto_fails_the_exam(room: Classroom) -> None:
    room.decide_all()
    room.decide("harm", Decision.CONFIRM)
    assert room.release().passed is False


def test_release_needs_a_confirmed_sheet_that_has_everything_in(room: Classroom) -> None:
    teacher = room.caller("teacher")
    room.decide_all()
    with pytest.raises(RefusedError, match="Confirm the sheet"):
        release(room.store, teacher, room.finish())
    confirm(room.store, teacher, room.finish())
    with pytest.raises(RefusedError, match="nothing was decided since"):
        confirm(room.store, teacher, room.finish())
    room.decide("tidy", Decision.ENTER, value=4.0)
    assert draft(room.store, teacher, room.attempt).stale
    with pytest.raises(RefusedError, match="confirm it again"):
        release(room.store, teacher, room.finish())
    confirm(room.store, teacher, room.finish())
    assert release(room.store, teacher, room.finish()).total == 40


def test_release_of_a_sheet_that_changed_since_it_was_looked_at_is_a_conflict(room: Classroom) -> None:
    room.decide_all()
    seen = room.finish()
    room.decide("tidy", Decision.ENTER, "colleague", value=4.0)
    for step in (confirm, release):
        with pytest.raises(ConflictError, match="decided since"):
            step(room.store, room.caller("teacher"), seen)


def test_nobodys_attempt_is_not_released(room: Classroom) -> None:
    room.decide_all()
    confirm(room.store, room.caller("teacher"), room.finish())
    room.school.assign(room.attempt, None, room.class_id)
    with pytest.raises(RefusedError, match="whose attempt"):
        release(room.store, room.caller("teacher"), room.finish())


def test_only_whoever_may_releases(room: Classroom) -> None:
    seen = room.finish()
    for who, error in (
        ("referee 1", NotAllowedError),
        ("student", NotAllowedError),
        ("outsider", UnknownIdError),
    ):
        for step in (confirm, release):
            with pytest.raises(error):
                step(room.store, room.caller(who), seen)


def test_release_of_a_class_says_what_was_left(room: Classroom) -> None:
    other = room.add_attempt("other", "classmate")
    room.decide_all()
    confirm(room.store, room.caller("teacher"), room.finish())
    done = release_all(
        room.store,
        room.caller("teacher"),
        [room.finish(), room.finish(attempt=other), Finish(room.class_id, 0)],
    )
    assert [one.attempt_id for one in done.released] == [room.attempt]
    assert [one.why.en.split()[0] for one in done.left] == ["Confirm", "expected"]


def test_released_sheet_stays_while_people_go_on_deciding(room: Classroom) -> None:
    room.decide_all()
    room.release()
    room.decide("tidy", Decision.ENTER, value=1.0)
    student = room.caller("student")
    assert released_sheet(room.store, student, room.attempt).total == 37.5
    confirm(room.store, room.caller("teacher"), room.finish())
    assert released_sheet(room.store, student, room.attempt).total == 37.5
    release(room.store, room.caller("teacher"), room.finish())
    assert released_sheet(room.store, student, room.attempt).total == 32.5


@pytest.mark.fault(40)
def test_newer_sheet_counts_though_the_clock_went_back(room: Classroom) -> None:
    clock = Clock(room.store.now())
    room.store.now = clock
    room.decide_all()
    room.release()
    clock.forward(hours=-1)
    room.decide("tidy", Decision.ENTER, value=4.0)
    room.release()
    assert released_sheet(room.store, room.caller("student"), room.attempt).total == 40
    assert room.store.attempt(room.attempt).state == "released"


@pytest.mark.fault(62)
def test_machines_sheet_is_as_it_was(room: Classroom) -> None:
    before = room.store.mark_sheet(room.attempt)
    room.decide_all()
    room.release()
    assert room.store.read(lambda session: read_desk(session, room.attempt)).sheet == before


# ---- what the student sees -----------------------------------------------------------------


def test_student_sees_nothing_before_the_release(room: Classroom) -> None:
    room.decide_all()
    confirm(room.store, room.caller("teacher"), room.finish())
    for who in ("student", "classmate"):
        with pytest.raises(UnknownIdError):
            released_sheet(room.store, room.caller(who), room.attempt)


def test_student_sees_why_and_how_to_win_the_points_back(room: Classroom) -> None:
    room.decide_all()
    room.release()
    found = released_sheet(room.store, room.caller("student"), room.attempt)
    lines = {line.item: line for line in found.lines}
    assert (found.total, found.possible, found.passed) == (37.5, 60, True)
    assert lines["safe"].reason.en == (
        "A person gave 4 of 20; the machine had proposed 0. The recording shows otherwise."
    )
    assert lines["safe"].win_back is not None
    assert lines["safe"].win_back.en == "Work by the safety rules; leave out what they forbid."
    assert len(lines["safe"].evidence_ids) == 1
    assert lines["isolated"].win_back is None
    assert lines["overtime"].win_back is not None
    assert lines["tidy"].win_back is not None
    assert found.vetoes == ()  # it was refused
    assert lines["tidy"].machine is Outcome.NOT_OBSERVED, "a person gave what no camera sees"
    assert lines["isolated"].machine is Outcome.MET
    with pytest.raises(UnknownIdError):
        released_sheet(room.store, room.caller("classmate"), room.attempt)


def test_advice_stands_once_and_what_was_not_seen_is_told(room: Classroom) -> None:
    gap = Gap(12.0, 15.5, "covered")
    made = record("with a gap")
    attempt = room.store.save_attempt(
        replace(made, sheet=replace(made.sheet, gaps=(gap,), partial="40/100 frames"))
    )
    room.school.assign(attempt, room.people["student"], room.class_id)
    for item, decision in (
        ("safe", Decision.ACCEPT),
        ("overtime", Decision.ACCEPT),
        ("harm", Decision.REFUSE),
    ):
        room.decide(item, decision, attempt=attempt)
    for item in ("tidy", "earth"):
        room.decide(item, Decision.ENTER, value=2.0, attempt=attempt)
    room.release(attempt=attempt)
    found = released_sheet(room.store, room.caller("student"), attempt)
    (safe,) = [line for line in found.lines if line.item == "safe"]
    assert safe.win_back is not None
    for language in ("zh", "en"):
        assert getattr(safe.win_back, language) not in getattr(safe.reason, language)
        assert "得回" not in safe.reason.zh and "win it back" not in safe.reason.en
    assert (found.gaps, found.partial) == ((gap,), "40/100 frames")


# ---- drafts ----------------------------------------------------------------------------------


@pytest.mark.fault(86)
def test_what_was_typed_survives_a_closed_laptop(room: Classroom) -> None:
    store, teacher = room.store, room.caller("teacher")
    keep_draft(store, teacher, room.attempt, "safe", {"reason": "学生没有"})
    keep_draft(store, teacher, room.attempt, "safe", {"reason": "学生没有碰到", "awarded": "1"})
    (kept,) = drafts_of(store, room.caller("teacher"), room.attempt)
    assert (kept.item, kept.body) == ("safe", {"reason": "学生没有碰到", "awarded": "1"})
    assert drafts_of(store, room.caller("colleague"), room.attempt) == ()
    room.decide("safe", Decision.OVERTURN, awarded=12.0)
    assert drafts_of(store, teacher, room.attempt) == ()


def test_draft_can_be_dropped_and_has_its_limits(room: Classroom) -> None:
    store, teacher = room.store, room.caller("teacher")
    keep_draft(store, teacher, room.attempt, "safe", {"reason": "x"})
    drop_draft(store, teacher, room.attempt, "safe")
    drop_draft(store, teacher, room.attempt, "safe")
    assert drafts_of(store, teacher, room.attempt) == ()
    for body in ({"reason": "x" * 2001}, {str(n): "" for n in range(13)}, {"reason": "a\0"}):
        with pytest.raises(RefusedError):
            keep_draft(store, teacher, room.attempt, "safe", body)
    with pytest.raises(UnknownIdError):
        keep_draft(store, room.caller("outsider"), room.attempt, "safe", {})


# ---- any order of decisions and undos ----------------------------------------------------------

POINTS = st.integers(0, 40).map(lambda quarter: quarter / 4)
ITEMS = ("safe", "isolated", "powered", "tidy", "earth")
ACTS = st.lists(
    st.tuples(st.sampled_from(ITEMS), st.one_of(POINTS, st.sampled_from(["accept", "doubt", "undo"]))),
    max_size=25,
)
OFFERED = {line.item: line.awarded for line in PROPOSED.lines}


def model_of(acts: list[tuple[str, float | str]]) -> dict[str, list[float | str]]:
    """A stack of decisions by item; what cannot be done is left out."""
    stacks: dict[str, list[float | str]] = {item: [] for item in ITEMS}
    for item, act in acts:
        if act == "undo" and stacks[item]:
            stacks[item].pop()
        elif act == "doubt" or isinstance(act, float) or (act == "accept" and OFFERED[item] is not None):
            stacks[item].append(act)
    return stacks


def points_of(item: str, stack: list[float | str]) -> float | None:
    """What counts: the newest decision; a doubt decides nothing, so the proposal stands."""
    last = stack[-1] if stack else "accept"
    return last if isinstance(last, float) else OFFERED[item]


def carry_out(room: Classroom, item: str, act: float | str) -> None:
    try:
        if act == "undo":
            undo(room.store, room.caller("teacher"), Seen(room.attempt, item, room.version(item)))
        elif isinstance(act, float):
            decision = Decision.ENTER if OFFERED[item] is None else Decision.OVERTURN
            room.decide(item, decision, awarded=act)
        else:
            room.decide(item, Decision(act))
    except RefusedError:
        assert act in ("undo", "accept")


@pytest.mark.slow
@settings(
    deadline=None,
    max_examples=10,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS)
def test_any_decisions_and_undos_give_the_totals_of_a_simple_model(
    room: Classroom, acts: list[tuple[str, float | str]]
) -> None:
    store = room.store
    room.attempts.insert(0, room.add_attempt(f"attempt {len(room.attempts)}"))
    for item, act in acts:
        carry_out(room, item, act)
    stacks = model_of(acts)
    given = {item: points_of(item, stack) for item, stack in stacks.items()}
    lost = (20 - (given["safe"] or 0)) + (0 if given["tidy"] is None else 10 - given["tidy"])
    total = sum(points or 0 for points in given.values()) - 4 + max(0, lost - 25)
    teacher = room.caller("teacher")
    found = draft(store, teacher, room.attempt)
    assert found.sheet.total == pytest.approx(total)
    for item, stack in stacks.items():
        view = item_view(store, teacher, room.attempt, item)
        line = next(line for line in found.sheet.lines if line.item == item)
        assert line.awarded == given[item]
        assert view.mark == (given[item] if stack and stack[-1] != "doubt" else None)
        in_queue = review_queue(store, teacher, Filter(view.tab, attempt_id=room.attempt, item=item)).items
        assert [one.version for one in in_queue] == [view.version]
    room.decide("harm", Decision.REFUSE)
    room.decide("overtime", Decision.ACCEPT)
    left = {item for item, stack in stacks.items() if not stack and item not in ("isolated", "powered")}
    left |= {item for item, stack in stacks.items() if stack and stack[-1] == "doubt"}
    found = draft(store, teacher, room.attempt)
    assert {one.item for one in found.left} == left
    if not left:
        room.release()
        assert released_sheet(store, room.caller("student"), room.attempt).total == found.sheet.total
        assert store.attempt(room.attempt).total == found.sheet.total
