"""Warnings of `assessor check`: true for what can never be seen, come true or count, silent for the rest."""

from math import dist
from pathlib import Path

import cv2
import numpy as np
import pytest

from assessor.bench import Bench, load_bench
from assessor.check import check_file, check_paths
from assessor.errors import Fault
from assessor.geometry import pixels_per_mm
from assessor.located_yaml.source import read_source
from assessor.located_yaml.tree import parse, plain
from assessor.procedure import load_procedure
from assessor.procedure.contradictions import contradictions_in
from assessor.procedure.unused import unused_in
from assessor.types import CameraPose
from assessor.unseen import best_pitch_px, unseen_in, unseen_on, unseen_parts
from tests.build import ROOT

BENCH = ROOT / "rules" / "benches" / "trainer_24v.yaml"
OFF = '{switch: Q1, is: "off"}'
HEAD = """\
procedure: small
version: 1
title: {zh: 小, en: Small}
"""
STEP = """\
  - id: %s
    title: {zh: 步骤, en: Step}
    done: %s
"""
RUBRIC = """\
rubric:
  total: 10
  dimensions: {work: {zh: 作业, en: Work}}
  items:
    - {id: all, title: {zh: 全部, en: All}, points: 10, check: video, dimension: work, judged_by: [%s]}
"""


def procedure(done: str, *, more: str = "", judged: str = "first") -> str:
    return f"{HEAD}steps:\n{STEP % ('first', done)}{more}{RUBRIC % judged}"


def told(faults: list[Fault]) -> list[tuple[int, str]]:
    assert {fault.severity for fault in faults} <= {"warning"}
    return [(fault.line, fault.came.en) for fault in faults]


# ---- what never comes true -----------------------------------------------------------------


@pytest.mark.parametrize(
    "done",
    [
        pytest.param('{all_of: [{switch: Q1, is: "on"}, {switch: Q1, is: "off"}]}', id="two states"),
        pytest.param("{all_of: [{tool_at: screwdriver, is: a}, {tool_at: screwdriver, is: b}]}", id="places"),
        pytest.param("{all_of: [{display: mm, below: 1}, {display: mm, at_least: 1}]}", id="limits"),
        pytest.param("{all_of: [{display: mm, near: 5, within: 1}, {display: mm, above: 6}]}", id="near"),
        pytest.param("{all_of: [{hand_in: live}, {not: {hand_in: live}}]}", id="and its contrary"),
        pytest.param(
            '{all_of: [{all_of: [{lamp: PS, is: "on"}]}, {hold: {lamp: PS, is: "off"}, for_s: 2}]}', id="deep"
        ),
        pytest.param(
            '{once: {all_of: [{lamp: PS, is: "on"}, {becomes: {lamp: PS, is: "off"}}]}}', id="inside once"
        ),
        pytest.param('{lamp: PS, is: "on"}\n    requires: {lamp: PS, is: "off"}', id="requires"),
    ],
)
def test_conditions_that_exclude_each_other_are_told(done: str) -> None:
    (fault,) = contradictions_in(load_procedure(procedure(done)))
    assert fault.severity == "warning" and "excludes that of line" in fault.came.en


@pytest.mark.parametrize(
    "done",
    [
        pytest.param('{any_of: [{switch: Q1, is: "on"}, {switch: Q1, is: "off"}]}', id="either"),
        pytest.param('{all_of: [{switch: Q1, is: "on"}, {switch: KM1, is: out}]}', id="two devices"),
        pytest.param('{all_of: [{switch: Q1, is: "on"}, {once: {switch: Q1, is: "off"}}]}', id="earlier"),
        pytest.param("{all_of: [{display: mm, at_least: 1}, {display: mm, at_most: 1}]}", id="just fits"),
        pytest.param("{all_of: [{hand_in: live}, {not: {hand_in: panel}}]}", id="another zone"),
        pytest.param(
            "{all_of: [{wire: {from: a, to: b}}, {wire: {from: a, to: c}}, {not: {wire: {from: b, to: c}}}]}",
            id="wires",
        ),
    ],
)
def test_conditions_that_can_hold_together_are_not_told(done: str) -> None:
    assert contradictions_in(load_procedure(procedure(done))) == []


