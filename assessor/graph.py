"""A picture of a procedure for the teacher: steps in layers by their order, standing rules below (SVG).

Takes a `Procedure`; gives the text of an SVG file, zh or en; the same procedure gives the same bytes.
Optional steps and alternatives are dashed; an arrow joins a step only with what comes directly before it.
Steps that come after and before the same ones stand in one frame, to which the arrows go.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from assessor.judge import wording
from assessor.procedure.parts import Procedure, Rule, Step
from assessor.types import Text

BOX_WIDTH, BOX_HEIGHT = 204, 64
GAP_X, GAP_Y = 20, 52
MARGIN, HEAD, RULES_HEAD = 24, 70, 28
RULE_HEIGHT, RULE_GAP = 44, 10
MIN_COLUMNS, MAX_COLUMNS = 2, 5
WIDE_EM, NARROW_EM = 1.0, 0.56  # width of a letter in heights: Chinese, Latin
TITLE_PX, SMALL_PX, HEAD_PX = 14, 11, 18
LINES = 2  # of a title in a box
FRAME, FRAME_HEAD = 8, 18  # around steps in any order: at the sides, above for its words
FEWEST = 3  # steps in a frame
BEND, LANE = 24, 7  # an arrow around boxes: height of its bends, distance of one lane from the next
LOOKS = 24  # points of an arrow at which it is asked whether a box is in the way
ANY_ORDER = Text("任意次序", "in any order")
RULES_TITLE = Text("全程规则", "Standing rules")
# Within a page the picture takes the colours of the page (`--graph-...`), by itself those after the comma.
STYLE = """\
.procedure-graph text { font-family: "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif;
  fill: var(--graph-text, #1f2933) }
.procedure-graph .ground { fill: var(--graph-ground, #ffffff) }
.procedure-graph .step, .procedure-graph .rule { stroke-width: 1.5 }
.procedure-graph .step { fill: var(--graph-step, #eef4fb); stroke: var(--graph-step-edge, #2f6db3) }
.procedure-graph .rule { fill: var(--graph-rule, #fdf1ef); stroke: var(--graph-rule-edge, #b3402f) }
.procedure-graph .block { fill: var(--graph-block, #f7f9fb); stroke: var(--graph-block-edge, #cbd2d9) }
.procedure-graph .arrow, .procedure-graph .instead { fill: none; stroke-width: 1.5;
  stroke: var(--graph-line, #52606d) }
.procedure-graph .open, .procedure-graph .instead { stroke-dasharray: 6 4 }
.procedure-graph .arrow { marker-end: url(#tip) }
.procedure-graph .tip { fill: var(--graph-line, #52606d) }
.procedure-graph .small { fill: var(--graph-line, #52606d) }"""
TIP = (
    '<marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="9" markerHeight="9" '
    'markerUnits="userSpaceOnUse" orient="auto">'
    '<path class="tip" d="M0 0L8 4L0 8z"/></marker>'
)


@dataclass(frozen=True, slots=True)
class Box:
    """Where something is drawn: left, top, width and height in pixels."""

    x: float
    y: float
    width: float = BOX_WIDTH
    height: float = BOX_HEIGHT

    @property
    def middle(self) -> float:
        """The middle from left to right."""
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height


def graph_of(procedure: Procedure, language: str) -> str:
    """The picture of a procedure as SVG, in "zh" or "en"."""
    blocks = blocks_of(procedure)
    rows = [row for layer in layers_of(procedure) for row in _rows(layer, blocks)]
    columns = max(MIN_COLUMNS, *(len(row) for row in rows))
    width = 2 * MARGIN + columns * BOX_WIDTH + (columns - 1) * GAP_X
    places = dict(_places(rows, width))
    top = max(box.bottom for box in places.values()) + GAP_Y
    rules = [
        (rule, Box(MARGIN, top + RULES_HEAD + n * (RULE_HEIGHT + RULE_GAP), width - 2 * MARGIN, RULE_HEIGHT))
        for n, rule in enumerate(procedure.rules)
    ]
    height = max([top, *(box.bottom + MARGIN for _, box in rules)])
    frames = [_around([places[id] for id in block]) for block in blocks]
    ends = places | {id: frame for block, frame in zip(blocks, frames, strict=True) for id in block}
    parts = [
        *_frame(procedure, width, height, language),
        *(text for frame in frames for text in _any_order(frame, language)),
        *_lines(procedure, places, ends),
        *(text for step in procedure.steps for text in _step(step, places[step.id], language)),
    ]
    if rules:
        parts.append(_text(MARGIN, top + SMALL_PX, _in(RULES_TITLE, language), TITLE_PX, weight="bold"))
    parts += [text for rule, box in rules for text in _rule(rule, box, language)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def layers_of(procedure: Procedure) -> list[list[str]]:
    """The steps by how many others have to come before, one after the other; each layer left to right."""
    before = procedure.before()
    depth: dict[str, int] = {}
    for step in sorted(procedure.steps, key=lambda step: len(before[step.id])):
        depth[step.id] = 1 + max((depth[earlier] for earlier in step.after), default=-1)
    layers: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for step in procedure.steps:
        layers[depth[step.id]].append(step.id)
    return layers


def direct_order(procedure: Procedure) -> list[tuple[str, str]]:
    """Pairs (earlier, later) without those that follow from others."""
    before = procedure.before()
    return [
        (earlier, step.id)
        for step in procedure.steps
        for earlier in dict.fromkeys(step.after)
        if not any(earlier in before[other] for other in step.after)
    ]


def blocks_of(procedure: Procedure) -> list[list[str]]:
    """Steps that may be done in any order: those that come directly after and before the same others."""
    order = direct_order(procedure)
    found: dict[tuple[frozenset[str], frozenset[str]], list[str]] = {}
    alone = {id for step in procedure.steps if step.instead_of for id in (step.id, step.instead_of)}
    for step in procedure.steps:
        before = frozenset(earlier for earlier, later in order if later == step.id)
        after = frozenset(later for earlier, later in order if earlier == step.id)
        if (before or after) and step.id not in alone:
            found.setdefault((before, after), []).append(step.id)
    return [block for block in found.values() if len(block) >= FEWEST]


def _rows(layer: Sequence[str], blocks: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """A layer that is too wide for a page takes several rows, then each frame in it has rows of its own."""
    inside = [block for block in blocks if block[0] in layer]
    alone = [id for id in layer if not any(id in block for block in inside)]
    parts = [*inside, alone]
    if len(layer) <= MAX_COLUMNS:
        parts = [[id for part in parts for id in part]]
    for part in parts:
        for start in range(0, len(part), MAX_COLUMNS):
            yield part[start : start + MAX_COLUMNS]


def _places(rows: Sequence[Sequence[str]], width: float) -> Iterator[tuple[str, Box]]:
    for number, row in enumerate(rows):
        taken = len(row) * BOX_WIDTH + (len(row) - 1) * GAP_X
        y = MARGIN + HEAD + number * (BOX_HEIGHT + GAP_Y)
        for column, id in enumerate(row):
            yield id, Box((width - taken) / 2 + column * (BOX_WIDTH + GAP_X), y)


def _frame(procedure: Procedure, width: float, height: float, language: str) -> Iterator[str]:
    title = _in(procedure.title.text, language)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="procedure-graph" role="img" '
        f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}">'
    )
    yield f"<title>{escape(title)}</title>"
    yield f"<style>\n{STYLE}\n</style>"
    yield f"<defs>{TIP}</defs>"
    yield f'<rect class="ground" width="{width:g}" height="{height:g}"/>'
    yield _text(MARGIN, MARGIN + HEAD_PX, title, HEAD_PX, weight="bold")
    version = Text(f"第 {procedure.version} 版", f"version {procedure.version}")
    below = f"{procedure.procedure} · {_in(version, language)}"
    yield _text(MARGIN, MARGIN + HEAD_PX + SMALL_PX + 6, below, SMALL_PX, "small")


def _around(boxes: Sequence[Box]) -> Box:
    """The frame around some boxes."""
    x, y = min(box.x for box in boxes) - FRAME, min(box.y for box in boxes) - FRAME_HEAD
    right, bottom = max(box.x + box.width for box in boxes), max(box.bottom for box in boxes)
    return Box(x, y, right + FRAME - x, bottom + FRAME - y)


def _any_order(frame: Box, language: str) -> Iterator[str]:
    yield _rect(frame, "block")
    yield _text(frame.x + FRAME, frame.y + SMALL_PX + 2, _in(ANY_ORDER, language), SMALL_PX, "small")


def _lines(procedure: Procedure, places: Mapping[str, Box], ends: Mapping[str, Box]) -> Iterator[str]:
    """Arrows between steps or the frames around them, each once; around the boxes in between."""
    boxes = list(dict.fromkeys(ends.values()))
    taken: list[float] = []
    for start, end in dict.fromkeys((ends[one], ends[other]) for one, other in direct_order(procedure)):
        between = [box for box in boxes if box not in (start, end)]
        path = _curve(start.middle, start.bottom, end.middle, end.y)
        if any(_is_inside(x, y, box) for x, y in _points(start, end) for box in between):
            lane = _lane(start, end, between, taken)
            taken.append(lane)
            down, last = start.bottom + BEND, end.y - BEND
            path = (
                f"{_curve(start.middle, start.bottom, lane, down)}L{lane:g} {last:g}"
                f"{_curve(lane, last, end.middle, end.y).replace('M', 'L', 1)}"
            )
        yield f'<path class="arrow" d="{path}"/>'
    for step in procedure.steps:
        if step.instead_of is not None:
            one, other = places[step.id], places[step.instead_of]
            y, other_y = one.y + one.height / 2, other.y + other.height / 2
            yield f'<path class="instead" d="M{one.middle:g} {y:g}L{other.middle:g} {other_y:g}"/>'


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    half_y = (y + to_y) / 2
    return f"M{x:g} {y:g}C{x:g} {half_y:g} {to_x:g} {half_y:g} {to_x:g} {to_y:g}"


def _points(start: Box, end: Box) -> Iterator[tuple[float, float]]:
    """Points of the arrow that leads straight from one box to another."""
    for n in range(1, LOOKS):
        t = n / LOOKS
        bent = 3 * t * t - 2 * t**3  # from 0 to 1, as the curve goes sideways
        fallen = 1.5 * t * (1 - t) ** 2 + 1.5 * t * t * (1 - t) + t**3
        x = start.middle + (end.middle - start.middle) * bent
        yield x, start.bottom + (end.y - start.bottom) * fallen


def _is_inside(x: float, y: float, box: Box) -> bool:
    return box.x - LANE < x < box.x + box.width + LANE and box.y < y < box.bottom


def _lane(start: Box, end: Box, between: Sequence[Box], taken: Sequence[float]) -> float:
    """Where an arrow can go down beside the boxes, with the shortest way there and back."""
    passed = [box for box in between if start.bottom < box.bottom and box.y < end.y]
    beside = [x for box in passed for x in (box.x - LANE - 1, box.x + box.width + LANE + 1)]
    free = [
        lane
        for lane in (start.middle, end.middle, *beside, *(x + LANE * n for x in beside for n in (-1, 1)))
        if not any(box.x - LANE < lane < box.x + box.width + LANE for box in passed)
        and all(abs(lane - other) >= LANE for other in taken)
    ]
    return min(free or beside, key=lambda x: abs(x - start.middle) + abs(x - end.middle))


def _step(step: Step, box: Box, language: str) -> Iterator[str]:
    chosen = step.optional or step.instead_of is not None
    yield f"<g><title>{escape(_in(wording.describe(step.done), language))}</title>"
    yield _rect(box, "step open" if chosen else "step")
    lines = _wrapped(_in(step.title.text, language), box.width - 16, TITLE_PX)
    first = box.y + (22 if len(lines) == LINES else 30)
    for n, line in enumerate(lines):
        yield _text(box.middle, first + n * 17, line, TITLE_PX, anchor="middle")
    yield _text(box.middle, box.bottom - 7, _note(step, language), SMALL_PX, "small", anchor="middle")
    yield "</g>"


def _note(step: Step, language: str) -> str:
    notes = [step.id]
    if step.optional:
        notes.append(_in(Text("选做", "optional"), language))
    if step.instead_of is not None:
        notes.append(_in(Text(f"可代替 {step.instead_of}", f"instead of {step.instead_of}"), language))
    return " · ".join(notes)


def _rule(rule: Rule, box: Box, language: str) -> Iterator[str]:
    notes = [rule.id]
    if rule.while_ is not None:
        during = wording.describe(rule.while_)
        notes.append(_in(Text(f"当 {during.zh}", f"while {during.en}"), language))
    if rule.at:
        at = ", ".join(rule.at)
        notes.append(_in(Text(f"检查时刻：{at}", f"looked at: {at}"), language))
    signs = "; ".join(_in(wording.describe(sign), language) for sign in rule.never)
    yield f"<g><title>{escape(signs)}</title>{_rect(box, 'rule')}"
    yield _text(
        box.x + 12, box.y + 19, _cut(_in(rule.title.text, language), box.width - 24, TITLE_PX), TITLE_PX
    )
    yield _text(
        box.x + 12, box.bottom - 9, _cut(" · ".join(notes), box.width - 24, SMALL_PX), SMALL_PX, "small"
    )
    yield "</g>"


def _rect(box: Box, style: str) -> str:
    place = f'x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}"'
    return f'<rect class="{style}" {place} rx="6"/>'


def _text(x: float, y: float, said: str, size: int, style: str = "", **more: str) -> str:
    attributes = {
        "class": style,
        "text-anchor": more.get("anchor", ""),
        "font-weight": more.get("weight", ""),
    }
    shown = "".join(f' {name}="{value}"' for name, value in attributes.items() if value)
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}"{shown}>{escape(said)}</text>'


def _wrapped(said: str, width: float, size: int) -> list[str]:
    """At most `LINES` lines; broken at a space, or anywhere between Chinese letters."""
    if _width(said, size) <= width:
        return [said]
    fits = max(n for n in range(1, len(said)) if _width(said[:n], size) <= width)
    breaks = [n for n in range(1, fits + 1) if said[n] == " " or _is_wide(said[n]) or _is_wide(said[n - 1])]
    at = max(breaks, default=fits)
    return [said[:at].strip(), _cut(said[at:].strip(), width, size)]


def _cut(said: str, width: float, size: int) -> str:
    if _width(said, size) <= width:
        return said
    fits = max((n for n in range(len(said)) if _width(said[:n] + "…", size) <= width), default=0)
    return said[:fits].rstrip() + "…"


def _width(said: str, size: int) -> float:
    return size * sum(WIDE_EM if _is_wide(letter) else NARROW_EM for letter in said)


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def _in(text: Text, language: str) -> str:
    return text.zh if language == "zh" else text.en
