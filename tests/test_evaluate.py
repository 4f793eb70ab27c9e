"""Figures of `evaluate` for machines whose faults are known, on the samples and on small made-up truths."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from assessor.accuracy_tables import PUBLISHED, document_of, tables_of
from assessor.bench import Bench
from assessor.errors import InputError, SightError
from assessor.evaluate import Report, evaluate, find_cases
from assessor.measures import Rates
from assessor.procedure import Procedure, load_procedure
from assessor.truth.recording import read_recording_truth
from assessor.types import Mistake, Outcome, Verdict, WireObservation
from tests.known_machines import (
    ROOT,
    SAID,
    SAMPLES,
    broken,
    done,
    faulty_only,
    knows_all,
    mistake,
    quiet,
    reads_all,
    reads_nothing,
    scores_nothing,
)


@pytest.fixture(scope="module")
def procedure() -> Procedure:
    return load_procedure(ROOT / "rules" / "procedures" / "motor_start_stop.yaml")


@pytest.fixture(scope="module")
def perfect(procedure: Procedure) -> Report:
    return evaluate(SAMPLES, procedure, knows_all, reads_all, quiet)


# ---- figures ------------------------------------------------------------------------------
def test_who_knows_all_gets_full_figures(perfect: Report) -> None:
    assert (perfect.pos, perfect.steps.f1) == (1.0, 1.0)
    assert perfect.delay_s == pytest.approx(1.0)
    assert perfect.mistakes() == Rates(true=9)
    assert perfect.wires == Rates(true=36)
    assert perfect.colours == Rates(true=36)


def test_who_sees_nothing_gets_nothing(procedure: Procedure) -> None:
    report = evaluate(SAMPLES, procedure, scores_nothing, reads_nothing, quiet)
    assert (report.pos, report.steps, report.delay_s) == (0.0, Rates(missed=25), None)
    assert report.mistakes() == Rates(missed=9)
    assert report.wires == Rates(missed=36)


def test_each_kind_of_slip_counts_once(tmp_path: Path, procedure: Procedure) -> None:
    def slips(video: Path, bench: Bench, procedure: Procedure) -> list[Verdict]:
        seen = knows_all(video, bench, procedure)
        steps = [v for v in seen if v.kind == "step" and v.id != "test_stop"]  # one step missed
        steps = [
            dataclasses.replace(v, decided_s=37.6) if v.id == "test_start" else v for v in steps
        ]  # early
        kept = [v for v in seen if v.kind == "rule" and v.mistakes[0].kind not in ("order", "tool_left")]
        late = mistake("tool_left", "screwdriver", 49.3)  # 2.1 s after the screwdriver was last seen there
        return [*steps, *kept, broken(late), broken(mistake("wrong_colour", "wire_stop", 9.8))]

    report = evaluate(faulty_only(tmp_path), procedure, slips, reads_nothing, quiet)
    assert report.steps == Rates(true=6, false=1, missed=2)
    assert report.pos == pytest.approx(1 - 1 / 8)
    assert report.mistakes() == Rates(true=4, false=2, missed=2)
    assert report.mistakes("order") == Rates(missed=1)
    assert report.mistakes("tool_left") == Rates(false=1, missed=1)
    assert report.mistakes("wrong_colour") == Rates(true=1, false=1)


MATCHES = [
    pytest.param(mistake("wrong_wire", "wire_start", 16.6), Rates(true=1, missed=5), id="by its step"),
    pytest.param(mistake("wrong_wire", "X1.6-S1.14", 12.6), Rates(true=1, missed=5), id="by its other end"),
    pytest.param(mistake("wrong_wire", "", 14.6), Rates(true=1, missed=5), id="no subject"),
    pytest.param(mistake("wrong_wire", "wire_start", 16.7), Rates(false=1, missed=6), id="2.1 s late"),
    pytest.param(mistake("wrong_wire", "wire_coil", 14.6), Rates(false=1, missed=6), id="another wire"),
    pytest.param(mistake("wrong_colour", "wire_start", 14.6), Rates(false=1, missed=6), id="another kind"),
    pytest.param(
        mistake("tool_left", "screwdriver", 47.0),
        Rates(true=1, missed=5),
        id="while the tool still lies there",
    ),
    pytest.param(
        mistake("omission", "prove_dead", 9.8), Rates(true=1, missed=5), id="an omission has no time"
    ),
    pytest.param(
        mistake("order", "wire_stop", 9.8), Rates(missed=6), id="only follows: neither right nor wrong"
    ),
    pytest.param(mistake("tool_left", "tools_back", 33.1), Rates(missed=6), id="follows from the tool left"),
    pytest.param(mistake("finding", "bad_ends", 9.8), Rates(missed=6), id="findings are for photos"),
]


@pytest.mark.parametrize(("seen", "expected"), MATCHES)
def test_how_a_mistake_is_matched(
    tmp_path: Path, procedure: Procedure, seen: Mistake, expected: Rates
) -> None:
    def score(video: Path, bench: Bench, procedure: Procedure) -> list[Verdict]:
        return [broken(seen)]

    report = evaluate(faulty_only(tmp_path), procedure, score, reads_nothing, quiet)
    assert report.mistakes() == expected


def test_an_unsure_or_unseen_step_is_no_completion(tmp_path: Path, procedure: Procedure) -> None:
    def score(video: Path, bench: Bench, procedure: Procedure) -> Sequence[Verdict]:
        unseen = Verdict("isolate", "step", Outcome.NOT_OBSERVED, 1.0, SAID, None, 47.3, None)
        omitted = Verdict("prove_dead", "step", Outcome.NOT_MET, 1.0, SAID, None, 9.8, None)
        return [unseen, omitted, done("wire_coil", 19.4, 22.0, Outcome.NOT_MET)]

    report = evaluate(faulty_only(tmp_path), procedure, score, reads_nothing, quiet)
    assert report.steps == Rates(true=1, missed=7)


def test_a_recording_that_cannot_be_scored_counts_and_says_why(tmp_path: Path, procedure: Procedure) -> None:
    def blind(video: Path, bench: Bench, procedure: Procedure) -> list[Verdict]:
        raise SightError("expected markers 0 to 3, got none")

    report = evaluate(faulty_only(tmp_path), procedure, blind, reads_nothing, quiet)
    assert report.recordings[0].fault == "expected markers 0 to 3, got none"
    assert report.steps == Rates(missed=8)


def test_a_wire_in_the_wrong_colour_is_found_but_misread(procedure: Procedure) -> None:
    def colour_blind(photo: Path, bench: Bench) -> list[WireObservation]:
        return [dataclasses.replace(wire, colour="black") for wire in reads_all(photo, bench)]

    report = evaluate(SAMPLES / "boards", procedure, scores_nothing, colour_blind, quiet)
    assert report.wires.f1 == 1.0
    assert report.colours.precision == pytest.approx(12 / 36)


# ---- folders and what comes out ---------------------------------------------------------------
def test_cases_are_found_in_subfolders() -> None:
    names = [case.name for case in find_cases(SAMPLES)]
    assert {"start_stop_good", "start_stop_faulty"} < set(names)
    assert len(names) == 7


def test_a_folder_without_truth_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a folder with recordings or photos"):
        find_cases(tmp_path)


@pytest.mark.parametrize(
    ("lacking", "said"), [("bench.yaml", "got no bench file"), ("mp4", "got no recording and no photo")]
)
def test_a_case_that_lacks_a_file_is_refused(tmp_path: Path, lacking: str, said: str) -> None:
    folder = faulty_only(tmp_path)
    (folder / f"start_stop_faulty.{lacking}").unlink()
    with pytest.raises(InputError, match=said):
        find_cases(folder)


@pytest.mark.parametrize("text", ["", "[]", '{"netlist": []}', '{"duration": 1, "states": [], "frames": []}'])
def test_a_file_that_is_no_truth_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.truth.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="expected the truth of a recording"):
        read_recording_truth(path)


def test_tables_name_every_difference(tmp_path: Path, procedure: Procedure) -> None:
    report = evaluate(faulty_only(tmp_path), procedure, scores_nothing, reads_nothing, quiet)
    tables = {table.title: table for table in tables_of(report)}
    assert set(tables) == {"steps", "mistakes", "what went wrong"}
    assert ("start_stop_faulty", "missed", "wrong_wire S1.14-X1.6", "14.6 s") in tables[
        "what went wrong"
    ].rows
    assert len(tables["what went wrong"].rows) == 8 + 6
    assert tables["steps"].note == PUBLISHED
    assert all(len(row) == len(table.heads) for table in tables.values() for row in table.rows)


def test_the_document_is_json(perfect: Report) -> None:
    document = json.loads(json.dumps(document_of(perfect), allow_nan=False))
    assert document["total"]["mistakes"]["order"]["true"] == 2
    assert document["total"]["colour_accuracy"] == 1.0
    assert [r["name"] for r in document["recordings"]] == [
        "more/left_handed",
        "start_stop_faulty",
        "start_stop_good",
    ]
