"""Another procedure version over stored attempts: every difference is named, nothing stored changes."""

from pathlib import Path
from uuid import uuid4

import pytest

from assessor.marks import sheet_json
from assessor.procedure import Procedure, load_procedure
from assessor.rescore import NotRescored, Rescored, document_of, rescore, table_of
from tests.observed import MOTOR, scored_record
from tests.stores import open_store


def changed(*swaps: tuple[str, str]) -> Procedure:
    """The shipped procedure with some texts replaced."""
    text = MOTOR.read_text(encoding="utf-8")
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new, 1)
    return load_procedure(text)


def rescored(data: Path, procedure: Procedure) -> Rescored:
    with open_store(data) as store:
        attempt = store.save_attempt(scored_record(data))
        before = sheet_json(store.mark_sheet(attempt))
        (result,) = rescore(store, [attempt], procedure)
        assert sheet_json(store.mark_sheet(attempt)) == before
    assert isinstance(result, Rescored)
    return result


def test_the_same_procedure_gives_no_difference(tmp_path: Path) -> None:
    assert rescored(tmp_path, load_procedure(MOTOR)).differences == ()


def test_differences_name_old_and_new_points_and_the_reason(tmp_path: Path) -> None:
    procedure = changed(
        ("id: no_other_wire", "id: tidy_wires"),
        ("total: 100", "total: 102"),
        ("points: 10\n", "points: 12\n"),
        (
            "judged_by: [wire_start]\n      deduct:\n        wrong_wire: {each: 7, corrected: 2}",
            "judged_by: [wire_start]\n      deduct:\n        wrong_wire: {each: 7, corrected: 4}",
        ),
    )
    found = {one.item: one for one in rescored(tmp_path, procedure).differences}

    assert list(found) == ["dead_proof", "start_wire", "tidy_wires", "no_other_wire"]
    assert (found["dead_proof"].old, found["dead_proof"].new) == (10, 12)
    assert found["dead_proof"].reason.en.startswith("The item was worth 10 and is now worth 12.")
    assert (found["start_wire"].old, found["start_wire"].new) == (5, 3)
    assert "It costs 4 of 7 points" in found["start_wire"].reason.en
    assert found["tidy_wires"].old_points is None
    assert found["no_other_wire"].new_points is None


@pytest.mark.parametrize(
    ("language", "said"),
    [
        pytest.param("en", "nothing stored was changed", id="en"),
        pytest.param("zh", "已存结果未改动", id="zh"),
    ],
)
def test_the_table_says_it_in_both_languages(tmp_path: Path, language: str, said: str) -> None:
    result = rescored(tmp_path, changed(("corrected: 2}", "corrected: 4}")))
    table = table_of(result, language)
    assert said in table.note
    assert "seen.mp4" in table.title
    assert document_of(result)["differences"] == result.differences


def test_an_attempt_that_cannot_be_scored_again_does_not_stop_the_rest(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        attempt = store.save_attempt(scored_record(tmp_path))
        lost, kept = rescore(store, [uuid4(), attempt], load_procedure(MOTOR))
        misfit = changed(("{from: X1.1, to: S2.21, color: red}}", "{from: X1.1, to: S9.21, color: red}}"))
        (unfit,) = rescore(store, [attempt], misfit)
    assert isinstance(lost, NotRescored)
    assert isinstance(kept, Rescored)
    assert isinstance(unfit, NotRescored)
    assert "S9.21" in table_of(unfit, "en").rows[0][0]
    assert "fault" in document_of(unfit)
