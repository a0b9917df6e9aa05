"""The mail that asks a new reader to confirm; without list headers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import TYPE_CHECKING

from notifications.alerts.filters import Filter
from notifications.digests.render import Rendered
from notifications.digests.templating import wrapped
from notifications.language import N_, language_of
from notifications.mail.headers import clean_text, mailbox, message_id
from notifications.mail.mime import MimeMessage, to_bytes
from notifications.mail.tokens import hash_of
from notifications.outbox.enqueue import OutgoingMessage
from notifications.prose.ends import moment_words
from notifications.prose.reader import Reader
from notifications.subscriptions.outgoing import outgoing_message

if TYPE_CHECKING:
    from notifications.settings import MailSettings
    from notifications.subscriptions.subscription import Subscription

SUBJECT = N_("Please confirm: mail about agreements, and what becomes of them")
RHYTHM: Mapping[str, str] = {
    "immediate": N_("It would come as soon as there is news."),
    "daily": N_("It would come every day at {time} in {city}."),
    "weekly": N_("It would come once a week at {time} in {city}."),
    "monthly": N_("It would come once a month at {time} in {city}."),
}
HASH_DIGITS = 16


def opt_in_message(
    settings: MailSettings, subscription: Subscription, token: str, now: datetime, until: datetime
) -> OutgoingMessage:
    """The opt-in mail of one subscription and one code, which expires at `until`."""
    number, token_hash = str(subscription.id), hash_of(token)[:HASH_DIGITS]
    identity = message_id(settings.domain, "opt-in", settings.tenant, number, token_hash)
    language = language_of(subscription.language, subscription.clock)
    reader, subject = Reader(subscription.zone, now, language=language), language.text(SUBJECT)
    text = _text(settings, subscription, token, until, reader)
    message = MimeMessage(
        sender=settings.mail_from,
        recipient=subscription.email,
        subject=subject,
        message_id=identity,
        date=now,
        text=text,
    )
    rendered = Rendered(subject, identity, text, "", to_bytes(message))
    return outgoing_message(settings, subscription, f"opt-in/{number}/{token_hash}", rendered)


def _text(
    settings: MailSettings, subscription: Subscription, token: str, until: datetime, reader: Reader
) -> str:
    if settings.public_url:
        how_to_confirm = f"  {settings.public_url.rstrip('/')}/c/{token}"
    else:
        elsewhere = reader.text("(or pass this code to whoever runs it for you)")
        how_to_confirm = f"  pactwatch subscribe confirm {token}\n\n{elsewhere}"
    hour = reader.language.time(datetime.combine(reader.today, time(subscription.hour)))
    city = reader.city(subscription.zone)
    rhythm = reader.text(RHYTHM[subscription.cadence], time=hour, city=city)
    paragraphs = [
        reader.text(
            "Somebody asked {sender} to write to {email} about agreements: what is promised in "
            "them, what falls due, and what becomes of it.",
            sender=mailbox(settings.mail_from).addr_spec,
            email=subscription.email,
        ),
        f"{_wanted(subscription, reader)} {rhythm}",
        reader.text("If you want that, say so:"),
        how_to_confirm,
        reader.text(
            "Without your word nothing is sent. The code is good until {until}. If this was not "
            "you, there is nothing to do.",
            until=moment_words(until, reader, subscription.zone),
        ),
    ]
    # A code or link that is broken over two lines cannot be used.
    return "\n\n".join(part if token in part else wrapped(part) for part in paragraphs) + "\n"


def _wanted(subscription: Subscription, reader: Reader) -> str:
    """What was asked for, in a sentence."""
    if subscription.wants == Filter():
        return reader.text("The mail would be about all agreements on record.")
    follows = clean_text(subscription.wants.words_in(reader.language), 400)
    return reader.text("The mail would be about: {follows}.", follows=follows)
