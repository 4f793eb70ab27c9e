"""Rules tried without a camera: the timelines beside every procedure give the sheet that is expected."""

import json
from pathlib import Path

import pytest

from assessor.bench import load_bench
from assessor.errors import RuleFileError
from assessor.procedure import faults_against, load_procedure
from assessor.settings import rules_folder
from assessor.simulate import NoBench, fitting_bench, misnamed, outcome_of, simulate, unprobed
from assessor.story import read_story, unasked

PROCEDURES = sorted((rules_folder() / "procedures").glob("*.yaml"))
TIMELINES = sorted((rules_folder() / "procedures").glob("*/*.timeline"))
MOTOR = rules_folder() / "procedures" / "motor_start_stop.yaml"
TRAINER = rules_folder() / "benches" / "trainer_24v.yaml"
FAULTLESS = ("perfect", "other_order")


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", PROCEDURES, ids=name_of)
def test_every_procedure_has_a_perfect_another_and_a_faulty_timeline(path: Path) -> None:
    names = {timeline.stem for timeline in path.with_suffix("").glob("*.timeline")}
    assert names >= {"perfect", "other_order", "faulty"}


@pytest.mark.parametrize("path", TIMELINES, ids=name_of)
def test_timeline_gives_the_expected_sheet(path: Path) -> None:
    procedure, story = load_procedure(path.parent.with_suffix(".yaml")), read_story(path)
    bench = fitting_bench(procedure)
    sheet = simulate(procedure, bench, story)

    assert unasked(story, procedure.facts) == []
    assert unprobed(story, procedure, bench) == []
    assert isinstance(bench, NoBench) or misnamed(story, bench) == []
    assert outcome_of(sheet) == json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    if path.stem in FAULTLESS:
        assert sheet.total == sheet.possible
    if path.stem == "perfect":
        assert sheet.total == procedure.rubric.total
    if path.stem == "faulty":
        assert sheet.total < sheet.possible


def test_without_a_bench_every_terminal_is_its_own_node() -> None:
    procedure = load_procedure(MOTOR)
    story = read_story(MOTOR.with_suffix("") / "other_order.timeline")  # wires the other clamps of X1
    awarded = {line.item: line.awarded for line in simulate(procedure, NoBench(), story).lines}
    assert awarded["coil_wire"] == 0


def test_what_is_not_mentioned_does_not_happen() -> None:
    procedure = load_procedure(MOTOR)
    sheet = simulate(procedure, fitting_bench(procedure), read_story("0 switch Q1 off\nend 20"))
    awarded = {line.item: line.awarded for line in sheet.lines}
    assert awarded["no_other_wire"] == 2  # the given wires are taken to be there
    assert awarded["dead_proof"] == 0


def test_a_gap_leaves_open_what_it_hides() -> None:
    path = MOTOR.with_suffix("") / "perfect.timeline"
    procedure, text = load_procedure(MOTOR), path.read_text(encoding="utf-8")
    sheet = simulate(procedure, fitting_bench(procedure), read_story(text + "gap 5.5 9.5 covered\n"))
    (line,) = [line for line in sheet.lines if line.item == "dead_proof"]
    assert line.awarded is None


@pytest.mark.parametrize("grade", ["good", "4", "-1", "nan"])
def test_a_grade_off_the_scale_is_refused_with_its_place(grade: str) -> None:
    with pytest.raises(RuleFileError, match=rf"<text>:1:19: .*a number from 0 to 3, got '{grade}'"):
        simulate(load_procedure(MOTOR), NoBench(), read_story(f"3 person  routing {grade}\nend 9"))


ENTERED = """
procedure: entered
version: 1
title: {zh: 录入, en: Entered}
steps:
  - {id: gloves, title: {zh: 手套, en: Gloves}, done: {person: gloves, is: "yes"}}
  - {id: ready, title: {zh: 就绪, en: Ready}, done: {person: state, is: Ready}}
rubric:
  total: 6
  dimensions: {work: {zh: 作业, en: Work}}
  groups: {part: {title: {zh: 部分, en: Part}, draw: drawn}}
  items:
    - {id: g, title: {zh: 手套, en: G}, points: 1, check: person, dimension: work, judged_by: [gloves, ready]}
    - {id: a, title: {zh: 甲, en: A}, points: 2, check: person, dimension: work, group: part, drawn: weight,
       measured: {reading: strap_mohm, bands: [{at_most: 5, points: 2}]}}
    - {id: b, title: {zh: 乙, en: B}, points: 2, check: person, dimension: work, group: part, drawn: cooling,
       graded: {person: look, of: 3}}
    - {id: c, title: {zh: 试, en: C}, points: 3, check: person, dimension: work,
       ladder: {tries: {person: run}, award: [3]}}
  vetoes: [{id: shock, title: {zh: 触电, en: Shock}, effect: fail}]
"""


