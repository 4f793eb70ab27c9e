"""The command that reads one photo of a finished board: its wires and what is wrong (end of the flow)."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assessor import terminal
from assessor.command_options import AsJson
from assessor.errors import InputError, reason_of
from assessor.rule_commands import RuleLanguage
from assessor.types import Text

if TYPE_CHECKING:
    from assessor.accuracy_tables import Table
    from assessor.board_findings import BoardLook, Finding
    from assessor.types import Image

NOT_READ_NAMES = ("ferrules", "number_sleeves", "tightness", "slack_loops")  # as drawn_board says in words
HEADS = {
    "zh": ("导线", "颜色", "把握", "裸铜 mm"),
    "en": ("wire", "colour", "sure", "bare copper mm"),
}
TITLES = {"zh": ("识别到的导线", "发现的问题"), "en": ("wires that were read", "what is wrong")}
FOUND = {"zh": ("", "问题", "把握"), "en": ("", "finding", "sure")}


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(board)


def board(
    photo: Annotated[Path, typer.Argument(help="Photo of the finished board, JPEG or PNG.")],
    bench: Annotated[str, typer.Option("--bench", "-b", help="Bench file, or the name of a shipped one.")],
    procedure: Annotated[
        str | None,
        typer.Option("--procedure", "-p", help="Whose wires should be there; else no wire is wrong."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the picture with the findings, and them as JSON, into this.")
    ] = None,
    lang: Annotated[
        RuleLanguage | None, typer.Option("--lang", help="Language of the picture; else the system's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read a photo of a finished board: its wires, and what is wrong, drawn on the picture."""
    from assessor import batch
    from assessor.bench import load_bench
    from assessor.board_findings import findings_of, look_of
    from assessor.board_photo import read_photo_of
    from assessor.drawn_board import draw_board
    from assessor.procedure import load_procedure

    place = load_bench(batch.find_rule_file(bench, "benches"))
    plan = load_procedure(batch.find_rule_file(procedure, "procedures")) if procedure else None
    placed, reading = read_photo_of(photo, place)
    look = look_of(reading)
    findings, spoken = findings_of(look, plan, place), lang.value if lang else terminal.language()
    document = document_of(look, findings)
    if out is not None:
        picture = draw_board(placed.image, reading, findings, spoken)
        _write(out, photo.stem, picture, document)
    if as_json:
        terminal.write_json(document)
    else:
        terminal.show_tables(tables_of(look, findings, spoken))


def document_of(look: "BoardLook", findings: "Sequence[Finding]") -> dict[str, object]:
    """Everything that was read and found."""
    wires = [
        {
            "from": wire.start,
            "to": wire.end,
            "colour": wire.colour,
            "confidence": wire.confidence,
            "bare_mm": {"from": wire.bare_mm[0], "to": wire.bare_mm[1]},
        }
        for wire in look.wires
    ]
    told = [asdict(finding) for finding in findings]
    loose = [end.terminal for end in look.ends if end.lone]
    return {"netlist": wires, "loose_ends": loose, "findings": told, "not_read": list(NOT_READ_NAMES)}


def tables_of(look: "BoardLook", findings: "Sequence[Finding]", language: str) -> "tuple[Table, ...]":
    """The wires, and what is wrong."""
    from assessor.accuracy_tables import Table
    from assessor.drawn_board import NONE, NOT_READ
    from assessor.judge.wording import colour, wire_name

    def said(text: Text) -> str:
        return text.zh if language == "zh" else text.en

    wires = tuple(
        (
            wire_name(wire.start, wire.end),
            said(colour(wire.colour)),
            f"{wire.confidence:.0%}",
            " / ".join(f"{mm:.1f}" if mm else "–" for mm in wire.bare_mm),
        )
        for wire in look.wires
    )
    rows = tuple(
        (str(number), said(finding.said), f"{finding.confidence:.0%}")
        for number, finding in enumerate(findings, start=1)
    )
    return (
        Table(TITLES[language][0], HEADS[language], wires),
        Table(TITLES[language][1], FOUND[language], rows or (("", said(NONE), ""),), said(NOT_READ)),
    )


def _write(folder: Path, name: str, picture: "Image", document: dict[str, object]) -> None:
    """`NAME.findings.png` and `NAME.findings.json`."""
    import cv2

    try:
        folder.mkdir(parents=True, exist_ok=True)
        drawn = cv2.imencode(".png", picture)[1].tobytes()
        (folder / f"{name}.findings.png").write_bytes(drawn)
        (folder / f"{name}.findings.json").write_text(
            json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
    except OSError as error:
        why = reason_of(error)
        raise InputError(
            Text(
                zh=f"{str(folder)!r}：应为可写入的文件夹，实际为“{why.zh}”；请另选文件夹",
                en=f"{str(folder)!r}: expected a folder to write into, got '{why.en}'; choose another one",
            )
        ) from None
