"""The channels of a subscription, and what a recipient is called on each. Pure.

An address outside mail is often a secret in itself: who has it can post there. So it stands in one
table, and everywhere else, in lists, logs and views, is the name made of it here.
"""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import urlsplit

from msgspec import Struct

MAIL, WEBHOOK, APPRISE = "mail", "webhook", "apprise"
DIGITS = 8
"""Hexadecimal digits that tell two secret addresses at one host apart."""


class Lane(Struct, frozen=True):
    """Messages that leave together: all mail, and those of each other host."""

    channel: str = MAIL
    domain: str | None = None


def name_of(url: str, channel: str = WEBHOOK) -> str:
    """What an address is called: `https://hooks.example.org/…3f9a2c1b`, or `tgram://…3f9a2c1b`.

    With apprise a token may stand where other addresses have a host, so nothing of it is shown.
    """
    mark = f"…{sha256(url.encode()).hexdigest()[:DIGITS]}"
    if channel == APPRISE:
        return f"{url.partition(':')[0].lower()}://{mark}"
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/{mark}"


def domain_of(recipient: str, channel: str) -> str:
    """What limits and circuits count by, and all that dashboards show of a recipient."""
    if channel == MAIL:
        return recipient.rpartition("@")[2].lower()
    if channel == APPRISE:
        return recipient.replace("://", "")
    return urlsplit(recipient).netloc
