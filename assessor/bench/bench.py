"""The bench: camera, markers, devices, terminals, zones and indicators of one workstation, in mm of its mat.

Takes a bench file (our own form or the generator's, whose further keys are let pass); gives a `Bench` that
answers where things are. Mat frame: x right, y away from the worker, z up. A camera pose in the file is not
used: it comes from the markers in the picture.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from math import copysign
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PrivateAttr, field_validator, model_validator

from assessor.bench.devices import CLASSES_FILE, DeviceClass, Xyz, load_classes, own_classes, shipped_classes
from assessor.bench.parts import BenchIndicator, CameraModel, Device, Indicator, Part, Zone, turned, without
from assessor.errors import Fault, RuleFileError, SightError
from assessor.located_yaml import Pinned, load
from assessor.located_yaml.faults import UnfitError, nearest, one_of
from assessor.located_yaml.source import Source, read_source
from assessor.rule_kinds import refuse_other_kind
from assessor.types import Text

__all__ = ["Bench", "CameraModel", "Device", "Indicator", "Zone", "load_bench"]

MARKER_COUNTS = {
    **{f"DICT_{bits}_{n}": n for bits in ("4X4", "5X5", "6X6", "7X7") for n in (50, 100, 250, 1000)},
    "DICT_ARUCO_ORIGINAL": 1024,
    "DICT_ARUCO_MIP_36h12": 250,
    "DICT_APRILTAG_16h5": 30,
    "DICT_APRILTAG_25h9": 35,
    "DICT_APRILTAG_36h10": 2320,
    "DICT_APRILTAG_36h11": 587,
}
ZONE_KINDS = ("panel", "live", "tool_tray", "parts_tray")
ZONE_HEIGHTS_MM = {"panel": 50.0, "live": 50.0}  # tops of the devices; trays and the rest lie on the mat
BOX_LENGTH = 4
SAME_ASPECT = 0.005
GENERATOR_KEYS = (
    "seed",
    "hand",
    "order",
    "terminal_count",
    "marker_size",
    "tool_spots",
    "lights",
    "appearance",
)


def _check_order(corners: tuple[Xyz, Xyz, Xyz, Xyz]) -> tuple[Xyz, Xyz, Xyz, Xyz]:
    """Seen from above, corners in the right order run clockwise."""
    following = (*corners[1:], corners[0])
    if sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, following, strict=True)) >= 0:
        zh, en = "左上、右上、右下、左下四角", "the corners top left, top right, bottom right, bottom left"
        raise UnfitError(Text(zh, en), Text("其他顺序", "another order"))
    return corners


Corners = Annotated[tuple[Xyz, Xyz, Xyz, Xyz], AfterValidator(_check_order)]


class Bench(Pinned):
    """One workstation. `markers`: corners in the order top left, top right, bottom right, bottom left, as the
    worker sees them. `places`: where the middle of a part's foot belongs. `kept_area`: what may be seen
    of the mat in clips and stills, a convex polygon; None = all that stands in the file, and some room."""

    name: str = ""
    camera: CameraModel
    marker_dictionary: str
    markers: Annotated[dict[int, Corners], Field(min_length=1)]
    devices: Annotated[dict[str, Device], Field(min_length=1)]
    terminals: dict[str, Xyz] = Field(default_factory=dict)
    zones: dict[str, Zone] = Field(default_factory=dict)
    places: dict[str, Xyz] = Field(default_factory=dict)
    kept_area: Annotated[tuple[tuple[float, float], ...], Field(min_length=3)] | None = None
    joined: tuple[tuple[str, str], ...] = ()
    own_indicators: tuple[BenchIndicator, ...] = Field(default=(), validation_alias="indicators")

    _classes: dict[str, DeviceClass] = PrivateAttr(default_factory=shipped_classes)

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        """Every state that shows on this bench: the classes' indicators and the file's own."""
        own = {(rule.device, rule.kind) for rule in self.own_indicators}
        usual = [
            _placed(name, device, rule)
            for name, device in self.devices.items()
            for rule in self.class_of(name).indicators
            if (name, rule.kind) not in own
        ]
        return (
            *usual,
            *(_placed(rule.device, self.devices[rule.device], rule) for rule in self.own_indicators),
        )

    def class_of(self, device: str) -> DeviceClass:
        """What holds for every device of this one's class."""
        return self._classes[self.devices[device].class_name]

    def part(self, name: str) -> Part | None:
        """The shape of a device of this bench, or of a part of a detector class; None = nothing tells it."""
        for known, device in self.devices.items():
            seen_as = self.class_of(known).detector_class
            if name in (known, seen_as) and seen_as is not None:
                return Part(seen_as, device.size_mm, device.turn_deg if name == known else 0.0)
        sizes = [kind.size for kind in self._classes.values() if kind.detector_class == name and kind.size]
        return Part(name, sizes[0]) if sizes else None

    @cached_property
    def middle_mm(self) -> Xyz:
        """The middle of the terminals, or of the devices on a bench without: where the work is looked at."""
        places = list(self.terminals.values()) or [device.at_mm for device in self.devices.values()]
        x, y, z = (sum(place[axis] for place in places) / len(places) for axis in range(3))
        return x, y, z

    @cached_property
    def homes(self) -> dict[str, str]:
        """Device of every terminal: the one whose outline holds it, else the nearest."""
        return {
            terminal: min(self.devices, key=lambda name: self.devices[name].distance(place))
            for terminal, place in self.terminals.items()
        }

    def device_of(self, terminal: str) -> str:
        """The device a terminal belongs to, by its place, not by its name. KeyError when unknown."""
        return self.homes[terminal]

    def outward(self, terminal: str) -> float:
        """+1.0 where a wire leaves the terminal away from the worker, -1.0 where towards the worker; for
        devices that are turned see `exit_direction`."""
        device = self.devices[self.device_of(terminal)]
        rise = self.terminals[terminal][1] - device.at_mm[1] or self.exit_direction(terminal)[1]
        return copysign(1.0, rise or -1.0)

    def exit_direction(self, terminal: str) -> tuple[float, float]:
        """Unit vector (x, y) in which a wire leaves the terminal. Terminals spread along their row but stand
        near the edge across it: wires leave along the axis on which the terminals stand further out."""
        home = self.device_of(terminal)
        device = self.devices[home]
        row = [device.offset(self.terminals[name]) for name, owner in self.homes.items() if owner == home]
        sideways, straight = (sum(abs(p[axis]) for p in row) / device.size_mm[axis] for axis in (0, 1))
        x, y = device.offset(self.terminals[terminal])
        across = (copysign(1.0, x), 0.0) if sideways > straight else (0.0, copysign(1.0, y or -1.0))
        return turned(*across, device.turn_deg)

    @cached_property
    def nodes(self) -> dict[str, str]:
        """Electrical node of every terminal, named by the first terminal of it."""
        nodes = {terminal: terminal for terminal in self.terminals}
        for a, b in (*self.joined, *self._through_pairs()):
            kept, gone = nodes[a], nodes[b]
            nodes = {terminal: kept if node == gone else node for terminal, node in nodes.items()}
        return nodes

    def same_node(self, a: str, b: str) -> bool:
        """Whether two terminals are one node without any wire; one the bench lacks is its own node."""
        return self.nodes.get(a, a) == self.nodes.get(b, b)

    def scaled_camera(self, width: int, height: int) -> CameraModel:
        """The camera for a recording of another size. SightError when the picture has another shape."""
        camera = self.camera
        across, down = width / camera.width, height / camera.height
        if abs(across / down - 1) > SAME_ASPECT:
            raise SightError(
                f"expected pictures shaped like {camera.width}x{camera.height} (bench {self.name}), "
                f"got {width}x{height}: use the bench file of this camera, or record without cropping"
            )
        (fx, skew, cx), (_, fy, cy), last = camera.matrix
        matrix = (
            (fx * across, skew * across, (cx + 0.5) * across - 0.5),
            (0.0, fy * down, (cy + 0.5) * down - 0.5),
            last,
        )
        return camera.model_copy(update={"width": width, "height": height, "matrix": matrix})

    def _through_pairs(self) -> Iterator[tuple[str, str]]:
        for terminal, home in self.homes.items():
            suffix = self.class_of(home).joined_suffix
            partner = terminal + suffix
            if suffix and self.homes.get(partner) == home:
                yield terminal, partner

    @model_validator(mode="before")
    @classmethod
    def _let_generator_keys_pass(cls, raw: Any) -> Any:
        return without(raw, GENERATOR_KEYS)

    @field_validator("marker_dictionary")
    @classmethod
    def _check_dictionary(cls, name: str) -> str:
        if name not in MARKER_COUNTS:
            expected = Text(
                "OpenCV 的标记字典，如 DICT_4X4_50", "a marker dictionary of OpenCV such as DICT_4X4_50"
            )
            raise UnfitError(expected, hint=nearest(name, MARKER_COUNTS))
        return name

    @field_validator("markers", mode="before")
    @classmethod
    def _take_corners(cls, raw: Any) -> Any:
        """The generator writes {centre, corners} for each marker; the corners say it all."""
        if not isinstance(raw, dict):
            return raw
        return {id: m["corners"] if isinstance(m, dict) and "corners" in m else m for id, m in raw.items()}

    @field_validator("zones", mode="before")
    @classmethod
    def _complete_zones(cls, raw: Any) -> Any:
        """`[x0, y0, x1, y1]` and `[[x, y], ...]` are short for a zone; kind and height follow its name."""
        return (
            {name: _complete_zone(name, zone) for name, zone in raw.items()} if isinstance(raw, dict) else raw
        )


