"""The command line: options in, one function called per command, its result shown (end of the flow).

Exit codes: 0 done; 1 done and something is wrong (`doctor`); 2 the command line or a rule file;
3 an input file; 4 a model; 5 the bench cannot be seen; 6 the store; 70 a fault of ours; 130 interrupted.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from assessor import __version__, settings, terminal
from assessor.errors import AssessorError, RuleFileError

FAULT_OF_OURS = 70

_EXIT_CODES = (
    "Exit codes: 0 done · 1 done, something is wrong · 2 command line or rule file · 3 input file · "
    "4 model · 5 bench not seen · 6 store · 70 a fault of ours · 130 interrupted"
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

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def main() -> None:
    """Run the command line; an `AssessorError` becomes its message and its exit code."""
    try:
        typer.main.get_command(app)()
    except AssessorError as error:
        told = error.render(terminal.language()) if isinstance(error, RuleFileError) else str(error)
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
        settings.data_folder().mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(settings.log_file(), encoding="utf-8")
    except OSError as error:
        log.warning("no log file: %s", error)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
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


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8080,
) -> None:
    """Serve the results and the console until interrupted with Ctrl-C."""
    from api.app import serve as serve_

    def announce(address: str) -> None:
        terminal.console().print(f"{address}  (Ctrl-C ends it)", markup=False)

    serve_(settings.store(), host, port, data=settings.data_folder(), announce=announce)


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
    from assessor import bench_import as bench_import_

    text = bench_import_.import_bench(file)
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")
