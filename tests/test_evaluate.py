"""Figures of `evaluate` for machines whose faults are known, on the samples and on small made-up truths."""

import dataclasses
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from assessor.accuracy_tables import PUBLISHED, document_of, tables_of
from assessor.bench import Bench, load_bench
from assessor.errors import InputError, SightError
from assessor.evaluate import Report, evaluate, find_cases
from assessor.measures import Rates
from assessor.procedure import Procedure, load_procedure
from assessor.truth.board import read_board_truth
from assessor.truth.mistakes import true_mistakes
from assessor.truth.recording import Trace, read_recording_truth
from assessor.truth.steps import TrueSteps
from assessor.types import Mistake, Outcome, Text, Verdict, WireObservation

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
SAID = Text("", "")


@pytest.fixture(scope="module")
def procedure() -> Procedure:
    return load_procedure(ROOT / "rules" / "procedures" / "motor_start_stop.yaml")


def true_steps(video: Path, bench: Bench, procedure: Procedure) -> TrueSteps:
    truth = read_recording_truth(video.with_suffix(".truth.json"))
    return TrueSteps(procedure, Trace(truth, bench))


def done(step: str, t_s: float, decided_s: float, outcome: Outcome = Outcome.MET) -> Verdict:
    return Verdict(step, "step", outcome, 1.0, SAID, t_s, decided_s, None)


def broken(mistake: Mistake) -> Verdict:
    return Verdict("a_rule", "rule", Outcome.NOT_MET, 1.0, SAID, mistake.t_s, mistake.t_s, None, (mistake,))


def mistake(kind: str, subject: str, t_s: float) -> Mistake:
    return Mistake(kind, subject, t_s, SAID, corrected=False, confidence=1.0)


def knows_all(video: Path, bench: Bench, procedure: Procedure) -> list[Verdict]:
    """A machine that sees everything, one second late."""
    steps = true_steps(video, bench, procedure)
    seen = [done(c.step, c.t_s, c.t_s + 1.0) for c in steps.completions]
    made = [m for m in true_mistakes(steps) if not m.follows]
    return seen + [broken(mistake(m.kind, m.name, m.start_s)) for m in made]


def reads_all(photo: Path, bench: Bench) -> list[WireObservation]:
    """A machine that reads every wire, from its other end."""
    netlist = read_board_truth(photo.with_suffix(".truth.json")).netlist
    return [WireObservation(w.end, w.start, w.colour, True, 1.0, 0.0, 0.0) for w in netlist]


def reads_nothing(photo: Path, bench: Bench) -> list[WireObservation]:
    return []


def scores_nothing(video: Path, bench: Bench, procedure: Procedure) -> list[Verdict]:
    return []


def quiet(_name: str, _share: float) -> None:
    pass


@pytest.fixture(scope="module")
def perfect(procedure: Procedure) -> Report:
    return evaluate(SAMPLES, procedure, knows_all, reads_all, quiet)


def faulty_only(tmp_path: Path) -> Path:
    for path in SAMPLES.glob("start_stop_faulty.*"):
        shutil.copy(path, tmp_path)
    return tmp_path


# ---- truth --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        pytest.param(
            "start_stop_good",
            [
                ("isolate", 4.4),
                ("prove_dead", 7.5),
                ("wire_stop", 15.2),
                ("wire_start", 19.9),
                ("wire_coil", 24.6),
                ("wire_return", 29.3),
                ("tools_back", 30.9),
                ("power_on", 37.4),
                ("test_start", 40.3),
                ("test_stop", 43.9),
            ],
            id="good",
        ),
        pytest.param(
            "start_stop_faulty",
            [
                ("isolate", 4.4),
                ("wire_stop", 9.8),
                ("wire_coil", 19.4),
                ("wire_start", 24.2),
                ("power_on", 27.5),
                ("wire_return", 33.1),
                ("test_start", 37.7),
                ("test_stop", 41.3),
            ],
            id="faulty",
        ),
    ],
)
def test_true_steps_of_the_samples(
    procedure: Procedure, sample: str, expected: list[tuple[str, float]]
) -> None:
    bench = load_bench(SAMPLES / f"{sample}.bench.yaml")
    steps = true_steps(SAMPLES / f"{sample}.mp4", bench, procedure)
    assert [(c.step, c.t_s) for c in steps.completions] == expected
    assert steps.unjudged == ()


