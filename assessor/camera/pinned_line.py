"""Carries an RTSP call to the one address that was checked, and ends it where the camera sends it elsewhere.

ffmpeg follows an answer 3xx to any address and has no option against it. So the child that runs ffmpeg calls
this machine, and only this line calls the camera.
"""

import re
import select
import socket
import threading
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit

from assessor.camera.grabber import CODES

RTSP_PORT = 554
CONNECT_S = 4.0
ELSEWHERE = "not_allowed"
_PIECE = 256 * 1024
# 10 bytes that pictures hold by chance once in a million years.
_SENT_ELSEWHERE = re.compile(rb"RTSP/1\.\d +3\d\d")
_LONGEST = 15  # of it, less one: it may come in two pieces


class PinnedLine:
    """Takes one call at `target` and carries it. `fault`: why the camera was not reached or the line was
    cut, as `classroom.words` names it; None: the camera or ffmpeg ended it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._place = (parts.hostname or "", parts.port or RTSP_PORT)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._wake, self._ended = socket.socketpair()
        user, at, _ = parts.netloc.rpartition("@")
        place = f"{user}{at}127.0.0.1:{self._door.getsockname()[1]}"
        self.target = parts._replace(netloc=place).geturl()
        self.fault: str | None = None
        self._thread = threading.Thread(target=self._serve, name="pinned-line", daemon=True)

    def __enter__(self) -> "PinnedLine":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hang up."""
        self._wake.close()  # what is being carried ends within the moment
        self._thread.join()
        self._door.close()
        self._ended.close()

    def _serve(self) -> None:
        with suppress(OSError):
            if self._door not in select.select([self._door, self._ended], [], [])[0]:
                return
            child, _ = self._door.accept()
            with child:
                self._call(child)

    def _call(self, child: socket.socket) -> None:
        try:
            camera = socket.create_connection(self._place, CONNECT_S)
        except OSError as error:
            usual = "silent" if isinstance(error, TimeoutError) else "unreachable"
            self.fault = CODES.get(error.errno or 0, usual)
            return
        with camera:
            child.settimeout(CONNECT_S)  # whoever does not read for so long is gone
            camera.settimeout(CONNECT_S)
            self._carry(child, camera)

    def _carry(self, child: socket.socket, camera: socket.socket) -> None:
        before = b""
        while True:
            ready = select.select([child, camera, self._ended], [], [])[0]
            if self._ended in ready:
                return
            for come in ready:
                data = come.recv(_PIECE)
                if come is camera:
                    if _SENT_ELSEWHERE.search(before + data):
                        self.fault = ELSEWHERE
                        return
                    before = data[-_LONGEST:]
                if not data:
                    return
                (child if come is camera else camera).sendall(data)
