"""A bench file of either form becomes a `Bench` that answers where things are."""

import re
from pathlib import Path

import pytest

from assessor.bench import Bench, CameraModel, Device, Zone, load_bench
from assessor.bench.check import check_bench
from assessor.bench.devices import DeviceClass, DeviceClasses, Title
from assessor.bench.imported import bench_text, import_bench
from assessor.bench.parts import BenchIndicator
from assessor.errors import RuleFileError, SightError
from assessor.geometry import pixels_per_mm
from assessor.located_yaml import key_names, load
from assessor.located_yaml.source import Source
from assessor.types import CameraPose

ROOT = Path(__file__).parents[1]
GENERATED = [
    *sorted((ROOT / "samples").glob("*.bench.yaml")),
    *sorted((ROOT / "samples" / "boards").glob("*.bench.yaml")),
]
ABOVE = CameraPose((3.141592653589793, 0.0, 0.0), (0.0, 0.0, 700.0), 0.1, (0, 1, 2))
SMALL = """\
camera: {width: 1280, height: 720, K: [[1350, 0, 639.5], [0, 1350, 359.5], [0, 0, 1]]}
marker_dictionary: DICT_4X4_50
markers:
  0: [[-288, 166, 0], [-248, 166, 0], [-248, 126, 0], [-288, 126, 0]]
  1: [[248, 166, 0], [288, 166, 0], [288, 126, 0], [248, 126, 0]]
  2: [[248, -126, 0], [288, -126, 0], [288, -166, 0], [248, -166, 0]]
devices:
  Q1: {class: isolator, at: [-200, 60, 0], size: [48, 84, 56]}
  X1: {class: terminal_block, at: [0, 60, 0], size: [40, 60, 51]}
  KM1: {class: contactor, at: [100, 60, 0], size: [46, 84, 66]}
terminals:
  Q1.1: [-210, 95, 47.5]
  Q1.2: [-210, 25, 47.5]
  X1.1: [-6, 42, 51.5]
  X1.1b: [-6, 78, 51.5]
  X1.2: [6, 42, 51.5]
  X1.2b: [6, 78, 51.5]
  KM1.A1: [116, 94, 48.5]
zones:
  live: [-235, 10, 235, 114]
"""


def bench(text: str = SMALL, name: str = "small.bench.yaml") -> Bench:
    return load_bench(Source(name, text.encode()))


def changed(*changes: tuple[str, str]) -> Bench:
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return bench(text)


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_takes_the_generators_files(path: Path) -> None:
    read = load_bench(path)
    assert read.name == path.name.removesuffix(".bench.yaml")
    assert len(read.markers) == 4 and read.marker_dictionary == "DICT_4X4_50"
    assert {read.device_of(name) for name in read.terminals if name.startswith("S")} == {"S"}
    assert all(read.device_of(name) == name.split(".")[0] for name in read.terminals if name[0] != "S")
    assert {shown.kind for shown in read.indicators} == {"switch", "lamp", "display"}
    assert check_bench(read) == []
    assert check_bench(read, ABOVE) == []


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_our_own_form_says_the_same(path: Path) -> None:
    text = import_bench(path)
    assert load_bench(Source("own.yaml", text.encode())).model_dump() == load_bench(path).model_dump()
    assert not any(word in text for word in ("seed", "appearance", "t_mm", "tool_spots"))


def test_own_form_keeps_what_the_generator_does_not_know() -> None:
    own = (
        '{device: Q1, kind: switch, look: lever, at: [1, 2, 66], size: [9, 9], values: {"on": 0, "off": 90}}'
    )
    before = changed(
        ("size: [46, 84, 66]}", "size: [46, 84, 66], turn: 15, buttons: {T: [100, 60, 70]}}"),
        (
            "zones:",
            f"joined: [[Q1.1, KM1.A1]]\nplaces: {{rail_1: [1, 2, 3]}}\nindicators:\n  - {own}\nzones:",
        ),
    )
    after = bench(bench_text(before))
    assert after.model_dump() == before.model_dump()
    assert after.indicators == before.indicators


