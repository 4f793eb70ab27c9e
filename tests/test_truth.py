"""What recordings with truth say was done, when, and what was done wrongly."""

import json
from pathlib import Path
from typing import Any

import pytest

from assessor.bench import load_bench
from assessor.procedure import Procedure, load_procedure
from assessor.truth.mistakes import true_mistakes
from assessor.truth.recording import Trace, read_recording_truth
from assessor.truth.steps import TrueSteps
from tests.known_machines import (
    ROOT,
    SAMPLES,
    true_steps,
)


@pytest.fixture(scope="module")
def procedure() -> Procedure:
    return load_procedure(ROOT / "rules" / "procedures" / "motor_start_stop.yaml")


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
