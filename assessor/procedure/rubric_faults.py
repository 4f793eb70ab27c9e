"""What cannot be right in a rubric although every single key is: sums, names, places, levels.

Takes a `Procedure`; gives `Fault`s with their places.
"""

import math
from collections.abc import Collection, Iterator, Sequence

from assessor.errors import Fault
from assessor.located_yaml import Located
from assessor.located_yaml.faults import nearest, one_of
from assessor.procedure.parts import Procedure
from assessor.procedure.rubric import Item, Rubric, Veto
from assessor.procedure.scoring import Counted, Ladder, Price
from assessor.types import Text


def faults_in_rubric(procedure: Procedure, *, ids_once: bool = True) -> Iterator[Fault]:
    """Every fault of the rubric. `ids_once`: each id stands once, so that names can be looked up by it."""
    rubric = procedure.rubric
    judged = [*(step.id for step in procedure.steps), *(rule.id for rule in procedure.rules)]
    steps = [step.id for step in procedure.steps]
    if not ids_once:
        judged += [name for item in rubric.items for name in item.judged_by]
        judged += [name for veto in rubric.vetoes for name in veto.judged_by]
        steps += [str(rubric.overtime.until)] if rubric.overtime is not None else []
    yield from _totals(rubric)
    for item in rubric.items:
        yield from unknown_names(item, "judged_by", item.judged_by, judged)
        yield from _item(rubric, item)
    if rubric.overtime is not None:
        yield from _dimension(rubric, rubric.overtime, rubric.overtime.dimension)
        if rubric.overtime.until is not None and rubric.overtime.until not in steps:
            yield not_one_of(rubric.overtime, ("until",), rubric.overtime.until, steps)
    for veto in rubric.vetoes:
        yield from unknown_names(veto, "judged_by", veto.judged_by, judged)
        yield from _veto(rubric, veto)


def unknown_names(part: Located, key: str, named: Collection[str], known: Collection[str]) -> Iterator[Fault]:
    """The names of a list that are none of the known ones."""
    for index, name in enumerate(named):
        if name not in known:
            yield not_one_of(part, (key, index), name, known)


def not_one_of(part: Located, path: tuple[str | int, ...], name: str, known: Collection[str]) -> Fault:
    """A name that is none of the known ones, with what was probably meant."""
    return part.fault(*path, expected=one_of(known), came=quoted(name), hint=nearest(name, known))


def quoted(name: str) -> Text:
    """A name as it stands in the file."""
    return Text(zh=f"“{name}”", en=f"'{name}'")


def _totals(rubric: Rubric) -> Iterator[Fault]:
    points = math.fsum(_points(rubric))
    if not math.isclose(points, rubric.total, abs_tol=1e-6):
        yield rubric.fault(
            "total",
            expected=Text(zh=f"各项之和 {points:g}", en=f"the sum of the items, {points:g}"),
            came=Text(zh=f"{rubric.total:g}", en=f"{rubric.total:g}"),
        )
    if rubric.pass_ is not None and rubric.pass_ > rubric.total:
        yield _at_most(rubric, ("pass",), rubric.total, rubric.pass_)


def _points(rubric: Rubric) -> Iterator[float]:
    """Points of every item that counts: of the drawn ones of a group, those of the first draw."""
    first = {item.group: item.drawn[0] for item in reversed(rubric.items) if item.drawn}
    for item in rubric.items:
        if not item.drawn or first[item.group] in item.drawn:
            yield item.points * rubric.weight(item)


def _item(rubric: Rubric, item: Item) -> Iterator[Fault]:
    yield from _dimension(rubric, item, item.dimension)
    yield from _group(rubric, item)
    if item.points == 0 and not (item.floor < 0 and (item.deduct or item.counted)):
        expected = Text("分值，或 deduct 加上负的 floor", "points, or deductions and a floor below 0")
        yield item.fault("points", expected=expected, came=quoted("0"))
    for kind, deduction in item.deduct.items():
        yield from _cap(deduction, item, "deduct", kind)
    yield from _counted(item, item.counted or ())
    if item.ladder is not None:
        yield from _ladder(item, item.ladder)
    for index, band in enumerate(item.measured.bands if item.measured is not None else ()):
        if band.points > item.points:
            yield _at_most(item, ("measured", "bands", index, "points"), item.points, band.points)


