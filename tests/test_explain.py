"""The chain event → operator → verdict → points of one item."""

from functools import cache

import pytest

from assessor.errors import InputError
from assessor.explain import Explanation, explain
from assessor.explain_wording import lines_of
from assessor.judge.case import Case
from assessor.procedure import Procedure, load_procedure
from assessor.settings import rules_folder
from assessor.simulate import NoBench, fitting_bench, simulate, watched
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


SHARED = """\
procedure: shared
version: 1
title: {zh: 组, en: Group}
steps:
  - {id: start, title: {zh: 合, en: Start}, done: {switch: Q1, is: "on"}}
  - {id: run, title: {zh: 转, en: Run}, after: [start], follows_from: [start], done: {switch: KM1, is: in}}
rubric:
  total: 6
  dimensions: {work: {zh: 作业, en: Work}}
  groups: {half: {title: {zh: 半, en: Half}, weight: 0.6}}
  items:
    - {id: tried, title: {zh: 试, en: Tried}, points: 5, check: person, dimension: work, group: half,
       ladder: {tries: {person: run}, award: [5, 3]}}
    - {id: running, title: {zh: 转, en: Running}, points: 5, check: video, dimension: work, group: half,
       judged_by: [run], deduct: {omission: {each: 2}}}
    - {id: looked, title: {zh: 看, en: Looked}, points: 0, floor: -1, check: person, dimension: work,
       counted: [{title: {zh: 伤, en: Scratch}, person: scratches, each: 1}]}
"""


def in_words(item: str, language: str = "en") -> list[str]:
    procedure = load_procedure(SHARED)
    story = read_story(
        "0 switch Q1 off\n0 switch KM1 out\n3 person run/1 failed\n5 person run/2 passed\nend 9"
    )
    case = watched(procedure, NoBench(), story).case(story.end_s, story.gaps)
    return lines_of(explain(procedure, case, simulate(procedure, NoBench(), story), item), language)


def test_the_weight_of_a_group_is_told() -> None:
    assert "  group half: x0.6 (5 points count as 3, and what is lost in the same way)" in in_words("tried")
    assert "  所属组 half：×0.6（5 分计为 3 分，下列扣分同样折算）" in in_words("tried", "zh")
    assert not [line for line in in_words("looked") if "group" in line]


def test_entered_tries_are_shown_in_place_of_conditions() -> None:
    lines = in_words("tried")
    at = lines.index("    tries:")
    assert [line.split()[0] for line in lines[at + 1 : at + 3]] == ["3.0", "5.0"]
    assert "failed" in lines[at + 1] and "passed" in lines[at + 2]
    assert "    conditions:" not in lines
    assert "    entered:" in in_words("looked")


def test_what_was_not_reached_is_a_line_of_its_own() -> None:
    (lost,) = [line for line in in_words("running") if line.startswith("  lost")]
    assert lost.startswith(
        "  lost: 1 × not reached, as what it builds on was not done; leaving one out costs 2"
    )
    assert lost.endswith(": 2 points")
