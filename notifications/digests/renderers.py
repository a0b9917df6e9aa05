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


def render_plain_text(
    digest: Digest, *, recipient: str, settings: MailSettings, **named: Any
) -> Rendered:
    """The text part of the mail that it would be; a name stands for the recipient, so no address
    of theirs is in it."""
    del recipient
    ours = mailbox(settings.mail_from).addr_spec
    made = render(digest, recipient=ours, settings=settings, **named)
    return Rendered(made.subject, made.message_id, made.text, "", made.text.encode())


Renderer = Callable[..., Rendered]
"""Makes the bytes of a digest once and for all; it takes the named arguments of `render`."""
RENDERERS: dict[str, Renderer] = {MAIL: render, WEBHOOK: render_webhook, APPRISE: render_plain_text}


def renderer_of(channel: str) -> Renderer:
    return RENDERERS[channel]
