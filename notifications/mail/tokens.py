"""Tokens that grant something: opaque, unguessable, and stored only as their hash. Pure.

Those in a digest are derived from a secret outside the database, so that a retry and a preview
carry the same one; those of an opt-in are drawn at random.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

LENGTH = 32
"""Characters of base32, five bits each: 160 bits."""
SIGNATURE = 16
"""80 bits sign a bounce address: forging one takes mail by mail, and the local part has room."""

BOUNCE = re.compile(r"b\+([a-z2-7]{26})-([a-z2-7]{16})@")


def fresh() -> str:
    """A token drawn at random."""
    return _base32(secrets.token_bytes(20))[:LENGTH]


def derived(secret: bytes, purpose: str, *parts: str) -> str:
    """The token of this purpose and these parts; nobody without the secret can compute it."""
    return _base32(_mac(secret, purpose, *parts))[:LENGTH]


def derived_key(secret: bytes, purpose: str, *parts: str) -> bytes:
    """A key of 256 bits of this purpose and these parts."""
    return _mac(secret, f"key of {purpose}", *parts)


def hash_of(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.strip().lower().encode()).hexdigest()


def is_same(token: str, stored: str) -> bool:
    """Whether a token has a stored hash, compared in constant time."""
    return hmac.compare_digest(hash_of(token).encode(), stored.encode())


def bounce_address(secret: bytes, message_id: str, domain: str) -> str:
    """The envelope sender of a message: a report that comes back to it names the message."""
    name = message_id.strip("<>").partition("@")[0].removeprefix("d.")
    return f"b+{name}-{_signature(secret, name)}@{domain}"


def bounced_message(secret: bytes, address: str) -> str | None:
    """The message that a bounce address stands for; None for an address that we never signed.

    It goes by the first part of its Message-ID after `d.`.
    """
    match = BOUNCE.search(address.lower())
    if match is None or not hmac.compare_digest(match[2], _signature(secret, match[1])):
        return None
    return match[1]


def _signature(secret: bytes, name: str) -> str:
    return _base32(_mac(secret, "bounce", name))[:SIGNATURE]


def _mac(secret: bytes, *parts: str) -> bytes:
    return hmac.digest(secret, "\0".join(parts).encode(), "sha256")


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().lower().rstrip("=")