def test_what_a_timeline_enters_is_compared_with_the_procedure_all_at_once() -> None:
    lines = [
        "1 person drawn Weight",
        "2 person gloves Yes",
        "3 reading strap_mohm 3mΩ",
        "4 person look 4",
        "5 person run/1 pass",
        "6 person shock yes",
        "7 person state ready",
        "8 person gloves maybe",
    ]
    with pytest.raises(RuleFileError) as refused:
        simulate(load_procedure(ENTERED), NoBench(), read_story("\n".join([*lines, "end 9"])))
    assert [line.removeprefix("<text>:") for line in str(refused.value).splitlines()] == [
        "1:16: error: expected one of: weight, cooling, got 'Weight'; did you mean 'weight'?",
        "2:17: error: expected one of: yes, no, got 'Yes'; did you mean 'yes'?",
        "3:22: error: expected a number such as 2.4, got '3mΩ'; write 3",
        "4:15: error: expected a number from 0 to 3, got '4'",
        "5:16: error: expected one of: passed, failed, got 'pass'; did you mean 'passed'?",
        "6:16: error: expected one of: confirmed, refused, got 'yes'",
        "7:16: error: expected one of: Ready, got 'ready'; did you mean 'Ready'?",
        "8:17: error: expected one of: yes, no, got 'maybe'",
    ]


def test_what_a_timeline_enters_may_be_unknown_or_another_word() -> None:
    lines = "1 person drawn ?\n2 person gloves no\n3 person state broken\n4 person other Yes\nend 9"
    assert simulate(load_procedure(ENTERED), NoBench(), read_story(lines)).lines


@pytest.mark.parametrize(
    ("pair", "asked"),
    [
        pytest.param("X1.1/X1.5", True, id="as written"),
        pytest.param("X1.5b/X1.1", True, id="other clamp, other way round"),
        pytest.param("X1.1/X1.2", False, id="another pair"),
    ],
)
def test_a_pair_of_terminals_that_nobody_asks_for_is_warned_of(pair: str, asked: bool) -> None:
    procedure = load_procedure(MOTOR)
    bench = fitting_bench(procedure)
    warnings = unprobed(read_story(f"1 probing {pair} yes\n2 probing {pair} no\nend 9"), procedure, bench)
    assert [warning.came.en for warning in warnings] == ([] if asked else [f"'{pair}'"])
    (terminal,) = misnamed(read_story("1 probing X1.1/BAT.neg yes\nend 9"), load_bench(TRAINER))
    assert (terminal.came.en, terminal.severity) == ("'BAT.neg'", "warning")


PARTS = """
procedure: parts
version: 1
title: {zh: 装配, en: Parts}
steps:
  - {id: mount, title: {zh: 装, en: Mount}, done: {part_at: relay, place: PLACE, within_mm: 3}}
  - {id: ask, title: {zh: 举手, en: Ask}, done: {pose: hand_raised}}
rules:
  - {id: stay, title: {zh: 在岗, en: Stay}, never: [{not: {pose: person_present}}]}
rubric:
  total: 3
  dimensions: {work: {zh: 作业, en: Work}}
  items:
    - {id: m, title: {zh: 装, en: M}, points: 1, check: video, dimension: work, judged_by: [mount]}
    - {id: a, title: {zh: 举手, en: A}, points: 1, check: video, dimension: work, judged_by: [ask]}
    - {id: s, title: {zh: 在岗, en: S}, points: 1, check: video, dimension: work, judged_by: [stay]}
"""


@pytest.mark.parametrize(
    ("lines", "points"),
    [
        pytest.param("0 part_at relay/PLACE 180\n9 part_at relay/PLACE 2.5", [1, 0, 1], id="mounted"),
        pytest.param("0 part_at relay/PLACE 3.5\n5 pose hand_raised yes", [0, 1, 1], id="beside its place"),
        pytest.param("0 part_at relay/PLACE 1\n4 pose person_present no", [1, 0, 0], id="left the bench"),
        pytest.param("0 part_at relay/PLACE 180\n9 part_at relay/PLACE 2.5 @0.4", [None, 0, 1], id="unsure"),
    ],
)
def test_parts_and_poses_are_judged(lines: str, points: list[float | None]) -> None:
    sheet = simulate(load_procedure(PARTS), NoBench(), read_story(f"{lines}\nend 20"))
    assert [line.awarded for line in sheet.lines] == points


def test_a_place_that_the_bench_lacks_is_an_error_in_rules_and_a_warning_in_timelines() -> None:
    bench = load_bench(rules_folder() / "benches" / "trainer_24v.yaml")
    (fault,) = faults_against(load_procedure(PARTS), bench)
    assert (fault.key, fault.came.en) == ("steps[0].done.place", "'PLACE'")
    (warning,) = misnamed(read_story("2 part_at relay/PLACE 2\nend 3"), bench)
    assert (warning.severity, warning.came.en) == ("warning", "'PLACE'")


def test_what_the_bench_does_not_have_is_a_warning_with_a_hint() -> None:
    bench = load_bench(rules_folder() / "benches" / "trainer_24v.yaml")
    lines = ("1 wire S1.41-X1.4 red", "2 wire X1.4-S1.41 blue", "3 tool_at screwdriver tooltray", "end 9")
    terminal, place = misnamed(read_story("\n".join(lines)), bench)
    assert (terminal.line, terminal.came.en, place.line) == (1, "'S1.41'", 3)
    assert place.hint is not None
    assert "'tool_tray'" in place.hint.en
