"""Shared rule sets: included with parameters, every part knows its place, every fault is told in its file."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from assessor.bench import load_bench
from assessor.check import check_file
from assessor.errors import RuleFileError
from assessor.located_yaml.source import Source, read_source
from assessor.procedure import Procedure, faults_against, load_procedure
from assessor.procedure.conditions import ToolAt
from assessor.procedure.included_files import shipped_sets
from assessor.procedure.including import load_alone
from assessor.procedure.parts import Rule, Step
from tests.build import ROOT

SET = """\
rule_set: workshop
version: 1
title: {zh: 车间, en: Workshop}
parameters:
  isolator: {title: {zh: 开关, en: Isolator}, default: Q1}
  tools: {title: {zh: 工具, en: Tools}}
  patience: {title: {zh: 时间, en: Time}, default: 0.5}
steps:
  - id: off_first
    title: {zh: 断开 $isolator, en: "Switch $isolator off, then wait $patience s"}
    done: {hold: {switch: $isolator, is: "off"}, for_s: $patience}
rules:
  - id: no_tool
    title: {zh: 无工具, en: No tool}
    never: [{tool_at: $tools, is: panel}]
    at: [end]
  - id: not_in_hand
    title: {zh: 不手持, en: Not in the hand}
    never: [{all_of: [{holding: screwdriver}, {not: {holding: $tools}}]}]
"""

PROCEDURE = """\
procedure: small
version: 1
title: {zh: 小, en: Small}
include:
  - {file: ../shared/workshop.yaml, with: {tools: [screwdriver, wire_stripper]}}
steps:
  - id: lay
    title: {zh: 接线, en: Lay}
    after: [off_first]
    done: {wire: {from: X1.1, to: S2.21}}
rubric:
  total: 10
  dimensions: {work: {zh: 作业, en: Work}}
  items:
    - {id: all, title: {zh: 全部, en: All}, points: 10, check: video, dimension: work,
       judged_by: [off_first, lay, no_tool, not_in_hand]}
"""

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes procedure and set as a school keeps them; gives the procedure's path."""

    def written(procedure: str, rule_set: str) -> Path:
        for name, text in (("procedures/small", procedure), ("shared/workshop", rule_set)):
            file = tmp_path / f"{name}.yaml"
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return tmp_path / "procedures" / "small.yaml"

    return written


def refused(path: Path) -> list[str]:
    """Faults without the folder."""
    with pytest.raises(RuleFileError) as error:
        load_procedure(path)
    return [line.replace(f"{path.parents[1]}{os.sep}", "") for line in str(error.value).splitlines()]


def with_include(include: str) -> str:
    return PROCEDURE.replace(
        "{file: ../shared/workshop.yaml, with: {tools: [screwdriver, wire_stripper]}}", include
    )


# ---- what stands in the procedure then -----------------------------------------------------


def test_parts_of_a_set_stand_before_the_own_ones_and_know_their_lines(write: Write) -> None:
    read = load_procedure(write(PROCEDURE, SET))
    assert [step.id for step in read.steps] == ["off_first", "lay"]
    assert read.before()["lay"] == {"off_first"}
    lines = SET.splitlines()
    parts: list[Step | Rule] = [read.steps[0], *read.rules]
    for part in parts:
        assert f"- id: {part.id}" in lines[part.line - 1]


def test_a_parameter_stands_in_texts_numbers_and_lists(write: Write) -> None:
    read = load_procedure(write(PROCEDURE, SET))
    assert read.steps[0].title.en == "Switch Q1 off, then wait 0.5 s"
    assert read.steps[0].done.model_dump() == {"hold": {"switch": "Q1", "is_": "off"}, "for_s": 0.5}
    signs = [sign for sign in read.rules[0].never if isinstance(sign, ToolAt)]
    assert [sign.tool_at for sign in signs] == ["screwdriver", "wire_stripper"]


def test_values_take_the_place_of_defaults(write: Write) -> None:
    include = "{file: ../shared/workshop.yaml, with: {tools: pliers, isolator: Q7, patience: 2}}"
    read = load_procedure(write(with_include(include), SET))
    assert read.steps[0].title.zh == "断开 Q7"
    assert len(read.rules[0].never) == 1


def test_what_is_left_out_needs_no_parameters(write: Write) -> None:
    include = "{file: ../shared/workshop.yaml, leave_out: [no_tool, not_in_hand]}"
    text = with_include(include).replace(", no_tool, not_in_hand", "")
    assert load_procedure(write(text, SET)).rules == ()


