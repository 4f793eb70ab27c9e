"""The commands for those who write rules: try, explain, compare, draw them (end of the flow)."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assessor import terminal
from assessor.command_options import AsJson, BenchName

if TYPE_CHECKING:
    from assessor.bench import Bench
    from assessor.procedure import Procedure
    from assessor.simulate import NoBench
    from assessor.story import Story

ProcedureFile = Annotated[str, typer.Argument(help="Procedure file, or the name of a shipped one.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(simulate)


def simulate(
    procedure: ProcedureFile,
    timeline: Annotated[
        Path, typer.Argument(help="What happened when, one change per line (docs/rules.md).")
    ],
    bench: BenchName = None,
    expect: Annotated[
        Path | None, typer.Option(help="Compare with this file; exit code 1 when it differs.")
    ] = None,
    short: Annotated[
        bool, typer.Option("--short", help="The sheet in short as JSON, as --expect compares it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Judge a timeline written by hand: try a procedure without a camera."""
    from assessor import simulate as simulate_

    rules, place, story = _tried(procedure, bench, timeline)
    sheet = simulate_.simulate(rules, place, story)
    if as_json:
        terminal.write_json(sheet)
    elif short:
        terminal.console().print(simulate_.expected_json(sheet), end="", markup=False)
    else:
        terminal.show_mark_sheet(sheet, timeline.name)
    if expect is not None:
        _compare(simulate_.outcome_of(sheet), expect)


def _tried(procedure: str, bench: str | None, timeline: Path) -> "tuple[Procedure, Bench | NoBench, Story]":
    """Procedure, bench and timeline; what the timeline tells in vain goes to standard error."""
    from assessor.procedure import load_procedure
    from assessor.simulate import fitting_bench
    from assessor.story import read_story, unasked

    rules = load_procedure(_rule_file(procedure, "procedures"))
    story = read_story(timeline)
    for warning in unasked(story, rules.facts):
        told = warning.render(terminal.language())
        terminal.console(stderr=True).print(told, style="yellow", markup=False)
    return rules, _bench(bench, rules) if bench else fitting_bench(rules), story


def _bench(named: str, procedure: "Procedure") -> "Bench":
    """A bench that has what the procedure names; else RuleFileError."""
    from assessor.bench import load_bench
    from assessor.errors import RuleFileError
    from assessor.procedure import faults_against

    bench = load_bench(_rule_file(named, "benches"))
    if faults := faults_against(procedure, bench):
        raise RuleFileError(faults)
    return bench


def _rule_file(named: str, kind: str) -> Path:
    from assessor.batch import find_rule_file

    return find_rule_file(named, kind)


def _compare(came: object, file: Path) -> None:
    """Exit code 1 and every line that differs."""
    import difflib

    from assessor.errors import InputError

    try:
        expected = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{file.name!r}: expected a file as 'simulate --expect' compares with, got {error}; "
            "name the .expected.json beside the timeline"
        ) from None
    before, after = (json.dumps(one, indent=1, ensure_ascii=False).splitlines() for one in (expected, came))
    different = list(difflib.unified_diff(before, after, "expected", "came", lineterm="", n=1))
    for line in different:
        terminal.console(stderr=True).print(line, markup=False)
    if different:
        raise typer.Exit(1)
