"""Whom the program calls by itself: real listeners that must or must not hear from it."""

import datetime
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest

from assessor.errors import RefusedError
from assessor.outbound import check_target, host_of, read_allowed, redact
from assessor.outbound_http import Limits, open_client
from assessor.people import oidc
from assessor.people.oidc import Pending, Provider

pytestmark = pytest.mark.fault(68)
SECRET = "seen-by-nobody"


@dataclass
class Listener:
    """A web server on this machine that counts who comes. `answer`: writes what it says."""

    port: int = 0
    answer: Callable[[BaseHTTPRequestHandler], None] = lambda handler: say(handler, b"{}")
    heard: list[dict[str, str]] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


def say(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in ({"Content-Length": str(len(body))} | headers).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def listen(address: str, port: int = 0, context: ssl.SSLContext | None = None) -> Iterator[Listener]:
    own = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            own.heard.append(dict(self.headers))
            own.answer(self)

        do_POST = do_GET  # noqa: N815 - as the base class names it

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """Who hangs up early is no error here."""

    server = Server((address, port), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    own.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield own
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def wanted() -> Iterator[Listener]:
    yield from listen("127.0.0.1")


@pytest.fixture
def inner(wanted: Listener) -> Iterator[Listener]:
    """Another machine with a door of the same number, which nobody named."""
    yield from listen("127.0.0.2", wanted.port)


def naming(*answers: str) -> Callable[[str, int], Sequence[str]]:
    """A name server that says something else each time; the last goes on."""
    left = list(answers)
    return lambda host, port: [left.pop(0) if len(left) > 1 else left[0]]


INNER = (
    *("http://127.0.0.1/", "http://localhost/", "http://127.1/", "http://2130706433/", "http://0x7f000001/"),
    *("http://0177.0.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/", "http://[::]/"),
    *("http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "http://[fd00:ec2::254]/"),
    *("http://100.100.100.200/", "http://168.63.129.16/", "http://[64:ff9b::a9fe:a9fe]/"),
    *("http://[2002:7f00:1::]/", "http://[::127.0.0.1]/", "http://224.0.0.1/", "http://[::ffff:a9fe:a9fe]/"),
)


@pytest.mark.parametrize("url", INNER)
def test_these_are_never_called_though_everything_is_allowed(url: str) -> None:
    everything = read_allowed(["http://0.0.0.0/0:*", "http://[::/0]:*"])
    with pytest.raises(RefusedError):
        check_target(url, everything)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("ftp://camera.example/", id="another scheme"),
        pytest.param("file:///etc/passwd", id="a file"),
        pytest.param("https://camera.example/", id="scheme not named"),
        pytest.param("rtsp://camera.example:555/", id="port not named"),
        pytest.param("rtsp://other.example/", id="host not named"),
        pytest.param("rtsp://camera.example@other.example/", id="name as the user"),
        pytest.param("rtsp://camera.example#@other.example/", id="name before a fragment"),
        pytest.param("rtsp://other.example\\@camera.example/", id="backslash"),
        pytest.param("rtsp://camera.example\t.other.example/", id="tab"),
        pytest.param("rtsp://camera.example\r\nX: 1/", id="line end"),
        pytest.param("rtsp://a@b@camera.example/", id="two users"),
        pytest.param("rtsp://camera。example/", id="wide dot"),
        pytest.param("rtsp://camera%2eexample/", id="written in per cent"),
        pytest.param("rtsp://camera.example:0/", id="port 0"),
        pytest.param("rtsp://camera.example:99999/", id="port too high"),
        pytest.param("rtsp://camera.example:x/", id="no port"),
        pytest.param("rtsp:///path", id="no host"),
        pytest.param("rtsp://[::1%25eth0]/", id="zone"),
        pytest.param("", id="nothing"),
    ],
)
def test_only_what_the_list_names_passes(url: str) -> None:
    allowed = read_allowed(["rtsp://camera.example"])
    assert check_target("rtsp://Camera.Example./x", allowed, naming("10.0.7.9")).address == "10.0.7.9"
    with pytest.raises(RefusedError) as refused:
        check_target(url, allowed, naming("10.0.7.9"))
    assert refused.value.text.zh


def test_a_network_takes_names_and_addresses_inside_it() -> None:
    allowed = read_allowed(["rtsp://10.0.7.0/24:*", "rtsp://[fd00:7::/64]"])
    assert check_target("rtsp://10.0.7.12:8554/a", allowed).port == 8554
    assert check_target("rtsp://[fd00:7::5]/a", allowed).pinned_url == "rtsp://[fd00:7::5]:554/a"
    assert check_target("rtsp://camera/a", allowed, naming("10.0.7.3")).address == "10.0.7.3"
    for url in ("rtsp://10.0.8.1/", "rtsp://outside/"):
        with pytest.raises(RefusedError):
            check_target(url, allowed, naming("10.0.8.1"))


def test_a_name_with_one_bad_address_among_good_ones_is_refused() -> None:
    allowed = read_allowed(["http://school.example"])
    with pytest.raises(RefusedError):
        check_target("http://school.example/", allowed, lambda host, port: ["10.0.0.1", "169.254.169.254"])


@pytest.mark.parametrize(
    "entry",
    ["camera.example", "*", "rtsp://*", "rtsp://*.example", "gopher://a", "rtsp://a:b@c", "http://1.2.3/33",
     "rtsp://10.0.7.3/24", "rtsp://300.1.1.1"],
)  # fmt: skip
def test_a_bad_entry_is_named(entry: str) -> None:
    with pytest.raises(RefusedError, match=r"rtsp://10\.0\.7\.0/24:554"):
        read_allowed([entry])


def test_nothing_is_called_where_nothing_is_named(wanted: Listener) -> None:
    with open_client(()) as http, pytest.raises(RefusedError, match="ASSESSOR_OUTBOUND"):
        http.get(wanted.url())
    assert not wanted.heard


def test_a_name_that_points_elsewhere_the_second_time_reaches_nobody_there(
    wanted: Listener, inner: Listener
) -> None:
    names = naming("127.0.0.1", "127.0.0.2")
    with open_client(read_allowed([f"http://127.0.0.1:{wanted.port}"]), resolve=names) as http:
        assert http.get(wanted.url(host="school.example")).status_code == 200
        with pytest.raises(RefusedError):
            http.get(wanted.url(host="school.example"))
    assert wanted.heard[0]["Host"] == f"school.example:{wanted.port}"
    assert (len(wanted.heard), len(inner.heard)) == (1, 0)


def test_the_name_is_looked_up_once(
    wanted: Listener, inner: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = socket.getaddrinfo

    def changing(host: Any, *args: Any, **more: Any) -> Any:
        if host != "school.example":
            return real(host, *args, **more)
        asked.append(host)
        return real("127.0.0.1" if len(asked) == 1 else "127.0.0.2", *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    with open_client(read_allowed([f"http://127.0.0.1:{wanted.port}"])) as http:
        assert http.post(wanted.url(host="school.example"), json={}).status_code == 200
    assert (asked, len(inner.heard)) == (["school.example"], 0)


def test_a_redirect_is_not_followed(wanted: Listener, inner: Listener) -> None:
    wanted.answer = lambda handler: say(handler, b"", 302, Location=inner.url(host="127.0.0.2"))
    with open_client(read_allowed([f"http://127.0.0.0/8:{wanted.port}"])) as http:
        assert http.get(wanted.url()).status_code == 302
    assert (len(wanted.heard), len(inner.heard)) == (1, 0)


def test_a_proxy_of_the_environment_is_not_asked(
    wanted: Listener, inner: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, inner.url(host="127.0.0.2"))
    with open_client(read_allowed([f"http://127.0.0.1:{wanted.port}"])) as http:
        http.get(wanted.url())
    assert (len(wanted.heard), len(inner.heard)) == (1, 0)


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(SECRET[:1].encode())
        time.sleep(0.05)


def drip_headers(handler: BaseHTTPRequestHandler) -> None:
    for _ in range(100):
        handler.wfile.write(b"H")
        time.sleep(0.05)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda handler: say(handler, SECRET.encode() * 9_000), id="too large"),
        pytest.param(
            lambda handler: say(handler, gzip.compress(bytes(10_000_000)), Content_Encoding="gzip"),
            id="packed",
        ),
        pytest.param(lambda handler: handler.wfile.write(SECRET.encode() + b"\r\n\r\n"), id="no web server"),
        pytest.param(
            lambda handler: handler.wfile.write(b"HTTP/1.1 200 O\r\nX" * 90_000), id="endless headers"
        ),
        pytest.param(drip, id="a byte now and then"),
        pytest.param(drip_headers, id="a byte of a header now and then"),
        pytest.param(lambda handler: time.sleep(1), id="nothing"),
    ],
)
def test_an_answer_that_is_too_much_ends_without_being_told(
    wanted: Listener, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    wanted.answer = answer
    allowed = read_allowed([f"http://127.0.0.1:{wanted.port}"])
    began = time.monotonic()
    with open_client(allowed, Limits(100_000, 0.6)) as http, pytest.raises(httpx.TransportError) as failed:
        http.get(wanted.url(f"/?token={SECRET}"))
    assert time.monotonic() - began < 3
    assert SECRET not in str(failed.value) and failed.value.__cause__ is None
    assert f"http://127.0.0.1:{wanted.port}" in str(failed.value)


def certify(folder: Path, name: str) -> Path:
    """A self-signed certificate of the name, with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return file


def test_the_certificate_is_that_of_the_name_though_the_address_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certify(tmp_path, "school.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    for server in listen("127.0.0.1", context=context):
        allowed = read_allowed([f"https://127.0.0.1:{server.port}"])
        with open_client(allowed, resolve=naming("127.0.0.1")) as http:
            assert http.get(f"https://school.example:{server.port}/").status_code == 200
            for other in ("other.example", "127.0.0.1"):
                with pytest.raises(httpx.TransportError):
                    http.get(f"https://{other}:{server.port}/")
        assert len(server.heard) == 1


@pytest.mark.parametrize("name", ["jwks_uri", "token_endpoint"])
def test_a_provider_cannot_send_us_elsewhere(wanted: Listener, inner: Listener, name: str) -> None:
    own = wanted.url().rstrip("/")
    described = {"issuer": own, "token_endpoint": own, "jwks_uri": own, "id_token": "a.b.c"}
    described[name] = inner.url("/internal", host="127.0.0.2")
    body = str(described).replace("'", '"').encode()
    wanted.answer = lambda handler: say(handler, body)
    with pytest.raises(RefusedError):
        oidc.subject_of(Provider(own, "assessor", SECRET), Pending("s", "n", "v"), "code", "http://here/")
    assert wanted.heard and not inner.heard


def test_what_people_read_holds_no_password() -> None:
    target = check_target("rtsp://admin:p%40ss@10.0.7.9/live?key=k", read_allowed(["rtsp://10.0.7.9"]))
    assert target.shown == "rtsp://10.0.7.9:554"
    assert target.pinned_url == "rtsp://admin:p%40ss@10.0.7.9:554/live?key=k"
    assert "p%40ss" not in repr(target)
    said = redact("cannot open rtsp://admin:p%40ss@10.0.7.9/live?key=k: refused; see https://a.example/x")
    assert said == "cannot open rtsp://10.0.7.9/live?…: refused; see https://a.example/x"


def test_the_address_of_the_provider_is_an_entry() -> None:
    assert host_of("https://id.school.example/realm") == read_allowed(["https://id.school.example"])[0]
    assert host_of("http://[::1]:99/").host == read_allowed([f"http://[{ip_address('::1')}]"])[0].host