@pytest.mark.parametrize("name", sorted(shipped_sets()))
def test_a_shipped_set_is_known_by_its_name_even_without_a_folder(name: str) -> None:
    values = {"tidy_5s": ", with: {work: [lay]}"}.get(name, "")
    text = with_include(f"{{file: {name}{values}}}").replace("after: [off_first]\n", "after: []\n")
    text = text.replace("[off_first, lay, no_tool, not_in_hand]", "[lay]")
    read: Procedure = load_procedure(text)
    assert len(read.steps) + len(read.rules) > 3
    assert faults_against(read, load_bench(ROOT / "rules" / "benches" / "trainer_24v.yaml")) == []


def test_a_procedure_is_pinned_to_its_sets_too(write: Write) -> None:
    path = write(PROCEDURE, SET)
    before = load_procedure(path)
    assert before.sha256 != read_source(path).sha256
    assert load_procedure(path).sha256 == before.sha256
    changed = load_procedure(write(PROCEDURE, SET + "# changed\n"))
    assert changed.sha256 != before.sha256
    kept = load_procedure(read_source(path), before.included)
    assert (kept.sha256, kept.rules) == (before.sha256, before.rules)


def test_sets_that_were_kept_need_no_file(write: Write) -> None:
    path = write(PROCEDURE, SET)
    source, before = read_source(path), load_procedure(path)
    (path.parents[1] / "shared" / "workshop.yaml").unlink()
    again = load_procedure(Source("elsewhere.yaml", source.data), before.included)
    assert (again.model_dump(), again.sha256) == (before.model_dump(), before.sha256)
    with pytest.raises(RuleFileError, match="kept with the attempt"):
        load_procedure(source, {})


# ---- what is refused, and where ------------------------------------------------------------


@pytest.mark.fault(59)
@pytest.mark.parametrize(
    ("include", "expected"),
    [
        pytest.param(
            "{file: ../shared/workshop.yaml}",
            "procedures/small.yaml:5:5: error: include[0].with: expected a value for the parameter tools",
            id="missing parameter",
        ),
        pytest.param(
            "{file: ../shared/workshop.yaml, with: {tools: a, isolater: Q1}}",
            "procedures/small.yaml:5:64: error: include[0].with.isolater: expected one of: isolator, tools, "
            "patience, got 'isolater'; did you mean 'isolator'?",
            id="unknown parameter",
        ),
        pytest.param(
            "{file: ../shared/workshop.yaml, with: {tools: a}, leave_out: [no_tools]}",
            "procedures/small.yaml:5:67: error: include[0].leave_out[0]: expected one of: off_first, "
            "no_tool, not_in_hand, got 'no_tools'; did you mean 'no_tool'?",
            id="unknown part",
        ),
        pytest.param(
            "{file: ../shared/workshop.yaml, with: {tools: 5}}",
            "shared/workshop.yaml:15:23: error: rules[0].never[0].tool_at: expected text, got number 5; "
            'write "5" in quotes; $tools is given in procedures/small.yaml:5',
            id="a number where a name belongs",
        ),
        pytest.param(
            "{file: ../shared/workshp.yaml, with: {tools: a}}",
            "procedures/small.yaml:5:12: error: include[0].file: expected a file that exists, "
            "got '../shared/workshp.yaml'; did you mean 'workshop.yaml'?",
            id="no such file",
        ),
        pytest.param(
            "{file: ../shared/tidy_5s.yaml}",
            "procedures/small.yaml:5:12: error: include[0].file: expected a file that exists, "
            "got '../shared/tidy_5s.yaml'; a shipped rule set is named without a path: tidy_5s",
            id="shipped set with a path",
        ),
        pytest.param(
            "{file: tidy5s}",
            "procedures/small.yaml:5:12: error: include[0].file: expected one of: electrical_safety, "
            "tidy_5s, got 'tidy5s'; did you mean 'tidy_5s'?",
            id="no such shipped set",
        ),
        pytest.param(
            "{file: small.yaml}",
            "procedures/small.yaml:5:12: error: include[0].file: expected a rule set file "
            "(with the key rule_set), got a procedure file",
            id="not a rule set",
        ),
    ],
)
def test_a_wrong_include_is_refused_at_its_place(write: Write, include: str, expected: str) -> None:
    found = refused(write(with_include(include), SET))
    assert [line for line in found if line.startswith(expected)], found


