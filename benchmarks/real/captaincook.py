"""Reads CaptainCook4D: task graphs as steps with an order, recordings as executions with tagged errors.

Takes the folder `captaincook4d`; gives `Execution`s. A step that stands several times in a graph is told
apart by the order in which it was done; what is done more often than the graph has it counts once.
"""

import json
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.real.executions import PlainStep

ORDER, MISSING = "Order Error", "Missing Step"
TERMINALS = ("START", "END")


@dataclass(frozen=True)
class TaskGraph:
    """A standard procedure: what its steps are called, and which come directly before which."""

    name: str
    titles: Mapping[str, str]
    before: Mapping[str, frozenset[str]]

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The steps in one of their legal orders."""
        placed: dict[str, None] = {}
        while len(placed) < len(self.titles):
            free = [step for step in self.titles if step not in placed and self.before[step] <= set(placed)]
            if not free:
                raise ValueError(f"expected a task graph without a circle, got one in {self.name}")
            placed[free[0]] = None
        return tuple(placed)

    @cached_property
    def steps(self) -> tuple[PlainStep, ...]:
        """The steps for a procedure."""
        return tuple(PlainStep(s, self.titles[s], tuple(sorted(self.before[s]))) for s in self.order)


@dataclass(frozen=True)
class Execution:
    """One recording: when each step was done for the first time (start and end, seconds), and which steps
    carry which tag. `repeated`: how many steps were done more often than the graph has them."""

    id: str
    graph: TaskGraph
    done: dict[str, tuple[float, float]] = field(default_factory=dict)
    tagged: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    repeated: int = 0


def read_executions(folder: Path) -> list[Execution]:
    """Every recording whose graph is there, in the order of the file."""
    paths = sorted((folder / "task_graphs").glob("*.json"))
    graphs = {path.stem: _graph(path.stem, _json(path)) for path in paths}
    activities = {
        id: recording["activity_name"]
        for id, recording in _json(folder / "complete_step_annotations.json").items()
    }
    titles = _json(folder / "step_idx_description.json")
    return [
        _execution(recording, graphs[_plain(activities[recording["recording_id"]])], titles)
        for recording in _json(folder / "error_annotations.json")
    ]


def _graph(name: str, graph: Mapping[str, Any]) -> TaskGraph:
    titles = {f"step_{id}": title for id, title in graph["steps"].items() if title not in TERMINALS}
    before: dict[str, set[str]] = {step: set() for step in titles}
    for earlier, later in graph["edges"]:
        if f"step_{earlier}" in titles and f"step_{later}" in titles:
            before[f"step_{later}"].add(f"step_{earlier}")
    return TaskGraph(name, titles, {step: frozenset(earlier) for step, earlier in before.items()})


def _execution(recording: Mapping[str, Any], graph: TaskGraph, titles: Mapping[str, str]) -> Execution:
    """The steps of a recording are numbered otherwise than those of the graph: their titles join them. Where
    what was written down is not a title of the graph, the title of the step's number counts."""
    nodes: dict[str, list[str]] = defaultdict(list)
    for step in graph.order:
        nodes[_plain(graph.titles[step])].append(step)
    done: dict[str, tuple[float, float]] = {}
    tagged: dict[str, set[str]] = defaultdict(set)
    repeated = 0
    annotated = sorted(recording["step_annotations"], key=lambda step: float(step["start_time"]))
    for title, steps in _by_title(annotated, titles, nodes).items():
        repeated += max(0, len(steps) - len(nodes[title]))
        for index, said in enumerate(steps):
            node = nodes[title][min(index, len(nodes[title]) - 1)]
            tagged[node] |= {error["tag"] for error in said.get("errors", ())}
            if said["start_time"] >= 0:
                done.setdefault(node, (said["start_time"], said["end_time"]))
    return Execution(recording["recording_id"], graph, done, tagged, repeated)


def _by_title(
    annotated: Iterable[Mapping[str, Any]], titles: Mapping[str, str], known: Container[str]
) -> dict[str, list[Mapping[str, Any]]]:
    by_title: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for step in annotated:
        written = _plain(step["description"])
        title = written if written in known else _plain(titles[str(step["step_id"])])
        by_title[title].append(step)
    return by_title


def _plain(title: str) -> str:
    return re.sub(r"\W+", "", title.lower())


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
