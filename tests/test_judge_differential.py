"""The judge against a second, plain reading of docs/rules.md: random conditions over random timelines.

Everything happens at whole half seconds, so a truth per half second says everything. Conditions are nested at
random; facts have uncertain starts and gaps; the whole way from events over the timeline to signals is run.
"""

import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from assessor.judge import Judge
from assessor.judge.build import build
from assessor.judge.replay import Root, Signal, replay
from assessor.judge.timeline import changes_of
from assessor.judge.wiring import Plan, wire_key
from assessor.located_yaml import Located
from assessor.marks import mark
from assessor.procedure import Procedure, load_procedure
from assessor.procedure.conditions import Condition, keys_of
from assessor.types import Event, FactKey, Gap, MarkSheet, Truth, Verdict
from tests.build import Origin

CELL_S = 0.5
CELLS = 40
END_S = CELLS * CELL_S
ZONES = ("A", "B", "C")
YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
Line = list[Truth]
Said = dict[str, Any]


class SeparateTerminals:
    """A bench on which no two terminals are joined."""

    def same_node(self, first: str, second: str) -> bool:
        return first == second


# ---- random timelines ----------------------------------------------------------------------


def random_events(
    chance: random.Random, kind: str, names: Sequence[str], values: tuple[str, str]
) -> Iterator[Event]:
    """Things that are so, otherwise and out of sight; starts may be known within a second only."""
    for name in names:
        cell, value = chance.randrange(4), None
        while cell < CELLS - 3:
            value = chance.choice([other for other in (*values, None) if other != value])
            half = chance.choice((0, 0, 0, 1, 2))
            start_s = (cell + half) * CELL_S
            yield Event(FactKey(kind, name), value, start_s, start_s, None, 0.9, "video", half * CELL_S)
            cell += 2 * half + chance.randint(1, 8)


def random_gaps(chance: random.Random) -> list[Gap]:
    starts = [chance.randrange(CELLS - 6) for _ in range(chance.choice((0, 0, 1, 2)))]
    return [Gap(at * CELL_S, (at + chance.randint(1, 5)) * CELL_S, "dark") for at in starts]


def line_of(name: str, events: Sequence[Event], gaps: Sequence[Gap]) -> Line:
    """What is known of a hand: the last that was told, unknown while it is uncertain or in a gap."""
    own = sorted((e for e in events if e.key.subject == name), key=lambda event: event.start_s)
    line: Line = []
    for cell in range(CELLS):
        t_s = cell * CELL_S
        told = [event for event in own if event.start_s - event.uncertainty_s <= t_s]
        hidden = not told or any(gap.start_s <= t_s < gap.end_s for gap in gaps)
        settled = bool(told) and t_s >= told[-1].start_s + told[-1].uncertainty_s
        value = told[-1].value if told and settled and not hidden else None
        line.append({"yes": YES, "no": NO, None: UNKNOWN}[value])
    return line


# ---- random conditions and what docs/rules.md says they mean ------------------------------


def random_condition(chance: random.Random, depth: int = 3) -> Said:
    if depth == 0 or chance.random() < 0.2:
        return {"hand_in": chance.choice(ZONES)}
    word = chance.choice(list(MEANINGS))
    inner = random_condition(chance, depth - 1)
    limits: dict[str, Callable[[], Said]] = {
        "all_of": lambda: {"all_of": [inner, random_condition(chance, depth - 1)]},
        "any_of": lambda: _any_of(chance, [inner, *(random_condition(chance, depth - 1) for _ in range(2))]),
        "hold": lambda: {"hold": inner, "for_s": chance.randint(1, 8) * CELL_S},
        "once": lambda: {"once": inner, **_frame(chance, depth, ("before", "after", "within_s"))},
        "always": lambda: {"always": inner, **_frame(chance, depth, ("while", "until"))},
        "count": lambda: {"count": inner, "at_least": chance.randint(0, 2), "at_most": chance.randint(2, 4)},
    }
    return limits[word]() if word in limits else {word: inner}


def _any_of(chance: random.Random, parts: list[Said]) -> Said:
    return {"any_of": parts, "at_least": chance.randint(1, len(parts))}


