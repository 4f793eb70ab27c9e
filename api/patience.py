"""Closes a connection whose request does not come (uvicorn itself waits for a request's head for ever), and
one whose client does not take what it was sent; nothing more is made for it meanwhile: memory stays flat.
"""

import asyncio
import socket
from typing import TYPE_CHECKING, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent

HEAD_S = 10.0
SEND_S = 60.0
SEND_BYTES = 128 * 1024  # what the system holds of an answer that was not taken yet


class _Sending:
    """How long a client has been slow; after `within_s` it is let go, what it has not taken is dropped."""

    def __init__(self, transport: asyncio.BaseTransport, within_s: float) -> None:
        self._transport = cast(asyncio.Transport, transport)  # of a TCP connection; uvloop's is no subclass
        self._within_s = within_s
        self._deadline: asyncio.TimerHandle | None = None
        self._gone = False

    def begins(self) -> None:
        """It does not take what is sent, or something is left to send on a connection that ends."""
        if self._deadline is None and not self._gone:
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(self._within_s, self._transport.abort)

    def caught_up(self) -> None:
        """It took nearly everything."""
        if self._deadline is not None and not self._transport.is_closing():
            self._stop()

    def is_over(self) -> None:
        """The client went."""
        self._gone = True
        self._stop()

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class ImpatientProtocol(HttpToolsProtocol):
    """From the first byte of a request, or from the connection on, its head has `head_s`. An answer is made
    piece by piece as the client takes it; each pause has `send_s`."""

    head_s = HEAD_S
    send_s = SEND_S
    _deadline: asyncio.TimerHandle | None = None
    _sending: _Sending

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        super().connection_made(cast(asyncio.Transport, transport))
        # Else the system takes megabytes for each client, and a slow one seems to take nothing for long.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
        self._sending = _Sending(transport, self.send_s)
        self._start()

    def data_received(self, data: bytes) -> None:
        """Part of a request came."""
        super().data_received(data)
        if not self._waits():
            self._stop()  # the head is there; the body is `limits.BodyLimits`'s
        elif self._deadline is None:
            self._start()

    def pause_writing(self) -> None:
        """The client does not take what is sent: the answer waits."""
        super().pause_writing()
        self._sending.begins()

    def resume_writing(self) -> None:
        """It took nearly all of it."""
        super().resume_writing()
        self._sending.caught_up()

    def on_response_complete(self) -> None:
        """All of an answer was written; where the connection ends with it, what is left has its time."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._sending.begins()

    def timeout_keep_alive_handler(self) -> None:
        """No further request came."""
        super().timeout_keep_alive_handler()
        self._sending.begins()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client went."""
        self._stop()
        self._sending.is_over()
        super().connection_lost(exc)

    def _waits(self) -> bool:
        cycle: RequestResponseCycle | None = getattr(self, "cycle", None)
        return cycle is None or cycle.response_complete

    def _start(self) -> None:
        self._deadline = self.loop.call_later(self.head_s, self._give_up)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self._waits() and self.transport.get_protocol() is self and not self.transport.is_closing():
            self.transport.close()
            self._sending.begins()


class ImpatientSocket(WebSocketsSansIOProtocol):
    """The console's socket: nothing is read from a client that does not read, so that it cannot ask for more
    than it takes; after `send_s` of that it is let go."""

    send_s = SEND_S
    _sending: _Sending

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A request became a socket."""
        super().connection_made(transport)
        self._sending = _Sending(transport, self.send_s)

    def pause_writing(self) -> None:
        """The client does not take what is sent."""
        super().pause_writing()
        self._sending.begins()

    def resume_writing(self) -> None:
        """It took nearly all of it."""
        super().resume_writing()
        self._sending.caught_up()

    def keepalive_timeout(self) -> None:
        """It did not answer a ping."""
        super().keepalive_timeout()
        self._sending.begins()

    def on_task_complete(self, task: "asyncio.Task[None]") -> None:
        """Nobody sends any more; what is left has its time."""
        super().on_task_complete(task)
        self._sending.begins()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client went."""
        self._sending.is_over()
        super().connection_lost(exc)

    async def receive(self) -> "ASGIReceiveEvent":
        """What the client sent, once it takes what it was sent."""
        await self.writable.wait()
        return await super().receive()
