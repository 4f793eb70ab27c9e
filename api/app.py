"""Puts the REST interface and the console on one FastAPI app, and serves it (after `store`)."""

import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

import assessor
from api.headers import OwnSocketOnly, SecurityHeaders
from api.problems import add_problem_handlers
from api.routes import about, attempts, evidence, rules
from assessor.errors import AssessorError
from assessor.store import Store, open_store

log = logging.getLogger("assessor.api")
THIS_MACHINE = ("127.0.0.1", "localhost")
DESCRIPTION = """\
What the machine proposed: attempts, mark sheets, verdicts and their evidence. Reading only.
Errors are `application/problem+json` in one shape, with their sentence in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an app is made of. `hosts`: names a browser may call it by ("*" = any)."""

    store: Store
    hosts: tuple[str, ...] = THIS_MACHINE
    console: bool = True


def create_app(settings: Settings) -> FastAPI:
    """The web app over an open store; only one app of a process can carry the console (NiceGUI's limit)."""
    app = FastAPI(
        title="assessor",
        version=assessor.__version__,
        description=DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url=None,  # the page would load its scripts from the internet
        redoc_url=None,
    )
    app.state.store = settings.store
    for router in (attempts.router, evidence.router, rules.router, about.router):
        app.include_router(router, prefix="/v1")
    app.get("/v1/{rest:path}", include_in_schema=False)(_no_such_route)
    add_problem_handlers(app)
    if settings.console:
        from api.console.pages import add_console

        add_console(app, settings.store)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(OwnSocketOnly)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(settings.hosts))
    return app


def serve(
    where: str | Path,
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    data: Path | None = None,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serve the results kept in `where` (see `open_store`) until interrupted; port 0 takes a free one.

    `announce` is told the address as soon as it can be called. Raises StoreError, and AssessorError if the
    address is taken.
    """
    import uvicorn

    with open_store(where, data) as store, _listen(host, port) as listening:
        app = create_app(Settings(store, _hosts(host)))
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
        if announce is not None:
            announce(f"http://{host}:{listening.getsockname()[1]}/")
        uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=128)
    except OSError as error:
        raise AssessorError(
            f"expected a free address {host}:{port}, but {error.strerror or error}; stop what runs there "
            "or choose another --port"
        ) from error


def _hosts(host: str) -> tuple[str, ...]:
    if host == "localhost" or host.startswith("127."):
        return (*THIS_MACHINE, host)
    log.warning("everybody who reaches %s can read all results: there are no accounts yet", host)
    return ("*",)


def _no_such_route(request: Request, rest: str) -> None:
    raise HTTPException(404)