def _counted(item: Item, kinds: Sequence[Counted]) -> Iterator[Fault]:
    keys = [kind.key for kind in kinds]
    for index, kind in enumerate(kinds):
        yield from _cap(kind, item, "counted", index)
        if kind.key in keys[:index]:
            expected, came = Text("每个结果只计一次", "each fact counted once"), quoted(kind.key.subject)
            yield item.fault("counted", index, kind.key.kind, expected=expected, came=came)


def _group(rubric: Rubric, item: Item) -> Iterator[Fault]:
    if item.group is not None and item.group not in rubric.groups:
        yield not_one_of(item, ("group",), item.group, rubric.groups)
    if item.drawn and (item.group not in rubric.groups or rubric.groups[item.group].draw is None):
        expected = Text("所属 group 带有 draw", "a group with the key draw")
        yield item.fault("drawn", expected=expected, came=quoted(", ".join(item.drawn)))
    sums = _drawn_sums(rubric, item.group)
    for name in item.drawn:
        first = next(iter(sums))
        begins = item is next(one for one in rubric.items if one.group == item.group and name in one.drawn)
        if begins and not math.isclose(sums[name], sums[first]):
            zh, en = f"与 {first} 同样的 {sums[first]:g} 分", f"{sums[first]:g} points, as for {first}"
            yield item.fault("drawn", expected=Text(zh, en), came=quoted(f"{sums[name]:g}"))


def _drawn_sums(rubric: Rubric, group: str | None) -> dict[str, float]:
    """The points of each thing that may be drawn for a group."""
    sums: dict[str, float] = {}
    for item in rubric.items:
        for name in item.drawn if item.group == group else ():
            sums[name] = sums.get(name, 0.0) + item.points
    return sums


def _dimension(rubric: Rubric, part: Located, dimension: str) -> Iterator[Fault]:
    if dimension not in rubric.dimensions:
        yield not_one_of(part, ("dimension",), dimension, rubric.dimensions)


def _cap(price: Price, item: Item, *path: str | int) -> Iterator[Fault]:
    first = price.price(0)
    if price.cap is not None and price.cap < first:
        expected = Text(zh=f"不小于 each ({first:g})", en=f"at least each ({first:g})")
        yield item.fault(*path, "cap", expected=expected, came=quoted(f"{price.cap:g}"))


def _ladder(item: Item, ladder: Ladder) -> Iterator[Fault]:
    for index, award in enumerate(ladder.award):
        if award > item.points:
            yield _at_most(item, ("ladder", "award", index), item.points, award)
    if ladder.otherwise > item.points:
        yield _at_most(item, ("ladder", "otherwise"), item.points, ladder.otherwise)


def _veto(rubric: Rubric, veto: Veto) -> Iterator[Fault]:
    items = [item.id for item in rubric.items]
    yield from unknown_names(veto, "items", veto.items, items)
    if bool(veto.items) != (veto.effect == "zero"):
        expected = Text("items 与 effect: zero 同时出现", "items together with effect: zero, and only so")
        yield veto.fault("effect", expected=expected, came=quoted(veto.effect))
    if veto.judged_by and veto.when is not None:
        expected = Text("judged_by、when 中最多一个", "at most one of the keys judged_by, when")
        yield veto.fault("when", expected=expected, came=Text("两个都有", "both"))


def _at_most(part: Located, path: tuple[str | int, ...], limit: float, came: float) -> Fault:
    expected = Text(zh=f"不大于 {limit:g}", en=f"at most {limit:g}")
    return part.fault(*path, expected=expected, came=quoted(f"{came:g}"))
