"""Reads a delivery report's part for machines (RFC 3464, RFC 6533), also malformed. Pure.

Real reports fold lines without an indent, put a blank before the colon, leave out the empty line
between recipients, and encode the part in base64.
"""

from __future__ import annotations

import re
from email.errors import MessageError
from email.message import Message

Fields = dict[str, str]
STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
FIELD = re.compile(r"([A-Za-z][A-Za-z-]*)[ \t]*:[ \t]*(.*)")
OF_MESSAGE = frozenset(
    ("reporting-mta", "original-envelope-id", "dsn-gateway", "received-from-mta", "arrival-date")
)
OF_RECIPIENT = frozenset(
    ("final-recipient", "original-recipient", "action", "status", "remote-mta", "diagnostic-code",
     "last-attempt-date", "final-log-id", "will-retry-until")
)  # fmt: skip
KNOWN = OF_MESSAGE | OF_RECIPIENT
BEGINNINGS = frozenset({"final-recipient", "original-recipient"})
ENCODED = ("base64", "quoted-printable")


def recipients_of(part: Message) -> list[Fields]:
    """The fields of each recipient, by names in small letters; values on one line."""
    blocks: list[Fields] = []
    current: Fields = {}
    name = ""
    for line in _text_of(part).splitlines():
        field = FIELD.fullmatch(line.strip())
        if field and (field[1].lower() in KNOWN or field[1].lower().startswith("x-")):
            name, value = field[1].lower(), field[2]
            # The next recipient begins with a name that this one has already.
            if name in BEGINNINGS and (name in current or "status" in current):
                blocks.append(current)
                current = {}
            current.setdefault(name, value)
        elif line.strip() and name:
            current[name] = f"{current[name]} {line.strip()}"
    return [block for block in (*blocks, current) if BEGINNINGS & block.keys()]


def _text_of(part: Message) -> str:
    """The part as text, whatever the parser has made of it."""
    payload: object = part.get_payload()
    parts = payload if isinstance(payload, list) else [payload]
    text = "\n".join(flat_text(each) if isinstance(each, Message) else str(each) for each in parts)
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding not in ENCODED:
        return text
    # The parser took the fields for headers, and what follows a soft line break for a body.
    text = text.strip() if encoding == "base64" else text.replace("=\n\n", "=\n")
    carrier = Message()
    carrier["Content-Transfer-Encoding"] = encoding
    carrier.set_payload(text)
    decoded = carrier.get_payload(decode=True)
    return decoded.decode("utf-8", "replace") if isinstance(decoded, bytes) else ""


def flat_text(message: Message) -> str:
    """A message as text: its headers and what follows; also one that cannot be written again.

    The generator fails where a charset is unknown or names fewer letters than are there, and where
    a header looks as if another began in it.
    """
    try:
        return message.as_bytes().decode("utf-8", "replace")
    except (MessageError, LookupError, ValueError, TypeError, AttributeError):
        headers = "\n".join(f"{name}: {value}" for name, value in message.raw_items())
        text = f"{headers}\n\n{message.get_payload()}"
        return text.encode("utf-8", "replace").decode()
