"""The command that looks at cameras: those plugged in here, those of a classroom file (end of the flow)."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assessor import terminal
from assessor.command_options import AsJson
from assessor.errors import InputError, reason_of
from assessor.types import Text

if TYPE_CHECKING:
    from assessor.accuracy_tables import Table
    from assessor.classroom.devices import DeviceTree, Webcam
    from assessor.classroom.file import Classroom
    from assessor.classroom.roll_call import Called
    from assessor.types import Image

HEADS = {
    "zh": ("路径（写入教室文件）", "序列号路径", "名称", "总线", "画面大小"),
    "en": ("path, for the classroom file", "by serial number", "name", "bus", "sizes"),
}
CALLED = {
    "zh": ("工位", "摄像头", "状态", "怎么办", "大小", "帧/秒"),
    "en": ("bench", "camera", "state", "what to do", "size", "fps"),
}
TITLES = {
    "zh": ("本机的摄像头", "各工位的摄像头"),
    "en": ("webcams of this machine", "the cameras of the class"),
}
NONE = {
    "zh": "本机没有 USB 摄像头（/dev/v4l/by-path 为空）",
    "en": "no webcam is plugged into this machine (/dev/v4l/by-path is empty)",
}


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(cameras)


def cameras(
    classroom: Annotated[
        Path | None, typer.Argument(help="Classroom file; without: the webcams of this machine.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a picture of each bench's camera into this folder.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="Write the benches' labels, to be printed, into this folder.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, max=60, help="How long each camera is watched.")] = 5.0,
    as_json: AsJson = False,
    root: Annotated[Path, typer.Option(hidden=True)] = Path("/"),
) -> None:
    """List the webcams of this machine, or look at each camera of a class; exit code 1 if one is not live."""
    from assessor.classroom.devices import DeviceTree
    from assessor.classroom.file import load_classroom

    if classroom is None:
        _list_webcams(DeviceTree(root), as_json)
        return
    read = load_classroom(classroom)
    if labels is not None:
        _write_labels(read, labels)
        return
    _call(read, out, seconds, as_json)


def _list_webcams(tree: "DeviceTree", as_json: bool) -> None:
    from assessor.camera.formats import sizes_of
    from assessor.classroom.devices import webcams

    found = [(one, sizes_of(Path(one.device))) for one in webcams(tree)]
    if as_json:
        terminal.write_json({"webcams": [_webcam(one, sizes) for one, sizes in found]})
    elif found:
        terminal.show_tables((_webcam_table(found),))
    else:
        terminal.console().print(NONE[terminal.language()])


def _webcam(one: "Webcam", sizes: list[str]) -> dict[str, object]:
    named = {"by_path": one.by_path, "by_id": one.by_id, "name": one.name, "bus": one.bus}
    return {**named, "device_today": one.device, "sizes": sizes}


def _webcam_table(found: "list[tuple[Webcam, list[str]]]") -> "Table":
    from assessor.accuracy_tables import Table

    language = terminal.language()
    rows = tuple((one.by_path, one.by_id or "–", one.name, one.bus, ", ".join(s) or "–") for one, s in found)
    return Table(TITLES[language][0], HEADS[language], rows)


def _write_labels(classroom: "Classroom", folder: Path) -> None:
    from assessor.classroom.labels import label_of

    for bench in classroom.benches:
        _write(folder, f"{bench}.png", label_of(bench))
        terminal.console().print(str(folder / f"{bench}.png"), markup=False)


def _call(classroom: "Classroom", out: Path | None, seconds: float, as_json: bool) -> None:
    from assessor.classroom.file import benches_of
    from assessor.classroom.health import CameraState
    from assessor.classroom.roll_call import call_roll

    called = call_roll(classroom, benches_of(classroom), seconds)
    for one in called:
        if out is not None and one.image is not None:
            _write(out, f"{one.bench}.jpg", one.image)
    if as_json:
        terminal.write_json({"cameras": [_document(one) for one in called]})
    else:
        terminal.show_tables((_table(called),))
    if any(one.state is not CameraState.LIVE for one in called):
        raise typer.Exit(1)


def _document(one: "Called") -> dict[str, object]:
    told = {
        "bench": one.bench,
        "camera": one.camera,
        "state": one.state.value,
        "size": one.size,
        "fps": one.fps,
    }
    said = {"zh": one.said.zh, "en": one.said.en}
    return {**told, "said": said, "what_to_do": {"zh": one.what_to_do.zh, "en": one.what_to_do.en}}


def _table(called: "list[Called]") -> "Table":
    from assessor.accuracy_tables import Table

    language = terminal.language()

    def spoken(text: Text) -> str:
        return text.zh if language == "zh" else text.en

    rows = tuple(
        (
            one.bench,
            one.camera,
            spoken(one.said),
            spoken(one.what_to_do),
            f"{one.size[0]}x{one.size[1]}" if one.size else "–",
            f"{one.fps:.1f}",
        )
        for one in called
    )
    return Table(TITLES[language][1], CALLED[language], rows)


def _write(folder: Path, name: str, picture: "Image") -> None:
    import cv2

    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(cv2.imencode(Path(name).suffix, picture)[1].tobytes())
    except OSError as error:
        why = reason_of(error)
        raise InputError(
            Text(
                zh=f"{str(folder)!r}：应为可写入的文件夹，实际为“{why.zh}”；请另选文件夹",
                en=f"{str(folder)!r}: expected a folder to write into, got '{why.en}'; choose another one",
            )
        ) from None
