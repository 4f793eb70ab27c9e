"""Which hand: what a rule asks of the left or the right one, seen in pictures and told in timelines."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from assessor.errors import RuleFileError
from assessor.facts import FactBuilder
from assessor.judge.wording import describe, seen
from assessor.located_yaml import Located, load
from assessor.procedure import Procedure, load_procedure, one_handed
from assessor.procedure.conditions import Condition, key_of
from assessor.simulate import NoBench, simulate
from assessor.story import read_story, unasked
from assessor.types import FactKey, HandObservation, ObjectObservation, Observations
from tests.test_facts import SIZE, bench, box_at, hand_at
from tests.test_facts import seen as picture

AT_S1 = (198.32, 82.0, 68.0)
AT_TRAY = (150.0, -110.0, 0.0)
SIDES = ("left", "right")
PROCEDURE = """\
procedure: one_hand
version: 1
title: {zh: 单手操作, en: One hand}
steps:
  - id: press
    title: {zh: 右手按 S1, en: Press S1 with the right hand}
    done: {hand_at: S1, hand: right}
rules:
  - id: both_hands
    title: {zh: 两手不得同时在带电区, en: Never both hands in the live zone}
    never:
      - all_of:
          - {hand_in: live, hand: left}
          - {hand_in: live, hand: right}
    for_s: 0.5
rubric:
  total: 2
  dimensions:
    skill: {zh: 技能, en: Skill}
    safety: {zh: 安全, en: Safety}
  items:
    - id: pressed
      title: {zh: 按, en: Pressed}
      points: 1
      judged_by: [press]
      check: video
      dimension: skill
    - id: safe
      title: {zh: 安全, en: Safe}
      points: 1
      judged_by: [both_hands]
      deduct: {unsafe_act: {each: 1}}
      check: video
      dimension: safety
"""


class Said(Located):
    said: Condition


def hand(place: tuple[float, float, float], side: str, score: float, number: int) -> HandObservation:
    return replace(hand_at(place), side=side, score=score, hand_id=number)


def told(observed: Observations, *asked: tuple[str, str]) -> dict[tuple[str, str], list[str | None]]:
    """Of each kind and subject: what is said of any hand, of the left, of the right one."""
    keys = {FactKey(*one, side) for one in asked for side in SIDES}
    builder = FactBuilder(bench(), SIZE, one_handed=frozenset(keys))
    values = {fact.key: fact.value for fact in builder.update(observed)}
    return {one: [values[FactKey(*one, side)] for side in ("", *SIDES)] for one in asked}


@pytest.mark.parametrize(
    ("hands", "expected"),
    [
        pytest.param([hand(AT_S1, "right", 0.97, 1)], ["yes", "no", "yes"], id="the right one"),
        pytest.param([hand(AT_S1, "left", 0.97, 1)], ["yes", "yes", "no"], id="the left one"),
        pytest.param([hand(AT_S1, "right", 0.6, 1)], ["yes", None, None], id="hardly told apart"),
        pytest.param(
            [hand(AT_S1, "right", 0.97, 1), hand(AT_TRAY, "right", 0.97, 2)],
            ["yes", None, None],
            id="two right ones",
        ),
        pytest.param(
            [hand(AT_S1, "left", 0.97, 1), hand(AT_S1, "right", 0.97, 2)], ["yes", "yes", "yes"], id="both"
        ),
        pytest.param([], ["no", "no", "no"], id="none"),
    ],
)
def test_a_hand_that_is_not_told_apart_leaves_both_unknown(
    hands: Sequence[HandObservation], expected: list[str | None]
) -> None:
    asked = ("hand_at", "S1"), ("hand_in", "live")
    assert told(picture(0.0, hands=tuple(hands)), *asked) == dict.fromkeys(asked, expected)


def test_a_hand_without_fingers_is_either_of_them() -> None:
    glove = ObjectObservation("gloved_hand", 0.8, box_at(AT_S1, 60.0))
    asked = ("hand_at", "S1")
    assert told(picture(0.0, objects=(glove,)), asked) == {asked: [None, None, None]}
    beside = picture(0.0, objects=(glove,), hands=(hand(AT_TRAY, "right", 0.97, 1),))
    assert told(beside, asked) == {asked: [None, None, None]}


def test_only_what_is_asked_of_one_hand_is_told_of_it() -> None:
    facts = FactBuilder(bench(), SIZE).update(picture(0.0, hands=(hand(AT_S1, "right", 0.97, 1),)))
    assert {fact.key.hand for fact in facts} == {""}


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        pytest.param(
            "{holding: screwdriver, hand: left}",
            "左手持螺丝刀",
            "the left hand holds the screwdriver",
            id="tool",
        ),
        pytest.param("{hand_at: S1, hand: right}", "右手在 S1 处", "the right hand is at S1", id="place"),
        pytest.param("{hand_at: S1}", "手在 S1 处", "a hand is at S1", id="any"),
    ],
)
def test_words_say_which_hand(text: str, zh: str, en: str) -> None:
    said = load(f"said: {text}", Said).said
    assert (describe(said).zh, describe(said).en) == (zh, en)
    key = key_of(said)
    assert key is not None and (key.hand or "hand") in seen(key, "yes").en


def test_only_left_and_right_are_hands() -> None:
    with pytest.raises(RuleFileError, match="left"):
        load("said: {hand_at: S1, hand: both}", Said)
    with pytest.raises(RuleFileError, match="hand"):
        load("said: {switch: Q1, is: 'on', hand: left}", Said)


def procedure(tmp_path: Path) -> Procedure:
    path = tmp_path / "one_hand.yaml"
    path.write_text(PROCEDURE, encoding="utf-8")
    return load_procedure(path)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param("4 hand_at S1/right yes\n5 hand_at S1/right no", [1, 1], id="the right hand"),
        pytest.param("4 hand_at S1/left yes\n5 hand_at S1/left no", [0, 1], id="the other hand"),
        pytest.param("4 hand_at S1 yes\n5 hand_at S1 no", [None, 1], id="not told which"),
        pytest.param(
            "4 hand_at S1/right yes\n5 hand_in live/left yes\n6 hand_in live/right yes\n8 hand_in live no",
            [1, 0],
            id="both in the live zone",
        ),
        pytest.param(
            "4 hand_at S1/right yes\n6 hand_in live yes\n16 hand_in live no", [1, None], id="one or two"
        ),
    ],
)
def test_a_timeline_says_which_hand_or_leaves_it_open(
    tmp_path: Path, lines: str, expected: list[float | None]
) -> None:
    asked, story = procedure(tmp_path), read_story(f"{lines}\nend 20")
    sheet = simulate(asked, NoBench(), story)
    assert [line.awarded for line in sheet.lines] == expected
    assert unasked(story, asked.facts) == []


def test_a_line_about_one_hand_counts_for_any(tmp_path: Path) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(PROCEDURE.replace(", hand: right}\nrules", "}\nrules"), encoding="utf-8")
    either = load_procedure(path)
    assert FactKey("hand_at", "S1") in either.facts
    sheet = simulate(either, NoBench(), read_story("4 hand_at S1/left yes\n5 hand_at S1/left no\nend 20"))
    assert sheet.lines[0].awarded == 1


def test_what_is_asked_of_one_hand_is_known_to_the_seeing(tmp_path: Path) -> None:
    assert {(key.kind, key.hand) for key in one_handed(procedure(tmp_path))} == {
        ("hand_at", "right"),
        ("hand_in", "left"),
        ("hand_in", "right"),
    }
