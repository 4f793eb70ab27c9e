"""Attempts that nobody wrote: random work at the bench, with its truth as the generator writes it."""

import copy
import json
import random
from pathlib import Path
from typing import Any

from tests.truth_facts import Json

FPS = 10
TASK = (
    ("X1.1", "S2.21", "red"),
    ("S1.14", "X1.4", "black"),
    ("X1.4b", "KM1.A1", "black"),
    ("KM1.A2", "X1.5", "blue"),
)
GIVEN = (
    ("PS.+", "X1.1b", "red"),
    ("PS.-", "X1.5b", "blue"),
    ("Q1.2", "PS.L", "brown"),
    ("Q1.4", "PS.N", "blue"),
    ("S2.22", "S1.13", "black"),
)
SPARE = ("X1.7", "X1.8")  # terminals that no wire belongs to
RIGHT = ("off", "probe", "wire 0", "wire 1", "wire 2", "wire 3", "tool", "on", "S1", "S2")
FAULTS = ("omit", "swap", "early power", "wrong wire", "moved wire", "wrong colour", "board", "mat")


class Worker:
    """Does one thing after the other, as long as the generator's hand takes for it."""

    def __init__(self) -> None:
        self.held: list[str] = []
        self.frames: list[dict[str, Any]] = []
        self.actions: list[dict[str, Any]] = []
        self.states: list[dict[str, Any]] = []
        self.state: dict[str, Any] = {
            "switches": {"Q1": "on", "KM1": "out"},
            "led": True,
            "display": "",
            "tools": {
                "screwdriver": "tray",
                "wire_stripper": "tray",
                "probe_red": "rest",
                "probe_black": "rest",
            },
            "wires": [_wire(*wire) for wire in GIVEN],
        }
        self._note()

    def truth(self) -> Json:
        """What the generator would write, less the pictures' side of it."""
        return {
            "duration": len(self.frames) / FPS,
            "states": self.states,
            "frames": self.frames,
            "actions": self.actions,
        }

    def write_truth(self, path: Path) -> Path:
        """The truth as a file."""
        path.write_text(json.dumps(self.truth()), encoding="utf-8")
        return path

    def away(self, seconds: float) -> None:
        """The hand is out of the picture."""
        self._stay(seconds)

    def switch(self, to: str) -> None:
        """Turn the isolator."""
        self._begin("switch")
        self._park("mat")
        self._stay(0.8)
        self._stay(0.7, "Q1")
        self.state["switches"]["Q1"], self.state["led"] = to, to == "on"
        if to == "off":
            self.state["switches"]["KM1"] = "out"
        self._note()
        self._stay(0.4, "Q1")
        self._stay(0.3)
        self._end()

    def probe(self) -> None:
        """Measure between X1.1 and X1.5."""
        self._begin("probe")
        self._park("mat")
        self._stay(1.0)
        self.held += ["probe_red", "probe_black"]
        self._note()
        self._stay(0.9)
        self.state["display"] = "24.0" if self.state["switches"]["Q1"] == "on" else "0.0"
        self._note()
        self._stay(1.6, "X1.1/X1.5")
        self.state["display"] = ""
        self._note()
        self._stay(0.9)
        self.held.clear()
        self._end()

    def wire(self, start: str, end: str, colour: str) -> None:
        """Lay a wire."""
        self._begin("wire")
        self._pick("screwdriver")
        self._stay(0.7)
        self._stay(0.8, start)
        self._stay(0.7)
        self.state["wires"].append(_wire(start, end, colour))
        self._note()
        self._stay(0.8, end)
        self._end()

    def move_end(self, wire: dict[str, str], to: str) -> None:
        """Move the second end of a wire."""
        self._begin("rewire")
        self._pick("screwdriver")
        self._stay(0.7)
        self._stay(0.8, wire["to"])
        self.state["wires"].remove(wire)
        self._note()
        self._stay(0.5)
        self.state["wires"].append({**wire, "to": to})
        self._note()
        self._stay(0.8, to)
        self._end()

    def press(self, button: str) -> None:
        """Press a button; S1 pulls the contactor in while Q1 is on, S2 drops it out."""
        self._begin("press")
        self._park("mat")
        self._stay(0.7)
        self._stay(0.2, button)
        if button == "S2" or self.state["switches"]["Q1"] == "on":
            self.state["switches"]["KM1"] = "in" if button == "S1" else "out"
            self._note()
        self._stay(0.5, button)
        self._stay(0.2)
        self._end()

    def put_tool(self, to: str) -> None:
        """Lay the screwdriver somewhere."""
        self._begin("move_tool")
        self._pick("screwdriver")
        self._park(to)
        self._end()

    def _pick(self, tool: str) -> None:
        if tool not in self.held:
            self._stay(1.0, None)
            self.held.append(tool)
            self.state["tools"][tool] = "hand"
            self._note()

    def _park(self, place: str) -> None:
        for tool in [tool for tool in self.held if not tool.startswith("probe")]:
            self._stay(0.8)
            self.held.remove(tool)
            self.state["tools"][tool] = place
            self._note()
            self._stay(0.3)

    def _stay(self, seconds: float, at: str | None = None) -> None:
        for _ in range(round(seconds * FPS)):
            frame = {
                "t": len(self.frames) / FPS,
                "state": len(self.states) - 1,
                "held": list(self.held),
                "at": at,
            }
            self.frames.append(frame)

    def _note(self) -> None:
        head = {"index": len(self.states), "start": len(self.frames) / FPS}
        self.states.append({**head, **copy.deepcopy(self.state)})

    def _begin(self, kind: str) -> None:
        self.actions.append({"name": kind, "kind": kind, "start": len(self.frames) / FPS})

    def _end(self) -> None:
        self.actions[-1]["end"] = len(self.frames) / FPS
        self._stay(1.7)


