"""The body of a webhook: the facts of a digest as JSON, in a schema with a version. Pure.

The bytes are made once and kept in the outbox, so every attempt sends the same ones.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from events import format_instant
from notifications.digests.digest import Digest
from notifications.digests.render import RULE_VERSION, Rendered
from notifications.mail.headers import clean_text, message_id

if TYPE_CHECKING:
    from notifications.settings import MailSettings

TYPE = "pactwatch.digest.v1"
"""Keys may be added to it; what is there keeps its name and meaning."""
_encode = msgspec.json.Encoder().encode


def render_webhook(
    digest: Digest,
    *,
    subscription: str,
    window: str,
    settings: MailSettings,
    now: datetime,
    unsubscribe_url: str | None = None,
    **_of_mail: Any,
) -> Rendered:
    """The JSON of a digest; the same input gives the same bytes and the same id."""
    facts = {
        "tenant": settings.tenant,
        "subscription": int(subscription),
        "window": window,
        **msgspec.to_builtins(digest),
        "unsubscribe_url": unsubscribe_url,
    }
    identity = _identity(settings, subscription, window, _encode(facts))
    document = {"type": TYPE, "id": identity, "timestamp": format_instant(now), "data": facts}
    body = _encode(document)
    return Rendered(clean_text(digest.headline), identity, body.decode(), "", body)


def _identity(settings: MailSettings, subscription: str, window: str, facts: bytes) -> str:
    """An id made as a Message-ID is, in letters that a signed content can contain: no full stop."""
    content = hashlib.sha256(facts).hexdigest()
    parts = (settings.tenant, subscription, window, RULE_VERSION, content)
    whole = message_id(settings.domain, "webhook", *parts)
    return f"msg_{whole.removeprefix('<d.').partition('@')[0]}"
