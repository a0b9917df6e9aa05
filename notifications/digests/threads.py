"""The message ids under which mail clients group messages into threads. Pure.

The root of a thread is the id of a message that never was: none of ours can be proven to have
arrived.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from notifications.addresses.mailbox import same_mailbox
from notifications.mail.headers import message_id

if TYPE_CHECKING:
    from notifications.digests.digest import Digest
    from notifications.settings import MailSettings


def root_of(
    digest: Digest,
    settings: MailSettings,
    *,
    recipient: str,
    subscription: str,
    now: datetime,
    at_once: bool,
) -> str:
    """The root of a digest, which is that of its subscription and month.

    What is told at once, immediate or escalated, and is all of one agreement, stands with
    everything else that this recipient was told so of it, by whichever subscription.
    """
    if at_once and len(digest.agreements) == 1:
        thread = ("alerts", same_mailbox(recipient), *digest.agreements)
    else:
        thread = (subscription, f"{now.astimezone(ZoneInfo(digest.zone)):%Y-%m}")
    return message_id(settings.domain, "root", settings.tenant, *thread)