def test_a_rule_that_can_never_be_broken_is_told() -> None:
    rule = f"""\
rules:
  - id: never_broken
    title: {{zh: 规则, en: Rule}}
    never: [{{switch: Q1, is: "on"}}]
    while: {OFF}
"""
    text = procedure("{hand_at: S1}", more=rule, judged="first, never_broken")
    assert told(contradictions_in(load_procedure(text))) == [(12, "one that excludes that of line 11")]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param("{done: first}", "{hand_at: S1}", [(7, "this step itself")], id="itself"),
        pytest.param(
            "{all_of: [{done: second}, {hand_at: S1}]}",
            "{hand_at: S2}\n    after: [first]",
            [(7, "second, which comes after first")],
            id="one after it",
        ),
        pytest.param(
            "{once: {done: second}}",
            "{done: first}",
            [(7, "second, which comes after first"), (10, "first, which comes after second")],
            id="each other",
        ),
        pytest.param("{any_of: [{done: second}, {hand_at: S1}]}", "{done: first}", [], id="not needed"),
        pytest.param("{not: {done: second}}", "{hand_at: S1}\n    after: [first]", [], id="not yet done"),
        pytest.param("{hand_at: S1}", "{done: first}\n    after: [first]", [], id="in order"),
    ],
)
def test_a_step_that_waits_for_itself_is_told(
    first: str, second: str, expected: list[tuple[int, str]]
) -> None:
    text = procedure(first, more=STEP % ("second", second), judged="first, second")
    assert told(contradictions_in(load_procedure(text))) == expected


# ---- what nothing uses ---------------------------------------------------------------------


def test_steps_and_rules_that_no_item_judges_are_told() -> None:
    rule = "rules:\n  - {id: quiet, title: {zh: 规则, en: Rule}, never: [{hand_in: live}]}\n"
    more = STEP % ("named", "{hand_at: S1}") + STEP % ("lost", "{done: named}") + rule
    found = unused_in(load_procedure(procedure("{hand_at: S2}", more=more)))
    assert [(fault.line, fault.expected.en) for fault in found] == [
        (11, "an item or a veto that is judged by lost"),
        (15, "an item or a veto that is judged by quiet"),
    ]


def test_what_a_set_brings_in_vain_is_told_where_it_is_included() -> None:
    include = "include:\n  - {file: electrical_safety, leave_out: [isolate, prove_dead]}\n"
    text = procedure("{hand_at: S1}", judged="first, dead_working").replace("steps:", f"{include}steps:", 1)
    found = unused_in(load_procedure(text))
    assert [(fault.line, fault.hint.en if fault.hint else "") for fault in found] == [
        (5, "or leave_out: [power_by_consent]")
    ]


def test_dimensions_groups_and_timing_that_nothing_uses_are_told() -> None:
    text = procedure("{hand_at: S1}").replace(
        "work: {zh: 作业, en: Work}", "work: {zh: 作业, en: Work}, x: {zh: x, en: x}"
    )
    text = text.replace("  items:", "  groups: {site: {title: {zh: 现场, en: Site}}}\n  items:")
    text = text.replace(
        "steps:", "timing: {hold_s: {hand_at: 1, switch: 1}, forget_s: {hand_at S7: 1}}\nsteps:", 1
    )
    found = unused_in(load_procedure(text))
    assert [(fault.key, fault.severity) for fault in found] == [
        ("rubric.dimensions.x", "warning"),
        ("rubric.groups.site", "warning"),
        ("timing.hold_s.switch", "warning"),
        ("timing.forget_s.hand_at S7", "warning"),
    ]


def test_given_wires_that_count_for_nothing_or_are_laid_later_are_told() -> None:
    given = "given:\n  wires:\n    - {from: X1.1, to: S2.21}\nsteps:"
    text = procedure("{hand_at: S1}").replace("steps:", given, 1)
    assert told(unused_in(load_procedure(text))) == [(6, "none")]
    text = procedure("{wire: {from: S2.21, to: X1.1, color: red}}").replace("steps:", given, 1)
    assert told(unused_in(load_procedure(text))) == [(6, "the wire of the step first")]
    text = procedure("{wire: {from: S2.21, to: X1.2}}").replace("steps:", given, 1)
    assert unused_in(load_procedure(text)) == []


# ---- what no camera tells ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        pytest.param("{holding: hammer}", ["'hammer'"], id="tool"),
        pytest.param("{holding: probes}", [], id="probes"),
        pytest.param("{tool_at: probes, is: panel}", ["'probes'"], id="probes lie nowhere"),
        pytest.param("{tool_at: screwdriver, is: panel}", [], id="known tool"),
        pytest.param("{holding: pliers}", [], id="pliers"),
        pytest.param("{any_of: [{holding: hammer}, {person: asked, is: given}]}", [], id="or a person"),
        pytest.param(
            "{any_of: [{holding: hammer}, {person: asked, is: given}], at_least: 2}",
            ["'hammer'"],
            id="both needed",
        ),
        pytest.param(
            "{any_of: [{all_of: [{holding: hammer}, {hand_at: S1}]}, {hand_at: S2}]}", [], id="one way left"
        ),
        pytest.param(
            "{all_of: [{holding: hammer}, {not: {tool_at: hammer, is: panel}}]}", ["'hammer'"], id="told once"
        ),
        pytest.param("{photo: bare_copper, at_most: 0}", [], id="photo"),
    ],
)
def test_what_no_model_knows_is_told(done: str, expected: list[str]) -> None:
    found = unseen_in(load_procedure(procedure(done)))
    assert [fault.came.en for fault in found] == expected


