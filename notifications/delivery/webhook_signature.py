"""Proof that a webhook came from here: Standard Webhooks 1.0, HMAC-SHA256. Pure.

The signed content is `{id}.{timestamp}.{body}`. The id stays over retries, so a receiver can tell a
second delivery; the timestamp is that of the attempt, so it can refuse an old one.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable

PREFIX = "whsec_"


def secret_text(key: bytes) -> str:
    """A key as its receiver is told it."""
    return PREFIX + base64.b64encode(key).decode("ascii")


def signature(key: bytes, identity: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the code; who has the key can work out the same."""
    content = f"{identity}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode("ascii")


def signed_headers(
    keys: Iterable[bytes], identity: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """The three headers; several keys while one takes the place of another."""
    signatures = (signature(key, identity, timestamp, body) for key in keys)
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
