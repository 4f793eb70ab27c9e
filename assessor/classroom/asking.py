"""How the camera of a classroom file is asked for its pictures: address checked and pinned, login, container.

Takes a camera of the file; gives an `Asking` for its `Capture`. What it gives may hold a password.
"""

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from assessor.camera import probe
from assessor.camera.grabber import Request
from assessor.classroom.capture import Asking, NotNowError
from assessor.classroom.devices import DeviceTree, bus_of, holder_of
from assessor.classroom.file import Classroom, played_file
from assessor.classroom.login import address_with_login
from assessor.classroom.sources import MjpegCamera, NetworkCamera, PlayedFile, UsbCamera
from assessor.errors import RefusedError
from assessor.outbound import VARIABLE, Target, allowed_from_environment, check_target, resolve_name

CALL_S = 2.0
NOT_GIVEN = -1  # the shelf is made when the child is started


def asking_for(camera: Any, classroom: Classroom, tree: DeviceTree | None = None) -> Asking:
    """How to ask for a camera of this class. Raises InputError for a file that cannot be played."""
    tree = tree or DeviceTree()
    if isinstance(camera, UsbCamera):
        return _usb(camera, tree)
    if isinstance(camera, NetworkCamera):
        return Asking(partial(_network_request, camera, classroom), partial(_answers, camera, classroom))
    if isinstance(camera, PlayedFile):
        recording = probe(played_file(classroom, camera))
        played = Request("file", str(recording.path), NOT_GIVEN, fps=camera.fps, loop=camera.loop)
        return Asking(lambda: replace(played, container=recording.container))
    raise TypeError(camera)


def _usb(camera: UsbCamera, tree: DeviceTree) -> Asking:
    path = tree.real(camera.usb)

    def explained(code: str) -> str:
        found = {"busy": holder_of, "no_bandwidth": bus_of}.get(code)
        detail = found(tree, camera.usb) if found else ""
        return f"{code} {detail}".strip()

    return Asking(
        lambda: Request("usb", str(path), NOT_GIVEN, fps=camera.fps, size=camera.size), path.exists, explained
    )


def _network_request(camera: NetworkCamera, classroom: Classroom) -> Request:
    target = _target(camera, classroom)
    _call(target)
    host = urlsplit(camera.named).netloc
    kind = "mjpeg" if isinstance(camera, MjpegCamera) else "rtsp"
    return Request(kind, target.pinned_url, NOT_GIVEN, fps=camera.fps, size=camera.size, host=host)


def _target(camera: NetworkCamera, classroom: Classroom) -> Target:
    """Where the camera is now. NotNowError: its name is not known, its address not allowed, no login."""
    try:
        url = address_with_login(str(getattr(camera, camera.kind)), camera.login, classroom.folder)
    except RefusedError:
        raise NotNowError("no_login") from None
    try:
        target = check_target(url, classroom.targets, _resolved)
        if os.environ.get(VARIABLE):  # the administrator of this machine has the last word
            check_target(url, allowed_from_environment(), lambda host, port: (target.address,))
    except RefusedError:
        raise NotNowError("not_allowed") from None
    return target


def _resolved(host: str, port: int) -> Sequence[str]:
    addresses = resolve_name(host, port)
    if not addresses:
        raise NotNowError("unknown_host")
    return addresses


def _answers(camera: NetworkCamera, classroom: Classroom) -> bool:
    """Whether something takes calls there."""
    with suppress(NotNowError):
        _call(_target(camera, classroom))
        return True
    return False


def _call(target: Target) -> None:
    """NotNowError: nothing takes calls there; told without starting a process for it."""
    try:
        with socket.create_connection((target.address, target.port), CALL_S):
            pass
    except ConnectionRefusedError:
        raise NotNowError("refused") from None
    except OSError:
        raise NotNowError("unreachable") from None
