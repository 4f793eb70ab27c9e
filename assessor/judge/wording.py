"""Conditions, facts and times in words, zh and en: the building blocks of every reason."""

import re
from collections.abc import Iterable

from assessor.located_yaml import Located
from assessor.procedure import conditions as words
from assessor.types import FactKey, Text

_STATES = {"on": "合上", "off": "断开", "in": "吸合", "out": "释放"}
_COLOURS = {
    "red": "红色",
    "black": "黑色",
    "blue": "蓝色",
    "yellow": "黄色",
    "green": "绿色",
    "brown": "棕色",
    "white": "白色",
    "grey": "灰色",
    "orange": "橙色",
    "violet": "紫色",
    "green_yellow": "黄绿双色",
}
_THINGS = {
    "screwdriver": "螺丝刀",
    "wire_stripper": "剥线钳",
    "probes": "表笔",
    "tool_tray": "工具盘",
    "parts_tray": "零件盘",
    "panel": "面板",
    "live": "带电区",
    "hand": "手中",
    "elsewhere": "别处",
}
_VALUES = {**_STATES, **_COLOURS, **_THINGS, "absent": "无", "present": "有"}
_LIMITS = {"below": ("低于", "below"), "above": ("高于", "above"), "at_least": ("不低于", "at least")}
_LIMITS["at_most"] = ("不高于", "at most")
_POSES = {
    "hand_raised": ("举手示意", "a hand is raised"),
    "person_present": ("有人在工位", "somebody is at the bench"),
    "leaning_in": ("身体探入工位", "somebody leans in over the bench"),
}


def seconds(t_s: float) -> Text:
    """A time of the recording."""
    return Text(f"{t_s:.1f} 秒", f"{t_s:.1f} s")


def colour(name: str) -> Text:
    """A wire colour."""
    return Text(_COLOURS.get(name, name), name.replace("_", " "))


def thing(name: str) -> Text:
    """A tool or a place."""
    return Text(_THINGS.get(name, name), name.replace("_", " "))


def wire_name(start: str, end: str) -> str:
    """A wire as people write it: X1.1–S2.21."""
    return f"{start}–{end}"


def listed(parts: Iterable[Text]) -> Text:
    """Several things in a row."""
    parts = tuple(parts)
    return Text("、".join(p.zh for p in parts), ", ".join(p.en for p in parts))


def seen(key: FactKey, value: str | None) -> Text:
    """What was seen of a fact, for example "Q1: on"."""
    if value is None:
        return Text(f"{_subject(key).zh}：看不到", f"{_subject(key).en}: not seen")
    if value in ("yes", "no"):
        zh = "是" if value == "yes" else "否"
        return Text(f"{_subject(key).zh}：{zh}", f"{_subject(key).en}: {value}")
    blank = _NOT_ENTERED if key.kind in ("person", "reading", "photo") else _BLANK
    said = Text(_VALUES.get(value, value), value.replace("_", " ")) if value else blank
    said = Text(f"{value} mm", f"{value} mm") if key.kind == "part_at" and value else said
    return Text(f"{_subject(key).zh}：{said.zh}", f"{_subject(key).en}: {said.en}")


_HANDS = {"": "手", "left": "左手", "right": "右手"}
_BLANK = Text("无显示", "blank")
_NOT_ENTERED = Text("未输入", "not entered")


def _subject(key: FactKey) -> Text:
    name, hand = thing(key.subject), Text(_HANDS[key.hand], f"{key.hand} hand".strip())
    match key.kind:
        case "hand_in":
            return Text(f"{hand.zh}在{name.zh}", f"{hand.en} in the {name.en} zone")
        case "hand_at":
            return Text(f"{hand.zh}在 {name.zh} 处", f"{hand.en} at {name.en}")
        case "holding":
            return Text(f"{hand.zh}持{name.zh}", f"{name.en} in the {hand.en}")
        case "probing":
            return Text(f"表笔接触 {key.subject}", f"probes on {key.subject}")
        case "wire":
            return Text(f"导线 {key.subject}", f"wire {key.subject}")
        case _:
            return _subject_of_part(key) if key.kind in ("part_at", "pose") else name


