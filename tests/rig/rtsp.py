"""Starts the rig's RTSP server, where Debian's GStreamer packages are installed."""

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import pytest

SYSTEM_PYTHON = "/usr/bin/python3"
SERVER = Path(__file__).with_name("rtsp_server.py")
PACKAGES = "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-{base,good,ugly}"


@dataclass(frozen=True, slots=True)
class RtspServer:
    """A running server. Its process may be stopped and continued by signals."""

    process: "subprocess.Popen[str]"
    port: int

    def url(self, path: str = "moving") -> str:
        """Where one of its streams is."""
        return f"rtsp://127.0.0.1:{self.port}/{path}"


@contextlib.contextmanager
def rtsp_server(login: str | None = None) -> Iterator[RtspServer]:
    """A server until the end of the block; skips the test where its packages are missing."""
    command = [SYSTEM_PYTHON, str(SERVER), *([login] if login else [])]
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    except FileNotFoundError:
        pytest.skip(f"needs the system's Python and {PACKAGES}")
    with process:
        try:
            port = cast(IO[str], process.stdout).readline()
            if not port:
                pytest.skip(f"needs {PACKAGES}")
            yield RtspServer(process, int(port))
        finally:
            process.kill()