def test_true_mistakes_of_the_faulty_sample_are_the_planted_ones(procedure: Procedure) -> None:
    bench = load_bench(SAMPLES / "start_stop_faulty.bench.yaml")
    steps = true_steps(SAMPLES / "start_stop_faulty.mp4", bench, procedure)
    made = [(m.kind, m.name, m.start_s) for m in true_mistakes(steps) if not m.follows]
    assert made == [
        ("omission", "prove_dead", 0.0),
        ("wrong_wire", "S1.14-X1.6", 14.6),
        ("wrong_colour", "X1.4b-KM1.A1", 19.4),
        ("order", "power_on", 27.5),
        ("unsafe_act", "", 31.6),
        ("tool_left", "screwdriver", 34.7),
    ]


def test_the_good_sample_has_no_mistake(procedure: Procedure) -> None:
    bench = load_bench(SAMPLES / "start_stop_good.bench.yaml")
    assert true_mistakes(true_steps(SAMPLES / "start_stop_good.mp4", bench, procedure)) == []


ORDERS = [
    pytest.param(["wire_stop", "prove_dead"], ["prove_dead"], id="one too late for one"),
    pytest.param(
        ["wire_stop", "wire_coil", "prove_dead", "wire_start", "wire_return"],
        ["prove_dead"],
        id="one too late for two counts once",
    ),
    pytest.param(
        ["prove_dead", "power_on", "wire_stop", "wire_start", "wire_coil", "wire_return", "tools_back"],
        ["power_on"],
        id="one too early for five counts once",
    ),
    pytest.param(["wire_stop", "wire_coil"], [], id="what an omission causes only follows"),
]


@pytest.mark.parametrize(("order", "expected"), ORDERS)
def test_one_step_out_of_place_is_one_mistake(
    procedure: Procedure, order: list[str], expected: list[str]
) -> None:
    bench = load_bench(SAMPLES / "start_stop_good.bench.yaml")
    steps = true_steps(SAMPLES / "start_stop_good.mp4", bench, procedure)
    times = {step: 10.0 + index for index, step in enumerate(order)}
    steps._done = {s.id: 5.0 if s.id == "isolate" else times.get(s.id) for s in procedure.steps}
    made = [m for m in true_mistakes(steps) if m.kind == "order" and not m.follows]
    assert len(made) == len(expected)
    assert all(name in m.subjects for m, name in zip(made, expected, strict=True))


CONDITIONS = [
    pytest.param("{switch: Q1, is: 'on'}", [1, 1, 0, 0, 0, 1], id="word"),
    pytest.param("{not: {switch: Q1, is: 'on'}}", [0, 0, 1, 1, 1, 0], id="not"),
    pytest.param("{becomes: {switch: Q1, is: 'on'}}", [0, 0, 0, 0, 0, 1], id="becomes"),
    pytest.param("{hold: {switch: Q1, is: 'off'}, for_s: 2}", [0, 0, 0, 0, 1, 0], id="hold"),
    pytest.param("{hold: {switch: Q1, is: 'on'}, for_s: 1}", [0, 1, 0, 0, 0, 0], id="hold from the start"),
    pytest.param("{once: {switch: Q1, is: 'on'}, within_s: 1}", [1, 1, 1, 0, 0, 1], id="within"),
    pytest.param("{once: {display: mm, below: 1}}", [0, 0, 0, 1, 1, 1], id="ever"),
    pytest.param(
        "{once: {display: mm, below: 1}, after: {switch: Q1, is: 'off'}}", [0, 0, 0, 1, 1, 1], id="after"
    ),
    pytest.param(
        "{once: {display: mm, below: 1}, before: {switch: Q1, is: 'off'}}", [0] * 6, id="before, too late"
    ),
    pytest.param("{count: {switch: Q1, is: 'on'}, at_least: 2}", [0, 0, 0, 0, 0, 1], id="count"),
    pytest.param("{always: {switch: Q1, is: 'on'}}", [1, 1, 0, 0, 0, 0], id="always"),
    pytest.param(
        "{always: {switch: Q1, is: 'off'}, while: {lamp: PS, is: 'off'}}", [1] * 6, id="always, while"
    ),
    pytest.param("{hand_at: X1}", [0, 1, 0, 0, 0, 0], id="device of a terminal"),
    pytest.param("{probing: [X1.5b, X1.1]}", [0, 0, 0, 1, 0, 0], id="probes, other clamps of the same nodes"),
    pytest.param("{holding: probes}", [0, 0, 0, 1, 0, 0], id="holding"),
    pytest.param("{tool_at: screwdriver, is: panel}", [0, 0, 0, 0, 1, 1], id="tool"),
    pytest.param("{wire: {from: S1.14, to: X1.4}}", [0, 0, 0, 0, 1, 1], id="wire, over the same nodes"),
    pytest.param(
        "{all_of: [{switch: Q1, is: 'on'}, {tool_at: screwdriver, is: panel}]}", [0, 0, 0, 0, 0, 1], id="all"
    ),
    pytest.param(
        "{any_of: [{switch: Q1, is: 'on'}, {tool_at: screwdriver, is: panel}]}", [1, 1, 0, 0, 1, 1], id="any"
    ),
]


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS)
def test_conditions_over_six_seconds(tmp_path: Path, condition: str, expected: list[int]) -> None:
    steps = made_up_steps(tmp_path, f"{{id: one, title: {{zh: 一, en: one}}, done: {condition}}}")
    assert steps.signal(steps.procedure.steps[0].done).astype(int).tolist() == expected


