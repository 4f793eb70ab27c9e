"""Closes a connection whose request does not come (uvicorn itself waits for a request's head for ever)."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_S = 10.0


class ImpatientProtocol(HttpToolsProtocol):
    """From the first byte of a request, or from the connection on, its head has `head_s`."""

    head_s = HEAD_S
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there."""
        super().connection_made(transport)
        self._start()

    def data_received(self, data: bytes) -> None:
        """Part of a request came."""
        super().data_received(data)
        if not self._waits():
            self._stop()  # the head is there; the body is `limits.BodyLimits`'s
        elif self._deadline is None:
            self._start()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client went."""
        self._stop()
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
