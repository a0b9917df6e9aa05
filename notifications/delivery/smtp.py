"""How a message leaves: as an .eml file, or in an SMTP conversation whose phases are known."""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import suppress
from urllib.parse import SplitResult, unquote, urlsplit

from notifications.delivery.relay import Receipt
from notifications.delivery.smtp_replies import expect, failing, verdict
from notifications.errors import NotificationError, Phase, TransportError
from notifications.mail.headers import is_ascii

TIMEOUT = 30.0
PATIENCE = 10
"""How much longer than for any other answer we wait for the one to the final dot: who gives up
too early there makes a duplicate. RFC 5321 asks for ten minutes."""
SCHEMES = ("smtp", "smtps", "smtp+starttls")
PORTS = {"smtps": 465, "smtp": 25, "smtp+starttls": 587}

ANSWERS: tuple[tuple[Phase, tuple[int, ...]], ...] = (
    ("sender", (250, 251)),
    ("recipient", (250, 251)),
    ("data", (354,)),
)


class SmtpTransport:
    """One conversation for many messages, driven verb by verb so that a failure's phase is known.

    Where the server offers PIPELINING, sender, recipient and DATA go in one packet.
    """

    def __init__(
        self,
        url: str,
        sender: str,
        password: str | None,
        timeout: float = TIMEOUT,
        final_timeout: float | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.parts = _smtp_parts(url)
        self.host = f"{self.parts.hostname}:{self.parts.port or PORTS[self.parts.scheme]}"
        self.sender = sender
        self.password = password
        self.timeout = timeout
        self.final_timeout = final_timeout or timeout * PATIENCE
        self.context = context
        self._smtp: smtplib.SMTP | None = None
        self._name: str | None = None

    def another(self) -> SmtpTransport:
        """Its own conversation under the same settings."""
        url = self.parts.geturl()
        times = (self.timeout, self.final_timeout)
        return SmtpTransport(url, self.sender, self.password, *times, self.context)

    def send(self, recipient: str, message: bytes, sender: str | None = None) -> Receipt:
        """One message in the conversation at hand; a conversation that has ended is begun anew."""
        fresh = self._smtp is None
        try:
            return self._send(sender or self.sender, recipient, message)
        except TransportError as error:
            if fresh or not _may_begin_anew(error):
                raise
        return self._send(sender or self.sender, recipient, message)

    def _send(self, sender: str, recipient: str, message: bytes) -> Receipt:
        smtp = self._smtp = self._smtp or self._connect()
        try:
            self._introduce(smtp, sender, recipient, len(message))
            answer = self._body(smtp, message)
        except TransportError as error:
            self._after(error)
            raise
        return Receipt(f"{self.parts.hostname}: {answer}", 250, answer)

    def _introduce(self, smtp: smtplib.SMTP, sender: str, recipient: str, size: int) -> None:
        """MAIL, RCPT and DATA, up to the server's 354."""
        mail = f"MAIL FROM:<{sender}>{_options(smtp, sender, recipient, size)}"
        rcpt = f"RCPT TO:<{recipient}>"
        if smtp.has_extn("pipelining"):
            self._in_one_packet(smtp, mail, rcpt)
            return
        for line, (phase, wanted) in zip((mail, rcpt, "DATA"), ANSWERS, strict=True):
            with failing(phase):
                _say(smtp, line)
                expect(smtp.getreply(), phase, wanted)

    def _in_one_packet(self, smtp: smtplib.SMTP, mail: str, rcpt: str) -> None:
        """The first refusal counts; a 354 that comes all the same is answered with nothing."""
        first: TransportError | None = None
        with failing("sender"):
            _say(smtp, f"{mail}\r\n{rcpt}\r\nDATA")
        for phase, wanted in ANSWERS:
            try:
                with failing(phase):
                    expect(smtp.getreply(), phase, wanted)
            except TransportError as error:
                first = first or error
                if error.code in (None, 421):
                    break
            else:
                if first is not None and phase == "data":
                    _say_nothing(smtp)
        if first is not None:
            raise first

    def _body(self, smtp: smtplib.SMTP, message: bytes) -> str:
        """Until the final dot a lost line is a failure; after it, nobody knows."""
        with failing("data"):
            smtp.send(_dotted(message))
        with failing("after_data"):
            self._wait_up_to(smtp, self.final_timeout)
            smtp.send(b".\r\n")
            answer = verdict(smtp.getreply())
            self._wait_up_to(smtp, self.timeout)
        return answer

    def _wait_up_to(self, smtp: smtplib.SMTP, seconds: float) -> None:
        if smtp.sock is not None:
            smtp.sock.settimeout(seconds)

    def _after(self, error: TransportError) -> None:
        """A refusal is the end of one message; anything else is the end of the conversation."""
        answered = error.code is not None and error.code != 421 and error.phase != "after_data"
        if not answered or self._smtp is None:
            self._drop()
            return
        try:
            with failing("sender"):
                self._wait_up_to(self._smtp, self.timeout)
                _say(self._smtp, "RSET")
                expect(self._smtp.getreply(), "sender")
        except TransportError:
            self._drop()

    def close(self) -> None:
        if self._smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
        self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None

    def _connect(self) -> smtplib.SMTP:
        host, secure = str(self.parts.hostname), self.parts.scheme == "smtps"
        port = self.parts.port or PORTS[self.parts.scheme]
        context = self.context or ssl.create_default_context()
        self._name = self._name or socket.getfqdn()
        try:
            with failing("connect"):
                smtp = (
                    smtplib.SMTP_SSL(host, port, self._name, timeout=self.timeout, context=context)
                    if secure
                    else smtplib.SMTP(host, port, self._name, timeout=self.timeout)
                )
        except TransportError as error:
            error.phase = "greeting" if error.code else error.phase
            raise
        try:
            _without_delay(smtp)
            self._greet(smtp, context)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _greet(self, smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
        with failing("greeting"):
            smtp.ehlo_or_helo_if_needed()
        if self.parts.scheme == "smtp+starttls":
            with failing("tls"):
                smtp.starttls(context=context)
                smtp.ehlo()
        if self.parts.username and self.password:
            with failing("auth"):
                smtp.login(unquote(self.parts.username), self.password)


def _may_begin_anew(error: TransportError) -> bool:
    """Whether the server ended a conversation that had served others, before it saw this one."""
    unread = error.code is None and error.phase in ("sender", "recipient")
    return unread or (error.code == 421 and error.phase in ("sender", "recipient"))


def _say(smtp: smtplib.SMTP, line: str) -> None:
    """A command in UTF-8; ASCII is UTF-8, and other letters are let through by SMTPUTF8 alone."""
    smtp.send(f"{line}\r\n".encode())


def _say_nothing(smtp: smtplib.SMTP) -> None:
    """A server that asks for the message of a refused recipient gets an empty one (RFC 2920)."""
    with failing("data"):
        smtp.send(b".\r\n")
        smtp.getreply()


def _options(smtp: smtplib.SMTP, sender: str, recipient: str, size: int) -> str:
    """What MAIL says beside the address, as far as the server offers it."""
    words = [f"SIZE={size}"] if smtp.has_extn("size") else []
    if not (is_ascii(sender) and is_ascii(recipient)):
        if not smtp.has_extn("smtputf8"):
            raise TransportError(
                f"{recipient}: the relay does not take addresses in other letters (no SMTPUTF8)",
                permanent=True,
                phase="recipient",
                code=553,
            )
        words.append("SMTPUTF8")
    return "".join(f" {word}" for word in words)


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
