"""Why a line has the points it has: the chain event → operator → verdict → points.

Takes the case, the procedure and the sheet of an attempt; gives an `Explanation`: what was known when, what
each part of each condition said from when to when, the verdicts, what mistakes cost, each with its rule line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assessor.errors import InputError
from assessor.judge import wording
from assessor.judge.build import build
from assessor.judge.case import Case, roots_of
from assessor.judge.replay import Root, Signal, replay
from assessor.judge.timeline import SCENE
from assessor.judge.wiring import ABSENT, ends_of
from assessor.located_yaml import Located
from assessor.located_yaml.faults import nearest, one_of
from assessor.marks import losses_of, price_of
from assessor.procedure.conditions import UnplannedWire, WireChanges, WireJoins, inner_of, keys_of, parts_of
from assessor.procedure.parts import Procedure, Rule, Step
from assessor.procedure.rubric import Item, Veto
from assessor.types import FactKey, MarkLine, MarkSheet, Text, Truth, Verdict

ACTS = (WireChanges, UnplannedWire)  # judged from the wires themselves, not by an operator


@dataclass(frozen=True, slots=True)
class Known:
    """From `t_s` on the machine knew this of a fact; confidence 0 = it could not be seen."""

    t_s: float
    fact: str
    value: str | None
    confidence: float
    source: str
    text: Text


@dataclass(frozen=True, slots=True)
class Said:
    """What a condition said from `start_s` to `end_s`."""

    start_s: float
    end_s: float
    truth: Truth
    confidence: float


@dataclass(frozen=True, slots=True)
class Part:
    """A condition of a step, rule or item, or a part of one. `role`: the key it stands under; `depth`: 0 for
    the condition itself; `signal` is empty for acts, whose mistakes say it all."""

    role: str
    depth: int
    text: Text
    line: int
    signal: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """One verdict an item rests on, and what it rests on itself. `told_by`: what was "seen", or "tries" or
    other values that were "entered", which no condition asks for."""

    verdict: Verdict
    title: Text
    known: tuple[Known, ...]
    parts: tuple[Part, ...]
    told_by: str = "seen"


@dataclass(frozen=True, slots=True)
class Cost:
    """What mistakes of one kind cost, or steps that were `not_reached` (no mistake of their own). `each`
    None = without a deduction; `line`: of the deduction or item."""

    kind: str
    mistakes: int
    corrected: int
    each: float | None
    cap: float | None
    points: float
    line: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """One line of the mark sheet and everything it follows from. `weight`: the factor of its group, by which
    the points of the line are multiplied already, those of the costs not."""

    line: MarkLine
    grounds: tuple[Ground, ...]
    costs: tuple[Cost, ...]
    weight: float = 1.0
    group: str | None = None


def explain(procedure: Procedure, case: Case, sheet: MarkSheet, item_id: str) -> Explanation:
    """The chain behind one line of the sheet or one veto. InputError when there is no such line."""
    lines = {line.item: line for line in sheet.lines} | _vetoes(procedure, sheet)
    if item_id not in lines:
        hint = nearest(item_id, lines)
        raise InputError(
            f"expected {one_of(lines).en}, got {item_id!r}; "
            + (hint.en if hint else "name an item of the rubric of " + procedure.procedure)
        )
    line = lines[item_id]
    used = [verdict for verdict in sheet.verdicts if verdict.id in line.verdict_ids]
    grounds = tuple(_ground(procedure, case, verdict) for verdict in used)
    items = {item.id: item for item in procedure.rubric.items}
    if item_id not in items:
        return Explanation(line, grounds, ())
    item = items[item_id]
    weight = procedure.rubric.weight(item)
    return Explanation(line, grounds, tuple(_costs(item, used)), weight, item.group)


def _vetoes(procedure: Procedure, sheet: MarkSheet) -> dict[str, MarkLine]:
    """Every veto as a line without points, so that it can be explained like one."""
    verdicts = {verdict.id: verdict for verdict in sheet.verdicts}
    called = {veto.id: veto for veto in sheet.vetoes}
    lines = {}
    for veto in procedure.rubric.vetoes:
        verdict, reason = verdicts[veto.id], verdicts[veto.id].reason
        reason = called[veto.id].reason if veto.id in called else reason
        outcome, sure, title = verdict.outcome, verdict.confidence, veto.title.text
        lines[veto.id] = MarkLine(
            veto.id, title, "person", "", 0.0, None, outcome, sure, reason, (veto.id,), (), veto.line
        )
    return lines


def _ground(procedure: Procedure, case: Case, verdict: Verdict) -> Ground:
    rubric = procedure.rubric
    parts: list[Step | Rule | Item | Veto] = [
        *procedure.steps,
        *procedure.rules,
        *rubric.items,
        *rubric.vetoes,
    ]
    judged = next(part for part in parts if part.id == verdict.id)
    conditions = list(_conditions(judged))
    said = _signals(procedure, case, conditions)
    supplied = judged.supplied if isinstance(judged, Item) else ()
    return Ground(
        verdict,
        judged.title.text,
        tuple(_known(case, [condition for _, condition in conditions], supplied)),
        tuple(
            Part(role, depth, wording.describe(part), part.line, said.get(id(part), ()))
            for role, condition in conditions
            for depth, part in _tree(condition)
        ),
        _told_by(judged),
    )


def _told_by(judged: Step | Rule | Item | Veto) -> str:
    """What the facts are by which something is judged."""
    if not isinstance(judged, Item) or not judged.supplied:
        return "seen"
    return "entered" if judged.ladder is None else "tries"


def _conditions(judged: Step | Rule | Item | Veto) -> Iterator[tuple[str, Located]]:
    """The conditions of a step, rule, item or veto, with the keys they stand under."""
    match judged:
        case Step(done=done, requires=requires):
            named: Sequence[tuple[str, Located | None]] = [("done", done), ("requires", requires)]
        case Rule(never=never, while_=during, except_=exempt):
            named = [*(("never", sign) for sign in never), ("while", during), ("except", exempt)]
        case Item() | Veto():
            parts = judged.conditions.items()
            named = [(name.removeprefix(judged.id).strip("/") or "when", part) for name, part in parts]
    yield from ((role, condition) for role, condition in named if condition is not None)


def _tree(condition: Located, depth: int = 0) -> Iterator[tuple[int, Located]]:
    yield depth, condition
    for inner in inner_of(condition):
        yield from _tree(inner, depth + 1)


def _signals(
    procedure: Procedure, case: Case, conditions: Sequence[tuple[str, Located]]
) -> dict[int, tuple[Said, ...]]:
    """What every part of the conditions said, by the identity of the part."""
    parts = [part for _, condition in conditions for part in parts_of(condition)]
    asked = {f"#{id(part)}": part for part in parts if not isinstance(part, ACTS)}
    extra = [Root(name, build(part), keys_of(part)) for name, part in asked.items()]
    signals = replay([*roots_of(procedure), *extra], case.changes, case.plan, case.end_s)
    return {id(part): _said(signals[name]) for name, part in asked.items()}


def _said(signal: Signal) -> tuple[Said, ...]:
    """The stretches of a signal, and what it says at the very end, where evidence is supplied."""
    spans = [Said(s.start_s, s.end_s, s.belief.truth, s.belief.confidence) for s in signal]
    return tuple(span for span in spans if span.end_s > span.start_s or span is spans[-1])


def _known(case: Case, conditions: Sequence[Located], supplied: Sequence[FactKey]) -> Iterator[Known]:
    """What was known of the facts that the conditions ask for and of those supplied, in time order."""
    keys = frozenset(supplied).union(*(keys_of(condition) for condition in conditions))
    parts = [part for condition in conditions for part in parts_of(condition)]
    wires = [part for part in parts if isinstance(part, WireJoins)]
    acts = any(isinstance(part, ACTS) for part in parts)
    for change in case.changes:
        key = change.key
        if change.t_s > case.end_s:  # a gap that reaches the end never ends
            break
        if key.kind == "wire":
            ends = ends_of(key.subject)
            near = any(case.plan.shared_ends(part.wire, *ends) for part in wires)
            wanted = (near or acts) and (change.value == ABSENT or not case.plan.is_given(*ends))
        else:
            wanted = key in keys or FactKey(key.kind, "*") in keys or key == SCENE
        if wanted:
            text = _seen(key, change.value)
            fact = " ".join(filter(None, (key.kind, key.subject, key.hand)))
            yield Known(change.t_s, fact, change.value, change.confidence, change.source, text)


def _seen(key: FactKey, value: str | None) -> Text:
    if key != SCENE:
        return wording.seen(key, value)
    return Text("画面看不到", "nothing can be seen") if value is None else Text("画面恢复", "in sight again")


def _costs(item: Item, verdicts: Sequence[Verdict]) -> Iterator[Cost]:
    for loss in losses_of(item, verdicts):
        price = price_of(item, loss.mistakes[0]) if loss.mistakes else item.deduct.get("omission")
        yield Cost(
            loss.kind,
            len(loss.mistakes) or sum(verdict.not_reached for verdict in verdicts),
            sum(mistake.corrected for mistake in loss.mistakes),
            None if price is None else price.price(0),
            None if price is None else price.cap,
            loss.points,
            item.line if price is None else price.line,
        )
