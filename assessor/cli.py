"""The command line: options in, one function called per command, its result shown (end of the flow).

Exit codes: 0 done; 1 done and something is wrong (`doctor`); 2 the command line or a rule file;
3 an input file; 4 a model; 5 the bench cannot be seen; 6 the store; 7 not allowed; 70 a fault of ours;
130 interrupted.
"""

import logging
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assessor import (
    __version__,
    board_commands,
    camera_commands,
    ledger_commands,
    report_commands,
    rule_commands,
    serve_commands,
    settings,
    terminal,
    train_commands,
)
from assessor.command_options import (
    AsJson,
    EvidenceFiles,
    Persons,
    Photos,
    ProcedureName,
    Readings,
    StudentName,
    Video,
)
from assessor.discreet_log import DiscreetFormatter
from assessor.errors import AssessorError, RuleFileError
from assessor.serve_commands import DEMO_PROCEDURE

if TYPE_CHECKING:
    from assessor.batch import Job
    from assessor.bench import Bench
    from assessor.procedure import Procedure
    from assessor.types import MarkSheet, Verdict, WireObservation

FAULT_OF_OURS = 70

_EXIT_CODES = (
    "Exit codes: 0 done · 1 done, something is wrong · 2 command line or rule file · 3 input file · "
    "4 model · 5 bench not seen · 6 store · 7 not allowed · 70 a fault of ours · 130 interrupted"
)

app = typer.Typer(
    name="assessor",
    help="Watches a workstation, checks the work against a procedure, proposes marks with evidence.",
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
)
models_app = typer.Typer(name="models", help="The models that see.", no_args_is_help=True)
bench_app = typer.Typer(name="bench", help="Bench files.", no_args_is_help=True)
app.add_typer(models_app)
app.add_typer(bench_app)
serve_commands.register(app)


def main() -> None:
    """Run the command line; an `AssessorError` becomes its message and its exit code."""
    try:
        typer.main.get_command(app)()
    except AssessorError as error:
        told = error.render(terminal.language())
        terminal.console(stderr=True).print(told, style="red", markup=False)
        sys.exit(error.exit_code)
    except Exception:
        with _log_file() as log:
            log.exception("assessor %s: %s", __version__, " ".join(sys.argv[1:]))
        told = f"This is a fault of assessor, not of yours. The details lie in {settings.log_file()}"
        terminal.console(stderr=True).print(told, style="red", markup=False)
        sys.exit(FAULT_OF_OURS)


