"""A digest as text and as HTML, and the message that carries both. Pure.

Rendered once: the bytes are kept in the outbox, so every attempt sends the same ones.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from msgspec import Struct

from notifications.digests import Digest
from notifications.headers import clean_body, clean_text, mailbox, message_id
from notifications.letters import Letter, list_headers, wire

if TYPE_CHECKING:
    from notifications.settings import MailSettings

RULE_VERSION = "1"
TEXT_WIDTH = 78


class Rendered(Struct, frozen=True):
    """A message ready to go: its bytes never change again."""

    subject: str
    message_id: str
    text: str
    html: str
    message: bytes


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=select_autoescape(["html.j2"], default_for_string=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["wrapped"] = wrapped
    environment.filters["line"] = lambda text: clean_text(str(text), 2000)
    return environment


def wrapped(text: str, indent: int = 0) -> str:
    """Text in lines of at most 78 characters, each indented."""
    from textwrap import wrap

    pad, line = " " * indent, clean_text(text, 2000)
    if len(line) + indent <= TEXT_WIDTH:
        return pad + line
    lines = wrap(line, TEXT_WIDTH, initial_indent=pad, subsequent_indent=pad)
    return "\n".join(lines)


def render(
    digest: Digest,
    *,
    recipient: str,
    subscription: str,
    window: str,
    settings: MailSettings,
    now: datetime,
    unsubscribe_url: str | None = None,
) -> Rendered:
    """The message of a digest for one recipient; the same input gives the same bytes.

    `unsubscribe_url` identifies recipient and list; over HTTPS it is offered as one click.
    """
    mailto = _mailto(settings)
    facts = {
        "digest": digest,
        "subscription": subscription,
        "unsubscribe": unsubscribe_url or mailto,
    }
    subject = clean_text(_template("digest.subject.j2", facts))
    text = clean_body(_template("digest.txt.j2", facts))
    html = clean_body(_template("digest.html.j2", facts))
    identity = _identity(settings, subscription, window, revision=f"{subject}\0{text}\0{html}")
    month = f"{now:%Y-%m}"
    letter = Letter(
        sender=settings.mail_from,
        recipient=recipient,
        subject=subject,
        message_id=identity,
        date=now,
        text=text,
        html=html,
        root=message_id(settings.domain, "root", settings.tenant, subscription, month),
        machine=list_headers(
            f"Milestone digest <digest.{settings.tenant}.{settings.domain}>",
            f"{mailto}?subject=unsubscribe%20{subscription}",
            unsubscribe_url,
        ),
    )
    return Rendered(subject, identity, text, html, wire(letter))


def _identity(settings: MailSettings, subscription: str, window: str, revision: str) -> str:
    """One id for one content: a receiver that drops a second one with it loses nothing."""
    content = hashlib.sha256(revision.encode()).hexdigest()
    parts = (settings.tenant, subscription, window, RULE_VERSION, content)
    return message_id(settings.domain, *parts)


def _template(name: str, facts: dict[str, Any]) -> str:
    return _environment().get_template(name).render(facts)


def _mailto(settings: MailSettings) -> str:
    return f"mailto:{mailbox(settings.mail_from).addr_spec}"
