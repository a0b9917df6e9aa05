"""Writes a message as it goes over the wire: header lines and two bodies, CRLF, seven bits. Pure.

The bytes are written here, and not by `email`, which takes ten times as long and encodes long
machine headers into words that no mailbox provider reads.
"""

from __future__ import annotations

from binascii import b2a_qp
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from functools import lru_cache

from msgspec import Struct

from notifications.mail.headers import (
    MAX_LINE,
    checked_address,
    clean_body,
    clean_text,
    machine_header,
    mailbox,
)

WIDTH = 78
PLAIN_HEADERS = (
    b'Content-Type: text/plain; charset="utf-8"\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\nMIME-Version: 1.0\r\n\r\n"
)
LONGEST_FROM = 320
"""Octets of the From field, by which the name in it is clipped."""


class MimeMessage(Struct, frozen=True):
    """What a message says; without `html` its one body is plain text.

    `machine` are headers for programs: one line each, in this order. `root` is the id of a message
    that never was, under which mail clients put what belongs together; it is none of ours, since
    nobody can prove that one of ours arrived.
    """

    sender: str
    recipient: str
    subject: str
    message_id: str
    date: datetime
    text: str
    html: str = ""
    root: str | None = None
    machine: Mapping[str, str] = {}


def to_bytes(message: MimeMessage) -> bytes:
    """The bytes of a message; equal messages give the same bytes."""
    if not message.html:
        return b"".join((*_headers(message), PLAIN_HEADERS, _body(message.text)))
    boundary = f"=_{message.message_id.strip('<>').partition('@')[0]}"
    return b"".join(
        (
            *_headers(message),
            b"MIME-Version: 1.0\r\n",
            machine_header("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
            b"\r\n",
            *_part(boundary, "plain", message.text),
            *_part(boundary, "html", message.html),
            f"--{boundary}--\r\n".encode("ascii"),
        )
    )


def _headers(message: MimeMessage) -> Iterator[bytes]:
    yield machine_header("Date", format_datetime(message.date))
    yield _from(message.sender)
    yield _to(message.recipient)
    yield text_header("Subject", clean_text(message.subject))
    yield machine_header("Message-ID", message.message_id)
    if message.root is not None:
        yield machine_header("References", message.root)
        yield machine_header("In-Reply-To", message.root)
    yield b"Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n"
    for name, value in message.machine.items():
        yield machine_header(name, value)


def _part(boundary: str, subtype: str, body: str) -> Iterator[bytes]:
    yield (
        f"--{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode("ascii")
    yield _body(body)


def _body(text: str) -> bytes:
    """Text with one line end at its end, CRLF, as quoted-printable (RFC 2045, 6.7)."""
    lines = clean_body(text).rstrip("\n") + "\n"
    return b2a_qp(lines.replace("\n", "\r\n").encode(), istext=True)


@lru_cache(64)
def _from(sender: str) -> bytes:
    address = mailbox(sender)
    name = address.display_name
    while len(field := _from_field(name, address.addr_spec)) >= LONGEST_FROM and name:
        name = name[:-1].rstrip()
    return field


def _from_field(name: str, address: str) -> bytes:
    """A name in other letters is encoded by itself, in words of at most 75 (RFC 2047, 2)."""
    if name.isascii():
        return text_header("From", formataddr((name, address)))
    words = text_header("From", name).removesuffix(b"\r\n")
    room = WIDTH - len(words.rpartition(b"\r\n")[2])
    separator = b" " if len(address) + 3 <= room else b"\r\n "
    return words + separator + f"<{address}>\r\n".encode()


def _to(recipient: str) -> bytes:
    """The bare address; one in other letters stands as it is, which SMTPUTF8 lets through."""
    address = checked_address(recipient)
    if address.isascii():
        return machine_header("To", address)
    line = f"To: {address}\r\n".encode()
    if len(line) > MAX_LINE:
        raise ValueError(f"To: expected at most {MAX_LINE} octets")
    return line


def text_header(name: str, text: str) -> bytes:
    """A header for people, in lines of at most 78; other letters as encoded words."""
    if text.isascii():
        return _folded(name, text)
    words = Header(text, "utf-8", maxlinelen=76, header_name=name).encode(linesep="\r\n")
    return f"{name}: {words}\r\n".encode("ascii")


def _folded(name: str, text: str) -> bytes:
    lines = [f"{name}:"]
    for word in text.split():
        # The first word stays beside the name: some readers stumble over an empty first line.
        if len(lines[-1]) + 1 + len(word) > WIDTH and not lines[-1].endswith(":"):
            lines.append("")
        lines[-1] += f" {word}"
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def list_headers(list_id: str, mailto: str, url: str | None) -> dict[str, str]:
    """The headers of list mail; a message that someone must get has none of them.

    One click is offered only for an HTTPS address, where the POST alone does it.
    """
    addresses = [url, mailto] if url else [mailto]
    headers = {
        "List-Id": list_id,
        "List-Unsubscribe": ", ".join(f"<{address}>" for address in addresses),
    }
    if url and url.startswith("https://"):
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