@pytest.mark.fault(64)
@pytest.mark.parametrize(
    "named",
    [
        pytest.param("../../outside.yaml", id="two folders up"),
        pytest.param("../outside.yaml", id="beside the folders"),
        pytest.param("../shared/../../outside.yaml", id="through shared"),
        pytest.param("../shared/link.yaml", id="a link out of it"),
        pytest.param("/etc/hostname", id="absolute"),
        pytest.param("../shared/secret.txt", id="not YAML"),
    ],
)
def test_no_other_file_can_be_read(write: Write, tmp_path: Path, named: str) -> None:
    path = write(with_include(f"{{file: {named}}}"), SET)
    (tmp_path / "outside.yaml").write_text(SET, encoding="utf-8")
    (tmp_path / "shared" / "secret.txt").write_text(SET, encoding="utf-8")
    (tmp_path / "shared" / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (fault,) = refused(path)
    assert "expected a .yaml file below the folder of this file or below 'shared' beside it" in fault


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "tool_at: $tools",
            "tool_at: $tolls",
            "shared/workshop.yaml:15:23: error: rules[0].never[0].tool_at: expected one of: isolator, tools, "
            "patience, got '$tolls'; did you mean 'tools'?",
            id="unknown parameter",
        ),
        pytest.param("at: [end]", "att: [end]", "shared/workshop.yaml:16:5: error: rules[0].att", id="key"),
        pytest.param(
            "rules:\n",
            "include: []\nrules:\n",
            "shared/workshop.yaml:12:1: error: include: expected one of: rule_set",
            id="include in a set",
        ),
        pytest.param("id: not_in_hand", "id: no_tool", "it stands in line 13 already", id="id twice"),
        pytest.param(
            "id: no_tool",
            "id: lay",
            "procedures/small.yaml:5:5: error: include[0]: expected each id once, got 'lay' of "
            "workshop.yaml:13; it stands in small.yaml:7 already",
            id="id of a step",
        ),
        pytest.param(
            "id: no_tool", "id: all", "'all' of workshop.yaml:13; it stands in small.yaml:15", id="of an item"
        ),
        pytest.param(
            "at: [end]",
            "at: [ende]",
            "shared/workshop.yaml:16:10: error: rules[0].at[0]: expected one of: off_first, lay, end, "
            "got 'ende'; did you mean 'end'?",
            id="unknown step",
        ),
    ],
)
def test_a_fault_of_a_set_is_told_in_the_right_file(write: Write, old: str, new: str, expected: str) -> None:
    assert old in SET
    found = refused(write(PROCEDURE, SET.replace(old, new, 1)))
    assert any(expected in line for line in found), found


def test_each_set_is_included_once(write: Write) -> None:
    path = write(PROCEDURE.replace("steps:", "  - {file: workshop.yaml, with: {tools: x}}\nsteps:", 1), SET)
    (path.parent / "workshop.yaml").write_text(SET, encoding="utf-8")
    assert refused(path) == [
        "procedures/small.yaml:6:12: error: include[1].file: expected each rule set once, got 'workshop'"
    ]


def test_all_faults_of_all_sets_are_told_at_once(write: Write) -> None:
    text = PROCEDURE.replace("steps:", "  - {file: nothing}\nsteps:", 1)
    found = refused(write(text, SET.replace("at: [end]", "att: [end]").replace("$patience s", "$patent s")))
    assert [line.split(": error")[0] for line in found] == [
        "procedures/small.yaml:6:12",
        "shared/workshop.yaml:10:35",
        "shared/workshop.yaml:16:5",
    ]


def test_a_fault_against_a_bench_says_where_the_name_was_given(write: Write) -> None:
    include = "{file: ../shared/workshop.yaml, with: {tools: a, isolator: Q7}}"
    read = load_procedure(write(with_include(include), SET))
    (fault,) = faults_against(read, load_bench(ROOT / "rules" / "benches" / "trainer_24v.yaml"))
    assert Path(fault.file).name == "workshop.yaml" and fault.line == 11
    assert fault.hint is not None and "$isolator is given in" in fault.hint.en
    assert "small.yaml:5" in fault.hint.en and "第 5 行" in fault.hint.zh


# ---- a set by itself -----------------------------------------------------------------------


def test_a_set_is_read_by_itself_without_values() -> None:
    alone = load_alone(Source("<set>", SET.encode()))
    assert alone is not None and [step.id for step in alone.steps] == ["off_first"]


def test_what_hangs_on_a_missing_value_is_not_judged_alone() -> None:
    without = SET.replace(", default: 0.5", "")
    assert load_alone(Source("<set>", without.encode())) is None
    with pytest.raises(RuleFileError) as error:
        load_alone(Source("<set>", without.replace("at: [end]", "att: [end]").encode()))
    assert [fault.line for fault in error.value.faults] == [16]


def test_a_parameter_that_no_text_names_is_found(tmp_path: Path) -> None:
    file = tmp_path / "set.yaml"
    file.write_text(SET, encoding="utf-8")
    assert check_file(file).faults == ()
    unused = SET.replace("for_s: $patience", "for_s: 1").replace("$patience s", "a second")
    file.write_text(unused, encoding="utf-8")
    (fault,) = check_file(file).faults
    assert (fault.line, fault.severity, fault.came.en) == (7, "warning", "'patience'")
