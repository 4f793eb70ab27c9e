"""Warnings about what no camera will tell: tools no model knows, states that show nowhere, coarse pictures.

Takes a procedure (or rule set), and a bench that has what it names; gives `Fault`s of severity "warning".
"""

from collections.abc import Iterable, Iterator
from math import dist, inf

from assessor.bench import Bench
from assessor.bench.check import TERMINAL_PX
from assessor.errors import Fault
from assessor.facts import PROBES
from assessor.located_yaml import Located
from assessor.located_yaml.faults import nearest, one_of
from assessor.procedure import Procedure
from assessor.procedure.conditions import (
    AnyOf,
    HandAt,
    Holding,
    PoseIs,
    Probing,
    ToolAt,
    WireJoins,
    inner_of,
    key_of,
    parts_of,
)
from assessor.procedure.rule_set import RuleSet, conditions_in
from assessor.types import Text
from assessor.vision.grip import TOOLS

BY_PERSON = Text(
    zh="请用 any_of 加上其他证据，或由人判定（person）",
    en="name other evidence beside it (any_of), or let a person say it (person)",
)
SHOWN_STATES = ("switch", "lamp", "display")
LISTED = 6


def unseen_in(rules: Procedure | RuleSet) -> list[Fault]:
    """Words and tools that no model knows, unless something else can stand in for them; each told once, in
    the file itself if it stands there."""
    parts = [part for condition in conditions_in(rules) for part in _blind(condition)]
    parts.sort(key=lambda part: part.from_file != rules.from_file)
    first: dict[str, Located] = {}
    for part in parts:
        first.setdefault(_name_of(part), part)
    return [_unknown(part) for part in first.values()]


def unseen_on(procedure: Procedure, bench: Bench) -> list[Fault]:
    """States that nothing on this bench shows, and terminals too small for its camera even at best."""
    return [*_not_shown(procedure, bench), *_too_small(procedure, bench)]


def _blind(condition: Located) -> Iterator[Located]:
    """The parts that are never seen; not those of an `any_of` that comes true without them."""
    inner = [list(_blind(part)) for part in inner_of(condition)]
    if isinstance(condition, AnyOf) and sum(not blind for blind in inner) >= condition.at_least:
        return
    if _is_unknown(condition):
        yield condition
    for blind in inner:
        yield from blind


def _is_unknown(part: Located) -> bool:
    match part:
        case Holding(holding=tool):
            return tool not in (*TOOLS, PROBES) and not part.stands_in("holding")
        case ToolAt(tool_at=tool):
            return tool not in TOOLS and not part.stands_in("tool_at")
        case PoseIs():
            return True
    return False


def _unknown(part: Located) -> Fault:
    if isinstance(part, PoseIs):
        expected = Text(zh="模型能看到的事实", en="a fact that a model sees")
        came = Text(zh="姿态（尚无模型判断）", en="a posture, which no model tells yet")
        return part.fault(expected=expected, came=came, hint=BY_PERSON, severity="warning")
    word, known = ("holding", (*TOOLS, PROBES)) if isinstance(part, Holding) else ("tool_at", TOOLS)
    seen, name = one_of(known), _name_of(part)
    expected = Text(zh=f"模型认识的工具，{seen.zh}", en=f"a tool that a model knows, {seen.en}")
    came = Text(zh=f"“{name}”", en=f"'{name}'")
    hint = nearest(name, known) or BY_PERSON
    return part.fault(word, expected=expected, came=came, hint=hint, severity="warning")


def _name_of(part: Located) -> str:
    key = key_of(part)
    return key.subject if key else ""


def _not_shown(procedure: Procedure, bench: Bench) -> Iterator[Fault]:
    shown = {(indicator.kind, indicator.device) for indicator in bench.indicators}
    for condition in conditions_in(procedure):
        for part in parts_of(condition):
            key = key_of(part)
            if key and key.kind in SHOWN_STATES and (key.kind, key.subject) not in shown:
                expected = Text(
                    zh=f"工位 {bench.name} 上能看到 {key.kind} 状态的设备",
                    en=f"a device whose {key.kind} shows on the bench {bench.name}",
                )
                hint = Text(
                    zh="请在设备类型或工位文件中写明 indicators",
                    en="say where it shows: indicators of its device class or of the bench",
                )
                came = Text(zh=f"“{key.subject}”", en=f"'{key.subject}'")
                yield part.fault(key.kind, expected=expected, came=came, hint=hint, severity="warning")


def _too_small(procedure: Procedure, bench: Bench) -> Iterator[Fault]:
    """One warning, at the first terminal that is named."""
    best = {name: (part, best_pitch_px(bench, name)) for name, part in _terminals_named(procedure, bench)}
    small = {name: (part, pitch) for name, (part, pitch) in best.items() if pitch < TERMINAL_PX}
    if not small:
        return
    part, _ = next(iter(small.values()))
    listed = ", ".join(list(small)[:LISTED]) + (", ..." if len(small) > LISTED else "")
    widest = max(pitch for _, pitch in small.values())
    expected = Text(
        zh=f"工位 {bench.name} 的摄像头能分辨的端子（间距至少 {TERMINAL_PX:.0f} 像素）",
        en=f"terminals at least {TERMINAL_PX:.0f} px apart for the camera of the bench {bench.name}",
    )
    came = Text(zh=f"{listed} 最多 {widest:.1f} 像素", en=f"{widest:.1f} px at the very best for {listed}")
    hint = Text(zh="请提高分辨率或使用近处的摄像头", en="use a larger picture or a camera that is closer")
    yield part.fault(expected=expected, came=came, hint=hint, severity="warning")


def _terminals_named(procedure: Procedure, bench: Bench) -> Iterator[tuple[str, Located]]:
    for condition in conditions_in(procedure):
        for part in parts_of(condition):
            for name in _named_by(part):
                if name in bench.terminals:
                    yield name, part


def _named_by(part: Located) -> Iterable[str]:
    match part:
        case WireJoins(wire=wire):
            return wire.from_, wire.to
        case Probing(probing=ends):
            return ends
        case HandAt(hand_at=name):
            return (name,)
    return ()


def best_pitch_px(bench: Bench, terminal: str) -> float:
    """The most pixels that can lie between a terminal and its neighbour: the camera looks straight down, so
    near that all markers just fit its picture. A terminal stands nearer to it than they do."""
    place = bench.terminals[terminal]
    pitch_mm = min((dist(place, at) for name, at in bench.terminals.items() if name != terminal), default=inf)
    corners = [corner for marker in bench.markers.values() for corner in marker]
    extent_mm = max(max(c[axis] for c in corners) - min(c[axis] for c in corners) for axis in (0, 1))
    camera = bench.camera
    per_mm = max(camera.width, camera.height) / extent_mm
    distance_mm = max(camera.matrix[0][0], camera.matrix[1][1]) / per_mm
    return pitch_mm * per_mm * distance_mm / max(distance_mm - place[2], 1.0)
