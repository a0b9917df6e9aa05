"""Where bounces of a message go: to an address signed for it, where a bounce domain is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notifications.mail.secret_file import secret_of
from notifications.mail.tokens import bounce_address

if TYPE_CHECKING:
    from notifications.settings import MailSettings


def envelope_from(settings: MailSettings, message_id: str) -> str | None:
    """The envelope sender of a message; None is the address of the From."""
    if settings.bounce_domain is None:
        return None
    return bounce_address(secret_of(settings), message_id, settings.bounce_domain)
