"""A digest as a note for other services: its subject and its text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notifications.digests.digest import Digest
from notifications.digests.render import Rendered, render
from notifications.mail.headers import mailbox

if TYPE_CHECKING:
    from notifications.settings import MailSettings


def render_note(
    digest: Digest, *, recipient: str, settings: MailSettings, **named: Any
) -> Rendered:
    """The text part of the mail that it would be; a name stands for the recipient, so no address
    of theirs is in it."""
    del recipient
    ours = mailbox(settings.mail_from).addr_spec
    made = render(digest, recipient=ours, settings=settings, **named)
    return Rendered(made.subject, made.message_id, made.text, "", made.text.encode())