def test_places_of_parts_are_kept_apart_from_devices() -> None:
    read = changed(("zones:", "places: {rail_1: [1, 2, 3]}\nzones:"))
    assert read.places == {"rail_1": (1, 2, 3)}
    with pytest.raises(RuleFileError, match=r"places\.rail_1"):
        changed(("zones:", "places: {rail_1: [1, 2]}\nzones:"))


def test_the_shipped_bench_has_no_fault() -> None:
    read = load_bench(ROOT / "rules" / "benches" / "trainer_24v.yaml")
    assert read.name == "trainer_24v" and check_bench(read, ABOVE) == []


def test_a_result_can_be_pinned_to_the_file() -> None:
    assert bench().sha256 == Source("x", SMALL.encode()).sha256 != changed(("-210", "-211")).sha256


def test_the_pose_of_the_file_is_not_used() -> None:
    posed = changed(("[0, 0, 1]]}", "[0, 0, 1]], R: [[9]], t_mm: [9, 9, 9], location: [0, 0, 1]}"))
    assert posed.camera.model_dump() == bench().camera.model_dump()


def test_a_terminal_belongs_where_it_is_not_where_its_name_says() -> None:
    assert changed(("Q1.2: [-210, 25, 47.5]", "Q1.2: [101, 30, 47.5]")).device_of("Q1.2") == "KM1"
    assert changed(("Q1.2: [-210, 25, 47.5]", "Q1.2: [-150, 25, 47.5]")).device_of("Q1.2") == "Q1"
    with pytest.raises(KeyError):
        bench().device_of("Q9.1")


@pytest.mark.parametrize(
    ("terminal", "outward"),
    [
        pytest.param("Q1.1", 1.0, id="far row"),
        pytest.param("Q1.2", -1.0, id="near row"),
        pytest.param("X1.1", -1.0, id="terminal strip, near"),
        pytest.param("X1.2b", 1.0, id="terminal strip, far"),
        pytest.param("KM1.A1", 1.0, id="single terminal near a corner"),
    ],
)
def test_a_wire_leaves_away_from_its_device(terminal: str, outward: float) -> None:
    assert bench().outward(terminal) == outward
    assert bench().exit_direction(terminal) == pytest.approx((0.0, outward))


def test_a_wire_leaves_a_turned_strip_across_its_row() -> None:
    turned = changed(
        ("at: [0, 60, 0], size: [40, 60, 51]}", "at: [0, 60, 0], size: [40, 60, 51], turn: 90}"),
        ("X1.1: [-6, 42, 51.5]", "X1.1: [18, 54, 51.5]"),
        ("X1.1b: [-6, 78, 51.5]", "X1.1b: [-18, 54, 51.5]"),
        ("X1.2: [6, 42, 51.5]", "X1.2: [18, 66, 51.5]"),
        ("X1.2b: [6, 78, 51.5]", "X1.2b: [-18, 66, 51.5]"),
    )
    assert turned.device_of("X1.1") == "X1"
    assert turned.exit_direction("X1.1") == pytest.approx((1.0, 0.0), abs=1e-9)
    assert turned.exit_direction("X1.2b") == pytest.approx((-1.0, 0.0), abs=1e-9)


def test_through_terminals_are_one_node() -> None:
    assert bench().same_node("X1.1", "X1.1b") and bench().same_node("X1.1b", "X1.1")
    assert not bench().same_node("X1.1", "X1.2b")
    assert not bench().same_node("Q1.1", "Q1.2")
    assert not bench().same_node("Q1.1", "Q9.1")


def test_joins_of_the_file_add_up() -> None:
    joined = changed(("zones:", "joined: [[X1.1, X1.2], [X1.2b, KM1.A1]]\nzones:"))
    assert joined.same_node("X1.1b", "KM1.A1")
    assert set(joined.nodes.values()) == {"Q1.1", "Q1.2", joined.nodes["X1.1"]}


