"""The store: what goes in comes out, equal scorings are one, and only a commit counts as stored."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from assessor.errors import StoreError
from assessor.located_yaml.source import Source, pinned_sha256
from assessor.store import (  # noqa: F401 - their tables
    AttemptRecord,
    BenchVersion,
    ProcedureVersion,
    Store,
    UnknownIdError,
    decision_tables,
    ledger_tables,
    people_tables,
)
from assessor.store import engine as engine_module
from assessor.store import open_store as open_at
from assessor.store.engine import sqlite_url
from assessor.store.tables import AttemptRow, Base, RecordingRow
from assessor.types import Evidence, Outcome, Text
from tests.attempts import build_record, cut_short, sha256
from tests.stores import open_store


def test_mark_sheet_comes_back_as_it_went_in(store: Store) -> None:
    record = build_record(student="学号 20260001")
    attempt_id = store.save_attempt(record)
    assert store.mark_sheet(attempt_id) == record.sheet


def test_attempt_says_what_was_scored_with_what(store: Store) -> None:
    record = cut_short(build_record(student="学号 20260001"))
    summary = store.attempt(store.save_attempt(record))
    assert (summary.recording_names, summary.bench, summary.procedure, summary.student) == (
        ("start_stop.mp4",),
        "trainer_24v",
        "motor_start_stop",
        "学号 20260001",
    )
    assert (summary.total, summary.possible, summary.open_points, summary.gaps) == (44, 88, 12, 1)
    assert (summary.state, summary.partial, summary.models) == ("proposed", "40/100 frames", record.models)
    assert summary.outcomes[Outcome.NOT_MET] == 5


@pytest.mark.fault(52)
def test_same_file_renamed_is_one_recording_one_result_two_names(store: Store) -> None:
    first = store.save_attempt(build_record("good.mp4"))
    again = store.save_attempt(build_record("copy of good.mp4"))
    assert again == first
    assert store.attempt(first).recording_names == ("good.mp4", "copy of good.mp4")
    assert len(store.attempts().items) == 1


def test_known_attempt_is_found_before_scoring_and_keeps_the_new_name(store: Store) -> None:
    record = build_record("good.mp4")
    assert store.known_attempt(record.key, "good.mp4") is None
    attempt_id = store.save_attempt(record)
    assert store.known_attempt(record.key, "again.mp4") == attempt_id
    assert store.attempt(attempt_id).recording_names == ("good.mp4", "again.mp4")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"student": "学号 20260002"}, id="student"),
        pytest.param({"models": {"hands": "c" * 64}}, id="models"),
        pytest.param({"software": "0.2.0"}, id="program"),
        pytest.param({"bench": BenchVersion(sha256("x: 1\n"), "trainer", "x: 1\n")}, id="bench"),
    ],
)
def test_another_student_bench_model_or_program_is_another_attempt(
    store: Store, other: dict[str, Any]
) -> None:
    record = build_record()
    changed = replace(record, **other)
    changed = replace(changed, sheet=replace(record.sheet, bench_sha256=changed.bench.sha256))

    assert store.save_attempt(record) != store.save_attempt(changed)


def test_evidence_ids_lead_to_files_in_the_data_folder(store: Store) -> None:
    record = build_record()
    attempt_id = store.save_attempt(record)
    ids = store.evidence_ids(attempt_id)
    shown = {one for line in record.sheet.lines for one in line.evidence}
    assert shown <= set(ids)
    one = next(iter(shown))
    files = store.evidence(ids[one])
    assert str(files.clip) == f"{record.evidence_folder}/{one.clip}"
    assert files.attempt_id == attempt_id


def test_pages_go_from_the_newest_to_the_oldest(store: Store) -> None:
    ids = [store.save_attempt(build_record(content=f"recording {n}")) for n in range(5)]
    seen: list[UUID] = []
    before = None
    for _ in range(3):
        page = store.attempts(limit=2, before=before)
        seen += [item.id for item in page.items]
        before = page.next
    assert seen == ids[::-1]
    assert before is None


def test_unknown_ids_are_named(store: Store) -> None:
    nobody = uuid4()
    for read in (store.attempt, store.mark_sheet, store.evidence):
        with pytest.raises(UnknownIdError, match=str(nobody)):
            read(nobody)
    with pytest.raises(UnknownIdError, match="procedure"):
        store.procedure("0" * 64)


def test_versions_are_kept_once_with_their_text(store: Store) -> None:
    record = build_record()
    store.save_attempt(record)
    store.save_attempt(build_record(content="another"))
    assert store.procedures() == (record.procedure,)
    assert store.benches() == (record.bench,)
    assert store.procedure(record.procedure.sha256).source == record.procedure.source


@pytest.mark.fault(56)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(codec=None), max_size=255))
def test_any_file_name_is_data_only(store: Store, name: str) -> None:
    attempt_id = store.save_attempt(build_record(name, content=f"content of {name!r}"))
    (kept,) = store.attempt(attempt_id).recording_names
    assert kept == name or "\\" in kept
    assert sorted(path.name for path in store.data.iterdir() if "sqlite3" not in path.name) == []


@pytest.mark.fault(71)
@pytest.mark.parametrize(
    "student",
    [
        pytest.param("<script>alert(1)</script>", id="html"),
        pytest.param("张\u202e三", id="bidi"),
        pytest.param("长" * 10_000, id="10k"),
        pytest.param("'; DROP TABLE attempt; --", id="sql"),
    ],
)
def test_any_readable_student_name_comes_back_unchanged(store: Store, student: str) -> None:
    assert store.attempt(store.save_attempt(build_record(student=student))).student == student


@pytest.mark.fault(71)
@pytest.mark.parametrize(
    "student", [pytest.param("a\0b", id="nul"), pytest.param("a\ud800", id="half a character")]
)
def test_unreadable_student_names_are_refused(store: Store, student: str) -> None:
    with pytest.raises(StoreError, match="student"):
        store.save_attempt(build_record(student=student))
    assert store.attempts().items == ()


@pytest.mark.fault(64)
@pytest.mark.parametrize(
    "path",
    [
        pytest.param("../../etc", id="parent"),
        pytest.param("/etc", id="absolute"),
        pytest.param("C:\\windows", id="drive"),
        pytest.param("evidence/../..", id="inside then out"),
    ],
)
def test_evidence_outside_the_data_folder_is_refused(store: Store, path: str) -> None:
    with pytest.raises(StoreError, match="inside the data folder"):
        store.save_attempt(replace(build_record(), evidence_folder=path))


def with_clip(name: str) -> AttemptRecord:
    record = build_record()
    line = replace(record.sheet.lines[0], evidence=(Evidence(1.0, 2.0, clip=name),))
    return replace(record, sheet=replace(record.sheet, lines=(line,)))


@pytest.mark.fault(64)
@pytest.mark.parametrize("name", ["../x.mp4", "a/b.mp4", "/x.mp4", "..", "a\\b.mp4"])
def test_a_clip_name_that_is_a_path_is_refused(store: Store, name: str) -> None:
    with pytest.raises(StoreError):
        store.save_attempt(with_clip(name))


def test_a_sheet_of_another_recording_is_refused(store: Store) -> None:
    record = build_record()
    other = replace(record, recording=replace(record.recording, sha256="e" * 64))
    with pytest.raises(StoreError, match="expected a mark sheet of recording"):
        store.save_attempt(other)


def test_a_text_that_is_not_what_was_judged_by_is_refused(store: Store) -> None:
    record = build_record()
    for changed in (
        replace(record, bench=replace(record.bench, source="x: 2\n")),
        replace(record, procedure=replace(record.procedure, included={"a.yaml": "rule_set: a\n"})),
    ):
        with pytest.raises(StoreError, match="expected the text of "):
            store.save_attempt(changed)
    assert store.attempts().items == ()


def test_included_files_are_kept_with_their_version(store: Store) -> None:
    record = build_record()
    included = {"../shared/safety.yaml": "rule_set: safety\r\n# 安全\n"}
    source = Source("p", record.procedure.source.encode())
    pinned = pinned_sha256(source, {name: Source(name, text.encode()) for name, text in included.items()})
    procedure = replace(record.procedure, sha256=pinned, included=included)
    sheet = replace(record.sheet, procedure_sha256=pinned)
    store.save_attempt(replace(record, procedure=procedure, sheet=sheet))
    assert store.procedure(pinned) == procedure
    assert hash(store.procedure(pinned)) == hash(procedure)


@pytest.mark.sqlite("a file of the first schema")
def test_a_database_made_before_takes_the_new_columns(tmp_path: Path) -> None:
    """What stood in it at the first schema is still there, read with no included files."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(engine_module.__file__).parent / "migrations"))
    old = create_engine(sqlite_url(tmp_path))
    with old.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text("INSERT INTO procedure_version VALUES ('p', 'motor', '电', 'Motor', 'source', '2026-01-01')")
        )
        connection.execute(text("INSERT INTO bench_version VALUES ('b', 'bench', 'source', '2026-01-01')"))
    old.dispose()
    with open_store(tmp_path) as store:
        assert store.procedures() == (ProcedureVersion("p", "motor", Text("电", "Motor"), "source"),)
        assert store.benches() == (BenchVersion("b", "bench", "source"),)
        store.save_attempt(build_record())


