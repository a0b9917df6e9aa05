"""Mail headers that arrive as they were meant: clean text, and machine headers on one line.

The standard policy encodes long machine headers as words that no mailbox provider reads, so
one-click unsubscribe silently dies; and a title may carry what would become a header.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from email.headerregistry import Address
from email.policy import SMTP, EmailPolicy
from email.utils import parseaddr
from typing import Any

from notifications.errors import InvalidAddress

MACHINE = frozenset({"message-id", "references", "in-reply-to"})
MAX_LINE = 998
MAX_SUBJECT = 120
ADDRESS = re.compile(r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$")
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class DigestPolicy(EmailPolicy):
    """SMTP policy that writes List-*, Message-ID, References and In-Reply-To unfolded."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in MACHINE or name.lower().startswith("list-"):
            return machine_header(name, str(value))
        return super().fold_binary(name, value)


def machine_header(name: str, value: str) -> bytes:
    """One checked ASCII line."""
    line = f"{name}: {value}"
    if not line.isascii() or not line.isprintable() or len(line) > MAX_LINE:
        raise ValueError(f"{name}: expected printable ASCII of at most {MAX_LINE} characters")
    return f"{line}\r\n".encode("ascii")


POLICY = DigestPolicy(linesep=SMTP.linesep, max_line_length=SMTP.max_line_length, cte_type="7bit")


def clean_text(text: str, limit: int = MAX_SUBJECT) -> str:
    """Text fit for a header: no controls, no line breaks, no bidi tricks, no encoded words."""
    spaced = "".join(_clean(character) for character in text)
    broken = spaced.replace("=?", "= ?")
    words = " ".join(broken.split())
    return words if len(words) <= limit else f"{words[: limit - 1].rstrip()}…"


def _clean(character: str) -> str:
    category = unicodedata.category(character)
    if character in BIDI or category == "Cs":
        return ""
    return " " if category in ("Cc", "Zl", "Zp") else character


def checked_address(text: str) -> str:
    """A mail address as given; InvalidAddress for what is none."""
    address = text.strip()
    if not ADDRESS.match(address) or ".." in address or address.startswith("."):
        raise InvalidAddress(
            f"not a mail address: {clean_text(text, 80)!r}", hint="expected name@example.org"
        )
    return address


def mailbox(text: str) -> Address:
    """`Name <name@example.org>` as an address with a display name that cannot break out."""
    name, address = parseaddr(text)
    return Address(clean_text(name, 80), addr_spec=checked_address(address))


def message_id(domain: str, *parts: str) -> str:
    """The same digest has the same id, on every attempt."""
    seed = hashlib.sha256("\0".join(parts).encode()).digest()
    return f"<d.{base64.b32encode(seed).decode().lower()[:26]}@{domain}>"
