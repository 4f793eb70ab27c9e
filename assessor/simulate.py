"""Rules tried without a camera: a timeline → mark sheet, by the same events, judge and marks as a recording.

What a timeline does not mention does not happen: the given wires are there, no hand is anywhere, nothing is
held or measured, displays are blank, somebody is there and raises no hand. Positions of switches, lamps,
tools and parts are told by the timeline.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from assessor.bench import Bench, load_bench
from assessor.errors import Fault, RuleFileError
from assessor.events import EventBuilder
from assessor.judge import Judge
from assessor.judge.items import number_of
from assessor.judge.wiring import NO_COLOUR, Nodes, ends_of, wire_key
from assessor.located_yaml.faults import nearest, one_of
from assessor.marks import mark
from assessor.procedure.load import TOOL_PLACES, BenchNames, Procedure, faults_against, probe_pairs
from assessor.settings import rules_folder
from assessor.story import Story, Word
from assessor.types import Fact, FactKey, MarkSheet, Text

QUIET = {"hand_in": "no", "hand_at": "no", "holding": "no", "display": "", "pose": "no"}
SOMEBODY = FactKey("pose", "person_present")  # unless told otherwise, somebody works at the bench


@dataclass(frozen=True, slots=True)
class NoBench:
    """The nodes of terminals on no bench in particular: each is its own."""

    sha256: str = ""

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
        for terminal in ends_of(key.subject) if key.kind == "wire" else ():
            if terminal not in bench.terminals:
                found.setdefault(terminal, _no_such(said.subject, terminal, bench.terminals))
    return list(found.values())


def _no_such(word: Word, name: str, known: Collection[str]) -> Fault:
    return replace(word, text=name).fault(one_of(known), nearest(name, known), "warning")


def watched(procedure: Procedure, bench: Nodes, story: Story) -> Judge:
    """A judge that has heard the whole story."""
    builder = EventBuilder(procedure.timing.hold_s, procedure.timing.forget_s)
    judge = Judge(procedure, bench)
    for fact in sorted((*_unsaid(procedure, story), *story.facts), key=lambda fact: fact.t_s):
        judge.update(builder.update(fact))
    judge.update(builder.finish(story.end_s))
    return judge


def simulate(procedure: Procedure, bench: Bench | NoBench, story: Story) -> MarkSheet:
    """The mark sheet of a timeline. RuleFileError for a grade that is no number."""
    check_grades(procedure, story)
    judged = watched(procedure, bench, story).judged(story.end_s, story.gaps)
    return mark(procedure, judged, StoryOrigin(story.sha256, bench.sha256))


def check_grades(procedure: Procedure, story: Story) -> None:
    """RuleFileError for every grade that its scale does not have."""
    graded = [item.graded for item in procedure.rubric.items if item.graded is not None]
    scales = {key: grading.of for grading in graded for key in grading.keys}
    faults = []
    for said in story.said:
        of = scales.get(said.fact.key)
        grade = number_of(said.fact.value)
        if of is not None and said.fact.value is not None and (grade is None or not 0 <= grade <= of):
            faults.append(said.value.fault(Text(f"0 至 {of:g} 的数", f"a number from 0 to {of:g}")))
    if faults:
        raise RuleFileError(faults)


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


def _usual(procedure: Procedure) -> dict[FactKey, str]:
    given = {wire_key(w.from_, w.to): w.color or NO_COLOUR for w in procedure.given.wires}
    probings = {FactKey("probing", "/".join(pair)): "no" for pair in probe_pairs(procedure)}
    quiet = {key: QUIET[key.kind] for key in procedure.facts if key.kind in QUIET}
    quiet |= {SOMEBODY: "yes"} if SOMEBODY in quiet else {}
    return {**given, **probings, **quiet}
