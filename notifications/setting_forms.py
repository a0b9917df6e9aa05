"""Parses settings that have a form of their own: URLs, networks, a domain, a name in headers.

An error names the setting, what it takes and an example; it quotes no URL, which may hold a secret.
"""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from notifications.errors import InvalidAddress, InvalidSetting

Network = IPv4Network | IPv6Network
NETWORKS_SETTING = "PACTWATCH_HOOK_NETWORKS"
LABELS = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


class UrlForm(NamedTuple):
    """What the URL of a setting has: its schemes, in words, and as an example.

    `names_user` where somebody signs in by it; `is_base` where paths are put behind it.
    """

    schemes: tuple[str, ...]
    words: str
    example: str
    names_user: bool = False
    is_base: bool = False

    def accepts(self, parts: SplitResult) -> bool:
        """Whether a URL has this form; raises ValueError for a port that is no number."""
        return bool(
            parts.scheme in self.schemes
            and parts.hostname
            and parts.port != 0
            and (parts.username or not self.names_user)
            and not (self.is_base and (parts.query or parts.fragment))
        )


URL_FORMS = {
    "smtp_url": UrlForm(
        ("smtp", "smtps", "smtp+starttls"),
        "smtp://, smtps:// or smtp+starttls:// with a host and port",
        "smtp+starttls://user@relay.example.org:587",
    ),
    "imap_url": UrlForm(
        ("imaps", "imap+starttls"),
        "imaps:// or imap+starttls:// with a user and a host; a password never goes over a line in "
        "clear",
        "imaps://bounces@imap.example.org/INBOX",
        names_user=True,
    ),
    "heartbeat_url": UrlForm(
        ("http", "https"), "http:// or https:// with a host", "https://health.example.org/ping/name"
    ),
    "public_url": UrlForm(
        ("http", "https"),
        "http:// or https:// with a host, and nothing behind a ? or #",
        "https://pacts.example.org/",
        is_base=True,
    ),
}
"""Every setting that is a URL."""


def url_parts(setting: str, url: str) -> SplitResult:
    """The parts of the URL of a setting in URL_FORMS; raises InvalidSetting."""
    form = URL_FORMS[setting]
    with suppress(ValueError):
        parts = urlsplit(url)
        if form.accepts(parts):
            return parts
    name = f"PACTWATCH_{setting.upper()}"
    raise InvalidSetting(setting, f"expected {form.words}", hint=f"{name}={form.example}")


def parse_networks(text: str) -> tuple[Network, ...]:
    """Networks with commas between; raises InvalidSetting."""
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        hint = f"{NETWORKS_SETTING}=10.1.0.0/16,fd00::/8"
        raise InvalidSetting("hook_networks", str(error), hint=hint) from error


def parse_bounce_domain(text: str) -> str:
    """The domain in the form that goes over the wire; raises InvalidSetting."""
    from notifications.mail.headers import checked_address

    try:
        return checked_address(f"b@{text.strip()}").partition("@")[2]
    except InvalidAddress as error:
        raise InvalidSetting(
            "bounce_domain",
            f"expected the name of a domain, found {text!r}",
            hint="PACTWATCH_BOUNCE_DOMAIN=bounce.example.org",
        ) from error


def check_tenant(text: str) -> str:
    """The name of an installation, which stands in List-Id as a part of a domain (RFC 2919)."""
    if LABELS.fullmatch(text):
        return text
    words = f"expected letters, digits and - with dots between, found {text!r}"
    raise InvalidSetting("tenant", words, hint="PACTWATCH_TENANT=desk")
