"""Puts the REST interface and the console on one FastAPI app, and serves it (after `store`)."""

import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route

import assessor
from api.console.error_pages import ErrorPages
from api.deps import check_declarations
from api.figures import Count, Figures
from api.headers import OwnHostOnly, OwnSocketOnly, SecurityHeaders
from api.identity import Identify
from api.limits import BodyLimits, Rate, RateLimit
from api.oidc_routes import add_oidc
from api.once import OnceOnly, check_once
from api.problems import NoSuchRoute, add_problem_handlers
from api.routes import (
    about,
    agreement,
    appeals,
    attempts,
    audit,
    class_marks,
    consent,
    devices,
    drafts,
    events,
    evidence,
    exports,
    live,
    metrics,
    people,
    release,
    retention,
    reviews,
    rights,
    roster,
    rules,
    sessions,
    sheet_pdf,
)
from api.views import Views
from assessor.classroom.file import Classroom
from assessor.discreet_log import server_log_config
from assessor.errors import AssessorError
from assessor.ledger.reconcile import reconcile
from assessor.live.room import RINGS, Room
from assessor.people.links import set_up_link
from assessor.people.oidc import Provider, provider_from_environment
from assessor.store import Store, open_store

if TYPE_CHECKING:
    import uvicorn

log = logging.getLogger("assessor.api")
THIS_MACHINE = ("127.0.0.1", "localhost")
PREFIX = "/v1"
ROUTES = (
    *(sessions, attempts, sheet_pdf, evidence, rules, people, roster, devices, events, about, metrics),
    live,
    *(reviews, drafts, release, appeals, agreement),
    *(audit, consent, exports, retention, rights, class_marks),
)
DESCRIPTION = """\
What the machine proposed and what people made of it: attempts, mark sheets, verdicts and their evidence.
Errors are `application/problem+json` in one shape, with their sentence in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an app is made of. `hosts`: names a browser may call it by, beside its address."""

    store: Store
    hosts: tuple[str, ...] = THIS_MACHINE
    console: bool = True
    rate: Rate = field(default_factory=Rate)
    provider: Provider | None = None  # the school's own sign-in, if it is set up
    room: Room | None = None  # the classroom that this server watches


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0 takes a free one. `names`: what else browsers call it, as behind a proxy."""

    host: str = "127.0.0.1"
    port: int = 8080
    names: tuple[str, ...] = ()


def create_app(settings: Settings) -> FastAPI:
    """The web app over an open store; only one app of a process can carry the console (NiceGUI's limit)."""
    app = FastAPI(
        title="assessor",
        version=assessor.__version__,
        description=DESCRIPTION,
        openapi_url=None,  # a route of its own, for who is signed in
        docs_url=None,  # the page would load its scripts from the internet
        redoc_url=None,
    )
    app.state.store = settings.store
    app.state.room = settings.room
    app.state.views = Views()
    app.state.figures = Figures()
    settings.store.tell_writes(app.state.figures.writes.observe)
    for module in ROUTES:
        app.include_router(module.router, prefix=PREFIX)
    routes = [route for module in ROUTES for route in module.router.routes if isinstance(route, APIRoute)]
    check_declarations(routes)
    check_once(routes)
    nothing = NoSuchRoute(app.routes)
    for path in ("/v1", "/v1/{rest:path}"):
        app.router.routes.append(Route(path, nothing, include_in_schema=False))
    add_problem_handlers(app)
    if settings.provider is not None:
        add_oidc(app, settings.store, settings.provider)
    if settings.console:
        from api.console.pages import add_console

        add_console(app, settings.store, with_provider=settings.provider is not None, room=settings.room)
    _add_middleware(app, settings, routes)
    return app


def _add_middleware(app: FastAPI, settings: Settings, routes: Sequence[APIRoute]) -> None:
    """What every request passes through; the last one added comes first."""
    app.add_middleware(OnceOnly, store=settings.store, routes=routes, prefix=PREFIX)
    app.add_middleware(RateLimit, rate=settings.rate)
    app.add_middleware(Identify, store=settings.store)
    app.add_middleware(BodyLimits)
    app.add_middleware(Count, figures=app.state.figures)
    if settings.console:
        app.add_middleware(ErrorPages)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(OwnSocketOnly)
    app.add_middleware(OwnHostOnly, names=settings.hosts)


def serve(
    where: str | Path,
    address: Address,
    *,
    data: Path | None = None,
    announce: Callable[[str, str], None] | None = None,
    classroom: Classroom | None = None,
) -> None:
    """Serve the results kept in `where` (see `open_store`) until interrupted.

    `announce` is told the address as soon as it can be called, and the path at which the school is set up,
    "" for one that is; `classroom` is watched meanwhile. Raises StoreError, RuleFileError or ModelError for a
    classroom that cannot be watched, and AssessorError if the address is taken.
    """
    import uvicorn

    with ExitStack() as opened:
        _close_on_sigterm()
        store = opened.enter_context(open_store(where, data))
        listening = opened.enter_context(_listen(address))
        for name in reconcile(store).missing:
            log.warning("a row names %s, and there is no such file", name)
        room = None if classroom is None else opened.enter_context(Room(store, classroom, store.data / RINGS))
        provider = provider_from_environment()
        app = create_app(Settings(store, hosts_of(address), provider=provider, room=room))
        config = config_of(app)
        if announce is not None:
            token = set_up_link(store)
            announce(
                f"http://{address.host}:{listening.getsockname()[1]}/", f"set-up/{token}" if token else ""
            )
        uvicorn.Server(config).run(sockets=[listening])


def _close_on_sigterm() -> None:
    """Let a stopped service close what it opened, as Ctrl-C does: uvicorn raises the signal again."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))


def config_of(app: FastAPI) -> "uvicorn.Config":
    """How the app is served."""
    import uvicorn

    from api.patience import ImpatientProtocol, ImpatientSocket

    return uvicorn.Config(
        app,
        http=ImpatientProtocol,
        ws=ImpatientSocket,
        log_config=server_log_config(),
        log_level="warning",
        access_log=False,
        server_header=False,
    )


def _listen(address: Address) -> socket.socket:
    host, port = address.host, address.port
    try:
        return socket.create_server((host, port), backlog=128)
    except OSError as error:
        raise AssessorError(
            f"expected a free address {host}:{port}, but {error.strerror or error}; stop what runs there "
            "or choose another --port"
        ) from error


def hosts_of(address: Address) -> tuple[str, ...]:
    """By which names the server may be called: the machine's own only where others can reach it."""
    host = address.host
    if host == "localhost" or host.startswith("127."):
        return (*THIS_MACHINE, host, *address.names)
    log.warning("%s is reached without encryption: passwords and pictures can be read on the way", host)
    own = socket.gethostname()
    return (*THIS_MACHINE, host, own, f"{own}.local", socket.getfqdn(), *address.names)
