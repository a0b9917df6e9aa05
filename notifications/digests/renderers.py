"""Renders a digest for the channel of its subscription. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from notifications.addresses.channels import APPRISE, MAIL, WEBHOOK
from notifications.digests.digest import Digest
from notifications.digests.render import Rendered, render
from notifications.digests.webhook_body import render_webhook
from notifications.mail.headers import mailbox

if TYPE_CHECKING:
    from notifications.settings import MailSettings


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
