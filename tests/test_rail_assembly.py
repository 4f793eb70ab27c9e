"""Parts put on the rail, from recorded boxes to the sheet: what the camera confirms, refutes, leaves open."""

from pathlib import Path

import pytest

from assessor.bench import Bench, load_bench
from assessor.geometry import project
from assessor.pipeline import OBSERVATIONS_FILE
from assessor.procedure import load_procedure
from assessor.recording import RecordingHeader, write_observations
from assessor.reopen import watch
from assessor.settings import rules_folder
from assessor.types import IndicatorObservation, MarkSheet, ObjectObservation, Observations
from tests.observed import POSE

RAIL = rules_folder() / "benches" / "assembly_rail.yaml"
ASSEMBLY = rules_folder() / "procedures" / "rail_assembly.yaml"
TRAY = {"power_supply": -200.0, "contactor": -140.0, "relay": -95.0, "terminal_block": -20.0}
PLACES = {"power_supply": "rail_1", "contactor": "rail_2", "relay": "rail_3", "terminal_block": "rail_4"}
MOUNTED_S = {"power_supply": 10.0, "contactor": 20.0, "relay": 30.0, "terminal_block": 40.0}
OFF_MM = {"power_supply": 1.0, "contactor": 2.0, "relay": 0.5, "terminal_block": 9.0}
LAST_S = 60


def box(bench: Bench, name: str, t_s: float, mounted_s: dict[str, float]) -> ObjectObservation:
    """What the detector sees of a part, in the tray or on the rail."""
    x, y, z = bench.places[PLACES[name]]
    foot = (x + OFF_MM[name], y, z) if t_s >= mounted_s[name] else (TRAY[name], -110.0, 0.0)
    part = bench.part(name)
    assert part is not None
    corners = project(part.corners(foot), POSE, bench.scaled_camera(1280, 720))
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return ObjectObservation(name, 0.9, (float(x0), float(y0), float(x1), float(y1)))


def sheet_of(folder: Path, mounted_s: dict[str, float]) -> MarkSheet:
    """The sheet of a recording in which the parts were mounted at these times."""
    bench = load_bench(RAIL)
    off = (IndicatorObservation("switch", "Q1", "off", 0.95),)
    looks = []
    for n in range(4 * LAST_S + 1):
        boxes = tuple(box(bench, part, n / 4, mounted_s) for part in PLACES)
        looks.append(Observations(n, n / 4, "ok", POSE, objects=boxes, indicators=off))
    header = RecordingHeader("c" * 64, bench.sha256, {}, len(looks), None, LAST_S, 1280, 720)
    write_observations(folder / OBSERVATIONS_FILE, header, looks)
    return watch(folder / OBSERVATIONS_FILE, bench, load_procedure(ASSEMBLY)).sheet


def awarded(sheet: MarkSheet) -> dict[str, float | None]:
    return {line.item: line.awarded for line in sheet.lines}


def test_mounted_parts_are_confirmed_and_three_millimetres_are_left_to_a_person(tmp_path: Path) -> None:
    points = awarded(sheet_of(tmp_path, MOUNTED_S))
    mounted = {"supply": 8, "contactor": 8, "relay": 8, "terminals": 8}
    assert {item: points[item] for item in mounted} == mounted
    assert [points[f"place_{part}"] for part in ("supply", "contactor", "relay")] == [None] * 3
    assert points["place_terminals"] == 0  # 9 mm off


def test_a_part_that_stays_in_the_tray_is_not_mounted(tmp_path: Path) -> None:
    points = awarded(sheet_of(tmp_path, {**MOUNTED_S, "relay": 1000.0}))
    assert (points["relay"], points["place_relay"]) == (0, 0)


@pytest.mark.parametrize("early", ["terminal_block", "contactor"])
def test_a_part_that_is_mounted_too_early_is_out_of_order(tmp_path: Path, early: str) -> None:
    sheet = sheet_of(tmp_path, {**MOUNTED_S, early: 6.0})
    kinds = {m.kind for verdict in sheet.verdicts for m in verdict.mistakes if m.t_s < LAST_S / 2}
    assert "order" in kinds
