"""Options that several commands share, as the command line declares them (end of the flow)."""

from typing import Annotated

import typer

ProcedureName = Annotated[
    str, typer.Option("--procedure", "-p", help="Procedure file, or the name of a shipped one.")
]
BenchName = Annotated[
    str | None,
    typer.Option("--bench", "-b", help="Bench file, or the name of a shipped one; else one that fits."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
