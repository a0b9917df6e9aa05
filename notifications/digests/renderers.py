"""Renders a digest for the channel of its subscription: mail, webhook or plain text. Pure.

The body of a webhook is the facts of a digest as JSON, in a schema with a version. The bytes are
made once and kept in the outbox, so every attempt sends the same ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from events import format_instant
from notifications.addresses.channels import APPRISE, MAIL, WEBHOOK
from notifications.digests.digest import Digest
from notifications.digests.render import RULE_VERSION, Rendered, render
from notifications.mail.headers import clean_text, mailbox, message_id

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


def render_plain_text(digest: Digest, *, settings: MailSettings, **options: Any) -> Rendered:
    """The text part of the mail that it would be, without an address of the recipient in it."""
    options["recipient"] = mailbox(settings.mail_from).addr_spec
    mail = render(digest, settings=settings, **options)
    return Rendered(mail.subject, mail.message_id, mail.text, "", mail.text.encode())


Renderer = Callable[..., Rendered]
"""Makes the bytes of a digest once and for all; it takes the named arguments of `render`."""
RENDERERS: dict[str, Renderer] = {MAIL: render, WEBHOOK: render_webhook, APPRISE: render_plain_text}


def renderer_of(channel: str) -> Renderer:
    return RENDERERS[channel]
