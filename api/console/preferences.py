"""Language and theme of one visitor: from the address, else a cookie, else Chinese and as the system is."""

from dataclasses import dataclass
from typing import Literal, get_args

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.console.texts import Language

Theme = Literal["auto", "light", "dark"]
_CHOICES: dict[str, tuple[str, ...]] = {"lang": get_args(Language), "theme": ("auto", "light", "dark")}
_A_YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Preferences:
    """How one visitor wants the console."""

    language: Language
    dark: bool | None  # None: as the system is


def preferences_of(request: HTTPConnection) -> Preferences:
    """What the request asks for; anything unknown counts as not asked."""
    theme = _asked(request, "theme")
    return Preferences(
        language="en" if _asked(request, "lang") == "en" else "zh",
        dark={"dark": True, "light": False}.get(theme or "auto"),
    )


def _asked(request: HTTPConnection, name: str) -> str | None:
    for value in (request.query_params.get(name), request.cookies.get(f"assessor_{name}")):
        if value in _CHOICES[name]:
            return value
    return None


class RememberPreferences:
    """Keeps what an address asked for in a cookie, so that links need not carry it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        asked = HTTPConnection(scope).query_params if scope["type"] == "http" else {}
        kept = [(name, asked[name]) for name in _CHOICES if asked.get(name) in _CHOICES[name]]

        async def remembering(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in kept:
                    headers.append(
                        "set-cookie",
                        f"assessor_{name}={value}; Path=/; Max-Age={_A_YEAR_S}; SameSite=Lax; HttpOnly",
                    )
            await send(message)

        await self._app(scope, receive, remembering if kept else send)
