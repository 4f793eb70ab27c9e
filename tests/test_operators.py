"""Each word over time against its definition, written down a second time as plainly as possible.

Random signals change at whole seconds, so asking at every whole second asks everything.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessor.judge.acts import Act, share_before
from assessor.judge.build import build
from assessor.judge.operators import UNKNOWN, Belief
from assessor.located_yaml import Located, load
from assessor.procedure.conditions import Condition, Wire
from assessor.types import FactKey, Truth

END = 12
NAMES = ("A", "B", "C")
YES, NO = Truth.YES, Truth.NO
LETTERS = {"y": YES, "n": NO, "?": Truth.UNKNOWN}
Line = list[Truth]


class Said(Located):
    said: Condition


def condition(text: str) -> Located:
    return load(f"said: {text}", Said).said


# ---- the operators, run over a signal ------------------------------------------------------


@dataclass
class Moment:
    t_s: float
    facts: Mapping[FactKey, tuple[str | None, float]]

    def fact(self, key: FactKey) -> tuple[str | None, float]:
        return self.facts.get(key, (None, 0.0))

    def wire(self, wire: Wire, *, any_colour: bool) -> Belief:
        return UNKNOWN

    def probing(self, ends: tuple[str, str]) -> Belief:
        return UNKNOWN


def run(text: str, signals: dict[str, str]) -> str:
    """What a condition says in every second; asked only when something changes or its time is due."""
    operator = build(condition(text))
    values = {"y": "on", "n": "off", "?": None}
    said: list[Truth] = []
    belief = UNKNOWN
    for t_s in range(END):
        facts = {FactKey("switch", name): (values[line[t_s]], 1.0) for name, line in signals.items()}
        changed = t_s == 0 or any(line[t_s] != line[t_s - 1] for line in signals.values())
        if changed or operator.due_s <= t_s:
            belief = operator.update(Moment(t_s, facts))
        said.append(belief.truth)
    return "".join(letter for truth in said for letter, known in LETTERS.items() if known is truth)


# ---- the definitions -----------------------------------------------------------------------


def kleene(truths: Sequence[Truth], at_least: int) -> Truth:
    if sum(t is YES for t in truths) >= at_least:
        return YES
    return NO if sum(t is not NO for t in truths) < at_least else Truth.UNKNOWN


def opposite(line: Line) -> Line:
    return [{YES: NO, NO: YES}.get(t, t) for t in line]


def held(line: Line, seconds: int) -> Line:
    """Yes at every moment of the last seconds, none of them before the start."""
    windows = [[NO] * max(0, seconds - t) + line[max(0, t - seconds) : t + 1] for t in range(END)]
    return [kleene(window, len(window)) for window in windows]


def once(line: Line, seconds: float = math.inf) -> Line:
    return [kleene([s for r, s in enumerate(line[: t + 1]) if r >= t - seconds], 1) for t in range(END)]


def both(first: Line, second: Line) -> Line:
    return [kleene(pair, 2) for pair in zip(first, second, strict=True)]


def counted(line: Line, at_least: int, at_most: float) -> Line:
    """Every way in which the unknown stretches can be filled: each as a whole, or, when it is still unknown a
    second later, with any number of changes."""
    result = []
    for t in range(END):
        stretches = [(truth, len(list(group))) for truth, group in itertools.groupby(line[: t + 1])]
        runs = [truth for truth, _ in stretches]
        long = any(truth is Truth.UNKNOWN and length > 1 for truth, length in stretches)
        fills = itertools.product(*([YES, NO] if truth is Truth.UNKNOWN else [truth] for truth in runs))
        counts = [sum(truth is YES for truth, _ in itertools.groupby(fill)) for fill in fills]
        fits = {at_least <= count + more <= at_most for count in counts for more in range(4 if long else 1)}
        result.append(Truth.UNKNOWN if len(fits) == 2 else YES if True in fits else NO)
    return result


def always(line: Line, frame: Line) -> Line:
    """At no moment `no` while the frame holds."""
    return opposite(once(both(opposite(line), frame)))


DEFINITIONS: dict[str, Callable[[Line, Line], Line]] = {
    "{not: %A}": lambda a, b: opposite(a),
    "{all_of: [%A, %B]}": both,
    "{any_of: [%A, %B]}": lambda a, b: [kleene(pair, 1) for pair in zip(a, b, strict=True)],
    "{any_of: [%A, %B, %A], at_least: 2}": lambda a, b: [
        kleene(three, 2) for three in zip(a, b, a, strict=True)
    ],
    "{hold: %A, for_s: 3}": lambda a, b: held(a, 3),
    "{hold: {any_of: [%A, %B]}, for_s: 2}": lambda a, b: held(
        [kleene(p, 1) for p in zip(a, b, strict=True)], 2
    ),
    "{once: %A}": lambda a, b: once(a),
    "{once: %A, within_s: 4}": lambda a, b: once(a, 4),
    "{once: {hold: %A, for_s: 2}, within_s: 3}": lambda a, b: once(held(a, 2), 3),
    "{once: %A, after: %B}": lambda a, b: once(both(a, once(b))),
    "{once: %A, before: %B}": lambda a, b: once(both(a, opposite(once(b)))),
    "{always: %A}": lambda a, b: always(a, [YES] * END),
    "{always: %A, while: %B}": always,
    "{always: %A, until: %B}": lambda a, b: always(a, opposite(once(b))),
    "{becomes: %A}": lambda a, b: both(a, once(opposite(a))),
    "{count: %A, at_least: 2}": lambda a, b: counted(a, 2, math.inf),
    "{count: %A, at_most: 1}": lambda a, b: counted(a, 0, 1),
    "{count: {all_of: [%A, %B]}, at_least: 1, at_most: 2}": lambda a, b: counted(both(a, b), 1, 2),
}


def worded(pattern: str) -> str:
    for name in NAMES:
        pattern = pattern.replace(f"%{name}", f'{{switch: {name}, is: "on"}}')
    return pattern


letters = st.text(alphabet="yn?", min_size=END, max_size=END)
runs = st.lists(st.tuples(st.sampled_from("yn?"), st.integers(1, 5)), min_size=END, max_size=END).map(
    lambda parts: "".join(letter * length for letter, length in parts)[:END]
)


@pytest.mark.parametrize("pattern", DEFINITIONS)
@given(first=letters | runs, second=letters | runs)
@settings(max_examples=60, deadline=None)
def test_every_word_means_what_its_definition_says(pattern: str, first: str, second: str) -> None:
    lines = [[LETTERS[letter] for letter in signal] for signal in (first, second)]
    expected = "".join(
        next(k for k, v in LETTERS.items() if v is truth) for truth in DEFINITIONS[pattern](*lines)
    )
    assert run(worded(pattern), {"A": first, "B": second}) == expected


@pytest.mark.parametrize(
    ("pattern", "signal", "said"),
    [
        pytest.param("{hold: %A, for_s: 2}", "nyyyynyyn???", "nnnyynnnnnn?", id="hold"),
        pytest.param(
            "{hold: %A, for_s: 2}", "yyyynnnnnnnn", "nnyynnnnnnnn", id="nothing held before the start"
        ),
        pytest.param("{once: %A, within_s: 2}", "nynnnn?nnnnn", "nyyynn???nnn", id="once within"),
        pytest.param("{becomes: %A}", "yyynnyyn????", "nnnnnyyn????", id="becomes needs a time before"),
        pytest.param("{becomes: %A}", "??yynyyyyyyy", "????nyyyyyyy", id="unseen before is not off before"),
        pytest.param(
            "{count: %A, at_least: 2}", "ny?yyynyyyyy", "nnn????yyyyy", id="count over a blind spot"
        ),
    ],
)
def test_words_by_example(pattern: str, signal: str, said: str) -> None:
    assert run(worded(pattern), {"A": signal}) == said


def test_reset_forgets_everything() -> None:
    operator = build(condition(worded("{once: %A}")))
    on, off = ({FactKey("switch", "A"): (value, 1.0)} for value in ("on", "off"))
    assert operator.update(Moment(0, on)).truth is YES
    operator.reset()
    assert operator.update(Moment(1, off)).truth is NO


@pytest.mark.parametrize(
    ("pattern", "sure", "expected"),
    [
        pytest.param("{all_of: [%A, %B]}", (0.9, 0.5), 0.5, id="all: the weakest"),
        pytest.param("{any_of: [%A, %B]}", (0.9, 0.5), 0.9, id="any: the best"),
        pytest.param("{not: %B}", (0.9, 0.5), 0.5, id="not: the same"),
        pytest.param("{once: %A}", (0.7, 0.5), 0.7, id="once: the sight of it"),
    ],
)
def test_a_belief_is_as_sure_as_what_decides_it(
    pattern: str, sure: tuple[float, float], expected: float
) -> None:
    facts: dict[FactKey, tuple[str | None, float]] = {
        FactKey("switch", name): ("on", confidence) for name, confidence in zip("AB", sure, strict=True)
    }
    assert build(condition(worded(pattern))).update(Moment(0.0, facts)).confidence == expected


@pytest.mark.parametrize(
    ("text", "value", "truth"),
    [
        pytest.param("{display: mm, below: 1}", "0.4", YES, id="below"),
        pytest.param("{display: mm, below: 1}", "24.0", NO, id="not below"),
        pytest.param("{display: mm, below: 1}", "", NO, id="a blank display shows no number"),
        pytest.param("{display: mm, below: 1}", "OL", Truth.UNKNOWN, id="not a number"),
        pytest.param("{display: mm, above: 1, at_most: 5}", "5", YES, id="between"),
        pytest.param("{display: mm, is: OL}", "OL", YES, id="a word"),
        pytest.param("{tool_at: pliers, is: tray}", "tray", YES, id="a place"),
        pytest.param("{hand_in: live}", "no", NO, id="a hand"),
        pytest.param("{hand_in: live}", None, Truth.UNKNOWN, id="not seen"),
    ],
)
def test_facts_keep_or_break_their_limits(text: str, value: str | None, truth: Truth) -> None:
    said = condition(text)
    key = next(
        FactKey(kind, getattr(said, kind))
        for kind in ("display", "tool_at", "hand_in")
        if hasattr(said, kind)
    )
    assert build(said).update(Moment(0.0, {key: (value, 1.0)})).truth is truth


# ---- acts in intervals ---------------------------------------------------------------------

whole = st.integers(0, 8)


@given(whole, whole, whole, whole)
def test_the_share_of_cases_in_which_one_act_comes_first(a: int, b: int, c: int, d: int) -> None:
    first, second = sorted((a, b)), sorted((c, d))
    steps = 60
    grid = [
        (
            first[0] + (first[1] - first[0]) * (i + 0.5) / steps,
            second[0] + (second[1] - second[0]) * (j + 0.5) / steps,
        )
        for i in range(steps)
        for j in range(steps)
    ]
    counted_share = sum(x < y for x, y in grid) / len(grid)
    acts = [Act(low, (low + high) / 2, high, high, 1.0) for low, high in (first, second)]
    assert share_before(*acts) == pytest.approx(counted_share, abs=0.02)
