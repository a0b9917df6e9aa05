"""Mail headers that arrive as meant: clean text, and machine headers on one line.

The standard policy encodes long machine headers as words that no mailbox provider reads, so
one-click unsubscribe silently dies; and a title may carry what would become a header.
"""

from __future__ import annotations

import base64
import hashlib
import re
from email.errors import MessageError
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import Message
from email.utils import getaddresses
from functools import lru_cache

from notifications.errors import InvalidAddress

MAX_LINE = 998
MAX_SUBJECT = 120
LETTERS = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\u1fff\u2c00-\ud7ff\uf900-\ufdcf\ufdf0-\ufeef-"
ADDRESS = re.compile(
    rf"\A[{LETTERS}.]{{1,64}}@(?!-)[A-Za-z0-9-]{{1,63}}(\.(?!-)[A-Za-z0-9-]{{1,63}})*\Z"
)
UNFIT = re.compile(
    "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
"""What turns the direction of text, half characters, and what is no character at all."""
BREAKING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Controls, and what some reader takes for the end of a line."""
BREAKING_IN_BODY = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def machine_header(name: str, value: str) -> bytes:
    """Writes a header as one line of ASCII, checked."""
    line = f"{name}: {value}"
    if not line.isascii() or not line.isprintable() or len(line) > MAX_LINE:
        raise ValueError(f"{name}: expected printable ASCII of at most {MAX_LINE} characters")
    return f"{line}\r\n".encode("ascii")


def clean_text(text: str, limit: int = MAX_SUBJECT) -> str:
    """Text fit for a header: no controls, no line breaks, no bidi tricks, no encoded words."""
    # Most texts have nothing to take out, and a calendar has a hundred thousand of them.
    is_plain = text.isascii() and text.isprintable()
    spaced = text if is_plain else BREAKING.sub(" ", UNFIT.sub("", text))
    words = " ".join(spaced.replace("=?", "= ?").split())
    return words if len(words) <= limit else f"{words[: limit - 1].rstrip()}…"


def clean_body(text: str) -> str:
    """Text fit for a body: its lines stay, ended by LF alone, and no control hides between them."""
    lines = text.replace("\r\n", "\n")
    return BREAKING_IN_BODY.sub(" ", UNFIT.sub("", lines))


def header_words(message: Message, name: str) -> str:
    """A header that arrived, as people read it; as it stands where its encoding is broken."""
    text = str(message.get(name, ""))
    try:
        return str(make_header(decode_header(text)))
    except (MessageError, LookupError, ValueError):
        return text


def is_ascii(text: str) -> bool:
    return text.isascii()


def checked_address(text: str) -> str:
    """A mail address in the form that goes over the wire; raises InvalidAddress.

    A domain in other letters becomes its ASCII form; a name before the @ stays as it is (RFC 6531).
    """
    address = text.strip()
    name, at, domain = address.rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            domain = ""
    address = f"{name}{at}{domain}"
    whole = ADDRESS.match(address) and len(address.encode("utf-8", "replace")) <= 254
    if not whole or ".." in address or address.startswith(".") or ".@" in address:
        raise InvalidAddress(
            f"not a mail address: {clean_text(text, 80)!r}", hint="expected name@example.org"
        )
    return address


@lru_cache(256)
def mailbox(text: str) -> Address:
    """`Name <name@example.org>` as an address with a display name that cannot break out.

    Raises InvalidAddress for anything but one address.
    """
    addresses = getaddresses([text])
    name, address = addresses[0] if len(addresses) == 1 else ("", text)
    return Address(clean_text(name, 80), addr_spec=checked_address(address))


def message_id(domain: str, *parts: str) -> str:
    """A Message-ID that is the same for the same digest, on every attempt."""
    seed = hashlib.sha256("\0".join(parts).encode()).digest()
    return f"<d.{base64.b32encode(seed).decode().lower()[:26]}@{domain}>"


def words_of(text: bytes | str) -> str:
    """A reply as one printable line of limited length."""
    decoded = text if isinstance(text, str) else text.decode("utf-8", "replace")
    line = " ".join("".join(c if c.isprintable() else " " for c in decoded).split())
    return line[:500]