def load_bench(path: Path | Source, kept: Mapping[str, Source] | None = None) -> Bench:
    """Read a bench file of our own form or the generator's, with the device classes beside it, or with those
    that were `kept`. RuleFileError holds all its faults at once."""
    source = path if isinstance(path, Source) else read_source(path)
    refuse_other_kind(source, "bench")
    bench = load(source, Bench)
    stem = Path(source.name).name.split(".")[0]
    bench = bench.model_copy(update={"name": bench.name or stem})
    bench._included = dict(own_classes(Path(source.name)) if kept is None else kept)
    bench.pin(source)
    own = bench._included.get(CLASSES_FILE)
    ours = load_classes(own) if own else {}  # first: what it says of a class is what counts
    bench._classes = ours | {name: kind for name, kind in shipped_classes().items() if name not in ours}
    if faults := list(_broken_references(bench)):
        raise RuleFileError(faults)
    return bench


def _broken_references(bench: Bench) -> Iterator[Fault]:
    for name, device in bench.devices.items():
        if device.class_name not in bench._classes:
            yield _unknown(bench, ("devices", name, "class"), device.class_name, bench._classes)
    for index, rule in enumerate(bench.own_indicators):
        if rule.device not in bench.devices:
            yield _unknown(bench, ("indicators", index, "device"), rule.device, bench.devices)
    for index, pair in enumerate(bench.joined):
        for end, terminal in enumerate(pair):
            if terminal not in bench.terminals:
                expected = Text("本工位的端子", "a terminal of this bench")
                hint = nearest(terminal, bench.terminals)
                yield bench.fault(
                    "joined", index, end, expected=expected, came=Text(terminal, terminal), hint=hint
                )


def _unknown(bench: Bench, path: tuple[str | int, ...], word: str, allowed: Any) -> Fault:
    return bench.fault(*path, expected=one_of(allowed), came=Text(word, word), hint=nearest(word, allowed))


def _placed(name: str, device: Device, rule: Any) -> Indicator:
    raised_by = {"lever": device.turn_deg, "plunger": device.at_mm[2]}.get(rule.look, 0.0)
    values = {state: value + raised_by for state, value in rule.values.items()}
    return Indicator(name, rule.kind, rule.look, device.place(rule.at), rule.size, values)


def _complete_zone(name: str, zone: Any) -> Any:
    if isinstance(zone, list):
        zone = {"polygon": zone}
    if not isinstance(zone, dict):
        return zone
    polygon = zone.get("polygon")
    if (
        isinstance(polygon, list)
        and len(polygon) == BOX_LENGTH
        and all(isinstance(v, int | float) for v in polygon)
    ):
        x0, y0, x1, y1 = polygon
        polygon = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
    kind = zone.get("kind", name if name in ZONE_KINDS else "other")
    return {"kind": kind, "height": ZONE_HEIGHTS_MM.get(str(kind), 0.0), **zone, "polygon": polygon}
