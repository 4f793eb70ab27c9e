"""A bad network: a TCP proxy that delays, throttles and stalls what passes (loss shows to TCP as stalls)."""

import contextlib
import random
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Network:
    """`delay_s`: of each piece; `bytes_per_s`: None = as fast as it goes; `loss`: share of pieces that have
    to be sent again, each after `resend_s`; `cut`: nothing passes at all."""

    delay_s: float = 0.0
    bytes_per_s: float | None = None
    loss: float = 0.0
    resend_s: float = 0.2
    cut: bool = False
    seed: int = 1
    port: int = 0
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def hold(self, size: int) -> None:
        """Wait as a piece of this size would on this network."""
        while self.cut:
            time.sleep(0.02)
        wait_s = self.delay_s + (size / self.bytes_per_s if self.bytes_per_s else 0.0)
        while self._random.random() < self.loss:
            wait_s += self.resend_s
        time.sleep(wait_s)


PIECE = 16384


@contextlib.contextmanager
def bad_network(port: int, network: Network) -> Iterator[Network]:
    """A network through which the server on `port` of this machine is reached at `network.port`."""
    door = socket.create_server(("127.0.0.1", 0))
    network.port = door.getsockname()[1]
    threading.Thread(target=_answer, args=(door, port, network), daemon=True).start()
    try:
        yield network
    finally:
        network.cut = False
        with contextlib.suppress(OSError):
            door.shutdown(socket.SHUT_RDWR)
        door.close()


def _answer(door: socket.socket, port: int, network: Network) -> None:
    with contextlib.suppress(OSError):
        while True:
            caller, _ = door.accept()
            called = socket.create_connection(("127.0.0.1", port))
            for one, other in ((caller, called), (called, caller)):
                threading.Thread(target=_pass_on, args=(one, other, network), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket, network: Network) -> None:
    with contextlib.suppress(OSError), source, target:
        while piece := source.recv(PIECE):
            network.hold(len(piece))
            target.sendall(piece)
