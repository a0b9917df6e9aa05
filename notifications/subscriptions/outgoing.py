"""How a message of a subscription is addressed: its recipient, channel and return path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notifications.addresses.channels import MAIL
from notifications.digests.render import Rendered
from notifications.mail.secret_file import secret_of
from notifications.mail.tokens import bounce_address
from notifications.outbox.enqueue import OutgoingMessage

if TYPE_CHECKING:
    from notifications.settings import MailSettings
    from notifications.subscriptions.subscription import Subscription


def outgoing_message(
    settings: MailSettings, subscription: Subscription, dedup_key: str, rendered: Rendered
) -> OutgoingMessage:
    """The message as the outbox takes it; its bounces come to an address signed for it alone.

    That address exists only by mail and where a bounce domain is set; else bounces go to the From.
    """
    by_mail = subscription.channel == MAIL
    return_path = None
    if by_mail and settings.bounce_domain is not None:
        secret = secret_of(settings)
        return_path = bounce_address(secret, rendered.message_id, settings.bounce_domain)
    return OutgoingMessage(
        dedup_key=dedup_key,
        rendered=rendered,
        recipient=subscription.email,
        channel=subscription.channel,
        subscription_id=subscription.id,
        list_name="digest" if by_mail else subscription.channel,
        envelope_from=return_path,
    )
