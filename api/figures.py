"""Counts what the server does, for Prometheus: requests by route and status, how long (middleware)."""

import time
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import assessor
from assessor.free_space import free_bytes
from assessor.ledger.vital_signs import VitalSigns
from assessor.settings import reserve_bytes

_SIGNS = {
    "waiting_writes": "Writes that nobody has begun",
    "events": "Events that benches reported",
    "failed_sign_ins": "Refused sign-ins within the last hour",
    "logins_locked": "Names locked out by refused sign-ins within the last hour",
    "open_data_requests": "Requests about personal data that nobody has answered",
    "last_backup_s": "When the newest backup was made, Unix time; 0: never",
}
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Figures:
    """The figures of one app; none names a person, an attempt or an address."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("assessor_requests", "Requests answered", labels, registry=self._registry)
        self._seconds = Histogram(
            "assessor_request_seconds", "Until the end of the answer", ("route",), buckets=_SECONDS,
            registry=self._registry,
        )  # fmt: skip
        self._running = Gauge("assessor_requests_running", "Not yet answered", registry=self._registry)
        self.writes = Histogram(
            "assessor_write_seconds", "Until a write is on disk, waiting included", buckets=_SECONDS,
            registry=self._registry,
        )  # fmt: skip
        self._attempts = Gauge("assessor_attempts", "Attempts in the store", registry=self._registry)
        self._signs = {
            name: Gauge(f"assessor_{name}", what, registry=self._registry) for name, what in _SIGNS.items()
        }
        self._free = Gauge("assessor_disk_free_bytes", "Free where results are kept", registry=self._registry)
        self._reserve = Gauge(
            "assessor_disk_reserve_bytes", "With less, clips are not cut", registry=self._registry
        )
        version = Gauge("assessor_version", "The version that runs", ("version",), registry=self._registry)
        version.labels(assessor.__version__).set(1)

    def render(self, attempts: int, data: Path, signs: VitalSigns) -> bytes:
        """As Prometheus reads it. `data`: the folder of the results."""
        self._attempts.set(attempts)
        for name, gauge in self._signs.items():
            gauge.set(getattr(signs, name))
        self._free.set(free_bytes(data))
        self._reserve.set(reserve_bytes())
        return generate_latest(self._registry)

    def begin(self) -> float:
        """A request came; gives when."""
        self._running.inc()
        return time.perf_counter()

    def end(self, scope: MutableMapping[str, Any], status: int, began: float) -> None:
        """It was answered."""
        route = route_of(scope)
        self._running.dec()
        self._requests.labels(scope["method"] if route != "other" else "any", route, str(status)).inc()
        self._seconds.labels(route).observe(time.perf_counter() - began)


def route_of(scope: MutableMapping[str, Any]) -> str:
    """The route as it is written, never with ids: a figure for each would have no end."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str) and scope["path"].startswith("/v1/"):
        return path if path.startswith("/v1") else f"/v1{path}"
    return "console" if not scope["path"].startswith("/v1") else "other"


class Count:
    """Counts every request of the app."""

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        self._app = app
        self._figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = self._figures.begin(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            self._figures.end(scope, status, began)
