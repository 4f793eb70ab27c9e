"""Calls a web address that `outbound` allows: pinned, without redirects, capped in size and time.

with open_client(allowed_from_environment()) as http:
    answer = http.post(url, json=body)
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from assessor.outbound import Allowed, Resolve, Target, check_target


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one call: `bytes` of the answer's body, `seconds` from the connection to its last byte."""

    bytes: int = 1_000_000
    seconds: float = 10.0


def open_client(
    allowed: Sequence[Allowed], limits: Limits | None = None, resolve: Resolve | None = None
) -> httpx.Client:
    """A client for these targets only; a redirect comes back as the answer it is. Its calls raise
    RefusedError for a target that is not allowed, and httpx.TransportError without what came back."""
    transport = PinnedTransport(allowed, limits or Limits(), resolve)
    return httpx.Client(
        transport=transport,
        follow_redirects=False,
        trust_env=False,  # a proxy would resolve the name again
        headers={"Accept-Encoding": "identity"},  # nothing that unpacks into more than was sent
    )


class PinnedTransport(httpx.BaseTransport):
    """Checks and resolves the target of each request, and connects to that address alone."""

    def __init__(self, allowed: Sequence[Allowed], limits: Limits, resolve: Resolve | None = None) -> None:
        self._allowed = allowed
        self._limits = limits
        self._resolve = resolve
        self._ssl_context = httpx.create_ssl_context()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The whole answer. Raises RefusedError, httpx.TransportError."""
        target = check_target(str(request.url), self._allowed, self._resolve)
        backend = _Pinned(target, time.monotonic() + self._limits.seconds)
        try:
            with httpcore.ConnectionPool(self._ssl_context, network_backend=backend) as pool:
                return self._answer(pool, request, target)
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise _failure(target, type(error).__name__, request) from None

    def _answer(
        self, pool: httpcore.ConnectionPool, request: httpx.Request, target: Target
    ) -> httpx.Response:
        url = httpcore.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=request.url.raw_path
        )
        content = request.read()
        with pool.stream(
            request.method, url, headers=request.headers.raw, content=content, extensions=request.extensions
        ) as answer:
            if _encoded(answer.headers):
                raise _failure(target, "a packed answer", request)
            body = bytearray()
            for part in answer.iter_stream():
                body += part
                if len(body) > self._limits.bytes:
                    raise _failure(target, f"more than {self._limits.bytes} bytes", request)
            return httpx.Response(answer.status, headers=answer.headers, content=bytes(body))


class _Pinned(httpcore.NetworkBackend):
    """Connects to the address that was checked, whatever host it is asked for; all of it until `end_s`."""

    def __init__(self, target: Target, end_s: float) -> None:
        self._target = target
        self._end_s = end_s
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._sockets.connect_tcp(
            self._target.address, self._target.port, _left(self._end_s, httpcore.ConnectTimeout)
        )
        return _Timed(stream, self._end_s)


class _Timed(httpcore.NetworkStream):
    """A connection that ends at `end_s`, also when the other side sends a byte every second."""

    def __init__(self, stream: httpcore.NetworkStream, end_s: float) -> None:
        self._stream = stream
        self._end_s = end_s

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._end_s, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._end_s, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(self._end_s, httpcore.ConnectTimeout)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, left), self._end_s)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(end_s: float, late: type[httpcore.TimeoutException]) -> float:
    left = end_s - time.monotonic()
    if left <= 0:
        raise late("too slow")
    return left


def _encoded(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    found = httpx.Headers(list(headers)).get("content-encoding", "identity")
    return found.strip().lower() not in ("", "identity")


def _failure(target: Target, why: str, request: httpx.Request) -> httpx.TransportError:
    said = f"expected an answer from {target.shown}, but {why} came; look whether it runs and can be reached"
    return httpx.TransportError(said, request=request)
