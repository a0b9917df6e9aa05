"""Transport of mail by SMTP, driven verb by verb.

smtplib's `sendmail` does not say how far a conversation came when it broke, and that decides
whether a message may be sent again.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import unquote
from weakref import WeakSet

from notifications.delivery.smtp_replies import check_final_reply, check_reply, in_phase
from notifications.delivery.transports import MailTransport, Receipt
from notifications.errors import Phase, TransportError
from notifications.mail.headers import is_ascii
from notifications.setting_forms import url_parts

TIMEOUT = 30.0
FINAL_TIMEOUT_FACTOR = 10
"""How much longer than for any other reply we wait for the one to the final dot: giving up too
early there makes a duplicate. RFC 5321 (4.5.3.2.6) asks for ten minutes."""
PORTS = {"smtps": 465, "smtp": 25, "smtp+starttls": 587}

REPLIES: tuple[tuple[Phase, tuple[int, ...]], ...] = (
    ("sender", (250, 251)),
    ("recipient", (250, 251)),
    ("data", (354,)),
)


class SmtpTransport(MailTransport):
    """One conversation for many messages.

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
        self.parts = url_parts("smtp_url", url)
        self.host = f"{self.parts.hostname}:{self.parts.port or PORTS[self.parts.scheme]}"
        self.sender = sender
        self.password = password
        self.timeout = timeout
        self.final_timeout = final_timeout or timeout * FINAL_TIMEOUT_FACTOR
        self.context = context
        self._smtp: smtplib.SMTP | None = None
        self._name: str | None = None
        self._aborted = threading.Event()
        self._conversations: WeakSet[SmtpTransport] = WeakSet([self])

    def another(self) -> Self:
        url = self.parts.geturl()
        timeouts = (self.timeout, self.final_timeout)
        other = type(self)(url, self.sender, self.password, *timeouts, self.context)
        other._aborted, other._conversations = self._aborted, self._conversations
        self._conversations.add(other)
        return other

    def abort(self) -> None:
        """What waits for a reply in another thread is told that the line is broken.

        A connection that is only just being made goes on until its own timeout.
        """
        self._aborted.set()
        for transport in list(self._conversations):
            connection = transport._smtp and transport._smtp.sock
            if connection:
                with suppress(OSError):
                    # Not SSLSocket.shutdown, which takes TLS away from under the reading thread.
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def send(self, recipient: str, message: bytes, sender: str | None = None) -> Receipt:
        """Sends in the open conversation; one that the server has ended is begun anew, once."""
        is_fresh = self._smtp is None
        try:
            return self._send(sender or self.sender, recipient, message)
        except TransportError as error:
            # The server ended the conversation, by 421 or without a word, before this message.
            has_ended = error.code in (None, 421) and error.phase in ("sender", "recipient")
            if is_fresh or not has_ended:
                raise
        return self._send(sender or self.sender, recipient, message)

    def _send(self, sender: str, recipient: str, message: bytes) -> Receipt:
        smtp = self._smtp = self._smtp or self._connect()
        try:
            self._send_envelope(smtp, sender, recipient, len(message))
            answer = self._send_body(smtp, message)
        except TransportError as error:
            self._recover(error)
            raise
        return Receipt(f"{self.parts.hostname}: {answer}", 250, answer)

    def _send_envelope(self, smtp: smtplib.SMTP, sender: str, recipient: str, size: int) -> None:
        """MAIL, RCPT and DATA, up to the server's 354."""
        mail = f"MAIL FROM:<{sender}>{_mail_options(smtp, sender, recipient, size)}"
        rcpt = f"RCPT TO:<{recipient}>"
        if smtp.has_extn("pipelining"):
            self._pipeline(smtp, mail, rcpt)
            return
        for line, (phase, expected) in zip((mail, rcpt, "DATA"), REPLIES, strict=True):
            with in_phase(phase):
                _send_line(smtp, line)
                check_reply(smtp.getreply(), phase, expected)

    def _pipeline(self, smtp: smtplib.SMTP, mail: str, rcpt: str) -> None:
        """The first refusal counts; a 354 that follows it is answered with an empty message."""
        refusal: TransportError | None = None
        with in_phase("sender"):
            _send_line(smtp, f"{mail}\r\n{rcpt}\r\nDATA")
        for phase, expected in REPLIES:
            try:
                with in_phase(phase):
                    check_reply(smtp.getreply(), phase, expected)
            except TransportError as error:
                refusal = refusal or error
                if error.code in (None, 421):
                    break
            else:
                if refusal is not None and phase == "data":
                    # A server that asks for the message of a refused recipient gets an empty one
                    # (RFC 2920).
                    with in_phase("data"):
                        smtp.send(b".\r\n")
                        smtp.getreply()
        if refusal is not None:
            raise refusal

    def _send_body(self, smtp: smtplib.SMTP, message: bytes) -> str:
        """A connection lost before the final dot is a failure; after it, nobody knows."""
        # Leading dots are doubled (RFC 5321, 4.5.2).
        lines = message.replace(b"\r\n.", b"\r\n..")
        lines = b"." + lines if lines.startswith(b".") else lines
        with in_phase("data"):
            smtp.send(lines + (b"" if lines.endswith(b"\r\n") else b"\r\n"))
        with in_phase("after_data"):
            _set_timeout(smtp, self.final_timeout)
            smtp.send(b".\r\n")
            answer = check_final_reply(smtp.getreply())
            _set_timeout(smtp, self.timeout)
        return answer

    def _recover(self, error: TransportError) -> None:
        """Resets the conversation after a refusal; ends it after anything else."""
        is_refusal = error.code is not None and error.code != 421 and error.phase != "after_data"
        if not is_refusal or self._smtp is None:
            self._drop()
            return
        try:
            with in_phase("sender"):
                _set_timeout(self._smtp, self.timeout)
                _send_line(self._smtp, "RSET")
                check_reply(self._smtp.getreply(), "sender")
        except TransportError:
            self._drop()

    def close(self) -> None:
        if self._smtp is not None and not self._aborted.is_set():
            with suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
        self._drop()

    def greeting(self) -> str:
        """Connects, signs in and says goodbye; the name that the relay gives itself."""
        smtp = self._connect()
        try:
            name = (smtp.ehlo_resp or b"").split(maxsplit=1)[:1]
            return b"".join(name).decode("ascii", "replace") or "a server without a name"
        finally:
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None

    def _connect(self) -> smtplib.SMTP:
        if self._aborted.is_set():
            raise TransportError("stopped", permanent=False, phase="connect")
        host, secure = str(self.parts.hostname), self.parts.scheme == "smtps"
        port = self.parts.port or PORTS[self.parts.scheme]
        context = self.context
        if context is None and self.parts.scheme != "smtp":
            # Reads all certificates the machine trusts: 45 ms that a plain connection spares.
            context = ssl.create_default_context()
        self._name = self._name or socket.getfqdn()
        try:
            with in_phase("connect"):
                smtp = (
                    smtplib.SMTP_SSL(host, port, self._name, timeout=self.timeout, context=context)
                    if secure
                    else smtplib.SMTP(host, port, self._name, timeout=self.timeout)
                )
        except TransportError as error:
            error.phase = "greeting" if error.code else error.phase
            raise
        try:
            if smtp.sock is not None:
                # Nagle's algorithm would delay the final dot until the body is acknowledged.
                smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sign_in(smtp, context)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _sign_in(self, smtp: smtplib.SMTP, context: ssl.SSLContext | None) -> None:
        with in_phase("greeting"):
            smtp.ehlo_or_helo_if_needed()
        if self.parts.scheme == "smtp+starttls":
            with in_phase("tls"):
                smtp.starttls(context=context)
                smtp.ehlo()
        if self.parts.username and self.password:
            with in_phase("auth"):
                smtp.login(unquote(self.parts.username), self.password)


def _set_timeout(smtp: smtplib.SMTP, seconds: float) -> None:
    if smtp.sock is not None:
        smtp.sock.settimeout(seconds)


def _send_line(smtp: smtplib.SMTP, line: str) -> None:
    """Sends a command in UTF-8; beyond ASCII, `_mail_options` has seen to SMTPUTF8 (RFC 6531)."""
    smtp.send(f"{line}\r\n".encode())


def _mail_options(smtp: smtplib.SMTP, sender: str, recipient: str, size: int) -> str:
    """The parameters of MAIL FROM that the server offers: SIZE and SMTPUTF8."""
    options = [f"SIZE={size}"] if smtp.has_extn("size") else []
    if not (is_ascii(sender) and is_ascii(recipient)):
        if not smtp.has_extn("smtputf8"):
            raise TransportError(
                f"{recipient}: the relay does not take addresses in other letters (no SMTPUTF8)",
                permanent=True,
                phase="recipient",
                code=553,
            )
        options.append("SMTPUTF8")
    return "".join(f" {option}" for option in options)
