"""Renders a digest as text and as HTML, and as the message that carries both. Pure.

Rendered once: the bytes are kept in the outbox, so every attempt sends the same ones.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import quote
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from events.transparency.checkpoints import in_hex
from notifications.addresses.mailbox import same_mailbox
from notifications.alerts.wording import LONGEST
from notifications.digests.digest import Digest, with_at_most
from notifications.digests.templating import check_way_out, rendered
from notifications.mail.headers import clean_body, clean_text, mailbox, message_id
from notifications.mail.mime import MimeMessage, list_headers, to_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from notifications.settings import MailSettings

RULE_VERSION = "4"
LARGEST = 100_000
"""Octets of HTML; Gmail cuts a message at 102 KB."""


class TemplateFacts(TypedDict):
    """What a template sees, one of a user's own as well: names are only added.

    `follows` is the filter in words, `escalated` says that it is passed on, `unsubscribe` and
    `preferences` are addresses of links, and
    `board` is where pages are, without a slash at its end; empty where there is no board. `marks`,
    with a slash and a commitment, is where its news is acknowledged; empty where nowhere.
    """

    digest: Digest
    subscription: str
    follows: str
    escalated: bool
    unsubscribe: str
    preferences: str
    board: str
    marks: str


class Rendered(Struct, frozen=True):
    """A message ready to go: its bytes never change again."""

    subject: str
    message_id: str
    text: str
    html: str
    message: bytes


class Addressee(Struct, frozen=True, kw_only=True):
    """To whom a digest goes: recipient, subscription and window, with their links.

    `unsubscribe_url` identifies recipient and list; over HTTPS it is offered as one click. Without
    it and `preferences_url` readers write to the sender, and `unsubscribe_token` in the subject of
    that mail lets `bounce import` act on it. `marks_url` is where news is acknowledged.
    `follows` is the filter in words. What is `escalated` comes to one who has no say in the
    subscription, and may only stop it. `at_once` says that it is sent as it happens, so that it
    belongs to the thread of its agreement.
    """

    recipient: str
    subscription: str
    window: str
    now: datetime
    unsubscribe_url: str | None = None
    preferences_url: str | None = None
    unsubscribe_token: str | None = None
    marks_url: str | None = None
    follows: str = ""
    escalated: bool = False
    at_once: bool = False


def render(digest: Digest, to: Addressee, settings: MailSettings) -> Rendered:
    """The message of a digest for one recipient; the same input gives the same bytes."""
    mailto = f"mailto:{mailbox(settings.mail_from).addr_spec}?subject="
    stop = mailto + quote(f"unsubscribe {to.unsubscribe_token or to.subscription}")
    change = mailto + quote(f"change {to.subscription}")
    facts: TemplateFacts = {
        "digest": replace(digest, checkpoint=in_hex(digest.checkpoint)),
        "subscription": to.subscription,
        "follows": clean_text(to.follows, LONGEST),
        "escalated": to.escalated,
        "unsubscribe": to.unsubscribe_url or stop,
        "preferences": to.preferences_url or change,
        "board": (settings.public_url or "").rstrip("/"),
        "marks": to.marks_url or "",
    }
    templates = settings.templates
    facts, html = _html_below_limit(facts, templates)
    subject = clean_text(rendered("digest.subject.j2", facts, templates))
    text = clean_body(rendered("digest.txt.j2", facts, templates))
    check_way_out("digest.txt.j2", text, facts["unsubscribe"], templates)
    check_way_out("digest.html.j2", html, facts["unsubscribe"], templates)
    identity = _identity(to, settings, revision=f"{subject}\0{text}\0{html}")
    list_id = f"Milestone digest <digest.{settings.tenant}.{settings.domain}>"
    message = MimeMessage(
        sender=settings.mail_from,
        recipient=to.recipient,
        subject=subject,
        message_id=identity,
        date=to.now,
        text=text,
        html=html,
        root=root_of(digest, to, settings),
        machine=list_headers(list_id, stop, to.unsubscribe_url),
    )
    return Rendered(subject, identity, text, html, to_bytes(message))


def root_of(digest: Digest, to: Addressee, settings: MailSettings) -> str:
    """The root of the thread of a digest, which is that of its subscription and month.

    It is the id of a message that never was: none of ours can be proven to have arrived.

    What is told at once, immediate or escalated, and is all of one agreement, stands with
    everything else that this recipient was told so of it, by whichever subscription.
    """
    if to.at_once and len(digest.agreements) == 1:
        thread = ("alerts", same_mailbox(to.recipient), *digest.agreements)
    else:
        thread = (to.subscription, f"{to.now.astimezone(ZoneInfo(digest.zone)):%Y-%m}")
    return message_id(settings.domain, "root", settings.tenant, *thread)


def _html_below_limit(facts: TemplateFacts, templates: Path | None) -> tuple[TemplateFacts, str]:
    """The HTML below the size at which mail clients cut it, and the facts it was made from.

    Long items leave less room: those that do not fit are counted, in both parts alike.
    """
    room = sum(len(section.items) for section in facts["digest"].sections)
    while True:
        html = clean_body(rendered("digest.html.j2", facts, templates))
        size = len(html.encode())
        if size <= LARGEST or not room:
            return facts, html
        room = min(room - 1, room * LARGEST // size)
        facts = {**facts, "digest": with_at_most(facts["digest"], room)}


def _identity(to: Addressee, settings: MailSettings, revision: str) -> str:
    """One id for one content: a receiver that drops a second one with it loses nothing."""
    content = hashlib.sha256(revision.encode()).hexdigest()
    parts = (settings.tenant, to.subscription, to.window, RULE_VERSION, content)
    return message_id(settings.domain, *parts)
