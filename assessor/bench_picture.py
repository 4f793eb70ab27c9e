"""A picture of a bench as seen from above, for who sets it up: markers, devices, terminals, zones (SVG).

Takes a `Bench`; gives the text of an SVG file in millimetres of the mat, the worker below; the same bench
gives the same bytes.
"""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from assessor.bench import Bench
from assessor.bench.parts import turned

ROOM = 0.04  # around everything, as a share of the larger side
LETTERS = 1 / 62  # height of letters as a share of the larger side
DOT = 1 / 200
# Within a page the picture takes the colours of the page (`--graph-...`), by itself those after the comma.
STYLE = """\
.bench-picture text { font-family: "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif;
  fill: var(--graph-text, #1f2933); text-anchor: middle; dominant-baseline: central }
.bench-picture .zone { fill: var(--graph-block, #f7f9fb); stroke: var(--graph-block-edge, #cbd2d9);
  fill-opacity: .6; stroke-dasharray: 2% 1% }
.bench-picture .live { stroke: var(--graph-rule-edge, #b3402f); fill: var(--graph-rule, #fdf1ef) }
.bench-picture .zone-name { fill: var(--graph-line, #52606d); text-anchor: start }
.bench-picture .device { fill: var(--graph-step, #eef4fb); stroke: var(--graph-step-edge, #2f6db3) }
.bench-picture .terminal { fill: var(--graph-text, #1f2933) }
.bench-picture .marker { fill: var(--graph-text, #1f2933) }
.bench-picture .marker-id { fill: var(--graph-marker, #ffffff); font-weight: bold }
.bench-picture .kept { fill: none; stroke: var(--graph-line, #52606d) }
.bench-picture .place { fill: none; stroke: var(--graph-line, #52606d) }
.bench-picture [class] { vector-effect: non-scaling-stroke }"""

Point = tuple[float, float]


def bench_picture(bench: Bench) -> str:
    """The picture of a bench as SVG."""
    outlines = list(_outlines(bench))
    xs, ys = ([point[axis] for points in outlines for point in points] for axis in (0, 1))
    side = max(max(xs) - min(xs), max(ys) - min(ys))
    room, letters = ROOM * side, LETTERS * side
    box = (min(xs) - room, -max(ys) - room, max(xs) - min(xs) + 2 * room, max(ys) - min(ys) + 2 * room)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="bench-picture" role="img" '
        f'aria-label={quoteattr(bench.name)} viewBox="{" ".join(_mm(value) for value in box)}" '
        f'font-size="{_mm(letters)}">',
        f"<style>{STYLE}</style>",
        *_areas(bench, letters),
        *_markers(bench),
        *_devices(bench, letters),
        *_terminals(bench, DOT * side),
        *_places(bench, DOT * side),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def device_corners(bench: Bench, name: str) -> list[Point]:
    """The outline of a device on the mat, turned as it stands."""
    device = bench.devices[name]
    across, deep = device.size_mm[0] / 2, device.size_mm[1] / 2
    corners = ((-across, -deep), (across, -deep), (across, deep), (-across, deep))
    flat = (turned(x, y, device.turn_deg) for x, y in corners)
    return [(device.at_mm[0] + x, device.at_mm[1] + y) for x, y in flat]


def _outlines(bench: Bench) -> Iterator[Sequence[Point]]:
    """Everything that has to be within the picture."""
    yield from (zone.polygon_mm for zone in bench.zones.values())
    yield from (device_corners(bench, name) for name in bench.devices)
    yield from ([(corner[0], corner[1]) for corner in corners] for corners in bench.markers.values())
    yield from ([(place[0], place[1])] for place in (*bench.terminals.values(), *bench.places.values()))
    if bench.kept_area is not None:
        yield bench.kept_area


def _areas(bench: Bench, letters: float) -> Iterator[str]:
    if bench.kept_area is not None:
        yield _polygon(bench.kept_area, "kept", "kept_area")
    for name, zone in bench.zones.items():
        kind = "live" if zone.kind == "live" else zone.kind
        yield _polygon(zone.polygon_mm, f"zone {kind}", f"{name} ({zone.kind})")
    corners = {name: min(zone.polygon_mm, key=lambda p: (p[0], -p[1])) for name, zone in bench.zones.items()}
    for name, (x, y) in corners.items():
        yield _text(x + letters / 2, y - letters, name, "zone-name")


def _markers(bench: Bench) -> Iterator[str]:
    for id, corners in bench.markers.items():
        flat = [(corner[0], corner[1]) for corner in corners]
        yield _polygon(flat, "marker", f"{bench.marker_dictionary} {id}")
        yield _text(sum(p[0] for p in flat) / 4, sum(p[1] for p in flat) / 4, str(id), "marker-id")


def _devices(bench: Bench, letters: float) -> Iterator[str]:
    for name, device in bench.devices.items():
        corners = device_corners(bench, name)
        yield _polygon(corners, "device", f"{name} ({device.class_name})")
        x, y = device.at_mm[:2]
        if device.buttons:  # the middle is theirs
            y = min(corner[1] for corner in corners) - letters
        yield _text(x, y, name, "device-name")
        for button, place in device.buttons.items():
            yield _text(place[0], place[1], button, "button")


def _terminals(bench: Bench, radius: float) -> Iterator[str]:
    for name, (x, y, z) in bench.terminals.items():
        title = escape(f"{name} ({_mm(x)}, {_mm(y)}, {_mm(z)})")
        yield (
            f'<circle class="terminal" cx="{_mm(x)}" cy="{_mm(-y)}" r="{_mm(radius)}">'
            f"<title>{title}</title></circle>"
        )


def _places(bench: Bench, radius: float) -> Iterator[str]:
    for name, (x, y, _) in bench.places.items():
        lines = (
            f"M{_mm(x - radius)} {_mm(-y)}h{_mm(2 * radius)}M{_mm(x)} {_mm(-y - radius)}v{_mm(2 * radius)}"
        )
        yield f'<path class="place" d="{lines}"><title>{escape(name)}</title></path>'


def _polygon(points: Sequence[Point], kind: str, title: str) -> str:
    text = " ".join(f"{_mm(x)},{_mm(-y)}" for x, y in points)
    return f'<polygon class="{kind}" points="{text}"><title>{escape(title)}</title></polygon>'


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{_mm(x)}" y="{_mm(-y)}">{escape(text)}</text>'


def _mm(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