def made_up_steps(folder: Path, *steps: str) -> TrueSteps:
    """Steps of a procedure over a truth of six frames, one a second."""
    path = folder / "made.truth.json"
    path.write_text(json.dumps(SIX_SECONDS), encoding="utf-8")
    text = PROCEDURE + "".join(f"  - {step}\n" for step in steps) + RUBRIC
    bench = load_bench(SAMPLES / "start_stop_good.bench.yaml")
    return TrueSteps(load_procedure(text), Trace(read_recording_truth(path), bench))


def state(index: int, power: str, display: str = "", place: str = "tray", **wires: Any) -> dict[str, Any]:
    return {
        "index": index,
        "start": float(index),
        "switches": {"Q1": power, "KM1": "out"},
        "led": power == "on",
        "display": display,
        "tools": {"screwdriver": place},
        "wires": [{"from": a, "to": b, "color": "black"} for a, b in wires.get("wires", [])],
    }


SIX_SECONDS = {
    "duration": 6.0,
    "states": [
        state(0, "on"),
        state(2, "off"),
        state(3, "off", "0.0"),
        state(4, "off", place="board", wires=[("X1.4b", "S1.14")]),
        state(5, "on", place="board", wires=[("X1.4b", "S1.14")]),
    ],
    "frames": [
        {"t": 0.0, "state": 0},
        {"t": 1.0, "state": 0, "at": "X1.1"},
        {"t": 2.0, "state": 2},
        {"t": 3.0, "state": 3, "at": "X1.1/X1.5", "held": ["probe_black", "probe_red"]},
        {"t": 4.0, "state": 4},
        {"t": 5.0, "state": 5},
    ],
    "actions": [],
}
PROCEDURE = "procedure: made_up\nversion: 1\ntitle: {zh: 试, en: made up}\nsteps:\n"
RUBRIC = (
    "  - {id: wired, title: {zh: 接线, en: wire}, done: {wire: {from: S1.14, to: X1.4}}}\n"
    "rubric:\n  total: 1\n  dimensions: {safety: {zh: 安全, en: safety}}\n"
    "  items: [{id: item, title: {zh: 项, en: item}, points: 1, check: video, dimension: safety,"
    " judged_by: [wired]}]\n"
)


def test_a_step_about_a_reading_has_no_truth(tmp_path: Path) -> None:
    steps = made_up_steps(
        tmp_path, "{id: measured, title: {zh: 测, en: m}, done: {reading: insulation, at_least: 1}}"
    )
    assert steps.unjudged == ("measured",)
    assert [c.step for c in steps.completions] == ["wired"]
    assert true_mistakes(steps) == []


def test_a_step_that_waits_starts_after_the_steps_before_it(tmp_path: Path) -> None:
    waiting = (
        "{id: again, title: {zh: 开, en: again}, after: [wired], waits: true, done: {switch: Q1, is: 'on'}}"
    )
    steps = made_up_steps(tmp_path, waiting)
    assert [(c.step, c.t_s) for c in steps.completions] == [("wired", 4.0), ("again", 5.0)]


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
