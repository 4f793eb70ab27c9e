"""Facts become events: flicker leaves none, blindness ends none, and looking more often changes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessor.events import EventBuilder
from assessor.judge.timeline import SCENE, changes_of
from assessor.story import facts_of
from assessor.types import Event, Fact, FactKey, Gap

Q1 = FactKey("switch", "Q1")


def settled(*lines: str, end_s: float = 20.0, builder: EventBuilder | None = None) -> list[Event]:
    """The last word on each event, in order of their starts."""
    builder = builder or EventBuilder()
    told = [event for fact in facts_of(lines) for event in builder.update(fact)]
    last = {(event.key, event.start_s, event.value): event for event in [*told, *builder.finish(end_s)]}
    return sorted(last.values(), key=lambda event: event.start_s)


def values(*lines: str, end_s: float = 20.0) -> list[tuple[str | None, float]]:
    return [(event.value, event.start_s) for event in settled(*lines, end_s=end_s)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["0 switch Q1 on", "4 switch Q1 off"], [("on", 0), ("off", 4)], id="a change"),
        pytest.param(["0 switch Q1 on", "4 switch Q1 off", "4.2 switch Q1 on"], [("on", 0)], id="flicker"),
        pytest.param(
            ["0 switch Q1 on", "4 switch Q1 ?", "6 switch Q1 on"], [("on", 0)], id="hidden for a while"
        ),
        pytest.param(
            ["0 switch Q1 on", "4 switch Q1 ?", "6 switch Q1 off"],
            [("on", 0), ("off", 5)],
            id="changed while hidden",
        ),
        pytest.param(["0 switch Q1 on", "4 switch Q1 ?"], [("on", 0), (None, 4)], id="hidden for long"),
        pytest.param(["0 hand_in live yes", "4 hand_in live ?"], [("yes", 0), (None, 4)], id="a lost hand"),
        pytest.param(["3..7 wire A.1-B.2 red"], [("red", 5)], id="somewhere in an interval"),
        pytest.param(["19.9 switch Q1 on"], [], id="not long enough before the end"),
        pytest.param(["19.9 wire A.1-B.2 red"], [("red", 19.9)], id="a wire found in the last look"),
        pytest.param(
            ["0 switch Q1 on", "4 switch Q1 off", "4.2 switch Q1 ?", "4.4 switch Q1 off"],
            [("on", 0), ("off", 4)],
            id="a new value seen twice with a blink between",
        ),
    ],
)
def test_what_facts_become(lines: list[str], expected: list[tuple[str | None, float]]) -> None:
    assert values(*lines) == expected


def test_a_reading_counts_at_once() -> None:
    (event,) = settled("5 reading insulation_mohm 2.5", end_s=5.0)
    assert (event.value, event.decided_s, event.source) == ("2.5", 5.0, "reading")


def test_an_event_says_when_it_was_decided_and_how_long_it_held() -> None:
    first, second = settled("0 switch Q1 on", "4..4.4 switch Q1 off")
    assert (first.end_s, first.decided_s) == (4.2, 0.3)
    assert [second.start_s, second.uncertainty_s, second.decided_s] == pytest.approx([4.2, 0.2, 4.7])
    assert second.end_s == 20.0


def test_a_better_look_raises_the_confidence() -> None:
    (event,) = settled("0 switch Q1 on @0.5", "3 switch Q1 on @0.9")
    assert event.confidence == 0.9


def test_the_procedure_may_set_the_hold_time() -> None:
    lines = ("0 switch Q1 on", "4 switch Q1 off", "5 switch Q1 on")
    patient = EventBuilder(hold_s={"switch": 2.0})
    assert [event.value for event in settled(*lines, builder=patient)] == ["on"]


def test_latest_s_bounds_the_start() -> None:
    builder = EventBuilder()
    wire = Fact(30.0, FactKey("wire", "A.1-B.2"), "red", 1.0, 10.0, latest_s=12.0)
    (event,) = builder.update(wire)
    assert (event.start_s, event.uncertainty_s, event.decided_s) == (11.0, 1.0, 30.0)


lines_of_q1 = st.lists(
    st.tuples(st.integers(0, 180), st.sampled_from(["on", "off", None])),
    max_size=12,
    unique_by=lambda x: x[0],
)


@given(lines_of_q1, st.lists(st.floats(0, 19), max_size=8))
def test_looking_more_often_changes_nothing(said: list[tuple[int, str | None]], looks: list[float]) -> None:
    told = [Fact(tenth / 10, Q1, value, 1.0, tenth / 10) for tenth, value in sorted(said)]
    rare, often = EventBuilder(), EventBuilder()
    seldom = [event for fact in told for event in rare.update(fact)] + rare.finish(20.0)
    busy = []
    for t_s, fact in sorted(
        [(f.t_s, f) for f in told] + [(t, None) for t in looks], key=lambda pair: pair[0]
    ):
        busy += often.advance(t_s) if fact is None else often.update(fact)
    busy += often.finish(20.0)
    assert busy == seldom


# ---- the timeline --------------------------------------------------------------------------


def timeline(*lines: str, gaps: tuple[Gap, ...] = ()) -> list[tuple[float, str | None]]:
    changes = changes_of(settled(*lines), gaps)
    return [(change.t_s, change.value) for change in changes if change.key != SCENE]


def test_an_uncertain_start_is_unknown_in_between() -> None:
    assert timeline("0 switch Q1 on", "4..6 switch Q1 off") == [(0, "on"), (4, None), (6, "off")]


def test_nothing_is_known_inside_a_gap() -> None:
    assert timeline("0 switch Q1 on", gaps=(Gap(3, 5, "dark"),)) == [(0, "on"), (3, None), (5, "on")]


def test_what_changed_inside_a_gap_is_known_after_it() -> None:
    told = timeline("0 switch Q1 on", "4 switch Q1 off", gaps=(Gap(3, 5, "dark"), Gap(4.5, 5, "dark")))
    assert told == [(0, "on"), (3, None), (5, "off")]


def test_a_scene_that_cannot_be_seen_is_a_gap() -> None:
    known = timeline("0 switch Q1 on", "0 scene - ok", "3 scene - dark", "6 scene - ok")
    assert known == [(0, "on"), (3, None), (6, "on")]


def test_what_a_person_entered_is_known_in_a_gap_too() -> None:
    assert timeline("4 reading volts 24", gaps=(Gap(3, 5, "dark"),)) == [(0, ""), (4, "24")]


def test_a_switch_seen_soon_after_the_start_has_been_so_from_the_start() -> None:
    assert timeline("2 switch Q1 on") == [(0, "on")]
    assert timeline("2 hand_in live yes") == [(2, "yes")]