def test_machine_rows_cannot_be_edited_or_deleted(store: Store) -> None:
    store.save_attempt(build_record())
    with Session(store.engine) as session:
        session.query(RecordingRow).one().size = 1
        with pytest.raises(StoreError, match="recording was changed"):
            session.flush()
    with Session(store.engine) as session:
        session.delete(session.query(AttemptRow).one())
        with pytest.raises(StoreError, match="stored rows"):
            session.flush()


def test_migrations_make_the_tables_of_the_program(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store.engine.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_store_opens_again_with_everything_in_it(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        attempt_id = store.save_attempt(build_record())
    with open_store(tmp_path) as store:
        assert store.mark_sheet(attempt_id) == build_record().sheet


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer"):
        open_store(tmp_path)


@pytest.mark.fault(35)
@pytest.mark.sqlite("a damaged file")
def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "assessor.sqlite3").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_store(tmp_path)


def test_a_url_needs_a_data_folder_and_hides_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="data folder"):
        open_at("postgresql+psycopg://u:secret@127.0.0.1:1/x")
    with pytest.raises(StoreError) as refused:
        open_at("postgresql+psycopg://u:secret@127.0.0.1:1/x?connect_timeout=1", tmp_path)
    assert "secret" not in str(refused.value)


@pytest.mark.fault(32)
def test_many_threads_write_at_once_and_nothing_is_lost(store: Store) -> None:
    records = [build_record(content=f"recording {n % 20}", student=f"s{n // 20}") for n in range(60)]
    with ThreadPoolExecutor(12) as pool:
        ids = list(pool.map(store.save_attempt, records))
    assert len(set(ids)) == 60
    assert {item.id for item in store.attempts(limit=100).items} == set(ids)


@pytest.mark.fault(52)
def test_the_same_scoring_from_many_threads_is_one_attempt(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda n: store.save_attempt(build_record(f"copy {n}.mp4")), range(8)))
    assert len(set(ids)) == 1
    assert len(store.attempt(ids[0]).recording_names) == 8


@pytest.mark.fault(30)
def test_a_write_that_the_database_refuses_is_a_store_error_without_names(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        with store.engine.begin() as connection:
            connection.execute(text("DROP TABLE gap"))
        with pytest.raises(StoreError, match="expected to store results") as refused:
            store.save_attempt(build_record(student="学号 20260001"))
        assert "学号 20260001" not in str(refused.value)
