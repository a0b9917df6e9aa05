"""How a message leaves: as an .eml file, or in an SMTP conversation whose phases are known."""

from __future__ import annotations

import os
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from notifications.errors import NotificationError, Phase, TransportError
from notifications.headers import mailbox

if TYPE_CHECKING:
    from notifications.settings import MailSettings

TIMEOUT = 30.0
SCHEMES = ("smtp", "smtps", "smtp+starttls")


class Transport(Protocol):
    """Takes one message; returns where it went, or raises TransportError."""

    def send(self, recipient: str, message: bytes, envelope_from: str | None = None) -> str: ...


class EmlTransport:
    """One file a message. A retry writes the same bytes to the same name."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def send(self, recipient: str, message: bytes, envelope_from: str | None = None) -> str:  # noqa: ARG002
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            path = self.directory / _file_name(message)
            partial = path.with_suffix(".part")
            with partial.open("wb") as file:
                file.write(message)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except OSError as error:
            raise TransportError(
                f"cannot write mail for {recipient}: {error}", permanent=False, phase="file"
            ) from error
        return str(path)


def _file_name(message: bytes) -> str:
    headers = message_from_bytes(message)
    sent = parsedate_to_datetime(str(headers["Date"]))
    local_part = str(headers["Message-ID"]).strip("<>").partition("@")[0]
    return f"{sent:%Y%m%dT%H%M%SZ}-{local_part.removeprefix('d.')}.eml"


class SmtpTransport:
    """One conversation a message, driven verb by verb so that a failure's phase is known."""

    def __init__(
        self, url: str, sender: str, password: str | None, timeout: float = TIMEOUT
    ) -> None:
        self.parts = _smtp_parts(url)
        self.sender = sender
        self.password = password
        self.timeout = timeout

    def send(self, recipient: str, message: bytes, envelope_from: str | None = None) -> str:
        with self._conversation() as smtp:
            _expect(smtp.mail(envelope_from or self.sender), "sender")
            _expect(smtp.rcpt(recipient), "recipient")
            answer = self._data(smtp, message)
        return f"{self.parts.hostname}: {answer}"

    def _data(self, smtp: smtplib.SMTP, message: bytes) -> str:
        """Until the final dot a lost line is a failure; after it, nobody knows."""
        with _failing("data"):
            smtp.putcmd("data")
            _expect(smtp.getreply(), "data", wanted=354)
        with _failing("data"):
            smtp.send(_dotted(message))
        with _failing("after_data"):
            smtp.send(b".\r\n")
            return _verdict(smtp.getreply())

    @contextmanager
    def _conversation(self) -> Iterator[smtplib.SMTP]:
        with _failing("connect"):
            smtp = self._connect()
        try:
            with _failing("sender"):
                yield smtp
        finally:
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()

    def _connect(self) -> smtplib.SMTP:
        host, secure = str(self.parts.hostname), self.parts.scheme == "smtps"
        port = self.parts.port or {"smtps": 465, "smtp": 25}.get(self.parts.scheme, 587)
        context = ssl.create_default_context()
        smtp = (
            smtplib.SMTP_SSL(host, port, timeout=self.timeout, context=context)
            if secure
            else smtplib.SMTP(host, port, timeout=self.timeout)
        )
        try:
            _without_delay(smtp)
            self._greet(smtp, context)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _greet(self, smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self.parts.scheme == "smtp+starttls":
            smtp.starttls(context=context)
            smtp.ehlo()
        if self.parts.username and self.password:
            smtp.login(unquote(self.parts.username), self.password)


def _dotted(message: bytes) -> bytes:
    """The message as DATA wants it, up to the final dot: leading dots doubled."""
    lines = message.replace(b"\r\n.", b"\r\n..")
    lines = b"." + lines if lines.startswith(b".") else lines
    return lines + (b"" if lines.endswith(b"\r\n") else b"\r\n")


def _without_delay(smtp: smtplib.SMTP) -> None:
    """The final dot goes by itself; the system would hold it back until the body is answered."""
    if smtp.sock is not None:
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _smtp_parts(url: str) -> SplitResult:
    """The parts of an SMTP URL, checked at once; the error leaves out what may be a password."""
    with suppress(ValueError):
        parts = urlsplit(url)
        # Reading the port is what refuses one that is no number or out of range.
        if parts.scheme in SCHEMES and parts.hostname and parts.port != 0:
            return parts
    raise NotificationError(
        "PACTWATCH_SMTP_URL: expected smtp://, smtps:// or smtp+starttls:// with a host and port",
        hint="PACTWATCH_SMTP_URL=smtp+starttls://user@relay.example.org:587",
    )


def _expect(reply: tuple[int, bytes], phase: Phase, wanted: int = 250) -> str:
    code, text = reply
    words = text.decode("ascii", "replace")
    if code == wanted or (wanted == 250 and code == 251):
        return words
    raise TransportError(f"{code} {words}", permanent=500 <= code < 600, phase=phase)


def _verdict(reply: tuple[int, bytes]) -> str:
    """The answer to the final dot: taken, refused, or words that settle nothing."""
    code, text = reply
    words = text.decode("ascii", "replace")
    if 200 <= code < 300:
        return words
    phase: Phase = "data" if 400 <= code < 600 else "after_data"
    raise TransportError(f"{code} {words}", permanent=500 <= code < 600, phase=phase)


@contextmanager
def _failing(phase: Phase) -> Iterator[None]:
    """Give a broken conversation the phase it broke in.

    Refused while connecting is about us (a busy relay, a password that ran out), never about the
    message, so it passes.
    """
    try:
        yield
    except smtplib.SMTPResponseException as error:
        words = f"{error.smtp_code} {error.smtp_error!r}"
        permanent = 500 <= error.smtp_code < 600 and phase != "connect"
        raise TransportError(words, permanent=permanent, phase=phase) from error
    except (smtplib.SMTPException, OSError) as error:
        words = f"{type(error).__name__}: {error}"
        raise TransportError(words, permanent=False, phase=phase) from error


def transport_of(settings: MailSettings) -> Transport:
    """SMTP where a URL is set, else files."""
    if not settings.smtp_url:
        return EmlTransport(settings.mail_dir)
    file = settings.smtp_password_file
    password = file.read_text().strip() if file else urlsplit(settings.smtp_url).password
    return SmtpTransport(settings.smtp_url, mailbox(settings.mail_from).addr_spec, password)
