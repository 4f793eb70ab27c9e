"""Warnings about a classroom: what will not work on this machine or not be noticed (`assessor check`)."""

import os
from collections.abc import Iterator
from pathlib import Path

from assessor.classroom.file import ClassBench, Classroom, benches_of
from assessor.classroom.login import faults_of_login
from assessor.classroom.sources import NetworkCamera, UsbCamera
from assessor.errors import Fault, RuleFileError
from assessor.types import Text

PUT_LABELS = Text(
    "请在各台面贴上工位标签：assessor cameras FILE --labels DIR",
    "put a label on each mat: assessor cameras FILE --labels DIR",
)


def faults_in_classroom(classroom: Classroom) -> list[Fault]:
    """Faults of the files it names, and warnings about cameras and logins that are missing here."""
    try:
        benches = benches_of(classroom)
    except RuleFileError as error:
        return [*error.faults, *_missing(classroom)]
    return [*_missing(classroom), *_alike(classroom, benches)]


def _missing(classroom: Classroom) -> Iterator[Fault]:
    for seat in classroom.benches.values():
        camera = seat.camera
        if isinstance(camera, UsbCamera) and os.name == "posix" and not Path(camera.usb).exists():
            expected = Text("插在本机上的摄像头", "a camera that is plugged into this machine")
            came = Text("此处没有", "none there")
            yield camera.fault("usb", expected=expected, came=came, severity="warning")
        if isinstance(camera, NetworkCamera) and camera.login is not None:
            yield from faults_of_login(camera.login, classroom.folder)


def _alike(classroom: Classroom, benches: tuple[ClassBench, ...]) -> Iterator[Fault]:
    """Benches that show the same markers: exchanged cameras are then told by the bench label alone."""
    first: dict[tuple[str, frozenset[int]], str] = {}
    for one in benches:
        markers = one.bench.marker_dictionary, frozenset(one.bench.markers)
        other = first.setdefault(markers, one.id)
        if other != one.id:
            expected = Text("与其他工位不同的标记", "markers that no other bench has")
            came = Text(f"与 {other} 相同的标记", f"those of {other}")
            seat = classroom.benches[one.id]
            yield seat.fault("bench", expected=expected, came=came, hint=PUT_LABELS, severity="warning")
            return  # said once: it is the same for all
