"""Procedures that nobody wrote: random steps in a random partial order with rules, and right work at them."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assessor.judge.wiring import wire_key
from assessor.procedure import Procedure, load_procedure
from assessor.types import Event, FactKey, Gap

Said = dict[str, Any]
STEP_S = 6.0
SURE = 0.95


class SeparateTerminals:
    """A bench on which no two terminals are joined."""

    def same_node(self, first: str, second: str) -> bool:
        return first == second


@dataclass(frozen=True)
class Step:
    """A step as it is written, and how it is worked. `steady`: once done it stays done by itself."""

    said: Said
    kind: str
    name: str


@dataclass(frozen=True)
class Plan:
    """A random procedure and which step comes directly after which."""

    procedure: Procedure
    steps: tuple[Step, ...]
    after: Mapping[str, tuple[str, ...]]

    def is_legal(self, order: Sequence[str]) -> bool:
        """Whether no step comes before one that it is to come after."""
        at = {id: index for index, id in enumerate(order)}
        before = self.procedure.before()
        return all(at[earlier] < at[id] for id in order for earlier in before[id] if earlier in at)

    def orders(self) -> Iterator[tuple[str, ...]]:
        """Every legal order."""
        yield from self._rest((), frozenset(step.name for step in self.steps))

    def _rest(self, done: tuple[str, ...], left: frozenset[str]) -> Iterator[tuple[str, ...]]:
        if not left:
            yield done
        for id in sorted(left):
            if not left & set(self.after[id]):
                yield from self._rest((*done, id), left - {id})

    def any_order(self, chance: random.Random) -> tuple[str, ...]:
        """One legal order."""
        done: list[str] = []
        left = [step.name for step in self.steps]
        while left:
            ready = [id for id in left if not set(left) & set(self.after[id])]
            done.append(chance.choice(ready))
            left.remove(done[-1])
        return tuple(done)

    def end_s(self) -> float:
        """When the work is over."""
        return STEP_S * (len(self.steps) + 2)


def random_plan(chance: random.Random, size: int, *, plain: bool = False) -> Plan:
    """`plain`: steps and their order only; otherwise with all that a step may ask for, and with rules."""
    names = [chr(ord("a") + index) for index in range(size)]
    after = {id: _some(chance, names[:index]) for index, id in enumerate(names)}
    kinds = list(_DONE) if not plain else ["switch", "held", "wire", "tool"]
    steps = [_step(chance, id, chance.choice(kinds), after[id], plain) for id in names]
    rules = [] if plain else [rule for rule in _RULES if chance.random() < 0.6]
    items = [_item(id) for id in (*names, *(str(rule["id"]) for rule in rules))]
    text = {
        "procedure": "random",
        "version": 1,
        "title": _words("random"),
        "given": {"wires": [{"from": "G.1", "to": "G.2", "color": "red"}]},
        "steps": [step.said for step in steps],
        "rules": rules,
        "rubric": {"total": len(items), "dimensions": {"work": _words("work")}, "items": items},
    }
    return Plan(load_procedure(json.dumps(text)), tuple(steps), after)


def _some(chance: random.Random, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if chance.random() < 0.35)


def _words(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def _item(name: str) -> Said:
    head = {"id": f"points_{name}", "title": _words(name), "points": 1}
    return {**head, "check": "video", "dimension": "work", "judged_by": [name]}


_DONE: dict[str, Any] = {
    "switch": lambda id: {"switch": id, "is": "on"},
    "both": lambda id: {"all_of": [{"switch": id, "is": "on"}, {"lamp": id, "is": "on"}]},
    "held": lambda id: {"hold": {"hand_at": id}, "for_s": 1.0},
    "probed": lambda id: {"hold": {"probing": [f"{id}.1", f"{id}.2"]}, "for_s": 0.5},
    "tool": lambda id: {"once": {"tool_at": f"tool_{id}", "is": "tray"}, "after": {"hand_at": id}},
    "wire": lambda id: {"wire": {"from": f"{id}.1", "to": f"{id}.2", "color": "blue"}},
    "twice": lambda id: {"count": {"hand_at": id}, "at_least": 2},
    "turned": lambda id: {"becomes": {"switch": id, "is": "on"}},
}
_STAY = ("switch", "both", "tool", "wire", "twice", "turned")
_RULES: tuple[Said, ...] = (
    {
        "id": "dead",
        "title": _words("dead"),
        "never": [{"wire_changes": "any"}, {"hand_in": "live"}],
        "while": {"switch": "main", "is": "on"},
        "except": {"holding": "probes"},
        "for_s": 1.0,
        "same_act": True,
    },
    {"id": "planned", "title": _words("planned"), "never": [{"unplanned_wire": "any"}]},
    {
        "id": "tidy",
        "title": _words("tidy"),
        "never": [{"tool_at": "spare", "is": "panel"}],
        "at": ["a", "end"],
    },
    {"id": "calm", "title": _words("calm"), "never": [{"hand_in": "hot"}], "for_s": 1.0},
)


def _step(chance: random.Random, id: str, kind: str, after: tuple[str, ...], plain: bool) -> Step:
    said: Said = {"id": id, "title": _words(id), "done": _DONE[kind](id), "after": list(after)}
    if kind == "wire" or (kind in _STAY and chance.random() < 0.3):
        said["stays"] = True
    if not plain:
        said |= _more(chance, after)
    return Step(said, kind, id)


def _more(chance: random.Random, after: Sequence[str]) -> Said:
    more: Said = {}
    if after and chance.random() < 0.3:
        more["waits"] = True
    if after and chance.random() < 0.3:
        more["follows_from"] = [chance.choice(after)]
    if chance.random() < 0.3:
        more["requires"] = chance.choice(
            [{"switch": "main", "is": "off"}, *({"done": earlier} for earlier in after)]
        )
    if chance.random() < 0.2:
        more["optional"] = True
    if chance.random() < 0.3:
        more["takes_s"] = chance.choice((0.2, 0.5, 1.0))
    return more


# ---- work ----------------------------------------------------------------------------------


def worked(plan: Plan, order: Sequence[str]) -> list[Event]:
    """Everything is told at once; each step begins one `STEP_S` after the one before."""
    kinds = {step.name: step.kind for step in plan.steps}
    events = [*_start(plan)]
    for number, id in enumerate(order, 1):
        events += _act(kinds[id], id, number * STEP_S)
    return sorted(events, key=lambda event: event.start_s)


def _start(plan: Plan) -> Iterator[Event]:
    yield told("switch", "main", "off", 0.0)
    yield told("holding", "probes", "no", 0.0)
    yield told("hand_in", "live", "no", 0.0)
    yield told("hand_in", "hot", "no", 0.0)
    yield told("tool_at", "spare", "tray", 0.0)
    yield Event(wire_key("G.1", "G.2"), "red", 0.0, 0.0, None, SURE)
    yield told("probing", "Y.1/Y.2", "no", 0.0)
    for step in plan.steps:
        for kind, subject, value in _BEFORE[step.kind](step.name):
            yield told(kind, subject, value, 0.0)


_BEFORE: dict[str, Any] = {
    "switch": lambda id: [("switch", id, "off")],
    "turned": lambda id: [("switch", id, "off")],
    "both": lambda id: [("switch", id, "off"), ("lamp", id, "off")],
    "held": lambda id: [("hand_at", id, "no")],
    "twice": lambda id: [("hand_at", id, "no")],
    "probed": lambda id: [("probing", f"{id}.1/{id}.2", "no")],
    "tool": lambda id: [("hand_at", id, "no"), ("tool_at", f"tool_{id}", "hand")],
    "wire": lambda id: [],
}


def _act(kind: str, id: str, t_s: float) -> list[Event]:
    hand = [told("hand_at", id, "yes", t_s), told("hand_at", id, "no", t_s + 1.5)]
    acts = {
        "switch": [told("switch", id, "on", t_s)],
        "turned": [told("switch", id, "on", t_s)],
        "both": [told("switch", id, "on", t_s), told("lamp", id, "on", t_s + 0.4)],
        "held": hand,
        "twice": [*hand, told("hand_at", id, "yes", t_s + 2), told("hand_at", id, "no", t_s + 3)],
        "probed": [
            told("probing", f"{id}.1/{id}.2", "yes", t_s),
            told("probing", f"{id}.1/{id}.2", "no", t_s + 1),
        ],
        "tool": [*hand, told("tool_at", f"tool_{id}", "tray", t_s + 2)],
        "wire": [Event(wire_key(f"{id}.1", f"{id}.2"), "blue", t_s, t_s, None, SURE)],
    }
    return acts[kind]


def told(kind: str, subject: str, value: str | None, t_s: float) -> Event:
    """Something that is seen at once."""
    return Event(FactKey(kind, subject), value, t_s, t_s, None, SURE)


def disturbed(chance: random.Random, plan: Plan, events: Sequence[Event]) -> list[Event]:
    """Work with faults: steps left out, done twice, taken back, wrong wires, rules broken."""
    faulty = [event for event in events if event.start_s == 0 or chance.random() > 0.1]
    for _ in range(chance.randint(0, 3)):
        t_s = chance.uniform(0.5, plan.end_s() - 1)
        id = chance.choice(plan.steps).name
        faulty += chance.choice(_FAULTS)(id, round(t_s, 1))
    return sorted(faulty, key=lambda event: event.start_s)


_FAULTS: tuple[Any, ...] = (
    lambda id, t_s: [told("switch", id, "on", t_s), told("switch", id, "off", t_s + 2)],
    lambda id, t_s: [told("switch", "main", "on", t_s), told("switch", "main", "off", t_s + 7)],
    lambda id, t_s: [told("hand_in", "live", "yes", t_s), told("hand_in", "live", "no", t_s + 3)],
    lambda id, t_s: [told("hand_in", "hot", "yes", t_s), told("hand_in", "hot", "no", t_s + 2)],
    lambda id, t_s: [told("hand_at", id, "yes", t_s), told("hand_at", id, "no", t_s + 2)],
    lambda id, t_s: [told("tool_at", "spare", "panel", t_s)],
    lambda id, t_s: [replace(told("wire", "", "blue", t_s), key=wire_key(f"{id}.1", "G.1"))],
    lambda id, t_s: [replace(told("wire", "", "red", t_s), key=wire_key(f"{id}.1", f"{id}.2"))],
    lambda id, t_s: [replace(told("wire", "", "absent", t_s), key=wire_key(f"{id}.1", f"{id}.2"))],
    lambda id, t_s: [replace(told("wire", "", "absent", t_s), key=wire_key("G.1", "G.2"))],
)


def random_gap(chance: random.Random, end_s: float) -> Gap:
    """Nothing can be seen for a while."""
    start_s = round(chance.uniform(0, end_s - 1), 1)
    return Gap(start_s, min(end_s, start_s + chance.choice((0.5, 2, 5, 10, 25))), "dark")


def hidden(chance: random.Random, events: Sequence[Event], end_s: float) -> list[Event]:
    """One fact cannot be seen for a while."""
    key = chance.choice(sorted({event.key for event in events}))
    gap = random_gap(chance, end_s)
    own = [event for event in events if event.key == key]
    seen = [event for event in own if not gap.start_s <= event.start_s < gap.end_s]
    before = [event for event in own if event.start_s < gap.end_s]
    again = [replace(event, start_s=gap.end_s, decided_s=gap.end_s) for event in before[-1:]]
    unseen = Event(key, None, gap.start_s, gap.start_s, None, 0.0)
    others = [event for event in events if event.key != key]
    told_again = again if not any(event.start_s == gap.end_s for event in seen) else []
    return sorted([*others, *seen, unseen, *told_again], key=lambda event: (event.start_s, event.key))