def _frame(chance: random.Random, depth: int, keys: Sequence[str]) -> Said:
    key = chance.choice(("", *keys))
    if key == "within_s":
        return {key: chance.randint(1, 10) * CELL_S}
    return {key: random_condition(chance, depth - 1)} if key else {}


def meaning(said: Said, facts: Mapping[str, Line]) -> Line:
    """The truth of a condition in every half second."""
    if "hand_in" in said:
        return facts[said["hand_in"]]
    word = next(word for word in MEANINGS if word in said)
    return MEANINGS[word](said, facts)


def opposite(line: Line) -> Line:
    return [{YES: NO, NO: YES, UNKNOWN: UNKNOWN}[truth] for truth in line]


def at_least(count: int, truths: Sequence[Truth]) -> Truth:
    """However the unknown ones turn out."""
    worst, best = truths.count(YES), len(truths) - truths.count(NO)
    return YES if worst >= count else NO if best < count else UNKNOWN


def each(count: int, *lines: Line) -> Line:
    return [at_least(count, truths) for truths in zip(*lines, strict=True)]


def ever(line: Line, cells: int = CELLS) -> Line:
    return [at_least(1, line[max(0, t - cells) : t + 1]) for t in range(CELLS)]


def held(line: Line, cells: int) -> Line:
    """All the time for so long; nothing held before the start."""
    windows = [[*([NO] * max(0, cells - t)), *line[max(0, t - cells) : t + 1]] for t in range(CELLS)]
    return [at_least(len(window), window) for window in windows]


def came_true(line: Line, fewest: int, most: int) -> Line:
    """A short unknown stretch was all yes or all no: every way to fill them is counted. In one that is still
    unknown a second later it may have come true any number of times."""
    result = []
    for t in range(CELLS):
        counts = {(NO, 0)}  # how it ends, and how often it came true until then
        for truth, stretch in itertools.groupby(line[: t + 1]):
            fills = (YES, NO) if truth is UNKNOWN else (truth,)
            counts = {(fill, n + (fill is YES and end is NO)) for end, n in counts for fill in fills}
            if truth is UNKNOWN and len(list(stretch)) > 1.0 / CELL_S:
                counts = {(end, n + more) for end, n in counts for more in range(5)}
        fits = {fewest <= n <= most for _, n in counts}
        result.append(UNKNOWN if len(fits) == 2 else YES if True in fits else NO)
    return result


def _once(said: Said, facts: Mapping[str, Line]) -> Line:
    line = meaning(said["once"], facts)
    if "within_s" in said:
        return ever(line, round(said["within_s"] / CELL_S))
    if "before" in said:  # it held at a time at which the other had not come true yet
        return ever(each(2, line, opposite(ever(meaning(said["before"], facts)))))
    if "after" in said:
        return ever(each(2, line, ever(meaning(said["after"], facts))))
    return ever(line)


def _always(said: Said, facts: Mapping[str, Line]) -> Line:
    broken = opposite(meaning(said["always"], facts))
    if "while" in said:
        broken = each(2, broken, meaning(said["while"], facts))
    if "until" in said:
        broken = each(2, broken, opposite(ever(meaning(said["until"], facts))))
    return opposite(ever(broken))


def _becomes(said: Said, facts: Mapping[str, Line]) -> Line:
    line = meaning(said["becomes"], facts)
    return each(2, line, ever(opposite(line)))


MEANINGS: dict[str, Callable[[Said, Mapping[str, Line]], Line]] = {
    "not": lambda said, facts: opposite(meaning(said["not"], facts)),
    "all_of": lambda said, facts: each(len(said["all_of"]), *(meaning(s, facts) for s in said["all_of"])),
    "any_of": lambda said, facts: each(said["at_least"], *(meaning(s, facts) for s in said["any_of"])),
    "hold": lambda said, facts: held(meaning(said["hold"], facts), round(said["for_s"] / CELL_S)),
    "once": _once,
    "always": _always,
    "becomes": _becomes,
    "count": lambda said, facts: came_true(meaning(said["count"], facts), said["at_least"], said["at_most"]),
}


