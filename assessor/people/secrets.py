"""Makes what opens a door and keeps only its hash: session tokens, one-time links, device keys."""

import hashlib
import secrets

SESSION, LINK, DEVICE_KEY = "as_", "al_", "ad_"  # how a token begins says what it is


def new_token(kind: str) -> str:
    """256 random bits, to be told once."""
    return kind + secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What is kept of it. Without salt: nobody can guess 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
