"""Signing in by an identity provider: a small real one on a socket, and tokens that must be refused."""

import base64
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import RSAKey

from api.app import Settings, create_app
from api.oidc_routes import add_oidc
from assessor.errors import RefusedError
from assessor.people import oidc
from assessor.people.caller import Grant
from assessor.people.oidc import Provider, check_id_token
from assessor.people.roles import Role
from tests.api_site import serving_app
from tests.school import School, add_school
from tests.stores import open_store

KEY = RSAKey.generate_key(2048, {"kid": "a"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "a"})
KEYS: dict[str, Any] = {"keys": [KEY.as_dict(private=False)]}
HERE = Provider("https://id.school.example", "assessor", "secret")
GOOD = {"iss": HERE.issuer, "aud": HERE.client_id, "sub": "s", "nonce": "n", "exp": 9999999999, "iat": 1}


def token_of(provider: Provider, said: str, **more: Any) -> str:
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": provider.issuer,
        "aud": provider.client_id,
        "sub": "subject 1",
        "nonce": said,
    }
    claims |= {"iat": now, "exp": now + 300} | more
    return jwt.encode({"alg": "RS256", "kid": "a"}, {k: v for k, v in claims.items() if v is not None}, KEY)


@dataclass
class IdentityProvider:
    """Gives a code to everybody who comes; `subject` is who they are."""

    app: FastAPI
    issuer: str = ""
    subject: str = "subject 1"
    nonces: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)


def build_provider() -> IdentityProvider:
    app = FastAPI()
    own = IdentityProvider(app)

    @app.get("/.well-known/openid-configuration")
    def describe() -> dict[str, str]:
        places = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        return {"issuer": own.issuer} | {name: own.issuer + path for name, path in places.items()}

    @app.get("/keys")
    def keys() -> dict[str, Any]:
        return KEYS

    @app.post("/token")
    async def token(request: Request) -> dict[str, str]:
        asked = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        own.asked.append(asked)
        provider = Provider(own.issuer, asked["client_id"], asked["client_secret"])
        return {"id_token": token_of(provider, own.nonces[asked["code"]], sub=own.subject)}

    return own


@dataclass(frozen=True)
class Door:
    """A served school whose people come by the provider."""

    client: httpx.Client
    school: School
    provider: IdentityProvider

    def come(self) -> httpx.Response:
        """From the sign-in page to the provider and back."""
        leaving = self.client.get("/sign-in/oidc")
        asked = {
            name: values[0] for name, values in parse_qs(urlsplit(leaving.headers["location"]).query).items()
        }
        self.provider.nonces["code 1"] = asked["nonce"]
        assert asked["code_challenge_method"] == "S256"
        return self.client.get("/sign-in/oidc/back", params={"code": "code 1", "state": asked["state"]})


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    own = build_provider()
    with open_store(tmp_path) as store, serving_app(own.app) as there:
        own.issuer = str(there.base_url).rstrip("/")
        app = create_app(Settings(store, console=False))
        add_oidc(app, store, Provider(own.issuer, "assessor", "the secret"))
        with serving_app(app) as client:
            yield Door(client, add_school(store), own)


def test_a_linked_person_comes_in(door: Door) -> None:
    admin = door.school.caller(door.school.add_person("A", Grant(Role.ADMINISTRATOR)))
    teacher = door.school.add_person("T", Grant(Role.TEACHER))
    oidc.link_subject(door.school.store, admin, teacher, "subject 1")
    answer = door.come()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert door.client.get("/v1/session").json()["person_id"] == str(teacher)
    assert door.provider.asked[0]["code_verifier"]


def test_somebody_whom_nobody_linked_stays_outside(door: Door) -> None:
    door.school.add_person("subject 1", Grant(Role.HEAD), login="subject 1", name="subject 1")
    answer = door.come()
    assert (answer.status_code, "administrator" in answer.json()["text"]["en"]) == (401, True)


def test_one_subject_is_one_person(door: Door) -> None:
    admin = door.school.caller(door.school.add_person("A", Grant(Role.ADMINISTRATOR)))
    oidc.link_subject(door.school.store, admin, admin.person, "subject 1")
    other = door.school.add_person("T", Grant(Role.TEACHER))
    with pytest.raises(RefusedError, match="somebody else"):
        oidc.link_subject(door.school.store, admin, other, "subject 1")


def test_coming_back_without_having_left_is_refused(door: Door) -> None:
    answer = door.client.get("/sign-in/oidc/back", params={"code": "code 1", "state": "x"})
    assert answer.status_code == 401


def test_it_is_off_unless_it_is_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert oidc.provider_from_environment() is None
    monkeypatch.setenv("ASSESSOR_OIDC_ISSUER", "http://id.school.example")
    with pytest.raises(RefusedError, match="https"):
        oidc.provider_from_environment()


def _unsigned() -> str:
    _, body, _ = token_of(HERE, "n").split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    return f"{none}.{body}."


def _signed_with_the_public_key() -> str:
    parts = [json.dumps({"alg": "HS256", "kid": "a"}).encode(), json.dumps(GOOD).encode()]
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    seal = hmac.new(KEY.as_pem(private=False), text, "sha256").digest()
    return (text + b"." + base64.urlsafe_b64encode(seal).rstrip(b"=")).decode()


def _signed_by_another() -> str:
    return jwt.encode({"alg": "RS256", "kid": "a"}, GOOD, OTHER_KEY)


@pytest.mark.fault(69)
@pytest.mark.parametrize(
    "token",
    [
        pytest.param(_unsigned(), id="alg none"),
        pytest.param(_signed_with_the_public_key(), id="public key as a password"),
        pytest.param(_signed_by_another(), id="another key"),
        pytest.param(token_of(HERE, "n", iss="https://other.example"), id="other issuer"),
        pytest.param(token_of(HERE, "n", aud="other"), id="other audience"),
        pytest.param(token_of(HERE, "n", exp=int(time.time()) - 120), id="expired"),
        pytest.param(token_of(HERE, "n", exp=None), id="without an end"),
        pytest.param(token_of(HERE, "m"), id="other nonce"),
        pytest.param(token_of(HERE, "n", nonce=None), id="no nonce"),
        pytest.param(token_of(HERE, "n", sub=None), id="nobody"),
        pytest.param(token_of(HERE, "n", iat=int(time.time()) + 3600), id="from tomorrow"),
        pytest.param(token_of(HERE, "n")[:-8] + "AAAAAAAA", id="signature altered"),
        pytest.param("a.b.c", id="no token"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_token_that_is_not_ours_is_refused(token: str) -> None:
    assert check_id_token(HERE, "n", token_of(HERE, "n"), KEYS) == "subject 1"
    with pytest.raises(RefusedError):
        check_id_token(HERE, "n", token, KEYS)
