"""Rules tried without a camera: a timeline → mark sheet, by the same events, judge and marks as a recording.

What a timeline does not mention does not happen: the given wires are there, no hand is anywhere, nothing is
held or measured, displays are blank, somebody is there and raises no hand. Positions of switches, lamps,
tools and parts are told by the timeline.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from assessor.bench import Bench, load_bench
from assessor.errors import Fault, RuleFileError
from assessor.events import EventBuilder
from assessor.judge import Judge
from assessor.judge.wiring import NO_COLOUR, Nodes, ends_of, wire_key
from assessor.located_yaml.faults import nearest, one_of
from assessor.marks import mark
from assessor.procedure.fact_words import SIDES
from assessor.procedure.load import TOOL_PLACES, BenchNames, Procedure, faults_against, probe_pairs
from assessor.settings import rules_folder
from assessor.story import HAND_KINDS, PROBE_SEPARATOR, Story, Word
from assessor.supplied_check import faults_in_story
from assessor.types import Fact, FactKey, MarkSheet, Text

QUIET = {"hand_in": "no", "hand_at": "no", "holding": "no", "display": "", "pose": "no"}
SOMEBODY = FactKey("pose", "person_present")  # unless told otherwise, somebody works at the bench


@dataclass(frozen=True, slots=True)
class NoBench:
    """The nodes of terminals on no bench in particular: each is its own."""

    sha256: str = ""
    name: str = "–"

    def same_node(self, first: str, second: str) -> bool:
        """Whether two terminals are the same one."""
        return first == second


@dataclass(frozen=True, slots=True)
class StoryOrigin:
    """What the sheet of a timeline says about where it comes from."""

    recording_sha256: str
    bench_sha256: str
    partial: str | None = None


def fitting_bench(procedure: Procedure) -> Bench | NoBench:
    """The first shipped bench that has everything the procedure names; else no bench in particular."""
    for path in sorted((rules_folder() / "benches").glob("*.yaml")):
        bench = load_bench(path)
        if not faults_against(procedure, bench):
            return bench
    return NoBench()


def misnamed(story: Story, bench: BenchNames) -> list[Fault]:
    """Warnings: terminals and places that the timeline names and the bench does not have, each once."""
    places = (*bench.zones, *TOOL_PLACES)
    found: dict[str, Fault] = {}
    for said in story.said:
        key, value = said.fact.key, said.fact.value
        if key.kind == "tool_at" and value is not None and value not in places:
            found.setdefault(value, _no_such(said.value, value, places))
        place = key.subject.rpartition("/")[2]
        if key.kind == "part_at" and place not in bench.places:
            found.setdefault(place, _no_such(said.subject, place, bench.places))
        for terminal in _ends(key):
            if terminal not in bench.terminals:
                found.setdefault(terminal, _no_such(said.subject, terminal, bench.terminals))
    return list(found.values())


def unprobed(story: Story, procedure: Procedure, bench: Nodes) -> list[Fault]:
    """Warnings: pairs of terminals that the timeline probes and the procedure never asks for, each once. Two
    clamps of one terminal are the same."""

    def same(first: str, second: str) -> bool:
        return first == second or bench.same_node(first, second)

    asked = [pair for one in probe_pairs(procedure) for pair in (one, one[::-1])]
    found: dict[FactKey, Fault] = {}
    for said in story.said:
        key = said.fact.key
        if key.kind == "probing" and not any(all(map(same, _ends(key), pair)) for pair in asked):
            shown = [PROBE_SEPARATOR.join(pair) for pair in probe_pairs(procedure)]
            expected = Text("作业流程要测的端子对", "two terminals that the procedure asks for")
            hint = nearest(key.subject, shown) if shown else None
            found.setdefault(key, said.subject.fault(expected, hint, "warning"))
    return list(found.values())


def _ends(key: FactKey) -> tuple[str, ...]:
    """The terminals that a fact names."""
    if key.kind == "probing":
        return tuple(key.subject.split(PROBE_SEPARATOR, 1))
    return ends_of(key.subject) if key.kind == "wire" else ()


def _no_such(word: Word, name: str, known: Collection[str]) -> Fault:
    return replace(word, text=name).fault(one_of(known), nearest(name, known), "warning")


def watched(procedure: Procedure, bench: Nodes, story: Story) -> Judge:
    """A judge that has heard the whole story."""
    builder = EventBuilder(procedure.timing.hold_s, procedure.timing.forget_s)
    judge = Judge(procedure, bench)
    told = _of_hands(story.facts, procedure.facts)
    for fact in sorted((*_unsaid(procedure, story), *told), key=lambda fact: fact.t_s):
        judge.update(builder.update(fact))
    judge.update(builder.finish(story.end_s))
    return judge


def simulate(procedure: Procedure, bench: Bench | NoBench, story: Story) -> MarkSheet:
    """The mark sheet of a timeline. RuleFileError for what is entered in it and the procedure cannot take."""
    if faults := faults_in_story(story.said, procedure):
        raise RuleFileError(faults)
    judged = watched(procedure, bench, story).judged(story.end_s, story.gaps)
    return mark(procedure, judged, StoryOrigin(story.sha256, bench.sha256))


def outcome_of(sheet: MarkSheet) -> dict[str, Any]:
    """The sheet in short, to be kept as what is expected: items, then mistakes in time order; where there is
    a veto or it is decided whether the exam is passed, these too."""
    mistakes = sorted(
        (m for verdict in sheet.verdicts for m in verdict.mistakes), key=lambda m: (m.t_s, m.kind)
    )
    short: dict[str, Any] = {
        "total": sheet.total,
        "possible": sheet.possible,
        "items": {line.item: [line.awarded, line.outcome.value] for line in sheet.lines},
        "mistakes": [[m.kind, m.subject, round(m.t_s, 2), m.corrected] for m in mistakes],
    }
    if sheet.vetoes or sheet.passed is not None:
        short["vetoes"] = [[veto.id, veto.state] for veto in sheet.vetoes]
        short["passed"] = sheet.passed
    return short


def expected_json(sheet: MarkSheet) -> str:
    """The sheet in short as JSON, one item per line."""
    short = outcome_of(sheet)
    items = ",\n".join(f"  {_json(item)}: {_json(value)}" for item, value in short["items"].items())
    mistakes = ",\n".join(f"  {_json(mistake)}" for mistake in short["mistakes"])
    told = {key: _json(value) for key, value in short.items()}
    told["items"] = f"{{\n{items}\n }}"
    told["mistakes"] = f"[\n{mistakes}\n ]" if mistakes else "[]"
    return "{\n" + ",\n".join(f" {_json(key)}: {value}" for key, value in told.items()) + "\n}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _unsaid(procedure: Procedure, story: Story) -> Iterator[Fact]:
    """What goes without saying at the beginning."""
    told = {fact.key for fact in story.facts if fact.earliest_s <= 0}
    for key, value in sorted(_usual(procedure).items()):
        if key not in told:
            yield Fact(0.0, key, value, 1.0, 0.0)


def _of_hands(facts: Iterable[Fact], asked: Collection[FactKey]) -> Iterator[Fact]:
    """What a line about one hand says of any, and the other way round: of "a hand" it is not known which."""
    last: dict[FactKey, str | None] = {}
    for fact in facts:
        key, last[fact.key] = fact.key, fact.value
        yield fact
        if key.kind not in HAND_KINDS:
            continue
        sides = [replace(key, hand=side) for side in SIDES]
        said = [last.get(side, "no") for side in sides]
        if key.hand:
            value = "yes" if "yes" in said else None if None in said else "no"
            yield replace(fact, key=replace(key, hand=""), value=value)
        elif fact.value != "yes" or "yes" not in said:
            value = "no" if fact.value == "no" else None
            yield from (replace(fact, key=side, value=value) for side in sides if side in asked)


def _usual(procedure: Procedure) -> dict[FactKey, str]:
    given = {wire_key(w.from_, w.to): w.color or NO_COLOUR for w in procedure.given.wires}
    probings = {FactKey("probing", "/".join(pair)): "no" for pair in probe_pairs(procedure)}
    quiet = {key: QUIET[key.kind] for key in procedure.facts if key.kind in QUIET}
    quiet |= {SOMEBODY: "yes"} if SOMEBODY in quiet else {}
    return {**given, **probings, **quiet}
