"""In which form is a digest sent? By the channel of its subscription. Pure."""

from __future__ import annotations

from collections.abc import Callable

from notifications.addresses.channels import APPRISE, MAIL, WEBHOOK
from notifications.digests.render import Rendered, render
from notifications.digests.webhook_body import render_webhook
from notifications.note_body import render_note

Renderer = Callable[..., Rendered]
"""Makes the bytes of a digest once and for all; it takes the named arguments of `render`."""
RENDERERS: dict[str, Renderer] = {MAIL: render, WEBHOOK: render_webhook, APPRISE: render_note}


def renderer_of(channel: str) -> Renderer:
    return RENDERERS[channel]
