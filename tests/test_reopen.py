"""Stored attempts become again what they were judged from, and give the same sheet."""

from dataclasses import replace
from pathlib import Path
from shutil import copyfile
from uuid import UUID, uuid4

import pytest

from assessor.bench import load_bench
from assessor.errors import InputError, StoreError
from assessor.located_yaml.source import read_source
from assessor.marks import sheet_json
from assessor.reopen import attempts_of, reopen
from assessor.store import Store
from tests.observed import BENCH, MOTOR, scored_record
from tests.stores import open_store


def test_reopened_attempt_gives_the_stored_sheet(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        attempt = store.save_attempt(scored_record(tmp_path))
        assert sheet_json(reopen(store, attempt).sheet) == sheet_json(store.mark_sheet(attempt))


def test_attempts_at_a_procedure_are_listed_by_its_name(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        attempt = store.save_attempt(scored_record(tmp_path))
        assert [one.id for one in attempts_of(store, "motor_start_stop")] == [attempt]
        assert list(attempts_of(store, "another")) == []


def school(tmp_path: Path) -> tuple[Path, Path]:
    """Rules as a school keeps them: own device classes, a procedure that includes a set of its own."""
    benches, procedures, shared = (tmp_path / name for name in ("benches", "procedures", "shared"))
    for folder in (benches, procedures, shared):
        folder.mkdir()
    copyfile(BENCH, benches / "trainer.yaml")
    classes = (BENCH.parents[1] / "shared" / "devices.yaml").read_text(encoding="utf-8")
    (shared / "devices.yaml").write_text(classes + "# ours\n", encoding="utf-8")
    (shared / "stop_box.yaml").write_text(OWN_SET, encoding="utf-8")
    include = "include:\n  - {file: ../shared/stop_box.yaml, with: {button: S2}}\n"
    text = MOTOR.read_text(encoding="utf-8").replace("given:", f"{include}\ngiven:", 1)
    (procedures / "motor.yaml").write_text(text, encoding="utf-8")
    return benches / "trainer.yaml", procedures / "motor.yaml"


OWN_SET = """\
rule_set: stop_box
version: 1
title: {zh: 停止按钮, en: Stop box}
parameters:
  button: {title: {zh: 按钮, en: Button}}
rules:
  - id: box_while_off
    title: {zh: 断电时不按 $button, en: No hand at $button while Q1 is off}
    never: [{hand_at: $button}]
    while: {switch: Q1, is: "off"}
"""


@pytest.mark.fault(60)
@pytest.mark.fault(62)
def test_an_attempt_reopens_as_it_was_when_its_rule_files_are_gone(tmp_path: Path) -> None:
    bench, procedure = school(tmp_path)
    with open_store(tmp_path / "data") as store:
        attempt = store.save_attempt(scored_record(store.data, bench, procedure))
        stored = sheet_json(store.mark_sheet(attempt))
        assert '"box_while_off"' in stored
        before = reopen(store, attempt).task
        (tmp_path / "shared" / "devices.yaml").write_text("device_classes: {}\n", encoding="utf-8")
        (tmp_path / "shared" / "stop_box.yaml").unlink()
        again = reopen(store, attempt)
    assert sheet_json(again.sheet) == stored
    assert again.task.bench.sha256 == before.bench.sha256 != read_source(bench).sha256
    assert again.task.procedure.sha256 == before.procedure.sha256 != read_source(procedure).sha256


@pytest.mark.fault(60)
def test_other_device_classes_are_another_bench(tmp_path: Path) -> None:
    bench, _ = school(tmp_path)
    before = load_bench(bench)
    classes = tmp_path / "shared" / "devices.yaml"
    classes.write_text(classes.read_text(encoding="utf-8").replace('"on": 90', '"on": 45'), encoding="utf-8")
    assert load_bench(bench).sha256 != before.sha256
    assert load_bench(bench, before.included).indicators == before.indicators != load_bench(bench).indicators


def kept_without_observations(store: Store, data: Path) -> UUID:
    return store.save_attempt(replace(scored_record(data), observations=None))


def kept_with_lost_file(store: Store, data: Path) -> UUID:
    record = scored_record(data)
    (data / str(record.observations)).unlink()
    return store.save_attempt(record)


def test_what_cannot_be_reopened_is_said(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        with pytest.raises(StoreError, match="none were kept"):
            reopen(store, kept_without_observations(store, tmp_path))
        with pytest.raises(StoreError, match="expected a known attempt"):
            reopen(store, uuid4())


def test_a_lost_observations_file_is_named(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, pytest.raises(InputError, match=r"observations\.jsonl\.gz"):
        reopen(store, kept_with_lost_file(store, tmp_path))
