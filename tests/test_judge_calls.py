"""The judge as it is called: while the attempt runs, earlier or later, in any order of events."""

from hypothesis import given, settings
from hypothesis import strategies as st

from assessor.judge import Judge
from assessor.types import Event, Outcome
from tests.build import (
    END_S,
    PROCEDURE,
    PROVE_DEAD,
    bench,
    by_the_book,
    events,
    procedure,
    verdicts_of_sample,
)


def test_steps_still_to_come_have_no_verdict_while_the_attempt_runs() -> None:
    judge = Judge(procedure(), bench())
    judge.update(events(by_the_book()))
    known = {verdict.id: verdict.outcome for verdict in judge.verdicts(20.0)}
    assert known["wire_stop"] is known["wire_start"] is Outcome.MET
    assert not {"wire_coil", "power_on", "test_start"} & set(known)


def test_an_omission_is_told_as_soon_as_it_is_too_late() -> None:
    judge = Judge(procedure(), bench())
    judge.update(events([line for line in by_the_book() if line not in PROVE_DEAD]))
    assert {v.id: v.outcome for v in judge.verdicts(16.0)}["prove_dead"] is Outcome.NOT_MET


def test_verdicts_are_revised_when_more_is_known() -> None:
    judge = Judge(procedure(), bench())
    wrong = ["15 wire S1.14-X1.6 black", "18 wire S1.14-X1.6 absent"]
    judge.update(events([*by_the_book(), *wrong]))
    early = {v.id: v.outcome for v in judge.verdicts(17.0)}
    assert early["wire_start"] is Outcome.NOT_MET
    assert {v.id: v.outcome for v in judge.finish(END_S)}["wire_start"] is Outcome.MET


STORY = events(
    [*by_the_book(), "16 wire S1.14-X1.6 black", "18 wire S1.14-X1.6 absent", "46 hand_in live yes"]
)


@given(st.permutations(STORY), st.lists(st.floats(0, END_S), max_size=3))
@settings(max_examples=25, deadline=None)
def test_neither_the_order_of_events_nor_looking_earlier_changes_the_verdicts(
    shuffled: list[Event], looks: list[float]
) -> None:
    straight, mixed = Judge(procedure(), bench()), Judge(procedure(), bench())
    straight.update(STORY)
    ends = [event for event in shuffled if event.end_s is not None]  # an end is told after its beginning
    for event in [event for event in shuffled if event.end_s is None]:
        mixed.update([event])
    for look in looks:
        mixed.verdicts(look)
    mixed.update(ends)
    assert mixed.finish(END_S) == straight.finish(END_S)


def test_every_verdict_knows_its_line_and_says_why_in_both_languages() -> None:
    lines = PROCEDURE.read_text(encoding="utf-8").split("\n")
    for verdict in verdicts_of_sample("start_stop_faulty").values():
        assert f"id: {verdict.id}" in lines[verdict.line - 1]
        assert verdict.reason.zh and verdict.reason.en
        assert all(mistake.reason.zh and mistake.reason.en for mistake in verdict.mistakes)
