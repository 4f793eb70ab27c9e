"""Stored attempts become again what they were judged from, and give the same sheet."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from assessor.errors import InputError, StoreError
from assessor.marks import sheet_json
from assessor.reopen import attempts_of, reopen
from assessor.store import Store, open_store
from tests.observed import scored_record


def test_reopened_attempt_gives_the_stored_sheet(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        attempt = store.save_attempt(scored_record(tmp_path))
        assert sheet_json(reopen(store, attempt).sheet) == sheet_json(store.mark_sheet(attempt))


def test_attempts_at_a_procedure_are_listed_by_its_name(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        attempt = store.save_attempt(scored_record(tmp_path))
        assert [one.id for one in attempts_of(store, "motor_start_stop")] == [attempt]
        assert list(attempts_of(store, "another")) == []


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
