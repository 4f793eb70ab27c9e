"""The chain event → operator → verdict → points of one item."""

from functools import cache

import pytest

from assessor.errors import InputError
from assessor.explain import Explanation, explain
from assessor.explain_wording import lines_of
from assessor.judge.case import Case
from assessor.procedure import Procedure, load_procedure
from assessor.settings import rules_folder
from assessor.simulate import fitting_bench, simulate, watched
from assessor.story import read_story
from assessor.types import MarkSheet, Outcome, Truth

MOTOR = rules_folder() / "procedures" / "motor_start_stop.yaml"


@cache
def tried(timeline: str, more: str = "") -> tuple[Procedure, Case, MarkSheet]:
    """A shipped timeline, with more lines, through the judge and the marks."""
    procedure = load_procedure(MOTOR)
    bench = fitting_bench(procedure)
    text = (MOTOR.with_suffix("") / f"{timeline}.timeline").read_text(encoding="utf-8")
    story = read_story(f"{text}{more}\n")
    case = watched(procedure, bench, story).case(story.end_s, story.gaps)
    return procedure, case, simulate(procedure, bench, story)


def explained(item: str, timeline: str = "faulty", more: str = "") -> Explanation:
    return explain(*tried(timeline, more), item)


def test_a_step_shows_its_facts_and_every_part_of_its_condition_over_time() -> None:
    (ground,) = explained("dead_proof", "perfect").grounds
    assert [(one.t_s, one.fact, one.value) for one in ground.known] == [
        (0, "display mm", ""),
        (0, "probing X1.1/X1.5", "no"),
        (7, "display mm", "0.0"),
        (7, "probing X1.1/X1.5", "yes"),
        (9, "display mm", ""),
        (9, "probing X1.1/X1.5", "no"),
    ]
    assert [(part.role, part.depth) for part in ground.parts] == [("done", n) for n in (0, 1, 2, 2)]
    assert [(said.start_s, said.end_s, said.truth) for said in ground.parts[0].signal] == [
        (0, 7.5, Truth.NO),
        (7.5, 9, Truth.YES),
        (9, 49, Truth.NO),
    ]
    assert ground.verdict.outcome is Outcome.MET


def test_a_rule_shows_signs_and_context_and_what_the_breach_costs() -> None:
    chain = explained("live_work")
    (ground,), (cost,) = chain.grounds, chain.costs
    assert {part.role for part in ground.parts if part.depth == 0} == {"never", "while"}
    assert "wire KM1.A2-X1.5" in [one.fact for one in ground.known]
    assert not [one for one in ground.known if one.fact == "wire PS.+-X1.1b"]  # given, and untouched
    assert (cost.kind, cost.mistakes, cost.each, cost.cap, cost.points) == ("unsafe_act", 1, 6, 12, 6)


def test_a_wire_shows_only_the_wires_at_its_terminals() -> None:
    (ground,) = explained("return_wire").grounds
    assert [one.fact for one in ground.known] == ["wire KM1.A2-X1.5"]


@pytest.mark.parametrize("item", [item.id for item in load_procedure(MOTOR).rubric.items])
@pytest.mark.parametrize("timeline", ["perfect", "other_order", "corrected", "faulty"])
def test_every_item_can_be_explained_in_both_languages(item: str, timeline: str) -> None:
    chain = explained(item, timeline)
    english, chinese = lines_of(chain, "en"), lines_of(chain, "zh")
    assert len(english) == len(chinese)
    assert english[0].startswith(f"{item}: ")
    assert chinese[0].startswith(f"{item}：")
    lost = sum(cost.points for cost in chain.costs)
    graded = chain.line.check == "person"  # points by a grade, not by what mistakes cost
    if chain.line.awarded is not None and chain.line.verdict_ids and not graded:
        assert chain.line.awarded == max(chain.line.points - lost, 0)


def test_a_gap_is_told_among_what_was_seen() -> None:
    chain = explained("dead_proof", "perfect", "gap 5.5 9.5 covered")
    assert "nothing can be seen" in "\n".join(lines_of(chain, "en"))
    assert chain.grounds[0].parts[0].signal[1].truth is Truth.UNKNOWN


def test_a_gap_to_the_end_has_no_end_that_could_be_told() -> None:
    chain = explained("stop_test", "perfect", "gap 42 49 covered")
    (ground,) = chain.grounds
    assert chain.line.awarded is None
    assert max(one.t_s for one in ground.known) == 42
    assert all(said.end_s <= 49 for part in ground.parts for said in part.signal)


def test_an_unknown_item_is_refused_with_a_hint() -> None:
    with pytest.raises(InputError, match="did you mean 'dead_proof'"):
        explained("dead_prof")
