"""Renders a digest for the channel of its subscription: mail, webhook or plain text. Pure.

The body of a webhook is the facts of a digest as JSON, in a schema with a version. The bytes are
made once and kept in the outbox, so every attempt sends the same ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from events import format_instant
from notifications.addresses.channels import APPRISE, MAIL, WEBHOOK
from notifications.digests.digest import Digest
from notifications.digests.render import RULE_VERSION, Addressee, Rendered, render
from notifications.mail.headers import clean_text, mailbox, message_id

if TYPE_CHECKING:
    from notifications.settings import MailSettings

TYPES = {1: "pactwatch.digest.v1", 2: "pactwatch.digest.v2"}
"""Keys may be added to each; what is there keeps its name and meaning."""
_encode = msgspec.json.Encoder().encode


def render_webhook(digest: Digest, to: Addressee, settings: MailSettings, version: int) -> Rendered:
    """The JSON of a digest; the same input gives the same bytes and the same id."""
    facts = {
        "tenant": settings.tenant,
        "subscription": int(to.subscription),
        "window": to.window,
        **(_first_version(digest) if version == 1 else _second_version(digest, settings)),
        "unsubscribe_url": to.unsubscribe_url,
    }
    identity = _identity(to, settings, _encode(facts))
    document = {
        "type": TYPES[version],
        "id": identity,
        "timestamp": format_instant(to.now),
        "data": facts,
    }
    body = _encode(document)
    return Rendered(clean_text(digest.headline), identity, body.decode(), "", body)


def _first_version(digest: Digest) -> dict[str, Any]:
    """Words and facts as a mail has them, by section."""
    facts: dict[str, Any] = msgspec.to_builtins(digest)
    for section in facts["sections"]:
        for item in section["items"]:
            del item["data"]
    for later in ("language", "implied"):
        del facts[later]
    return facts


SHARED = ("agreement", "commitment", "title", "promise", "headline", "sentence", "standing")
"""What both versions say of an item under the same name."""


def _second_version(digest: Digest, settings: MailSettings) -> dict[str, Any]:
    """Data for machines, the gravest first; prose stands beside it."""
    facts: dict[str, Any] = msgspec.to_builtins(digest)
    sections = [*facts.pop("sections"), *facts.pop("implied")]
    for words in ("local_now", "local_since", "matters"):
        del facts[words]
    board = (settings.public_url or "").rstrip("/")
    facts["items"] = [
        {
            **{name: item[name] for name in SHARED},
            "section": section["heading"],
            "link": f"{board}/commitments/{quote(item['commitment'], safe='')}" if board else None,
            "acknowledged": item["noted"] or None,
            **item["data"],
        }
        for section in sections
        for item in section["items"]
    ]
    facts["more"] = sum(section["more"] for section in sections)
    return facts


def _identity(to: Addressee, settings: MailSettings, facts: bytes) -> str:
    """An id made as a Message-ID is, in letters that a signed content can contain: no full stop."""
    content = hashlib.sha256(facts).hexdigest()
    parts = (settings.tenant, to.subscription, to.window, RULE_VERSION, content)
    whole = message_id(settings.domain, "webhook", *parts)
    return f"msg_{whole.removeprefix('<d.').partition('@')[0]}"


def render_plain_text(digest: Digest, to: Addressee, settings: MailSettings) -> Rendered:
    """The text part of the mail that it would be, without an address of the recipient in it."""
    to = replace(to, recipient=mailbox(settings.mail_from).addr_spec)
    mail = render(digest, to, settings)
    return Rendered(mail.subject, mail.message_id, mail.text, "", mail.text.encode())


Renderer = Callable[[Digest, Addressee, "MailSettings"], Rendered]
"""Makes the bytes of a digest once and for all."""
RENDERERS: dict[str, Renderer] = {MAIL: render, APPRISE: render_plain_text}


def renderer_of(channel: str, hook_version: int) -> Renderer:
    """What makes a digest for a channel; a webhook in the version of its document."""
    if channel == WEBHOOK:
        return partial(render_webhook, version=hook_version)
    return RENDERERS[channel]
