"""The commands for those who write rules: try, explain, compare, draw them (end of the flow)."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from assessor import terminal
from assessor.command_options import AsJson, BenchName, ProcedureName
from assessor.shown import PageLanguage

if TYPE_CHECKING:
    from assessor.bench import Bench
    from assessor.judge.case import Case
    from assessor.procedure import Procedure
    from assessor.simulate import NoBench
    from assessor.story import Story
    from assessor.types import MarkSheet

ProcedureFile = Annotated[str, typer.Argument(help="Procedure file, or the name of a shipped one.")]


class RuleKind(StrEnum):
    """What `schema` can be asked for."""

    procedure = "procedure"
    rule_set = "rule_set"
    bench = "bench"
    devices = "devices"
    classroom = "classroom"


class RuleLanguage(StrEnum):
    """Languages of a rule file."""

    zh = "zh"
    en = "en"


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (simulate, explain, rescore, schema, graph):
        app.command()(command)


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
    html: Annotated[
        Path | None, typer.Option("--html", help="Write one A4 page for the printer into this file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Judge a timeline written by hand: try a procedure without a camera."""
    from assessor import printed_sheet
    from assessor import simulate as simulate_

    rules, place, story = _tried(procedure, bench, timeline)
    sheet = simulate_.simulate(rules, place, story)
    if html is not None:
        trial = printed_sheet.Trial(timeline.name, place.name, story.end_s)
        page = printed_sheet.page_of_trial(rules, sheet, trial)
        write_text(html, printed_sheet.html_of(page, PageLanguage(terminal.language())))
    if as_json:
        terminal.write_json(sheet)
    elif short:
        terminal.console().print(simulate_.expected_json(sheet), end="", markup=False)
    elif html is None:
        terminal.show_mark_sheet(sheet, timeline.name)
    if expect is not None:
        _compare(simulate_.outcome_of(sheet), expect)


