"""What was wrong with the wires over time: laid wrongly, in the wrong colour, put right; and every change.

Takes the timeline and the plan; gives the life of every wire and `WireFinding`s. A wire belongs to the
planned wire with which it shares most: ends first, then that this one was still missing, then colour.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from assessor.judge.acts import Act, act_between, belief_at, last_belief
from assessor.judge.replay import Signal
from assessor.judge.timeline import Change
from assessor.judge.wiring import ABSENT, NO_COLOUR, Plan, ends_of
from assessor.procedure.conditions import Wire
from assessor.types import Truth


@dataclass(frozen=True, slots=True)
class WireLife:
    """A wire from when it was put in until it was taken out. `laid` None = there from the beginning;
    `hidden`: when it was last looked for, it could not be seen."""

    subject: str
    colour: str
    laid: Act | None
    removed: Act | None
    confidence: float
    hidden: bool = False

    @property
    def ends(self) -> tuple[str, str]:
        """The two terminals."""
        return ends_of(self.subject)


@dataclass(frozen=True, slots=True)
class WireFinding:
    """A wire that is wrong. `kind`: "wrong_wire" | "wrong_colour" | "taken_out" (a given wire); `step` and
    `wire`: the planned wire it was probably meant to be, None = no planned one."""

    kind: str
    life: WireLife
    act: Act
    step: str | None
    wire: Wire | None


@dataclass(frozen=True, slots=True)
class PlannedWire:
    """A wire that a step asks for, and when it was in place (any colour)."""

    step: str
    wire: Wire
    carried: Signal


def wire_lives(changes: Iterable[Change]) -> list[WireLife]:
    """Every wire that was seen, in the order in which they were laid."""
    by_subject: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if change.key.kind == "wire":
            by_subject[change.key.subject].append(change)
    lives = [life for subject, of_one in by_subject.items() for life in _lives(subject, of_one)]
    return sorted(lives, key=lambda life: (life.laid.t_s if life.laid else 0.0, life.subject))


def wire_acts(lives: Iterable[WireLife], plan: Plan) -> list[tuple[str, Act]]:
    """Every time a wire was put in or taken out, with its subject. Given wires were put in by nobody."""
    acts = []
    removed: set[str] = set()
    for life in lives:
        if life.laid and (life.subject in removed or not plan.is_given(*life.ends)):
            acts.append((life.subject, life.laid))
        if life.removed:
            removed.add(life.subject)
            acts.append((life.subject, life.removed))
    return sorted(acts, key=lambda found: (found[1].t_s, found[0]))


def wire_findings(lives: Sequence[WireLife], plan: Plan, planned: Sequence[PlannedWire]) -> list[WireFinding]:
    """Every wire that is not as planned."""
    found = []
    for life in lives:
        start, end = life.ends
        if plan.is_given(start, end):
            if life.removed and not _laid_again(life, lives):
                found.append(WireFinding("taken_out", life, life.removed, None, None))
        elif life.laid and not plan.is_legal(start, end):
            owner = _owner(life, plan, planned)
            found.append(_finding("wrong_wire", life, life.laid, owner))
        elif life.laid and _wrong_colour(life, plan):
            found.append(_finding("wrong_colour", life, life.laid, _owner(life, plan, planned)))
    return found


def _lives(subject: str, changes: Sequence[Change]) -> list[WireLife]:
    lives: list[WireLife] = []
    open_from: tuple[Act | None, Change] | None = None
    unseen_s: float | None = None
    for change in changes:
        if change.value is None:
            unseen_s = change.t_s if unseen_s is None else unseen_s
            continue
        begin_s, unseen_s = change.t_s if unseen_s is None else unseen_s, None
        act = act_between(begin_s, change.t_s, change.known_s, change.confidence)
        if open_from and change.value != open_from[1].value:
            lives.append(_life(subject, open_from, act))
            open_from = None
        if open_from is None and change.value != ABSENT:
            open_from = (act if change.t_s > 0 else None), change
    if open_from is None:
        return lives
    return [*lives, replace(_life(subject, open_from, None), hidden=changes[-1].value is None)]


def _life(subject: str, opened: tuple[Act | None, Change], removed: Act | None) -> WireLife:
    laid, change = opened
    return WireLife(subject, change.value or NO_COLOUR, laid, removed, change.confidence)


def _laid_again(life: WireLife, lives: Iterable[WireLife]) -> bool:
    """Whether another wire with the same ends came after this one."""
    gone_s = life.removed.t_s if life.removed else 0.0
    return any(o.subject == life.subject and o.laid and o.laid.t_s >= gone_s and not o.removed for o in lives)


def _wrong_colour(life: WireLife, plan: Plan) -> bool:
    right = plan.colours(*life.ends)
    return bool(right) and life.colour not in right and life.colour != NO_COLOUR


def _finding(kind: str, life: WireLife, act: Act, owner: PlannedWire | None) -> WireFinding:
    return WireFinding(kind, life, act, owner.step if owner else None, owner.wire if owner else None)


def _owner(life: WireLife, plan: Plan, planned: Sequence[PlannedWire]) -> PlannedWire | None:
    """The planned wire that this one was probably meant to be."""
    start, end = life.ends
    at_s = life.laid.earliest_s if life.laid else 0.0

    def likeness(candidate: PlannedWire) -> tuple[int, bool, bool, bool]:
        wire = candidate.wire
        missing = belief_at(candidate.carried, at_s).truth is not Truth.YES
        never = last_belief(candidate.carried).truth is not Truth.YES
        return plan.shared_ends(wire, start, end), missing, life.colour == wire.color, never

    best = max(planned, key=likeness, default=None)
    return best if best and plan.shared_ends(best.wire, start, end) else None


def corrected(finding: WireFinding, done: Mapping[str, bool]) -> bool:
    """Put right: the wire is out again, and the step that it belonged to was done properly in the end."""
    return finding.life.removed is not None and (finding.step is None or done.get(finding.step, False))
