"""What is said of an input that is missing or of another kind: one sentence, in both languages."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from assessor.batch import find_rule_file
from assessor.bench import load_bench
from assessor.camera import probe, read_photo
from assessor.errors import AssessorError, InputError, RuleFileError, StoreError
from assessor.procedure import load_procedure
from assessor.recording import read_observations
from assessor.rule_commands import expected_outcome
from tests.build import ROOT

MOTOR = ROOT / "rules" / "procedures" / "motor_start_stop.yaml"
TRAINER = ROOT / "rules" / "benches" / "trainer_24v.yaml"


def said_of(named: str, kind: str) -> tuple[str, str]:
    with pytest.raises(RuleFileError) as refused:
        find_rule_file(named, kind)
    (fault,) = refused.value.faults
    return fault.render(), fault.render("zh")


def test_shipped_files_are_found_by_name_and_own_ones_by_path(tmp_path: Path) -> None:
    assert find_rule_file("motor_start_stop", "procedures") == MOTOR
    assert find_rule_file(str(TRAINER), "benches") == TRAINER


def test_an_unknown_name_is_told_with_the_shipped_ones() -> None:
    en, zh = said_of("motor_start_stp", "procedures")
    assert en.startswith("motor_start_stp:1:1: error: expected a procedure file, or a shipped one, one of: ")
    assert en.endswith("got no such file; did you mean 'motor_start_stop'?")
    assert "应为作业流程文件，或自带文件的名称（以下之一：" in zh
    assert zh.endswith("，但没有这个文件；是不是 “motor_start_stop”？")


def test_a_path_is_told_with_the_files_beside_it(tmp_path: Path) -> None:
    (tmp_path / "our_bench.yaml").write_text("x: 1\n", encoding="utf-8")
    en, _ = said_of(str(tmp_path / "our_banch.yaml"), "benches")
    assert en.endswith("expected a bench file, got no such file; did you mean 'our_bench.yaml'?")


def test_a_folder_is_told_apart_from_a_missing_file(tmp_path: Path) -> None:
    en, zh = said_of(str(tmp_path), "procedures")
    assert en.endswith("expected a procedure file, got a folder; name the file in it")
    assert zh.endswith("应为作业流程文件，实际为文件夹；请给出其中的文件")


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda: find_rule_file("trainer_24v", "procedures"), id="shipped bench by name"),
        pytest.param(lambda: load_procedure(TRAINER), id="bench by path"),
    ],
)
def test_a_bench_in_place_of_a_procedure_is_one_sentence(read: Callable[[], object]) -> None:
    with pytest.raises(RuleFileError) as refused:
        read()
    assert str(refused.value).split(": error: ")[1] == (
        "expected a procedure file, got a bench file; are bench and procedure named in each other's place?"
    )


def test_a_procedure_in_place_of_a_bench_is_one_sentence() -> None:
    with pytest.raises(RuleFileError) as refused:
        load_bench(MOTOR)
    assert refused.value.render("zh").endswith(
        "应为工位文件，实际为作业流程文件；作业流程和工位是否写反了位置？"
    )


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(probe, id="recording"),
        pytest.param(read_photo, id="photo"),
        pytest.param(read_observations, id="observations"),
        pytest.param(expected_outcome, id="expected outcome"),
    ],
)
def test_a_missing_input_is_told_in_both_languages(tmp_path: Path, read: Callable[[Path], object]) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path / "nothing.mp4")
    assert refused.value.render() == str(refused.value)
    assert "'nothing.mp4': expected" in str(refused.value)
    assert "No such file or directory" in str(refused.value)
    assert "'nothing.mp4'：应为" in refused.value.render("zh")
    assert "没有这个文件" in refused.value.render("zh")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b'{"a":\n', "wrong in line 2", id="breaks off"),
        pytest.param(b"[]", "JSON that is no object", id="list"),
        pytest.param(b"\xff\xfe", "JSON that cannot be read", id="bytes"),
        pytest.param(b"[" * 100_000, "JSON that cannot be read", id="deep"),
    ],
)
def test_bad_json_to_compare_with_is_an_input_error(tmp_path: Path, content: bytes, expected: str) -> None:
    file = tmp_path / "x.expected.json"
    file.write_bytes(content)
    with pytest.raises(InputError, match=expected):
        expected_outcome(file)
    file.write_text(json.dumps({"a": 1}), encoding="utf-8")
    assert expected_outcome(file) == {"a": 1}


def test_an_error_told_in_english_only_is_shown_as_it_is() -> None:
    error: AssessorError = StoreError("expected a folder")
    assert error.render("zh") == error.render("en") == str(error) == "expected a folder"