def right_attempt(seed: int) -> Worker:
    """By the book, the wires in any order."""
    return _attempt(random.Random(seed), ())


def random_attempt(seed: int) -> Worker:
    """With up to three faults."""
    chance = random.Random(seed)
    return _attempt(chance, tuple(chance.choices(FAULTS, k=chance.randint(0, 3))))


def _attempt(chance: random.Random, faults: tuple[str, ...]) -> Worker:
    steps = _plan(chance, faults)
    wires = list(TASK)
    moves: dict[str, str] = {}
    for fault in faults:
        chosen = chance.randrange(len(wires))
        start, end, colour = TASK[chosen]
        if fault == "wrong colour":
            wires[chosen] = (start, end, "yellow")
        elif fault in ("wrong wire", "moved wire"):
            spare = SPARE[fault == "moved wire"]
            wires[chosen] = (start, spare, colour)
            moves |= {spare: end} if fault == "moved wire" else {}
    place = next((fault for fault in faults if fault in ("board", "mat")), "tray")
    worker = Worker()
    worker.away(3)
    for step in steps:
        _do(worker, step, wires, moves, place)
    worker.away(4)
    return worker


def _plan(chance: random.Random, faults: tuple[str, ...]) -> list[str]:
    wires = list(RIGHT[2:6])
    chance.shuffle(wires)
    steps = [*RIGHT[:2], *wires, *RIGHT[6:]]
    for fault in faults:
        where = chance.randrange(len(steps) - 1)
        if fault == "omit":
            del steps[where]
        elif fault == "swap":
            steps[where], steps[where + 1] = steps[where + 1], steps[where]
        elif fault == "early power" and "on" in steps:
            steps.remove("on")
            steps.insert(max(1, where), "on")
    return steps


def _do(
    worker: Worker, step: str, wires: list[tuple[str, str, str]], moves: dict[str, str], place: str
) -> None:
    if step in ("off", "on"):
        worker.switch(step)
    elif step == "probe":
        worker.probe()
    elif step == "tool":
        for wire in [wire for wire in worker.state["wires"] if wire["to"] in moves]:
            worker.move_end(wire, moves[wire["to"]])
        worker.put_tool(place)
    elif step.startswith("wire"):
        worker.wire(*wires[int(step[-1])])
    else:
        worker.press(step)


def _wire(start: str, end: str, colour: str) -> dict[str, str]:
    return {"from": start, "to": end, "color": colour}
