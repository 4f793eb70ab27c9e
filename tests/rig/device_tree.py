"""A fake /dev, /sys and /proc tree with webcams in USB sockets, as Linux lays them out."""

from dataclasses import dataclass
from pathlib import Path

from assessor.classroom.devices import DeviceTree


@dataclass(slots=True)
class FakeTree:
    """Webcams below `root`. Numbers are given in the order of plugging in, as at a start of the machine."""

    root: Path
    plugged: int = 0

    @property
    def tree(self) -> DeviceTree:
        """The same, for what reads it."""
        return DeviceTree(self.root)

    def plug(self, socket: str, name: str, serial: str | None = None, bus: int = 1) -> str:
        """A webcam in a socket such as "2:1.0"; gives its stable path. Its second device is for its data."""
        path = f"/dev/v4l/by-path/pci-0000:00:14.0-usb-0:{socket}-video-index0"
        for index in (0, 1):
            device = self._device(name, bus, socket)
            link = path.replace("index0", f"index{index}")
            self._link(link, device)
            if serial:
                self._link(f"/dev/v4l/by-id/usb-{serial}-video-index{index}", device)
        return path

    def hold(self, path: str, process: int, program: str) -> None:
        """A program that has the camera open."""
        folder = self.root / "proc" / str(process)
        (folder / "fd").mkdir(parents=True)
        (folder / "comm").write_text(f"{program}\n", encoding="utf-8")
        (folder / "fd" / "5").symlink_to((self.root / path.lstrip("/")).resolve())

    def restart(self) -> None:
        """The machine was restarted: nothing is plugged in, numbers begin anew."""
        for link in (self.root / "dev").rglob("*"):
            if link.is_symlink() or link.is_file():
                link.unlink()
        self.plugged = 0

    def _device(self, name: str, bus: int, socket: str) -> Path:
        device = self.root / "dev" / f"video{self.plugged}"
        device.parent.mkdir(parents=True, exist_ok=True)
        device.write_bytes(b"")
        described = self.root / "sys/class/video4linux" / device.name
        hardware = self.root / "sys/devices/pci0000:00/0000:00:14.0" / f"usb{bus}" / f"{bus}-{socket}"
        hardware.mkdir(parents=True, exist_ok=True)
        described.mkdir(parents=True, exist_ok=True)
        (described / "name").write_text(f"{name}\n", encoding="utf-8")
        (described / "device").unlink(missing_ok=True)
        (described / "device").symlink_to(hardware)
        self.plugged += 1
        return device

    def _link(self, path: str, device: Path) -> None:
        link = self.root / path.lstrip("/")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(device)
