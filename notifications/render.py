"""A digest as text and as HTML, and the message that carries both. Pure.

Rendered once: the bytes are kept in the outbox, so every attempt sends the same ones.
"""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from msgspec import Struct

from notifications.digests import Digest
from notifications.headers import POLICY, clean_text, mailbox, message_id

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

    pad = " " * indent
    lines = wrap(clean_text(text, 2000), TEXT_WIDTH, initial_indent=pad, subsequent_indent=pad)
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
    unsubscribe = unsubscribe_url or _mailto(settings)
    facts = {"digest": digest, "subscription": subscription, "unsubscribe": unsubscribe}
    subject = clean_text(_template("digest.subject.j2", facts))
    text, html = _template("digest.txt.j2", facts), _template("digest.html.j2", facts)
    identity = message_id(settings.domain, settings.tenant, subscription, window, RULE_VERSION)
    message = _message(settings, subscription, now, unsubscribe_url)
    message["To"] = mailbox(recipient)
    message["Subject"] = subject
    message["Message-ID"] = identity
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{identity.strip('<>').partition('@')[0]}")
    return Rendered(subject, identity, text, html, message.as_bytes(policy=POLICY))


def _template(name: str, facts: dict[str, Any]) -> str:
    return _environment().get_template(name).render(facts)


def _message(
    settings: MailSettings, subscription: str, now: datetime, unsubscribe_url: str | None
) -> EmailMessage:
    message = EmailMessage(policy=POLICY)
    message["Date"] = format_datetime(now)
    message["From"] = mailbox(settings.mail_from)
    month = f"{now:%Y-%m}"
    root = message_id(settings.domain, "root", settings.tenant, subscription, month)
    message["References"] = root
    message["In-Reply-To"] = root
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["List-Id"] = f"Milestone digest <digest.{settings.tenant}.{settings.domain}>"
    mailto = f"<{_mailto(settings)}?subject=unsubscribe%20{subscription}>"
    if unsubscribe_url and unsubscribe_url.startswith("https://"):
        message["List-Unsubscribe"] = f"<{unsubscribe_url}>, {mailto}"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    else:
        message["List-Unsubscribe"] = mailto
    return message


def _mailto(settings: MailSettings) -> str:
    return f"mailto:{mailbox(settings.mail_from).addr_spec}"
