"""Warnings about a bench: what `load_bench` accepts though it is probably not meant.

Takes a `Bench`, and its camera pose where a picture has been seen; gives `Fault`s of severity "warning".
"""

from collections.abc import Iterator
from itertools import combinations
from math import dist

from assessor.bench.bench import MARKER_COUNTS, Bench
from assessor.errors import Fault
from assessor.located_yaml.faults import one_of
from assessor.types import CameraPose, Text

MARKERS_WANTED = 3
SAME_PLACE_MM = 1.0
SMALLEST_ZONE_MM2 = 100.0
STATES = ("on", "off", "in", "out")  # of switches, as procedures ask for them
TERMINAL_PX = 16.0  # below this pitch single terminals cannot be told apart

ASKED = Text("流程只能写这些状态", "a procedure can ask for no other state")


def check_bench(bench: Bench, pose: CameraPose | None = None) -> list[Fault]:
    """Warnings about a bench; about the pitch of its terminals only when the camera's pose is known."""
    warnings = [*_markers(bench), *_terminals(bench), *_zones(bench), *_states(bench)]
    return warnings + (list(_pitch(bench, pose)) if pose else [])


def _markers(bench: Bench) -> Iterator[Fault]:
    if len(bench.markers) < MARKERS_WANTED:
        came = Text(f"{len(bench.markers)} 个", str(len(bench.markers)))
        hint = Text("手会遮住标记，应多放几个", "hands cover markers: place more of them")
        yield _warning(bench, ("markers",), Text("至少 3 个标记", "at least 3 markers"), came, hint)
    count = MARKER_COUNTS[bench.marker_dictionary]
    for id in bench.markers:
        if not 0 <= id < count:
            expected = Text(f"0–{count - 1} 的标记号", f"a marker id from 0 to {count - 1}")
            yield _warning(bench, ("markers", str(id)), expected, Text(str(id), str(id)))
    for (first, a), (second, b) in combinations(bench.markers.items(), 2):
        if dist(a[0], b[0]) < SAME_PLACE_MM:
            yield _same_place(bench, ("markers", str(second)), str(first))


def _terminals(bench: Bench) -> Iterator[Fault]:
    for name, place in bench.terminals.items():
        outside = bench.devices[bench.device_of(name)].distance(place)
        if outside > 0:
            expected = Text("位于某个设备之内的端子", "a terminal within a device")
            came = Text(
                f"离 {bench.device_of(name)} {outside:.0f} mm",
                f"{outside:.0f} mm off {bench.device_of(name)}",
            )
            yield _warning(bench, ("terminals", name), expected, came)
    for (first, a), (second, b) in combinations(bench.terminals.items(), 2):
        if dist(a, b) < SAME_PLACE_MM:
            yield _same_place(bench, ("terminals", second), first)


def _zones(bench: Bench) -> Iterator[Fault]:
    for name, zone in bench.zones.items():
        if _area(zone.polygon_mm) < SMALLEST_ZONE_MM2:
            expected = Text("有面积的区域", "a zone with an area")
            came = Text("各点重合或共线", "corners that coincide or lie on a line")
            yield _warning(bench, ("zones", name), expected, came)
    if not any(zone.kind == "live" for zone in bench.zones.values()):
        came = Text("没有", "none")
        hint = Text("否则看不到带电作业", "live working cannot be seen without it")
        yield _warning(bench, ("zones",), Text("一个 live 类区域", "a zone of kind live"), came, hint)


def _states(bench: Bench) -> Iterator[Fault]:
    """States of switches that no procedure can ask for, where they stand: in the bench or in a class."""
    kinds = {device.class_name: bench.class_of(name) for name, device in bench.devices.items()}
    rules = [*bench.own_indicators, *(rule for kind in kinds.values() for rule in kind.indicators)]
    for rule in rules:
        for word in rule.values if rule.kind == "switch" else ():
            if word not in STATES:
                came = Text(f"“{word}”", f"'{word}'")
                yield rule.fault(
                    "values", word, expected=one_of(STATES), came=came, hint=ASKED, severity="warning"
                )


def _pitch(bench: Bench, pose: CameraPose) -> Iterator[Fault]:
    from assessor.geometry import pixels_per_mm

    for name, place in bench.terminals.items():
        nearest_mm = min(
            (dist(place, other) for key, other in bench.terminals.items() if key != name), default=None
        )
        pitch_px = nearest_mm * pixels_per_mm(place, pose, bench.camera) if nearest_mm else TERMINAL_PX
        if pitch_px < TERMINAL_PX:
            expected = Text(
                f"端子间距至少 {TERMINAL_PX:.0f} 像素", f"at least {TERMINAL_PX:.0f} px between terminals"
            )
            hint = Text("请移近摄像头或提高分辨率", "move the camera closer or use a larger picture")
            came = Text(f"{pitch_px:.1f} 像素", f"{pitch_px:.1f} px")
            yield _warning(bench, ("terminals", name), expected, came, hint)


def _same_place(bench: Bench, path: tuple[str, str], other: str) -> Fault:
    came = Text(f"与 {other} 位置相同", f"the same place as {other}")
    return _warning(bench, path, Text("各自的位置", "a place of its own"), came)


def _warning(
    bench: Bench, path: tuple[str, ...], expected: Text, came: Text, hint: Text | None = None
) -> Fault:
    return bench.fault(*path, expected=expected, came=came, hint=hint, severity="warning")


def _area(polygon: tuple[tuple[float, float], ...]) -> float:
    following = (*polygon[1:], polygon[0])
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(polygon, following, strict=True))) / 2
