"""Parses settings that have a form of their own: URLs, networks, a domain, a name in headers.

An error names the setting, what it takes and an example; it quotes no URL, which may hold a secret.
"""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, urlsplit

from notifications.errors import InvalidAddress, InvalidSetting

Network = IPv4Network | IPv6Network
NETWORKS_SETTING = "PACTWATCH_HOOK_NETWORKS"
LABELS = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")
LONGEST_TENANT = 120
"""Of a List-Id, which has 255 characters (RFC 2919), the rest is for the domain."""


class UrlForm(NamedTuple):
    """What the URL of a setting has: its schemes, in words, and as an example.

    `user` says whether somebody signs in by it; what is put behind the host is read or refused.
    """

    schemes: tuple[str, ...]
    words: str
    example: str
    user: Literal["optional", "required", "refused"] = "optional"
    has_path: bool = True
    has_query: bool = False

    def accepts(self, parts: SplitResult) -> bool:
        """Whether a URL has this form; raises ValueError for a port that is no number."""
        return bool(
            parts.scheme in self.schemes
            and parts.hostname
            and parts.port != 0
            and not any(map(str.isspace, parts.geturl()))
            and (parts.username or not (parts.password or self.user == "required"))
            and not (parts.username and self.user == "refused")
            and (self.has_path or parts.path in ("", "/"))
            and (self.has_query or not (parts.query or parts.fragment))
        )


URL_FORMS = {
    "smtp_url": UrlForm(
        ("smtp", "smtps", "smtp+starttls"),
        "smtp://, smtps:// or smtp+starttls:// with a host and port, nothing behind them, and a "
        "user where there is a password",
        "smtp+starttls://user@relay.example.org:587",
        has_path=False,
    ),
    "imap_url": UrlForm(
        ("imaps", "imap+starttls"),
        "imaps:// or imap+starttls:// with a user and a host; a password never goes over a line in "
        "clear",
        "imaps://bounces@imap.example.org/INBOX",
        user="required",
    ),
    "heartbeat_url": UrlForm(
        ("http", "https"),
        "http:// or https:// with a host, and no blank",
        "https://health.example.org/ping/name",
        user="refused",
        has_query=True,
    ),
    "public_url": UrlForm(
        ("http", "https"),
        "http:// or https:// with a host, no user, and nothing behind a ? or #",
        "https://pacts.example.org/",
        user="refused",
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
    if LABELS.fullmatch(text) and len(text) <= LONGEST_TENANT:
        return text
    words = (
        f"expected at most {LONGEST_TENANT} letters, digits and - with dots between, 63 of them in "
        f"a row, found {text!r}"
    )
    raise InvalidSetting("tenant", words, hint="PACTWATCH_TENANT=desk")
