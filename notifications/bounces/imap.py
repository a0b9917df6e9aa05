"""Reads a mailbox of bounces over IMAP (RFC 3501), inside TLS only.

A message is settled, that is moved or marked as seen, only after what it says is recorded. So a
fetch that is stopped at any point reads some of it again, which counts once.
"""

from __future__ import annotations

import base64
import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from notifications.bounces.intake import ArrivedMessage
from notifications.bounces.mailbox_files import MAX_MESSAGE_BYTES
from notifications.errors import (
    InvalidSetting,
    MailboxError,
    certificate_hint,
    connection_words,
)
from notifications.setting_forms import url_parts

if TYPE_CHECKING:
    from notifications.settings import MailSettings

TIMEOUT = 30.0
PORTS = {"imaps": 993, "imap+starttls": 143}
BEYOND_ASCII = re.compile(r"[^\x20-\x7e]+|&")
HINT = "PACTWATCH_IMAP_URL=imaps://bounces@imap.example.org/INBOX pactwatch bounce fetch"


class MailboxAddress(NamedTuple):
    """Where a mailbox is, and who reads it."""

    host: str
    port: int
    has_starttls: bool
    user: str
    password: str
    folder: str


def mailbox_address(settings: MailSettings) -> MailboxAddress:
    """The checked parts of PACTWATCH_IMAP_URL; no error quotes it, for it may hold a password."""
    if not settings.imap_url:
        raise MailboxError("no mailbox to fetch from: PACTWATCH_IMAP_URL is not set", hint=HINT)
    parts = url_parts("imap_url", settings.imap_url)
    return MailboxAddress(
        parts.hostname or "",
        parts.port or PORTS[parts.scheme],
        parts.scheme == "imap+starttls",
        unquote(parts.username or ""),
        _password(settings, unquote(parts.password or "")),
        unquote(parts.path.strip("/")) or "INBOX",
    )


def _password(settings: MailSettings, from_url: str) -> str:
    try:
        password = settings.password("imap_password_file") or from_url
    except InvalidSetting as error:
        raise MailboxError(error.message, hint=error.hint) from error
    if not password:
        raise MailboxError(
            "no password for the mailbox of PACTWATCH_IMAP_URL",
            hint="PACTWATCH_IMAP_PASSWORD_FILE=FILE",
        )
    return password


class ImapMailbox:
    """One folder on a server, opened; `done_folder` is where settled messages go."""

    def __init__(
        self, imap: imaplib.IMAP4, address: MailboxAddress, done_folder: str | None
    ) -> None:
        self._imap = imap
        self._name = f"{address.folder} on {address.host}"
        self._done = _quoted(done_folder) if done_folder else None
        # Servers offer more to whoever has signed in, which imaplib does not ask again.
        self._offers = frozenset(b" ".join(imap.capability()[1]).decode().upper().split())

    def open_folder(self, folder: str, *, read_only: bool) -> None:
        self._ask("SELECT", *self._imap.select(_quoted(folder), readonly=read_only))
        if self._done and not read_only:
            # It may be there already; whether it can be used shows when something is moved to it.
            with suppress(imaplib.IMAP4.error):
                self._imap.create(self._done)

    def waiting(self) -> list[str]:
        """The unique numbers of the messages that were not settled yet, oldest first."""
        criteria = "UNDELETED" if self._done else "UNDELETED UNSEEN"
        (numbers,) = self._ask("SEARCH", *self._imap.uid("SEARCH", criteria)) or [b""]
        return numbers.decode().split() if isinstance(numbers, bytes) else []

    def read(self, uid: str) -> ArrivedMessage | None:
        """One message, without marking it; None where it has gone since."""
        section = f"(BODY.PEEK[]<0.{MAX_MESSAGE_BYTES}>)"
        parts = self._ask("FETCH", *self._imap.uid("FETCH", uid, section))
        raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
        return ArrivedMessage(f"{self._name}, UID {uid}", raw) if raw is not None else None

    def settle(self, uids: Sequence[str]) -> None:
        """Moves messages to the folder of what is done, or marks them as seen."""
        numbers, imap = ",".join(uids), self._imap
        if self._done is None:
            self._ask("STORE", *imap.uid("STORE", numbers, "+FLAGS.SILENT", r"(\Seen)"))
        elif "MOVE" in self._offers:
            self._ask("MOVE", *imap.uid("MOVE", numbers, self._done))
        else:
            self._ask("COPY", *imap.uid("COPY", numbers, self._done))
            self._ask("STORE", *imap.uid("STORE", numbers, "+FLAGS.SILENT", r"(\Deleted)"))
            # Without UIDPLUS this would remove what others have marked, so it stays marked.
            if "UIDPLUS" in self._offers:
                self._ask("EXPUNGE", *imap.uid("EXPUNGE", numbers))

    def _ask(self, command: str, status: str, answer: Sequence[object]) -> Sequence[object]:
        if status == "OK":
            return answer
        words = b" ".join(part for part in answer if isinstance(part, bytes)).decode(
            errors="replace"
        )
        raise MailboxError(f"{self._name}: {command} was answered {status} {words}", hint=HINT)


@contextmanager
def open_mailbox(settings: MailSettings, *, read_only: bool = False) -> Iterator[ImapMailbox]:
    """Signs in and opens the folder; raises MailboxError for whatever goes wrong until the end."""
    address = mailbox_address(settings)
    place = f"{address.host}:{address.port}"
    try:
        with _connected(address) as imap:
            _sign_in(imap, address)
            mailbox = ImapMailbox(imap, address, settings.imap_done_folder)
            mailbox.open_folder(address.folder, read_only=read_only)
            yield mailbox
    except (imaplib.IMAP4.error, OSError) as error:
        is_certificate = isinstance(error, ssl.SSLCertVerificationError)
        hint = certificate_hint("PACTWATCH_IMAP_URL") if is_certificate else HINT
        raise MailboxError(f"mailbox at {place}: {connection_words(error)}", hint=hint) from error


def _connected(address: MailboxAddress) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if not address.has_starttls:
        return imaplib.IMAP4_SSL(address.host, address.port, ssl_context=context, timeout=TIMEOUT)
    imap = imaplib.IMAP4(address.host, address.port, timeout=TIMEOUT)
    imap.starttls(context)
    return imap


def _sign_in(imap: imaplib.IMAP4, address: MailboxAddress) -> None:
    """Signs in by PLAIN where it is offered, which takes any letters; LOGIN takes ASCII alone."""
    if "AUTH=PLAIN" not in imap.capabilities:
        imap.login(address.user, address.password)
        return
    words = f"\0{address.user}\0{address.password}".encode()
    imap.authenticate("PLAIN", lambda _: words)


def _quoted(folder: str) -> str:
    """The name of a folder as IMAP writes it: modified UTF-7 (RFC 3501, 5.1.3), in quotes."""

    def encoded(match: re.Match[str]) -> str:
        if match[0] == "&":
            return "&-"
        letters = base64.b64encode(match[0].encode("utf-16-be")).decode()
        return f"&{letters.rstrip('=').replace('/', ',')}-"

    name = BEYOND_ASCII.sub(encoded, folder)
    return '"' + name.replace("\\", r"\\").replace('"', r"\"") + '"'