def test_camera_for_a_smaller_recording() -> None:
    small = bench().scaled_camera(640, 360)
    assert (small.width, small.height) == (640, 360)
    assert small.matrix == ((675.0, 0.0, 319.5), (0.0, 675.0, 179.5), (0.0, 0.0, 1.0))
    whole, half = pixels_per_mm((0, 0, 0), ABOVE, bench().camera), pixels_per_mm((0, 0, 0), ABOVE, small)
    assert half == pytest.approx(whole / 2)


def test_a_recording_of_another_shape_is_refused() -> None:
    with pytest.raises(SightError, match=r"expected pictures shaped like 1280x720 .* got 640x480"):
        bench().scaled_camera(640, 480)


def test_indicators_stand_where_their_devices_stand() -> None:
    lever, plunger = bench().indicators
    assert (lever.device, lever.kind, lever.look) == ("Q1", "switch", "lever")
    assert lever.at_mm == (-200, 60, 66) and lever.values == {"on": 90, "off": 0}
    assert plunger.at_mm == (100, 56, 72) and plunger.values == {"out": 72, "in": 66.5}


def test_a_turned_and_raised_device_takes_its_indicators_along() -> None:
    moved = changed(
        ("at: [-200, 60, 0], size: [48, 84, 56]}", "at: [-200, 60, 10], size: [48, 84, 56], turn: 90}"),
        ("at: [100, 60, 0], size: [46, 84, 66]}", "at: [100, 60, 10], size: [46, 84, 66], turn: 90}"),
    )
    lever, plunger = moved.indicators
    assert lever.at_mm == pytest.approx((-200, 60, 76)) and lever.values == {"on": 180, "off": 90}
    assert plunger.at_mm == pytest.approx((104, 60, 82)) and plunger.values == {"out": 82, "in": 76.5}


def test_the_file_may_say_where_to_look() -> None:
    own = "{device: Q1, kind: switch, look: lever, at: [5, 0, 60], size: [9, 9], values: {up: 0, down: 90}}"
    lamp = "{device: X1, kind: lamp, look: lit, at: [0, 0, 51], size: [6, 6]}"
    shown = changed(("zones:", f"indicators:\n  - {own}\n  - {lamp}\nzones:")).indicators
    assert [(indicator.device, indicator.kind) for indicator in shown] == [
        ("KM1", "switch"),
        ("Q1", "switch"),
        ("X1", "lamp"),
    ]
    assert shown[1].at_mm == (-195, 60, 60)


@pytest.mark.parametrize(
    ("written", "corners", "height", "kind"),
    [
        pytest.param("live: [0, 0, 9, 5]", ((0, 0), (9, 0), (9, 5), (0, 5)), 50, "live", id="box"),
        pytest.param(
            "tool_tray: [[0, 0], [9, 0], [0, 9]]", ((0, 0), (9, 0), (0, 9)), 0, "tool_tray", id="polygon"
        ),
        pytest.param(
            "left: {polygon: [0, 0, 9, 5]}", ((0, 0), (9, 0), (9, 5), (0, 5)), 0, "other", id="own name"
        ),
        pytest.param(
            "busbar: {polygon: [0, 0, 9, 5], kind: live, height: 80}",
            ((0, 0), (9, 0), (9, 5), (0, 5)),
            80,
            "live",
            id="all said",
        ),
    ],
)
def test_zones_may_be_written_short(
    written: str, corners: tuple[tuple[float, float], ...], height: float, kind: str
) -> None:
    zone = changed(("live: [-235, 10, 235, 114]", written)).zones[written.partition(":")[0]]
    assert (zone.polygon_mm, zone.height_mm, zone.kind) == (corners, height, kind)


def test_the_manual_explains_every_key_and_its_examples_hold() -> None:
    manual = (ROOT / "docs" / "bench.md").read_text(encoding="utf-8")
    whole, classes = re.findall(r"```yaml\n(.*?)```", manual, re.DOTALL)
    assert check_bench(bench(whole)) == []
    assert set(load(classes, DeviceClasses).device_classes) == {"fuse_box"}
    models = (Bench, CameraModel, Device, Zone, BenchIndicator, DeviceClass, DeviceClasses, Title)
    missing = [key for model in models for key in key_names(model) if f"`{key}`" not in manual]
    assert missing == []