# ---- the operators over the same timeline -------------------------------------------------


class Holder(Located):
    """A condition alone."""

    said: Condition


def signal_of(said: Said, events: Sequence[Event], gaps: Sequence[Gap]) -> Signal:
    condition = Holder.model_validate({"said": said}).said
    root = Root("it", build(condition), keys_of(condition))
    return replay([root], changes_of(events, gaps), Plan(SeparateTerminals(), (), ()), END_S)["it"]


def sampled(signal: Signal) -> Line:
    """What the signal says in every half second; it must say the same throughout."""
    line: Line = []
    for cell in range(CELLS):
        begin_s, end_s = cell * CELL_S, (cell + 1) * CELL_S
        said = {s.belief.truth for s in signal if s.start_s < end_s and s.end_s > begin_s}
        assert len(said) == 1, f"{said} between {begin_s} and {end_s} s"
        line += said
    return line


@pytest.mark.parametrize("seed", range(400))
def test_random_conditions_mean_what_the_rules_say(seed: int) -> None:
    chance = random.Random(seed)
    events, gaps = list(random_events(chance, "hand_in", ZONES, ("yes", "no"))), random_gaps(chance)
    facts = {name: line_of(name, events, gaps) for name in ZONES}
    for _ in range(3):
        said = random_condition(chance)
        assert sampled(signal_of(said, events, gaps)) == meaning(said, facts), said


# ---- online and offline -------------------------------------------------------------------

MIXED = """
procedure: mixed
version: 1
title: {zh: 混合, en: Mixed}
given: {wires: [{from: G.1, to: G.2, color: red}]}
steps:
  - {id: first, title: {zh: 一, en: One}, done: {switch: A, is: "on"}}
  - {id: held, title: {zh: 二, en: Two}, after: [first], done: {hold: {switch: B, is: "on"}, for_s: 2}}
  - {id: wired, title: {zh: 三, en: Three}, after: [first], stays: true,
     done: {wire: {from: W.1, to: W.2, color: blue}}}
  - {id: last, title: {zh: 四, en: Four}, after: [held, wired], waits: true, optional: true,
     done: {count: {switch: C, is: "on"}, at_least: 2}}
  - {id: asked, title: {zh: 五, en: Five}, requires: {done: first}, done: {lamp: A, is: "on"}}
rules:
  - {id: dead, title: {zh: 断电, en: Dead}, never: [{wire_changes: any}, {switch: C, is: "on"}],
     while: {switch: A, is: "on"}, except: {switch: B, is: "on"}, for_s: 1, same_act: true}
  - {id: tidy, title: {zh: 整洁, en: Tidy}, never: [{lamp: B, is: "on"}], at: [held, end]}
  - {id: planned, title: {zh: 按图, en: Planned}, never: [{unplanned_wire: any}]}
rubric:
  total: 5
  dimensions: {work: {zh: 作业, en: Work}}
  items:
    - {id: steps, title: {zh: 步骤, en: Steps}, points: 4, check: video, dimension: work,
       judged_by: [first, held, wired, last, asked, dead, tidy, planned]}
    - {id: lit, title: {zh: 灯, en: Lit}, points: 1, check: video, dimension: work,
       when: {once: {lamp: A, is: "on"}, after: {switch: A, is: "on"}}}
"""


def mixed_events(chance: random.Random) -> list[Event]:
    """Switches, lamps and wires at random, some of them known only later."""
    states = ("on", "off")
    events = [
        *random_events(chance, "switch", ("A", "B", "C"), states),
        *random_events(chance, "lamp", ("A", "B"), states),
    ]
    for pair in (("G.1", "G.2"), ("W.1", "W.2"), ("W.1", "X.2")):
        t_s = 0.0 if pair[0] == "G.1" else chance.randint(2, CELLS) * CELL_S
        while t_s < END_S:
            colour = chance.choice(("red", "blue", "absent"))
            events.append(Event(wire_key(*pair), colour, t_s, t_s, None, chance.choice((0.4, 0.95))))
            t_s += chance.randint(4, 30) * CELL_S
    late = [(event, chance.choice((0.0, 0.0, 0.7, 3.0))) for event in events]
    told = [Event(e.key, e.value, e.start_s, e.start_s + wait_s, None, e.confidence) for e, wait_s in late]
    return sorted(told, key=lambda event: (event.decided_s, event.key, event.start_s))


