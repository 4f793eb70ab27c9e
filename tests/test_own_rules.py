"""The school's own procedures: saved as versions, checked first, found before the shipped ones."""

from pathlib import Path

import pytest

from assessor.batch import find_rule_file
from assessor.errors import RefusedError, RuleFileError
from assessor.own_rules import (
    SHIPPED,
    Kind,
    begin,
    faults_of_text,
    known,
    origin_of,
    read_text,
    save_version,
    timelines_of,
    versions_of,
)
from assessor.procedure import Procedure, load_procedure
from assessor.settings import own_rules_folder, rules_folder

PLAIN, INCLUDING = "motor_start_stop", "reversing_interlock"


def shipped(id: str) -> str:
    return (rules_folder() / "procedures" / f"{id}.yaml").read_text(encoding="utf-8")


def test_what_is_shipped_is_known_with_its_timelines() -> None:
    assert PLAIN in known()
    assert [version.number for version in versions_of(PLAIN)] == [SHIPPED]
    assert "perfect" in [file.stem for file in timelines_of(PLAIN)]


@pytest.mark.parametrize("id", ["../secrets", "none", "", "/etc/passwd"])
def test_another_name_has_no_texts(id: str) -> None:
    assert versions_of(id) == ()
    assert timelines_of(id) == ()


def test_a_saved_text_gets_the_next_number_and_stands_before_the_shipped_one() -> None:
    first, second = save_version(PLAIN, shipped(PLAIN)), save_version(PLAIN, shipped(PLAIN))
    began = load_procedure(rules_folder() / "procedures" / f"{PLAIN}.yaml").version
    assert (first.number, second.number) == (began + 1, began + 2)
    assert load_procedure(second.path).version == began + 2
    assert [version.number for version in versions_of(PLAIN)] == [began + 2, began + 1, SHIPPED]
    assert find_rule_file(PLAIN, "procedures") == own_rules_folder() / "procedures" / f"{PLAIN}.yaml"
    assert load_procedure(find_rule_file(PLAIN, "procedures")).version == began + 2
    assert "version: 2\n" in first.text(), "nothing but the number changed"
    assert len(first.text().splitlines()) == len(shipped(PLAIN).splitlines())


def test_a_number_the_teacher_raised_is_kept() -> None:
    assert save_version(PLAIN, shipped(PLAIN).replace("version: 1\n", "version: 7\n")).number == 7


def test_included_rule_sets_are_still_found_beside_the_saved_text() -> None:
    save_version(INCLUDING, shipped(INCLUDING))
    assert origin_of(INCLUDING).is_relative_to(own_rules_folder())
    again = load_procedure(find_rule_file(INCLUDING, "procedures"))
    assert again.included


def test_a_text_with_faults_is_not_saved() -> None:
    broken = shipped(PLAIN).replace("after: [isolate]", "after: [isolat]", 1)
    faults = [fault for fault in faults_of_text(PLAIN, broken) if fault.severity == "error"]
    assert len(faults) == 1 and faults[0].line == broken.splitlines().index("    after: [isolat]") + 1
    with pytest.raises(RuleFileError, match="isolat"):
        save_version(PLAIN, broken)
    assert [version.number for version in versions_of(PLAIN)] == [SHIPPED]


def test_a_text_of_another_procedure_is_not_saved() -> None:
    with pytest.raises(RuleFileError, match="motor_stop"):
        save_version(PLAIN, shipped(PLAIN).replace("procedure: motor_start_stop", "procedure: motor_stop"))


def test_a_text_is_read_where_its_rule_sets_are(tmp_path: Path) -> None:
    read = read_text(INCLUDING, shipped(INCLUDING))
    assert isinstance(read, Procedure) and read.included


@pytest.mark.parametrize("kind", list(Kind))
def test_a_new_file_begins_from_the_template_and_from_a_copy(kind: Kind) -> None:
    first = begin("our_own", "", kind)
    assert (first.number, faults_of_text("our_own", first.text(), kind)) == (1, ())
    copied = next(id for id in known(kind) if id != "our_own")
    begin("our_copy", copied, kind)
    assert {"our_own", "our_copy"} <= set(known(kind))
    assert origin_of("our_copy", kind).is_relative_to(own_rules_folder())
    for taken in ("our_own", copied, "Our Own", "../x", ""):
        with pytest.raises(RefusedError):
            begin(taken, "", kind)


def test_a_bench_is_kept_as_versions_though_no_number_stands_in_it() -> None:
    bench = (rules_folder() / "benches" / "trainer_24v.yaml").read_text(encoding="utf-8")
    numbers = [save_version("trainer_24v", bench, Kind.BENCHES).number for _ in range(2)]
    assert numbers == [1, 2]
    assert [one.number for one in versions_of("trainer_24v", Kind.BENCHES)] == [2, 1, SHIPPED]
    assert find_rule_file("trainer_24v", "benches").is_relative_to(own_rules_folder())
    with pytest.raises(RuleFileError, match="other"):
        save_version("trainer_24v", bench.replace("name: trainer_24v", "name: other"), Kind.BENCHES)


def test_a_saved_rule_set_counts_for_what_the_school_saved_itself() -> None:
    save_version(INCLUDING, shipped(INCLUDING))
    text = versions_of("tidy_5s", Kind.RULE_SETS)[0].text()
    save_version("tidy_5s", text.replace("作业区域内没有遗留工具", "不留工具"), Kind.RULE_SETS)
    own = load_procedure(find_rule_file(INCLUDING, "procedures"))
    assert "不留工具" in {rule.title.text.zh for rule in own.rules}
    assert versions_of("tidy_5s", Kind.RULE_SETS)[0].number == 2
    assert "devices" not in known(Kind.RULE_SETS)