def test_a_school_may_have_its_own_device_classes(tmp_path: Path) -> None:
    (tmp_path / "benches").mkdir()
    (tmp_path / "shared").mkdir()
    path = tmp_path / "benches" / "own.yaml"
    path.write_text(SMALL.replace("isolator", "fuse_box"))
    with pytest.raises(RuleFileError, match=r"own.yaml:8:15: error: devices.Q1.class: .* got fuse_box"):
        load_bench(path)
    classes = "\n".join(
        f"  {name}: {{title: {{zh: 器件, en: device}}}}" for name in ("fuse_box", "contactor")
    )
    (tmp_path / "shared" / "devices.yaml").write_text(f"device_classes:\n{classes}\n", encoding="utf-8")
    read = load_bench(path)
    assert read.indicators == ()  # its own contactor counts
    assert read.class_of("X1").joined_suffix == "b"  # what it does not name is the shipped one


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        pytest.param(
            "  2: [[248, -126, 0], [288, -126, 0], [288, -166, 0], [248, -166, 0]]\n",
            "",
            "4:3: warning: markers: expected at least 3 markers, got 2; "
            "hands cover markers: place more of them",
            id="few markers",
        ),
        pytest.param(
            "  2: [[248",
            "  62: [[248",
            "6:7: warning: markers.62: expected a marker id from 0 to 49, got 62",
            id="marker id",
        ),
        pytest.param(
            "  2: [[248, -126, 0], [288, -126, 0], [288, -166, 0], [248, -166, 0]]",
            "  2: [[248, 166, 0], [288, 166, 0], [288, 126, 0], [248, 126, 0]]",
            "6:6: warning: markers.2: expected a place of its own, got the same place as 1",
            id="marker twice",
        ),
        pytest.param(
            "Q1.2: [-210, 25, 47.5]",
            "Q1.2: [-150, 25, 47.5]",
            "13:9: warning: terminals.Q1.2: expected a terminal within a device, got 26 mm off Q1",
            id="terminal off its device",
        ),
        pytest.param(
            "Q1.2: [-210, 25, 47.5]",
            "Q1.2: [-210, 95, 47.5]",
            "13:9: warning: terminals.Q1.2: expected a place of its own, got the same place as Q1.1",
            id="terminal twice",
        ),
        pytest.param(
            "live: [-235, 10, 235, 114]",
            "live: [[0, 0], [50, 50], [100, 100]]",
            "20:9: warning: zones.live: expected a zone with an area, "
            "got corners that coincide or lie on a line",
            id="flat zone",
        ),
        pytest.param(
            "live: [-235, 10, 235, 114]",
            "panel: [-235, 10, 235, 114]",
            "20:3: warning: zones: expected a zone of kind live, got none; "
            "live working cannot be seen without it",
            id="no live zone",
        ),
        pytest.param(
            "zones:",
            "indicators: [{device: Q1, kind: switch, look: lever, at: [0, 0, 60], size: [9, 9], "
            'values: {up: 0, "on": 90}}]\nzones:',
            "19:97: warning: indicators[0].values.up: expected one of: on, off, in, out, got 'up'; "
            "a procedure can ask for no other state",
            id="state that no procedure asks for",
        ),
    ],
)
def test_warns_of_what_is_probably_not_meant(old: str, new: str, warning: str) -> None:
    warnings = [
        fault.render().removeprefix("small.bench.yaml:") for fault in check_bench(changed((old, new)))
    ]
    assert warnings == [warning]


def test_warns_of_terminals_too_small_to_tell_apart() -> None:
    far = CameraPose(ABOVE.rotation, (0.0, 0.0, 1400.0), 0.1, (0, 1, 2))
    assert check_bench(bench(), ABOVE) == []
    warned = check_bench(bench(), far)
    assert [fault.key for fault in warned] == [
        "terminals.X1.1",
        "terminals.X1.1b",
        "terminals.X1.2",
        "terminals.X1.2b",
    ]
    assert warned[0].expected.en == "at least 16 px between terminals"