@pytest.mark.parametrize("seed", range(60))
def test_looking_while_it_runs_changes_nothing(seed: int) -> None:
    chance = random.Random(seed)
    events, gaps = mixed_events(chance), random_gaps(chance)
    procedure = load_procedure(MIXED)
    running, at_once = (Judge(procedure, SeparateTerminals()) for _ in range(2))
    at_once.update(events)
    for event in events:
        running.update([event])
        if chance.random() < 0.3:
            known = [other for other in events if other.decided_s <= event.decided_s]
            running.update(known)
            assert running.verdicts(event.decided_s) == at_once.verdicts(event.decided_s)
    assert running.finish(END_S, gaps) == at_once.finish(END_S, gaps)


# ---- all orders of six steps --------------------------------------------------------------

ORDERS = {
    "two chains": {"b": "a", "c": "b", "e": "d", "f": "e"},
    "diamonds": {"b": "a", "c": "a", "d": "bc", "e": "d", "f": "d"},
    "one first, one last": {"b": "a", "c": "a", "d": "a", "e": "a", "f": "bcde"},
    "almost free": {"f": "a"},
}


def ordered(after: Mapping[str, str]) -> Procedure:
    steps = [
        f"  - {{id: {s}, title: {{zh: {s}, en: {s}}}, done: {{switch: {s}, is: 'on'}}, "
        f"after: [{', '.join(after.get(s, ''))}]}}"
        for s in "abcdef"
    ]
    items = [
        f"    - {{id: points_{s}, title: {{zh: {s}, en: {s}}}, points: 1, check: video, dimension: work, "
        f"judged_by: [{s}]}}"
        for s in "abcdef"
    ]
    head = "procedure: six\nversion: 1\ntitle: {zh: 六步, en: Six}\nsteps:\n"
    rubric = "rubric:\n  total: 6\n  dimensions: {work: {zh: 作业, en: Work}}\n  items:\n"
    return load_procedure(head + "\n".join([*steps, rubric + "\n".join(items)]) + "\n")


def sheet_of(procedure: Procedure, order: Sequence[str]) -> tuple[MarkSheet, tuple[Verdict, ...]]:
    judge = Judge(procedure, SeparateTerminals())
    for step in procedure.steps:
        done_s = 2.0 * (order.index(step.id) + 1)
        for value, t_s in (("off", 0.0), ("on", done_s)):
            judge.update([Event(FactKey("switch", step.id), value, t_s, t_s, None, 0.95)])
    judged = judge.judged(20.0)
    return mark(procedure, judged, Origin()), judged.verdicts


@pytest.mark.parametrize("after", ORDERS.values(), ids=ORDERS)
def test_exactly_the_legal_orders_earn_full_marks(after: Mapping[str, str]) -> None:
    procedure = ordered(after)
    for order in itertools.permutations("abcdef"):
        legal = all(
            order.index(earlier) < order.index(s) for s, before in after.items() for earlier in before
        )
        sheet, verdicts = sheet_of(procedure, order)
        mistakes = [mistake.kind for verdict in verdicts for mistake in verdict.mistakes]
        assert (sheet.total == 6, not mistakes) == (legal, legal), order
        assert set(mistakes) <= {"order"}


@pytest.mark.parametrize("after", ORDERS.values(), ids=ORDERS)
def test_two_neighbours_the_wrong_way_round_are_one_mistake(after: Mapping[str, str]) -> None:
    procedure = ordered(after)
    for at in range(5):
        order = list("abcdef")
        order[at], order[at + 1] = order[at + 1], order[at]
        wrong = order[at + 1] in after.get(order[at], "")
        sheet, verdicts = sheet_of(procedure, order)
        assert sum(len(verdict.mistakes) for verdict in verdicts) == wrong
        assert sheet.total == 6 - wrong
