"""Rules tried without a camera: the timelines beside every procedure give the sheet that is expected."""

import json
from pathlib import Path

import pytest

from assessor.bench import load_bench
from assessor.errors import RuleFileError
from assessor.procedure import faults_against, load_procedure
from assessor.settings import rules_folder
from assessor.simulate import NoBench, fitting_bench, misnamed, outcome_of, simulate
from assessor.story import read_story, unasked

PROCEDURES = sorted((rules_folder() / "procedures").glob("*.yaml"))
TIMELINES = sorted((rules_folder() / "procedures").glob("*/*.timeline"))
MOTOR = rules_folder() / "procedures" / "motor_start_stop.yaml"
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
