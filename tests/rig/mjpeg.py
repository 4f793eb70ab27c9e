"""A fake MJPEG camera over real HTTP, fed from a sample recording; each fault is a mode to switch on."""

import base64
import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np

SAMPLE = Path(__file__).parents[2] / "samples" / "start_stop_good.mp4"
WIDTH, HEIGHT = 640, 360
PICTURES = 40
LOGIN = "viewer:canary-of-the-camera"


@cache
def sample_jpegs(width: int = WIDTH, height: int = HEIGHT) -> tuple[bytes, ...]:
    """The first pictures of a sample recording, with the noise of a sensor, as JPEG."""
    noise = np.random.default_rng(7)
    made = []
    with av.open(str(SAMPLE)) as file:
        for _, frame in zip(range(PICTURES), file.decode(video=0), strict=False):
            image = cv2.resize(frame.to_ndarray(format="bgr24"), (width, height))
            noisy = np.clip(image + noise.normal(0, 3, image.shape), 0, 255).astype(np.uint8)
            made.append(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())
    return tuple(made)


def bomb(jpeg: bytes, side: int = 16000) -> bytes:
    """The same few bytes, whose header promises a picture of 256 megapixels."""
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", side, side) + jpeg[at + 4 :]


class FakeCamera:
    """An HTTP server on a free port. `mode`: run | frozen | corrupt | halfopen | resize | bomb |
    401 | 404 | redirect; `fps`: pictures a second; `elsewhere`: where a redirect leads. `drop` resets every
    connection, `unplug` closes the door as well."""

    def __init__(self, fps: float = 15.0, login: str | None = None) -> None:
        self.mode, self.fps, self.login = "run", fps, login
        self.asked, self.elsewhere = 0, ""
        self._connections: set[socket.socket] = set()
        self._stopped = False
        self.port = 0
        self.plug()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/video"

    def plug(self) -> None:
        """Take calls, on the same port as before."""
        self._door = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._answer, args=(self._door,), daemon=True).start()

    def unplug(self) -> None:
        """Nobody answers any more."""
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self.drop()

    def drop(self) -> None:
        """Reset every connection; new ones are taken."""
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End."""
        self._stopped = True
        self.unplug()

    def _answer(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = door.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        self._connections.add(connection)
        with contextlib.suppress(OSError), connection:
            asked = connection.recv(4096)
            self.asked += bool(asked)
            if not asked:
                pass  # only asked whether somebody is here
            elif status := self._refusal(asked):
                connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
            else:
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=f\r\n\r\n"
                )
                self._stream(connection)
        self._connections.discard(connection)

    def _refusal(self, asked: bytes) -> str | None:
        if self.mode == "404":
            return "404 Not Found"
        if self.mode == "redirect":
            return f"302 Found\r\nLocation: {self.elsewhere}"
        wanted = base64.b64encode((self.login or "").encode())
        if self.mode == "401" or (self.login and b"Authorization: Basic " + wanted not in asked):
            return '401 Unauthorized\r\nWWW-Authenticate: Basic realm="camera"'
        return None

    def _stream(self, connection: socket.socket) -> None:
        index = 0
        while not self._stopped:
            if self.mode == "halfopen":
                time.sleep(0.05)
                continue
            large = self.mode == "resize"
            jpegs = sample_jpegs(800, 450) if large else sample_jpegs()
            index += self.mode != "frozen"
            jpeg = jpegs[index % len(jpegs)]
            data = jpeg[: len(jpeg) // 2] if self.mode == "corrupt" else jpeg
            data = bomb(jpeg) if self.mode == "bomb" else data
            head = f"--f\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
            connection.sendall(head.encode() + data + b"\r\n")
            time.sleep(1 / self.fps)


@contextlib.contextmanager
def fake_camera(fps: float = 15.0, login: str | None = None) -> Iterator[FakeCamera]:
    """A camera that runs until the end of the block."""
    camera = FakeCamera(fps, login)
    try:
        yield camera
    finally:
        camera.close()
