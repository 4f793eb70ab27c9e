"""Warnings about what no camera will tell: things no model knows, states that show nowhere, coarse pictures.

Takes a procedure (or rule set), and a bench that has what it names; gives `Fault`s of severity "warning".
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from math import dist, inf

from assessor import settings
from assessor.bench import Bench
from assessor.bench.check import TERMINAL_PX
from assessor.bench.devices import shipped_classes
from assessor.errors import Fault
from assessor.facts import PROBES
from assessor.located_yaml import Located
from assessor.located_yaml.faults import nearest, one_of
from assessor.procedure import Procedure
from assessor.procedure.conditions import (
    AnyOf,
    HandAt,
    Holding,
    PartAt,
    PoseIs,
    Probing,
    ToolAt,
    WireJoins,
    inner_of,
    key_of,
    parts_of,
)
from assessor.procedure.parts import Rule, Step
from assessor.procedure.rubric import Item
from assessor.procedure.rule_set import RuleSet, conditions_in
from assessor.types import Text
from assessor.vision.grip import TOOLS
from assessor.vision.objects import read_classes

BY_PERSON = Text(
    zh="请用 any_of 加上其他证据，或由人判定（person）",
    en="name other evidence beside it (any_of), or let a person say it (person)",
)
ENTERED = ("photo", "reading", "person")
SHOWN_STATES = ("switch", "lamp", "display")
LISTED = 6


def unseen_in(rules: Procedure | RuleSet) -> list[Fault]:
    """Words and tools that no model knows, unless something else can stand in for them."""
    return _told(rules, _is_unknown)


def unseen_on(procedure: Procedure, bench: Bench) -> list[Fault]:
    """Parts and states that nothing on this bench shows, and terminals too small for its camera at best."""
    return [
        *unseen_parts(procedure, bench),
        *_not_shown(procedure, bench),
        *_too_small(procedure, bench),
    ]


def unseen_parts(procedure: Procedure, bench: Bench | None) -> list[Fault]:
    """Parts that no model knows and postures that the camera does not see, on a bench or, as far as it shows,
    on none; and items that say `check: video` though only a person can tell."""
    is_hidden = partial(_is_hidden, procedure, bench)
    return [*_told(procedure, is_hidden), *_not_by_video(procedure, is_hidden)]


def blind_parts(procedure: Procedure, bench: Bench, item: Item) -> tuple[Located, ...]:
    """The parts of what judges an item that the camera of this bench never tells, each name once."""
    is_blind = partial(_is_blind, procedure, bench)
    found = {_name_of(part): part for sign in signs_of(procedure, item) for part in _blind(sign, is_blind)}
    return tuple(found.values())


def is_shown(procedure: Procedure, bench: Bench, item: Item) -> bool:
    """Whether the camera of this bench tells anything of what judges an item."""
    is_blind = partial(_is_blind, procedure, bench)
    return any(_shows(sign, is_blind) for sign in signs_of(procedure, item))


def signs_of(procedure: Procedure, item: Item) -> list[Located]:
    """The conditions on which an item rests: its own, and those of the steps and rules that judge it."""
    judged = _judged(procedure)
    return [*item.conditions.values(), *(sign for id in item.judged_by for sign in _signs(judged[id]))]


def why_blind(part: Located, bench: Bench) -> Text:
    """Why the camera of this bench does not tell a part."""
    key = key_of(part)
    named = _name_of(part) or (key.kind if key else "")
    if key is not None and key.kind in SHOWN_STATES:
        return Text(f"{named}：看不到 {key.kind} 的状态", f"{named}: its {key.kind} shows nowhere")
    if small := [name for name in _named_by(part) if _is_small(bench, name)]:
        listed, pitch = ", ".join(small), min(best_pitch_px(bench, name) for name in small)
        return Text(
            f"{listed}：端子间距最多 {pitch:.1f} 像素", f"{listed}: terminals {pitch:.1f} px apart at best"
        )
    if isinstance(part, PoseIs):
        return Text("摄像头看不到操作者", "the camera does not see the worker")
    return Text(f"{named}：模型不认识", f"{named}: no model knows it")


def _is_blind(procedure: Procedure, bench: Bench, part: Located) -> bool:
    key = key_of(part)
    shown = {(indicator.kind, indicator.device) for indicator in bench.indicators}
    is_dark = key is not None and key.kind in SHOWN_STATES and (key.kind, key.subject) not in shown
    return (
        is_dark
        or _is_unknown(part)
        or _is_hidden(procedure, bench, part)
        or any(_is_small(bench, name) for name in _named_by(part))
    )


def _is_small(bench: Bench, terminal: str) -> bool:
    return terminal in bench.terminals and best_pitch_px(bench, terminal) < TERMINAL_PX


def _told(rules: Procedure | RuleSet, is_blind: Callable[[Located], bool]) -> list[Fault]:
    """The parts that are never seen, each name told once, in the file itself if it stands there."""
    parts = [part for condition in conditions_in(rules) for part in _blind(condition, is_blind)]
    parts.sort(key=lambda part: part.from_file != rules.from_file)
    first: dict[str, Located] = {}
    for part in parts:
        first.setdefault(_name_of(part), part)
    return [_at_include(_unknown(part), part, rules) for part in first.values()]


def _at_include(fault: Fault, part: Located, rules: Procedure | RuleSet) -> Fault:
    """What an included set asks for is told where it is included: there it can be left out."""
    if not isinstance(rules, Procedure) or part.from_file == rules.from_file:
        return fault
    for include in rules.include:
        if rules.included[include.file].name == part.from_file:
            ids = ", ".join(_asking(rules, part))
            hint = Text(
                zh=f"请写 leave_out: [{ids}]，改由人判定（person）",
                en=f"leave_out: [{ids}], and let a person say it (person)",
            )
            if fault.hint is not None and not fault.hint.en.startswith(BY_PERSON.en):
                hint = fault.hint  # "did you mean"
            return include.fault(expected=fault.expected, came=fault.came, hint=hint, severity="warning")
    return fault


def _asking(rules: Procedure, part: Located) -> list[str]:
    """The included steps and rules that ask for the same thing."""
    named = _name_of(part)
    return [
        id
        for id, judged in _judged(rules).items()
        if judged.from_file == part.from_file
        and any(_name_of(one) == named for sign in _signs(judged) for one in parts_of(sign))
    ]


def _blind(condition: Located, is_blind: Callable[[Located], bool]) -> Iterator[Located]:
    """The parts that are never seen; not those of an `any_of` that comes true without them."""
    inner = [list(_blind(part, is_blind)) for part in inner_of(condition)]
    if isinstance(condition, AnyOf) and sum(not blind for blind in inner) >= condition.at_least:
        return
    if is_blind(condition):
        yield condition
    for blind in inner:
        yield from blind


def _is_unknown(part: Located) -> bool:
    match part:
        case Holding(holding=tool):
            return tool not in (*TOOLS, PROBES) and not part.stands_in("holding")
        case ToolAt(tool_at=tool):
            return tool not in TOOLS and not part.stands_in("tool_at")
    return False


@cache
def detector_names() -> tuple[str, ...]:
    """The classes that the detector tells apart."""
    return read_classes(settings.models_folder() / "classes.yaml")


def _is_hidden(procedure: Procedure, bench: Bench | None, part: Located) -> bool:
    """A part whose class no detector knows; without a bench, one that can hardly be a device of any. A
    posture on a bench whose camera does not see the worker."""
    if isinstance(part, PoseIs):
        return bench is not None and not bench.camera.sees_worker
    if not isinstance(part, PartAt):
        return False
    if bench is not None:
        known = bench.part(part.part_at)
        return known is None or known.detector_class not in detector_names()
    return part.part_at not in (*_placeable(), *_devices_named(procedure))


def _placeable() -> tuple[str, ...]:
    """The classes of parts that can be told without being devices of a bench."""
    kinds = shipped_classes().values()
    return tuple(kind.detector_class for kind in kinds if kind.detector_class in detector_names())


def _devices_named(procedure: Procedure) -> set[str]:
    """What other words of the procedure use as devices."""
    keys = [key_of(part) for condition in conditions_in(procedure) for part in parts_of(condition)]
    return {key.subject for key in keys if key is not None and key.kind in (*SHOWN_STATES, "hand_at")}


def _not_by_video(procedure: Procedure, is_hidden: Callable[[Located], bool]) -> Iterator[Fault]:
    for item in procedure.rubric.items:
        signs = signs_of(procedure, item)
        if item.check == "video" and not any(_shows(sign, is_hidden) for sign in signs):
            yield _only_entered(item, signs)


def _judged(procedure: Procedure) -> dict[str, Step | Rule]:
    parts: list[Step | Rule] = [*procedure.steps, *procedure.rules]
    return {part.id: part for part in parts}


def _signs(judged: Step | Rule) -> Sequence[Located]:
    """The conditions by which a step is done or a rule is broken."""
    return (judged.done,) if isinstance(judged, Step) else judged.never


def _shows(condition: Located, is_hidden: Callable[[Located], bool]) -> bool:
    """Whether the camera tells any part of a condition."""
    return any(
        key.kind not in ENTERED and not _is_unknown(part) and not is_hidden(part)
        for part in parts_of(condition)
        if (key := key_of(part)) is not None
    )


def _only_entered(item: Item, signs: Sequence[Located]) -> Fault:
    entered = {key.kind for key in item.supplied}
    entered |= {key.kind for sign in signs for part in parts_of(sign) if (key := key_of(part)) is not None}
    kinds = [kind for kind in ENTERED if kind in entered] or ["person"]
    expected = Text(
        zh=f"check: {' 或 '.join(kinds)}（摄像头看不到该项的任何证据）",
        en=f"check: {' or '.join(kinds)}, as the camera shows nothing of this item",
    )
    return item.fault("check", expected=expected, came=Text("“video”", "'video'"), severity="warning")


def _unknown(part: Located) -> Fault:
    if isinstance(part, PoseIs):
        expected = Text(
            zh="能看到操作者的摄像头（工位文件 camera 中写 sees_worker: true）",
            en="a camera that sees the worker (sees_worker: true under camera in the bench file)",
        )
        came = Text(
            zh=f"“{part.pose}”，而本工位的摄像头看不到操作者",
            en=f"'{part.pose}', on a bench whose camera does not see the worker",
        )
        return part.fault(expected=expected, came=came, hint=BY_PERSON, severity="warning")
    if isinstance(part, PartAt):
        return _unknown_part(part)
    word, known = ("holding", (*TOOLS, PROBES)) if isinstance(part, Holding) else ("tool_at", TOOLS)
    seen, name = one_of(known), _name_of(part)
    expected = Text(zh=f"模型认识的工具，{seen.zh}", en=f"a tool that a model knows, {seen.en}")
    came = Text(zh=f"“{name}”", en=f"'{name}'")
    hint = nearest(name, known) or BY_PERSON
    return part.fault(word, expected=expected, came=came, hint=hint, severity="warning")


def _unknown_part(part: PartAt) -> Fault:
    seen = one_of(_placeable())
    expected = Text(
        zh=f"模型认识的部件（{seen.zh}），或工位上属于这些类型的器件",
        en=f"a part that a model knows ({seen.en}) or a device of such a class on the bench",
    )
    came = Text(zh=f"“{part.part_at}”", en=f"'{part.part_at}'")
    hint = nearest(part.part_at, _placeable()) or BY_PERSON
    return part.fault("part_at", expected=expected, came=came, hint=hint, severity="warning")


def _name_of(part: Located) -> str:
    if isinstance(part, PartAt):
        return part.part_at
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