def _subject_of_part(key: FactKey) -> Text:
    if key.kind == "pose":
        return _pose(key.subject)
    part, _, place = key.subject.partition("/")
    return Text(f"{thing(part).zh}距 {place}", f"{thing(part).en} from {place}")


def _pose(name: str) -> Text:
    return Text(*_POSES.get(name, (name, name)))


def describe(condition: Located) -> Text:
    """A condition in words."""
    said = _said(condition)
    return Text(_GLUED.sub(" ", said.zh), said.en)


# Printed Chinese has a space between Chinese and Latin letters or digits.
_GLUED = re.compile(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[\u4e00-\u9fff])")


def _said(condition: Located) -> Text:
    match condition:
        case words.AllOf(all_of=parts):
            return _joined(parts, "，且", " and ")
        case words.AnyOf(any_of=parts, at_least=1):
            return _joined(parts, "，或", " or ")
        case words.AnyOf(any_of=parts, at_least=count):
            inner = _joined(parts, "、", ", ")
            return Text(f"{inner.zh} 中至少 {count} 项", f"at least {count} of: {inner.en}")
        case words.Not(not_=part):
            inner = _said(part)
            return Text(f"并非“{inner.zh}”", f"not ({inner.en})")
        case words.Hold() | words.Once() | words.Always() | words.Becomes() | words.Count():
            return _over_time(condition)
        case _:
            return _word(condition)


def _joined(parts: Iterable[Located], zh: str, en: str) -> Text:
    said = [_said(part) for part in parts]
    return Text(zh.join(p.zh for p in said), en.join(p.en for p in said))


def _over_time(condition: Located) -> Text:
    match condition:
        case words.Hold(hold=part, for_s=for_s):
            inner = _said(part)
            return Text(f"{inner.zh}，持续 {for_s:g} 秒", f"{inner.en}, for {for_s:g} s")
        case words.Becomes(becomes=part):
            inner = _said(part)
            return Text(f"变为{inner.zh}", f"{inner.en} after it was not")
        case words.Count(count=part, at_least=at_least, at_most=at_most):
            inner = _said(part)
            zh, en = _limits({"at_least": at_least, "at_most": at_most})
            return Text(f"{inner.zh} 的次数{zh}", f"{inner.en}, {en} times")
        case words.Once():
            return _once(condition)
        case words.Always():
            return _always(condition)
    raise TypeError(f"expected a condition over time, got {type(condition).__name__}")


def _once(condition: words.Once) -> Text:
    inner = _said(condition.once)
    if condition.within_s is not None:
        within = f"{condition.within_s:g}"
        return Text(f"{within} 秒内有过“{inner.zh}”", f"{inner.en} within the last {within} s")
    for frame, zh, en in ((condition.before, "之前", "before"), (condition.after, "之后", "after")):
        if frame is not None:
            other = _said(frame)
            return Text(f"在“{other.zh}”{zh}有过“{inner.zh}”", f"{inner.en}, {en} {other.en}")
    return Text(f"有过“{inner.zh}”", f"{inner.en} at some time")


def _always(condition: words.Always) -> Text:
    inner = _said(condition.always)
    if condition.while_ is not None:
        other = _said(condition.while_)
        return Text(f"“{other.zh}”期间始终“{inner.zh}”", f"{inner.en} all the time while {other.en}")
    if condition.until is not None:
        other = _said(condition.until)
        return Text(f"在“{other.zh}”之前始终“{inner.zh}”", f"{inner.en} all the time until {other.en}")
    return Text(f"始终“{inner.zh}”", f"{inner.en} all the time")


