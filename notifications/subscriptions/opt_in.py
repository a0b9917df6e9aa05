"""The mail that asks a new reader to confirm; without list headers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import TYPE_CHECKING, TypedDict

from notifications.alerts.filters import Filter
from notifications.digests.render import Rendered
from notifications.digests.templating import rendered, wrapped
from notifications.language import N_
from notifications.mail.headers import clean_body, clean_text, mailbox, message_id
from notifications.mail.mime import MimeMessage, to_bytes
from notifications.mail.tokens import hash_of
from notifications.outbox.enqueue import OutgoingMessage
from notifications.prose.ends import moment_words
from notifications.prose.reader import Reader
from notifications.subscriptions.outgoing import outgoing_message
from notifications.subscriptions.reader_words import about_words

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


class OptInWords(TypedDict):
    """What the mail says; `link` is where it is confirmed, empty where there is no board."""

    subject: str
    language: str
    before: list[str]
    link: str
    command: str
    yes: str
    elsewhere: str
    after: list[str]


def opt_in_message(
    settings: MailSettings, subscription: Subscription, token: str, now: datetime, until: datetime
) -> OutgoingMessage:
    """The opt-in mail of one subscription and one code, which expires at `until`."""
    number, token_hash = str(subscription.id), hash_of(token)[:HASH_DIGITS]
    identity = message_id(settings.domain, "opt-in", settings.tenant, number, token_hash)
    reader = subscription.reader(now)
    words = _words(settings, subscription, token, until, reader)
    subject, text = words["subject"], _text(words)
    html = clean_body(rendered("opt_in.html.j2", {**words}))
    message = MimeMessage(
        sender=settings.mail_from,
        recipient=subscription.email,
        subject=subject,
        message_id=identity,
        date=now,
        text=text,
        html=html,
    )
    mail = Rendered(subject, identity, text, html, to_bytes(message))
    return outgoing_message(settings, subscription, f"opt-in/{number}/{token_hash}", mail)


def _text(words: OptInWords) -> str:
    # A code or link that is broken over two lines cannot be used.
    way = f"  {words['link'] or words['command']}"
    elsewhere = [] if words["link"] else [wrapped(words["elsewhere"])]
    before, after = (list(map(wrapped, words[part])) for part in ("before", "after"))
    return "\n\n".join([*before, way, *elsewhere, *after]) + "\n"


def _words(
    settings: MailSettings, subscription: Subscription, token: str, until: datetime, reader: Reader
) -> OptInWords:
    hour = reader.language.time(datetime.combine(reader.today, time(subscription.hour)))
    city = reader.city(subscription.zone)
    rhythm = reader.text(RHYTHM[subscription.cadence], time=hour, city=city)
    asked_for = reader.text(
        "Somebody asked {sender} to write to {email} about agreements: what is promised in "
        "them, what falls due, and what becomes of it.",
        sender=mailbox(settings.mail_from).addr_spec,
        email=subscription.email,
    )
    deadline = reader.text(
        "Without your word nothing is sent. The code is good until {until}. If this was not "
        "you, there is nothing to do.",
        until=moment_words(until, reader, subscription.zone),
    )
    return OptInWords(
        subject=reader.text(SUBJECT),
        language=reader.language.code,
        before=[
            asked_for,
            f"{_wanted(subscription, reader)} {rhythm}",
            reader.text("If you want that, say so:"),
        ],
        link=f"{settings.public_url.rstrip('/')}/c/{token}" if settings.public_url else "",
        command=f"pactwatch subscribe confirm {token}",
        yes=reader.text("Yes, send them"),
        elsewhere=reader.text("(or pass this code to whoever runs it for you)"),
        after=[deadline],
    )


def _wanted(subscription: Subscription, reader: Reader) -> str:
    """What was asked for, in a sentence."""
    if subscription.wants == Filter():
        return reader.text("The mail would be about all agreements on record.")
    follows = clean_text(about_words(subscription.wants, reader, {}), 400)
    return reader.text("The mail would be about: {follows}.", follows=follows)
