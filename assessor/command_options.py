"""Options that several commands share, as the command line declares them (end of the flow)."""

from pathlib import Path
from typing import Annotated

import typer

LONGEST_STUDENT = 100


def student_of(text: str | None) -> str | None:
    """Whose recording it is, without spaces around it; nothing = nobody. Refused before hours of work."""
    student = (text or "").strip()
    if len(student) > LONGEST_STUDENT or not student.isprintable():
        raise typer.BadParameter(
            f"expected a number or a seat of at most {LONGEST_STUDENT} printable characters, "
            f"got {len(student)}: {student[:20]!r}"
        )
    return student or None


def recording_of(video: Path) -> Path:
    """A file; an address such as rtsp://... is refused."""
    if ":/" in video.as_posix()[2:]:  # C:/ is a drive
        raise typer.BadParameter(
            f"expected the file of a recording, got an address ({video.parts[0]}//...); "
            "record the stream into a file first, then score the file"
        )
    return video


ProcedureName = Annotated[
    str, typer.Option("--procedure", "-p", help="Procedure file, or the name of a shipped one.")
]
BenchName = Annotated[
    str | None,
    typer.Option("--bench", "-b", help="Bench file, or the name of a shipped one; else one that fits."),
]
Video = Annotated[Path, typer.Argument(callback=recording_of, help="The recording.")]
StudentName = Annotated[
    str | None, typer.Option(callback=student_of, help="Whose recording it is: a number or a seat.")
]
Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Photos = Annotated[
    list[Path] | None,
    typer.Option("--photo", help="Photo of the finished board; of several the surest."),
]
Readings = Annotated[
    list[str] | None, typer.Option("--reading", metavar="NAME=VALUE", help="Read from a meter; repeatable.")
]
Persons = Annotated[
    list[str] | None,
    typer.Option("--person", metavar="NAME=VALUE", help="Decided or graded by a person; repeatable."),
]
EvidenceFiles = Annotated[
    list[Path] | None,
    typer.Option("--evidence", help="File of photo, reading and person lines, as in a timeline; repeatable."),
]