@contextmanager
def _log_file() -> Iterator[logging.Logger]:
    """The logger, writing to the log file while open; to standard error where no file can be written."""
    log = logging.getLogger("assessor")
    handler: logging.Handler = logging.StreamHandler()
    try:
        settings.data_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = logging.FileHandler(settings.log_file(), encoding="utf-8")
    except OSError as error:
        log.warning("no log file: %s", error)
    handler.setFormatter(DiscreetFormatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    try:
        yield log
    finally:
        log.removeHandler(handler)
        handler.close()


def _print_version(wanted: bool) -> None:
    if wanted:
        terminal.console().print(f"assessor {__version__}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Options of every command."""


@app.command()
def score(
    video: Video,
    bench: Annotated[str, typer.Option("--bench", "-b", help="Bench file, or the name of a shipped one.")],
    procedure: ProcedureName,
    student: StudentName = None,
    profile: Annotated[bool, typer.Option("--profile", help="Print the wall time of each stage.")] = False,
    observations: Annotated[
        Path | None,
        typer.Option(help="What was seen when it was scored before: no model looks at the video."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write into this folder instead of the store, again if need be.")
    ] = None,
    photo: Photos = None,
    reading: Readings = None,
    person: Persons = None,
    evidence: EvidenceFiles = None,
    as_json: AsJson = False,
) -> None:
    """Score one recording: mark sheet, reasons, clips. One scored before is shown as it is stored."""
    from assessor import batch
    from assessor.supplied import Options

    given = Options(tuple(photo or ()), tuple(reading or ()), tuple(person or ()), tuple(evidence or ()))
    places = batch.find_rule_file(bench, "benches"), batch.find_rule_file(procedure, "procedures")
    start = time.perf_counter()
    scored = _scored(batch.Job(video, *places, student, observations, given), out)
    attempt, sheet, stages_s, lost = scored
    wall_s = time.perf_counter() - start
    if as_json:
        told = {"attempt": attempt, "mark_sheet": sheet, "stages_s": stages_s, "wall_s": wall_s}
        terminal.write_json(told | {"evidence_lost": lost})
        return
    terminal.show_mark_sheet(sheet, video.name)
    terminal.show_lost_evidence(lost)
    if attempt is not None:
        terminal.console().print(f"attempt {attempt}  (assessor explain {attempt} ITEM)", markup=False)
    if profile:
        terminal.show_profile(stages_s, wall_s)


def _scored(
    job: "Job", out: Path | None
) -> "tuple[str | None, MarkSheet, dict[str, float], tuple[str, ...]]":
    """Id in the store (None with a folder of one's own), mark sheet, seconds by stage, lost evidence."""
    from assessor import batch
    from assessor.people.assign import assign_by_number
    from assessor.sheet_files import write_sheet
    from assessor.store import open_store

    with terminal.progress() as report:
        if out is not None:
            scored, times = batch.score_into(job, out, report)
            write_sheet(out, scored.sheet)
            return None, scored.sheet, times.seconds, scored.lost
        with open_store(settings.store(), settings.data_folder()) as store:
            attempt = batch.score_and_keep(job, store, report)
            assign_by_number(store)
            return str(attempt.id), attempt.sheet, attempt.times.seconds, attempt.lost


@app.command()
def evaluate(
    folder: Annotated[Path, typer.Argument(help="Recordings and board photos with truth and bench files.")],
    procedure: ProcedureName = DEMO_PROCEDURE,
    as_json: AsJson = False,
) -> None:
    """Compare what the machine says with the truth: steps, mistakes, wires of finished boards."""
    from assessor import accuracy_tables, batch, models
    from assessor import evaluate as evaluate_
    from assessor.procedure import load_procedure

    wanted = load_procedure(batch.find_rule_file(procedure, "procedures"))
    with terminal.progress() as report:
        models.ensure(report)
        result = evaluate_.evaluate(folder, wanted, _verdicts_of, _wires_of, report)
    if as_json:
        terminal.write_json(accuracy_tables.document_of(result))
    else:
        terminal.show_tables(accuracy_tables.tables_of(result))


def _verdicts_of(video: Path, bench: "Bench", procedure: "Procedure") -> "Sequence[Verdict]":
    from assessor.camera import probe
    from assessor.pipeline import Task, judge, observe

    task = Task(bench, procedure, video.parent)  # nothing is written: no clips, no observations
    header, seen = observe(probe(video), task, lambda _share: None)
    return judge(header, iter(seen), task).verdicts


def _wires_of(photo: Path, bench: "Bench") -> "Sequence[WireObservation]":
    from assessor.camera import read_photo
    from assessor.vision.board import read_board

    return read_board(read_photo(photo), bench).wires


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say what is missing on this machine and how to mend it; exit code 1 when nothing can be scored."""
    from assessor import doctor as doctor_

    if as_json:
        findings = list(doctor_.examine())
        terminal.write_json(findings)
    else:
        findings = terminal.show_findings(doctor_.examine())
    if any(finding.state == doctor_.FAULT for finding in findings):
        raise typer.Exit(1)


@models_app.command("fetch")
def models_fetch(
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Offline: a folder with the mediapipe wheel or ready .task files.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch the models from the package mirror into the cache; safe to run again after an interruption."""
    from assessor import models

    with terminal.progress() as report:
        paths = models.fetch(source, report)
    if as_json:
        terminal.write_json({"models": [str(path) for path in paths]})
    else:
        for path in paths:
            terminal.console().print(str(path), markup=False)


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Rule files, or folders of them.", exists=True)],
    as_json: AsJson = False,
) -> None:
    """Name every fault of bench and procedure files with its line; exit code 2 when there is an error."""
    from assessor import check as check_

    faults = check_.check_paths(paths)
    if as_json:
        terminal.write_json(faults)
    else:
        terminal.show_faults(faults)
    if any(fault.severity == "error" for fault in faults):
        raise typer.Exit(RuleFileError.exit_code)


@bench_app.command("import")
def bench_import(
    file: Annotated[
        Path, typer.Argument(help="A bench file of any accepted form.", exists=True, dir_okay=False)
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help="Where to write it; else standard output.")
    ] = None,
) -> None:
    """Write a bench file, such as the generator's, in our own form."""
    from assessor.bench import imported as bench_import_
    from assessor.rule_commands import write_text

    text = bench_import_.import_bench(file)
    if out is None:
        sys.stdout.write(text)
    else:
        write_text(out, text)


rule_commands.register(app)
train_commands.register(app)
report_commands.register(app)
ledger_commands.register(app)
board_commands.register(app)
camera_commands.register(app)
