"""The webcams of this machine, by paths that stay the same, as Linux lists them under /dev/v4l and /sys.

Takes the device tree; gives names, buses, and which program holds a camera.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DeviceTree:
    """Where the system's devices, their descriptions and its processes are listed, below `root`."""

    root: Path = Path("/")

    def real(self, path: str) -> Path:
        """A path of the system below the root."""
        return self.root / path.lstrip("/")


@dataclass(frozen=True, slots=True)
class Webcam:
    """A webcam. `by_path`: its socket; `by_id`: its serial number, None where it has none; `device`: as it is
    numbered today."""

    by_path: str
    by_id: str | None
    device: str
    name: str
    bus: str


def webcams(tree: DeviceTree | None = None) -> list[Webcam]:
    """Every webcam that is plugged in; a camera's further devices, which give no pictures, are left out."""
    tree = tree or DeviceTree()
    by_id = {device: path for path, device in _links(tree, "by-id")}
    found = []
    for path, device in _links(tree, "by-path"):
        if not path.endswith("-index0"):
            continue
        found.append(Webcam(path, by_id.get(device), device, name_of(tree, device), bus_of(tree, path)))
    return found


def name_of(tree: DeviceTree, device: str) -> str:
    """What the camera calls itself."""
    with suppress(OSError):
        return (_class(tree, device) / "name").read_text(encoding="utf-8", errors="replace").strip()
    return ""


def bus_of(tree: DeviceTree, path: str) -> str:
    """The USB bus a camera is plugged into, such as `usb1`; "" where the system does not say."""
    device = os.path.realpath(tree.real(path))
    found = re.search(r"/(usb\d+)/", os.path.realpath(_class(tree, device) / "device"))
    return found[1] if found else ""


def holder_of(tree: DeviceTree, path: str) -> str:
    """The program that has the camera open, with its process id; "" where it cannot be told."""
    device = os.path.realpath(tree.real(path))
    for process in sorted(tree.real("/proc").glob("[0-9]*")):
        with suppress(OSError):
            if any(os.path.realpath(handle) == device for handle in (process / "fd").iterdir()):
                name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
                return f"({name}, {process.name})"
    return ""


def _links(tree: DeviceTree, folder: str) -> Iterator[tuple[str, str]]:
    """Stable path and device behind it."""
    for link in sorted(tree.real(f"/dev/v4l/{folder}").glob("*")):
        yield f"/dev/v4l/{folder}/{link.name}", os.path.realpath(link)


def _class(tree: DeviceTree, device: str) -> Path:
    return tree.real(f"/sys/class/video4linux/{Path(device).name}")
