"""Says whom the program may call by itself: identity provider, cameras, school backends (before any call).

A target passes the administrator's list, is resolved once and then called at the address found, whatever its
name points to later. Web addresses go through `outbound_http.open_client`, cameras to `Target.pinned_url`
(RTSP on `camera/pinned_line.py`: ffmpeg follows a camera's answers elsewhere).
`ASSESSOR_OUTBOUND` holds the list: `rtsp://10.0.7.0/24 https://marks.school.example:8443`.
"""

import os
import re
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from assessor.errors import RefusedError
from assessor.types import Text

VARIABLE = "ASSESSOR_OUTBOUND"
PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]

_ENTRY = re.compile(r"(?P<scheme>[a-z]+)://(?P<host>\[[0-9a-f:./]+\]|[^\s:\[\]@?#]+)(:(?P<port>\d+|\*))?/?")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
# Where clouds hand out the keys of a machine; the link-local ones are refused as such.
_METADATA = [
    ip_network(text) for text in ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254")
]
# "This network", and IPv6 addresses that stand for an IPv4 one which nobody checked.
_DISGUISES = [
    ip_network(text)
    for text in ("0.0.0.0/8", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
]


@dataclass(frozen=True, slots=True)
class Allowed:
    """One entry of the list. `host`: a name, or the addresses; `port` None: any."""

    scheme: str
    host: str | Network
    port: int | None


@dataclass(frozen=True, slots=True)
class Target:
    """A target that was allowed, and the one `address` at which it may be called now."""

    url: str = field(repr=False)  # may hold a password
    scheme: str
    host: str
    port: int
    address: str

    @property
    def shown(self) -> str:
        """For people and logs: without user, password, path or query."""
        return f"{self.scheme}://{_bracketed(self.host)}:{self.port}"

    @property
    def pinned_url(self) -> str:
        """With the address instead of the name, for what resolves by itself (RTSP). Holds the password."""
        parts = urlsplit(self.url)
        user, at, _ = parts.netloc.rpartition("@")
        place = f"{user}{at}{_bracketed(self.address)}:{self.port}"
        return parts._replace(netloc=place, path=parts.path or "/").geturl()


def allowed_from_environment() -> tuple[Allowed, ...]:
    """The administrator's list; empty: nothing may be called. Raises RefusedError naming a bad entry."""
    return read_allowed(os.environ.get(VARIABLE, "").replace(",", " ").split())


def read_allowed(entries: Iterable[str]) -> tuple[Allowed, ...]:
    """`scheme://name`, `scheme://address` or `scheme://network/bits`, each with `:port` or `:*`; without:
    the usual port. Raises RefusedError."""
    return tuple(_read_entry(entry) for entry in entries)


def check_target(url: str, allowed: Sequence[Allowed], resolve: Resolve | None = None) -> Target:
    """The target and the address to call it at. Raises RefusedError: not on the list, not to be resolved, or
    an address that is never called (cloud metadata, link-local; loopback unless the list names it)."""
    scheme, host, port = _parts_of(url)
    near = [one.host for one in allowed if one.scheme == scheme and one.port in (None, port)]
    if host not in near and all(isinstance(one, str) for one in near):
        raise _not_allowed(scheme, host, port)
    addresses = _addresses_of(host, port, resolve or resolve_name)
    # All addresses of a name must pass: one bad one among good ones is a trick.
    if not all(_passes(host, address, near) for address in addresses):
        raise _not_allowed(scheme, host, port)
    return Target(url, scheme, host, port, str(addresses[0]))


def entry_of(allowed: Allowed) -> str:
    """As the list holds it."""
    host = _bracketed(str(allowed.host))
    return f"{allowed.scheme}://{host}:{'*' if allowed.port is None else allowed.port}"


def host_of(url: str) -> Allowed:
    """The entry for an address that the administrator set up elsewhere. Raises RefusedError."""
    scheme, host, port = _parts_of(url)
    return read_allowed([f"{scheme}://{_bracketed(host)}:{port}"])[0]


def redact(text: str) -> str:
    """A text for logs and people, every web address in it without its user, password and query."""
    return _CREDENTIALS.sub(r"\1", _QUERY.sub(r"\1?…", text))


_CREDENTIALS = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*://)[^\s/?#'\"]*@")
_QUERY = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*://[^\s?'\"]*)\?[^\s'\"]*[^\s'\".,:;]")


def resolve_name(host: str, port: int) -> Sequence[str]:
    """Every address of a name, as this machine resolves it; none: unknown."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _read_entry(entry: str) -> Allowed:
    match = _ENTRY.fullmatch(entry.strip().lower())
    if match is None or match["scheme"] not in PORTS:
        raise _bad_entry(entry)
    host, port = match["host"].strip("[]").rstrip("."), match["port"]
    number = None if port == "*" else int(port) if port else PORTS[match["scheme"]]
    try:
        place: str | Network = ip_network(host)
    except ValueError as error:
        if _NAME.fullmatch(host) is None or re.fullmatch(r"[\d./]+", host):
            raise _bad_entry(entry) from error
        place = host
    return Allowed(match["scheme"], place, number)


def _parts_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address that means the same to everybody who reads it."""
    try:
        if not url.isprintable() or re.search(r"[\s\\#]", url):
            raise ValueError
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        port = PORTS[parts.scheme] if parts.port is None else parts.port
        if not 0 < port < 65536 or "@" in parts.netloc.rpartition("@")[0]:
            raise ValueError
        if _NAME.fullmatch(host) is None:
            ip_address(host)
    except (ValueError, KeyError) as error:
        raise RefusedError(_NO_ADDRESS) from error
    return parts.scheme, host, port


def _addresses_of(host: str, port: int, resolve: Resolve) -> list[Address]:
    try:
        found: Sequence[str] = [str(ip_address(host))]
    except ValueError:
        found = resolve(host, port)
    addresses = [_plain(ip_address(one.partition("%")[0])) for one in found]
    if not addresses:
        raise RefusedError(
            Text(f"无法解析主机名 {host}。", f"The name {host} is not known; look for a typing error.")
        )
    return addresses


def _plain(address: Address) -> Address:
    """What is meant by an IPv4 address written as IPv6."""
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _passes(host: str, address: Address, near: Sequence[str | Network]) -> bool:
    networks = [one for one in near if not isinstance(one, str) and address in one]
    if address.is_loopback:  # not named by "everything"
        return any(one.is_loopback for one in networks) or (host == "localhost" and host in near)
    refused = any(address in one for one in _METADATA + _DISGUISES)
    refused |= address.is_link_local or address.is_multicast
    return not refused and (host in near or bool(networks))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _not_allowed(scheme: str, host: str, port: int) -> RefusedError:
    place = f"{scheme}://{_bracketed(host)}:{port}"
    return RefusedError(
        Text(
            f"管理员未允许连接 {place}；请在 {VARIABLE} 中加入该地址"
            "（本机地址须写明，云元数据与链路本地地址不可连接）。",
            f"Expected a target that {VARIABLE} names, but {place} is none; ask the administrator to add it "
            "(this machine by its address; cloud metadata and link-local addresses are never called).",
        )
    )


def _bad_entry(entry: str) -> RefusedError:
    came = redact(entry)
    return RefusedError(
        Text(
            f"{VARIABLE} 的条目应如 rtsp://10.0.7.0/24:554 或 https://marks.school.example，实际为 {came}。",
            f"Expected an entry of {VARIABLE} like rtsp://10.0.7.0/24:554 or https://marks.school.example, "
            f"but {came} came.",
        )
    )


_NO_ADDRESS = Text(
    "地址应如 https://主机:端口/路径（http、https、rtsp 或 rtsps）。",
    "Expected an address like https://host:port/path (http, https, rtsp or rtsps).",
)