def _word(condition: Located) -> Text:
    match condition:
        case words.SwitchIs(switch=name, is_=state):
            said = Text(f"{name} {_STATES[state]}", f"{name} is {state}")
        case words.LampIs(lamp=name, is_=state):
            said = Text(f"{name} 指示灯{'亮' if state == 'on' else '灭'}", f"the lamp of {name} is {state}")
        case words.WireJoins(wire=wire):
            said = _wire(wire)
        case words.OfHand():
            said = _of_hand(condition)
        case words.ToolAt(tool_at=tool, is_=place):
            where = place if place == "elsewhere" else f"in the {thing(place).en}"
            where = "on the panel" if place == "panel" else where
            said = Text(f"{thing(tool).zh}在{thing(place).zh}", f"the {thing(tool).en} is {where}")
        case words.Probing(probing=(first, second)):
            said = Text(f"表笔接触 {first} 与 {second}", f"the probes touch {first} and {second}")
        case _:
            said = _rest(condition)
    return said


def _of_hand(condition: words.OfHand) -> Text:
    zh, en = _HANDS[condition.hand or ""], f"the {condition.hand} hand" if condition.hand else "a hand"
    match condition:
        case words.HandIn(hand_in=zone):
            return Text(f"{zh}在{thing(zone).zh}内", f"{en} is in the {thing(zone).en} zone")
        case words.HandAt(hand_at=name):
            return Text(f"{zh}在 {name} 处", f"{en} is at {name}")
        case words.Holding(holding=tool):
            return Text(f"{zh}持{thing(tool).zh}", f"{en} holds the {thing(tool).en}")
    raise TypeError(f"expected what a hand does, got {type(condition).__name__}")


def _rest(condition: Located) -> Text:
    match condition:
        case words.PartAt() | words.PoseIs():
            return _stands(condition)
        case words.DisplayShows(display=name):
            zh, en = _value(condition)
            return Text(f"{name} 显示{zh}", f"{name} shows {en}")
        case words.Limits():
            zh, en = _value(condition)
            key = words.key_of(condition)
            name = key.subject if key else ""
            return Text(f"{name} {zh}", f"{name} {en}")
        case words.StepDone(done=step):
            return Text(f"步骤 {step} 已完成", f"the step {step} is done")
        case words.WireChanges():
            return Text("接入或拆下导线", "a wire is put in or taken out")
        case words.UnplannedWire():
            return Text("多余的导线，或拆下原有导线", "a wire that is not planned, or a given one taken out")
    raise TypeError(f"expected a condition, got {type(condition).__name__}")


def _stands(condition: words.PartAt | words.PoseIs) -> Text:
    if isinstance(condition, words.PoseIs):
        return _pose(condition.pose)
    part, mm, place = thing(condition.part_at), condition.within_mm, condition.place
    return Text(f"{part.zh}距 {place} 不超过 {mm:g} mm", f"the {part.en} is within {mm:g} mm of {place}")


def _wire(wire: words.Wire) -> Text:
    name = wire_name(wire.from_, wire.to)
    if wire.color is None:
        return Text(f"{name} 已连接", f"{name} is joined")
    return Text(f"{name} 用{colour(wire.color).zh}导线连接", f"{name} is joined in {colour(wire.color).en}")


def limits_in_words(limits: words.Limits) -> Text:
    """What a value has to be."""
    return Text(*_value(limits))


def _value(limits: words.Limits) -> tuple[str, str]:
    if limits.is_ is not None:
        return f"“{limits.is_}”", f"'{limits.is_}'"
    return _limits(limits.limits)


def _limits(limits: dict[str, float | None] | dict[str, float] | dict[str, int | None]) -> tuple[str, str]:
    named = [(_LIMITS[key], value) for key, value in limits.items() if key in _LIMITS and value is not None]
    said = [(f"{zh} {value:g}", f"{en} {value:g}") for (zh, en), value in named]
    if (near := limits.get("near")) is not None:
        within = limits["within"]
        said.append((f"在 {near:g} ± {within:g} 之内", f"within {within:g} of {near:g}"))
    return "且".join(zh for zh, _ in said), " and ".join(en for _, en in said)