def test_a_misspelled_tool_is_put_right() -> None:
    (fault,) = unseen_in(load_procedure(procedure("{holding: screw_driver}")))
    assert fault.hint is not None and fault.hint.en == "did you mean 'screwdriver'?"


def at(part: str) -> str:
    return f"{{part_at: {part}, place: somewhere, within_mm: 3}}"


@pytest.mark.parametrize(
    ("done", "on_bench", "alone"),
    [
        pytest.param(at("relay"), [], [], id="class of the detector"),
        pytest.param(at("KM1"), [], ["'KM1'"], id="device of the bench"),
        pytest.param(f"{{all_of: [{at('KM1')}, {{switch: KM1, is: in}}]}}", [], [], id="device elsewhere"),
        pytest.param(at("chuck_key"), ["'chuck_key'"], ["'chuck_key'"], id="no model knows it"),
        pytest.param(at("screwdriver"), ["'screwdriver'"], ["'screwdriver'"], id="of unknown size"),
        pytest.param(
            f"{{all_of: [{at('chuck_key')}, {{not: {at('chuck_kye')}}}]}}",
            ["'chuck_key'", "'chuck_kye'"],
            ["'chuck_key'", "'chuck_kye'"],
            id="misspelled elsewhere",
        ),
        pytest.param(f"{{any_of: [{at('hook')}, {{hand_at: S1}}]}}", [], [], id="or a hand"),
    ],
)
def test_parts_that_no_model_knows_are_told(done: str, on_bench: list[str], alone: list[str]) -> None:
    read = load_procedure(procedure(f"{{any_of: [{done}, {{hand_at: S9}}], at_least: 2}}"))
    assert [fault.came.en for fault in unseen_parts(read, load_bench(BENCH))] == on_bench
    assert [fault.came.en for fault in unseen_parts(read, None)] == alone


def test_a_device_of_a_class_that_the_detector_does_not_know_is_no_part_that_is_seen(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    own = (ROOT / "rules" / "shared" / "devices.yaml").read_text(encoding="utf-8")
    own += "  chuck:\n    title: {zh: 卡盘, en: chuck}\n    detector_class: chuck\n    size: [9, 9, 9]\n"
    (tmp_path / "shared" / "devices.yaml").write_text(own, encoding="utf-8")
    (tmp_path / "benches").mkdir()
    bench = tmp_path / "benches" / "own.yaml"
    bench.write_text(BENCH.read_text(encoding="utf-8"), encoding="utf-8")
    (fault, *_) = unseen_parts(load_procedure(procedure(at("chuck"))), load_bench(bench))
    assert fault.came.en == "'chuck'"


POSTURE = "{any_of: [{pose: hand_raised}, {person: a, is: b}], at_least: 2}"


def overseen(tmp_path: Path) -> Bench:
    """The bench with a camera that sees the worker."""
    file = tmp_path / "seen.bench.yaml"
    text = BENCH.read_text(encoding="utf-8")
    file.write_text(text.replace("camera:", "camera:\n  sees_worker: true", 1), encoding="utf-8")
    return load_bench(file)


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        pytest.param(POSTURE, ["'hand_raised', on a bench whose camera does not see the worker"], id="alone"),
        pytest.param(POSTURE.replace(", at_least: 2", ""), [], id="or a person"),
    ],
)
def test_a_posture_is_told_where_the_camera_does_not_see_the_worker(
    done: str, expected: list[str], tmp_path: Path
) -> None:
    read = load_procedure(procedure(f"{{any_of: [{done}, {{hand_at: S1}}], at_least: 2}}"))
    assert [fault.came.en for fault in unseen_parts(read, load_bench(BENCH))] == expected
    assert unseen_parts(read, overseen(tmp_path)) == unseen_parts(read, None) == unseen_in(read) == []


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        pytest.param('{person: tidy, is: "yes"}', "check: person", id="a person's tick"),
        pytest.param("{photo: dust, at_most: 0}", "check: photo", id="a photo"),
        pytest.param(at("chuck_key"), "check: person", id="a part that no model knows"),
        pytest.param("{any_of: [{pose: hand_raised}, {person: a, is: b}]}", "check: person", id="posture"),
        pytest.param('{all_of: [{person: tidy, is: "yes"}, {hand_at: S1}]}', None, id="a hand beside it"),
        pytest.param('{switch: Q1, is: "off"}', None, id="a switch"),
    ],
)
def test_an_item_by_video_that_only_a_person_can_tell_is_told(done: str, expected: str | None) -> None:
    faults = unseen_parts(load_procedure(procedure(done)), load_bench(BENCH))
    told = [fault.expected.en for fault in faults if fault.key.endswith(".check")]
    assert told == ([f"{expected}, as the camera shows nothing of this item"] if expected else [])


