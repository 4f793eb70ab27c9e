"""`assessor check`: every rule file of a folder is read, every fault named once, in both languages."""

from pathlib import Path

import pytest

from assessor.bench import Bench
from assessor.bench.devices import DeviceClasses
from assessor.check import check_file, check_paths, render
from assessor.procedure import Procedure

ROOT = Path(__file__).parents[1]
BAD = sorted((ROOT / "tests" / "rules_bad").glob("*.yaml"))
PROCEDURE = ROOT / "rules" / "procedures" / "motor_start_stop.yaml"
BENCH = ROOT / "rules" / "benches" / "trainer_24v.yaml"


def rows() -> list[object]:
    """The bad files, each marked with the row of the fault matrix it belongs to."""
    fault_59 = (
        "unknown_step", "cycle", "negative_window", "judged_by_unknown", "joined_unknown",
        "include", "rule_set", "limits", "count",
    )  # fmt: skip
    fault_57 = ("python", "plain_tag")
    return [
        pytest.param(
            path,
            id=path.stem,
            marks=pytest.mark.fault(
                57 if any(word in path.stem for word in fault_57)
                else 59 if any(word in path.stem for word in fault_59)
                else 58
            ),
        )
        for path in BAD
    ]  # fmt: skip


@pytest.mark.parametrize("path", rows())
def test_a_bad_file_gets_exactly_this_message(path: Path) -> None:
    """To take a changed wording over: copy what came into the `.expected` file, after reading it."""
    faults = check_file(path).faults
    came = f"{render(faults, 'en')}\n{render(faults, 'zh')}\n".replace(f"{path.parent}/", "")
    assert came == path.with_suffix(".expected").read_text(encoding="utf-8")


def test_the_corpus_is_large_and_every_file_is_refused() -> None:
    assert len(BAD) >= 120
    told = {Path(fault.file).name for fault in check_paths([BAD[0].parent])}
    elsewhere = {path.name for path in BAD} - told
    assert elsewhere == {"include_number_for_a_name.yaml"}  # told in the set it includes
    assert "good_set.yaml" in told


def test_the_shipped_rules_have_no_fault() -> None:
    assert check_paths([ROOT / "rules"]) == []


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        pytest.param(BENCH, Bench, id="bench"),
        pytest.param(PROCEDURE, Procedure, id="procedure"),
        pytest.param(ROOT / "rules" / "shared" / "devices.yaml", DeviceClasses, id="device classes"),
        pytest.param(ROOT / "samples" / "start_stop_good.bench.yaml", Bench, id="generator's bench"),
    ],
)
def test_a_file_is_known_by_its_keys_not_by_its_name(path: Path, kind: type, tmp_path: Path) -> None:
    copy = tmp_path / "any_name.yml"
    copy.write_bytes(path.read_bytes())
    assert isinstance(check_file(copy).read, kind)


def test_names_that_no_bench_has_are_warned_of(tmp_path: Path) -> None:
    procedure = tmp_path / "procedure.yaml"
    text = PROCEDURE.read_text(encoding="utf-8")
    assert "X1.4b" in text
    procedure.write_text(text.replace("X1.4b", "X1.44"), encoding="utf-8")
    assert check_paths([procedure]) == []
    warnings = check_paths([procedure, BENCH])
    assert warnings and all("'X1.44'" in fault.came.en for fault in warnings)
    assert {fault.severity for fault in warnings} == {"warning"}
    assert all(fault.expected.en.endswith(", of the bench trainer_24v") for fault in warnings)
    other = tmp_path / "other.yaml"
    other.write_text(BENCH.read_text(encoding="utf-8").replace("X1.4b", "X1.44"), encoding="utf-8")
    assert check_paths([procedure, BENCH, other]) == []


def test_a_folder_without_rules_is_no_success(tmp_path: Path) -> None:
    assert [fault.expected.en for fault in check_paths([tmp_path])] == ["a folder with .yaml files"]


def test_one_bad_file_does_not_hide_the_next(tmp_path: Path) -> None:
    for name, data in (("a", b"name: [\n"), ("b", BENCH.read_bytes()), ("c", b"name: [\n")):
        (tmp_path / f"{name}.yaml").write_bytes(data)
    assert [Path(fault.file).name for fault in check_paths([tmp_path])] == ["a.yaml", "c.yaml"]
