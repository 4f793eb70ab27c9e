"""Signs people in by the school's own identity provider (OpenID Connect, code flow, PKCE); usually off.

Nobody is let in by a name that a provider tells: an administrator says which subject is which person.
`ASSESSOR_OIDC_ISSUER`, `ASSESSOR_OIDC_CLIENT` and `ASSESSOR_OIDC_SECRET` set it up.
"""

import hashlib
import logging
import os
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessor.errors import RefusedError
from assessor.ledger import audit
from assessor.outbound import allowed_from_environment, host_of
from assessor.people.caller import Caller
from assessor.people.names import check_name
from assessor.people.roles import Action
from assessor.people.scope import persons_seen
from assessor.people.sign_in import Visit, open_session
from assessor.store import Store, UnknownIdError
from assessor.store.people_tables import PersonRow
from assessor.types import Text

log = logging.getLogger("assessor.people")
# Signed with a key that only the provider has: never "none", never a shared secret.
ALGORITHMS = ["RS256", "ES256", "PS256"]
LEEWAY_S = 60  # clocks differ

NOT_VALID = Text(
    "统一身份认证的应答无效，请重新登录。", "The identity provider's answer is not valid; sign in again."
)
NOT_REACHED = Text("无法连接统一身份认证。", "The identity provider cannot be reached; try again later.")
UNKNOWN = Text(
    "此身份尚未与本系统的人员关联，请联系管理员。",
    "This identity belongs to nobody here yet; ask the administrator to link it.",
)


@dataclass(frozen=True, slots=True)
class Provider:
    """The school's identity provider and what it knows this installation as."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pending:
    """What the browser keeps while its owner is at the provider."""

    state: str
    nonce: str
    verifier: str = field(repr=False)


def provider_from_environment() -> Provider | None:
    """As set up, or None. Raises RefusedError for an issuer that could be listened to on the way."""
    issuer = os.environ.get("ASSESSOR_OIDC_ISSUER", "").rstrip("/")
    if not issuer:
        return None
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise RefusedError(
            Text(
                "ASSESSOR_OIDC_ISSUER 应以 https:// 开头。",
                "Expected ASSESSOR_OIDC_ISSUER to begin with https://.",
            )
        )
    return Provider(
        issuer, os.environ.get("ASSESSOR_OIDC_CLIENT", ""), os.environ.get("ASSESSOR_OIDC_SECRET", "")
    )


def begin(provider: Provider, back_to: str) -> tuple[str, Pending]:
    """The provider's address to go to, and what to keep until its owner comes back to `back_to`."""
    pending = Pending(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
    digest = hashlib.sha256(pending.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "scope": "openid",
        "client_id": provider.client_id,
        "redirect_uri": back_to,
        "state": pending.state,
        "nonce": pending.nonce,
        "code_challenge": urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    return f"{_described(provider)['authorization_endpoint']}?{urlencode(asked)}", pending


def subject_of(provider: Provider, pending: Pending, code: str, back_to: str) -> str:
    """Who came back with this code, by the provider's own name for them. Raises RefusedError."""
    described = _described(provider)
    answer = _ask(
        provider,
        "POST",
        str(described["token_endpoint"]),
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back_to,
            "code_verifier": pending.verifier,
            "client_id": provider.client_id,
            "client_secret": provider.client_secret,
        },
    )
    keys = _ask(provider, "GET", str(described["jwks_uri"]))
    return check_id_token(provider, pending.nonce, str(answer.get("id_token", "")), keys)


def check_id_token(provider: Provider, nonce: str, token: str, keys: dict[str, Any]) -> str:
    """The subject of a token that this provider signed for us just now. Raises RefusedError."""
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        read = jwt.decode(token, KeySet.import_key_set(cast(Any, keys)), algorithms=ALGORITHMS)
        options = {
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client_id},
            "sub": {"essential": True},
        }
        params = {"nonce": nonce, "client_id": provider.client_id}
        claims = CodeIDToken(read.claims, read.header, options, params)
        claims.validate(leeway=LEEWAY_S)
        if claims.get("nonce") != nonce:
            raise RefusedError(NOT_VALID)
        return str(claims["sub"])
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise RefusedError(NOT_VALID) from error


def enter(store: Store, subject: str, visit: Visit) -> str:
    """The token of a session of the person whose subject it is. Raises RefusedError."""
    query = select(PersonRow.id).where(PersonRow.oidc_subject == subject, PersonRow.disabled_utc.is_(None))
    person_id = store.read(lambda session: session.scalar(query))
    if person_id is None:
        raise RefusedError(UNKNOWN)
    return open_session(store, person_id, visit)


def link_subject(store: Store, caller: Caller, person_id: UUID, subject: str | None) -> None:
    """Say which subject of the provider is this person; None: none any more. Raises RefusedError."""
    caller.must(Action.EDIT_PEOPLE)
    subject = None if subject is None else check_name(subject)
    now = store.now()

    def link(session: Session) -> None:
        seen = persons_seen(caller, Action.EDIT_PEOPLE)
        person = session.scalar(select(PersonRow).where(PersonRow.id == person_id, seen))
        if person is None:
            raise UnknownIdError("person", person_id)
        other = session.scalar(select(PersonRow.id).where(PersonRow.oidc_subject == subject))
        if subject is not None and other not in (None, person_id):
            raise RefusedError(Text("此身份已与另一人关联。", "This identity is linked to somebody else."))
        person.oidc_subject = subject
        actor = audit.Actor(caller.kind, caller.id)
        audit.append(session, now, actor, "person.subject", "person", person_id)

    store.write(link)


def _described(provider: Provider) -> dict[str, Any]:
    """The provider's own description; one that speaks for another issuer is none."""
    described = _ask(provider, "GET", f"{provider.issuer}/.well-known/openid-configuration")
    if str(described.get("issuer", "")).rstrip("/") != provider.issuer:
        raise RefusedError(NOT_VALID)
    return described


def _ask(provider: Provider, method: str, address: str, **what: Any) -> dict[str, Any]:
    """What the provider's own host tells, or another one that the administrator's list names."""
    import httpx

    from assessor.outbound_http import open_client

    allowed = (host_of(provider.issuer), *allowed_from_environment())
    try:
        with open_client(allowed) as http:
            told = http.request(method, address, **what).raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        log.warning("the identity provider does not answer as expected: %s", type(error).__name__)
        raise RefusedError(NOT_REACHED) from None
    if not isinstance(told, dict):
        raise RefusedError(NOT_VALID)
    return told