def test_a_tool_of_an_included_set_is_told_where_it_is_included(tmp_path: Path) -> None:
    include = "include:\n  - {file: tidy_5s, with: {tools: [screwdriver, spanner], work: first}}\nsteps:"
    judged = "first, tools_back, no_tool_left, no_offcuts_left, nothing_dropped"
    file = tmp_path / "p.yaml"
    file.write_text(procedure("{hand_at: S1}", judged=judged).replace("steps:", include, 1), encoding="utf-8")
    (fault,) = check_file(file).faults
    assert (Path(fault.file), fault.line, fault.came.en) == (file, 5, "'spanner'")
    assert fault.hint is not None
    assert fault.hint.en == "leave_out: [tools_back, no_tool_left], and let a person say it (person)"


def scaled(tmp_path: Path, factor: float) -> Bench:
    """The bench with a camera of another number of pixels."""
    camera = load_bench(BENCH).camera
    text = BENCH.read_text(encoding="utf-8")
    for old, new in (
        (f"width: {camera.width}", f"width: {int(camera.width * factor)}"),
        (f"height: {camera.height}", f"height: {int(camera.height * factor)}"),
        (repr(camera.matrix[0][0]), repr(camera.matrix[0][0] * factor)),
    ):
        assert old in text
        text = text.replace(old, new)
    file = tmp_path / "coarse.yaml"
    file.write_text(text, encoding="utf-8")
    return load_bench(file)


def test_terminals_too_small_for_the_camera_are_told_with_the_bench(tmp_path: Path) -> None:
    read = load_procedure(procedure("{wire: {from: X1.1, to: S2.21}}"))
    assert unseen_on(read, load_bench(BENCH)) == []
    coarse = scaled(tmp_path, 0.25)
    (fault,) = unseen_on(read, coarse)
    assert "X1.1" in fault.came.en and coarse.name in fault.expected.en and fault.line == 7
    assert unseen_on(load_procedure(procedure("{hand_in: live}")), coarse) == []


@pytest.mark.parametrize(
    "bench", sorted((ROOT / "samples").rglob("*.bench.yaml")), ids=lambda path: path.stem
)
def test_no_real_view_is_better_than_the_best_case(bench: Path) -> None:
    """Against the poses from which the samples were rendered."""
    seen, raw = load_bench(bench), plain(parse(read_source(bench))[0])["camera"]
    rotation, _ = cv2.Rodrigues(np.array(raw["R"], np.float64))
    turned = [float(angle) for angle in rotation.ravel()]
    pose = CameraPose((turned[0], turned[1], turned[2]), tuple(raw["t_mm"]), 0.0, ())
    for name, place in seen.terminals.items():
        others = [dist(place, at) for other, at in seen.terminals.items() if other != name]
        assert min(others) * pixels_per_mm(place, pose, seen.camera) < best_pitch_px(seen, name)


def test_a_state_that_shows_nowhere_is_told() -> None:
    found = unseen_on(load_procedure(procedure('{lamp: KM1, is: "on"}')), load_bench(BENCH))
    assert [(fault.line, fault.came.en) for fault in found] == [(7, "'KM1'")]
    assert "trainer_24v" in found[0].expected.en


# ---- all of it through the command ---------------------------------------------------------


def test_warnings_come_in_the_order_of_the_lines_and_are_no_errors(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    text = procedure(
        "{holding: hammer}", more=STEP % ("lost", '{all_of: [{done: lost}, {lamp: PS, is: "on"}]}')
    )
    file.write_text(text, encoding="utf-8")
    checked = check_file(file)
    assert checked.read is not None
    assert [(fault.line, fault.severity) for fault in checked.faults] == [(7, "warning"), (10, "warning")]
    assert len(check_paths([file, BENCH])) == 3  # and that the camera shows nothing of the item


def test_other_files_in_a_folder_are_passed_over_with_a_word(tmp_path: Path) -> None:
    (tmp_path / "scenario.yaml").write_text("title: x\nseed: &a 3\nactions: []\n", encoding="utf-8")
    (fault,) = check_paths([tmp_path])
    assert fault.severity == "warning" and "title, seed, actions" in fault.came.en
    (fault,) = check_file(tmp_path / "scenario.yaml").faults
    assert fault.severity == "error"
    (tmp_path / "scenario.yaml").write_text("device_clases: {}\n", encoding="utf-8")
    (fault,) = check_paths([tmp_path])
    assert fault.severity == "error" and fault.hint is not None and "device_classes" in fault.hint.en