def explain(
    attempt_or_item: Annotated[str, typer.Argument(metavar="[ATTEMPT] ITEM", help="Id in the store; item.")],
    item: Annotated[str | None, typer.Argument(hidden=True)] = None,
    procedure: Annotated[
        str | None, typer.Option("--procedure", "-p", help="Procedure file or name, without ATTEMPT.")
    ] = None,
    bench: BenchName = None,
    observations: Annotated[
        Path | None, typer.Option(help="Recorded observations; needs --procedure and --bench.")
    ] = None,
    timeline: Annotated[Path | None, typer.Option(help="A timeline; needs --procedure.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say why an item has the points it has: what was seen, conditions over time, verdict, points."""
    from assessor import explain as explain_
    from assessor.errors import InputError
    from assessor.explain_wording import lines_of

    named = item or attempt_or_item
    if timeline is not None and procedure and not item:
        rules, case, sheet = _case_of_timeline(timeline, procedure, bench)
    elif observations is not None and procedure and bench and not item:
        rules, case, sheet = _case_of_observations(observations, procedure, bench)
    elif item:
        rules, case, sheet = _case_of_attempt(attempt_or_item)
    else:
        raise typer.BadParameter(
            "expected ATTEMPT ITEM, or ITEM with --timeline FILE --procedure P, "
            "or ITEM with --observations FILE --bench B --procedure P"
        )
    try:
        explanation = explain_.explain(rules, case, sheet, named)
    except InputError as fault:
        raise typer.BadParameter(str(fault)) from None
    if as_json:
        terminal.write_json(explanation)
        return
    for line in lines_of(explanation, terminal.language()):
        terminal.console().print(line, markup=False)


def _case_of_timeline(
    timeline: Path, procedure: str, bench: str | None
) -> "tuple[Procedure, Case, MarkSheet]":
    from assessor import simulate as simulate_

    rules, place, story = _tried(procedure, bench, timeline)
    case = simulate_.watched(rules, place, story).case(story.end_s, story.gaps)
    return rules, case, simulate_.simulate(rules, place, story)


def _case_of_observations(file: Path, procedure: str, bench: str) -> "tuple[Procedure, Case, MarkSheet]":
    from assessor.procedure import load_procedure
    from assessor.reopen import watch

    rules = load_procedure(_rule_file(procedure, "procedures"))
    seen = watch(file, _bench(bench, rules), rules)
    return rules, seen.case, seen.sheet


def _case_of_attempt(attempt: str) -> "tuple[Procedure, Case, MarkSheet]":
    from assessor import settings
    from assessor.reopen import reopen
    from assessor.store import open_store

    with open_store(settings.store(), settings.data_folder()) as store:
        seen = reopen(store, attempt_id(attempt))
        return seen.task.procedure, seen.case, seen.sheet


def attempt_id(text: str) -> UUID:
    """What a person typed as the id of an attempt."""
    try:
        return UUID(text)
    except ValueError:
        raise typer.BadParameter(
            f"expected the id of an attempt, got {text!r}; 'assessor serve' lists them"
        ) from None


def rescore(
    procedure: ProcedureName,
    attempts: Annotated[
        list[str] | None, typer.Argument(metavar="ATTEMPT...", help="Ids in the store.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every stored attempt at the procedure of this name.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Score stored attempts with another version of a procedure, print what differs; nothing is edited."""
    from assessor import rescore as rescore_
    from assessor import settings
    from assessor.procedure import load_procedure
    from assessor.reopen import attempts_of
    from assessor.store import open_store

    if bool(attempts) == everything:
        raise typer.BadParameter("expected the ids of attempts, or --all")
    rules = load_procedure(_rule_file(procedure, "procedures"))
    with open_store(settings.store(), settings.data_folder()) as store:
        named = map(attempt_id, attempts or ())
        ids = [a.id for a in attempts_of(store, rules.procedure)] if everything else list(named)
        results = list(rescore_.rescore(store, ids, rules))
    if as_json:
        terminal.write_json({"results": [rescore_.document_of(result) for result in results]})
    else:
        terminal.show_tables([rescore_.table_of(result, terminal.language()) for result in results])
    if any(isinstance(result, rescore_.NotRescored) for result in results):
        raise typer.Exit(1)


def schema(
    kind: Annotated[RuleKind, typer.Argument(help="What kind of rule file.")] = RuleKind.procedure,
) -> None:
    """Print the JSON Schema of a kind of rule file, for completion in an editor."""
    from assessor.schema import schema_of

    terminal.write_json(schema_of(kind.value))


def graph(
    procedure: ProcedureFile,
    out: Annotated[
        Path | None, typer.Option("--out", help="Where to write it; else standard output.")
    ] = None,
    lang: Annotated[
        RuleLanguage | None, typer.Option("--lang", help="Language of the picture; else the system's.")
    ] = None,
) -> None:
    """Draw a procedure as an SVG picture: steps by their order, standing rules below."""
    from assessor.graph import graph_of
    from assessor.procedure import load_procedure

    rules = load_procedure(_rule_file(procedure, "procedures"))
    picture = graph_of(rules, lang.value if lang else terminal.language())
    if out is None:
        sys.stdout.write(picture)
    else:
        write_text(out, picture)


def write_text(file: Path, text: str) -> None:
    """Write a text file; StoreError says why it could not be written."""
    write_bytes(file, text.encode())


def write_bytes(file: Path, content: bytes) -> None:
    """Write a file; StoreError says why it could not be written."""
    from assessor.errors import StoreError

    try:
        file.write_bytes(content)
    except OSError as fault:
        raise StoreError(
            f"expected to write {file}, got '{fault.strerror}'; name a file in a folder that can be written"
        ) from None


def _tried(procedure: str, bench: str | None, timeline: Path) -> "tuple[Procedure, Bench | NoBench, Story]":
    """Procedure, bench and timeline; what the timeline tells in vain goes to standard error."""
    from assessor.procedure import load_procedure
    from assessor.simulate import NoBench, fitting_bench, misnamed, unprobed
    from assessor.story import read_story, unasked

    rules = load_procedure(_rule_file(procedure, "procedures"))
    place = _bench(bench, rules) if bench else fitting_bench(rules)
    story = read_story(timeline)
    odd = [] if isinstance(place, NoBench) else misnamed(story, place)
    odd += [*unasked(story, rules.facts), *unprobed(story, rules, place)]
    for warning in sorted(odd, key=lambda fault: fault.line):
        told = warning.render(terminal.language())
        terminal.console(stderr=True).print(told, style="yellow", markup=False)
    return rules, place, story


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


def expected_outcome(file: Path) -> object:
    """The outcome a file says must come. InputError for anything but a JSON object."""
    from assessor.errors import InputError, reason_of
    from assessor.types import Text

    try:
        expected: object = json.loads(file.read_text(encoding="utf-8"))
        why = Text(zh="不是键值块的 JSON", en="JSON that is no object")
    except OSError as error:
        expected, why = None, reason_of(error)
    except json.JSONDecodeError as error:
        expected, line = None, error.lineno
        why = Text(zh=f"第 {line} 行有误的 JSON", en=f"JSON that breaks off or is wrong in line {line}")
    except (ValueError, RecursionError):
        expected, why = None, Text(zh="无法读取的 JSON", en="JSON that cannot be read")
    if isinstance(expected, dict):
        return expected
    raise InputError(
        Text(
            zh=f"{file.name!r}：应为 simulate --short 写出的文件，实际为“{why.zh}”；"
            "请给出时间线旁的 .expected.json",
            en=f"{file.name!r}: expected a file that 'simulate --short' wrote, got '{why.en}'; "
            "name the .expected.json beside the timeline",
        )
    )


def _compare(came: object, file: Path) -> None:
    """Exit code 1 and every line that differs."""
    import difflib

    before, after = (
        json.dumps(one, indent=1, ensure_ascii=False).splitlines() for one in (expected_outcome(file), came)
    )
    different = list(difflib.unified_diff(before, after, "expected", "came", lineterm="", n=1))
    for line in different:
        terminal.console(stderr=True).print(line, markup=False)
    if different:
        raise typer.Exit(1)
