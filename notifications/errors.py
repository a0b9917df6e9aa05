"""What can go wrong on the way to a reader: one root, each error with a hint."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from events.errors import HintedError

Phase = Literal[
    "connect",
    "greeting",
    "tls",
    "auth",
    "sender",
    "recipient",
    "data",
    "after_data",
    "file",
    "address",
    "answer",
]
OF_RELAY = frozenset({"connect", "greeting", "tls", "auth"})
SIGN_IN_FIRST = frozenset({421, 530, 534, 535, 538, 454})
"""Codes about the relay or us whatever they answer: it closes, or it wants us to sign in."""
BUSY = frozenset({429, 502, 503, 504})
"""What an HTTP server answers when it has too much to do, or what stands behind it is not there."""


CONNECTION_WORDS = {
    "ConnectionRefusedError": "nobody listens there (connection refused)",
    "ConnectionResetError": "it ended the connection",
    "BrokenPipeError": "it ended the connection",
    "TimeoutError": "no answer in time",
    "SSLCertVerificationError": "its certificate is not accepted",
}
"""What an error of a connection means to who looks after it, by the name of its class."""

TLS_REASONS = {"WRONG_VERSION_NUMBER": "no TLS is spoken there"}
"""What OpenSSL calls a server that answers in clear."""


def connection_words(error: Exception) -> str:
    """What became of a connection, in words; in those of the system where they will do."""
    name = type(error).__name__
    reason = getattr(error, "strerror", None) or str(error) or name
    words = TLS_REASONS.get(str(getattr(error, "reason", ""))) or CONNECTION_WORDS.get(name, reason)
    why = getattr(error, "verify_message", "")
    return f"{words}: {why}" if why else words


def certificate_hint(setting: str) -> str:
    """What to do about the certificate of a server that a setting names."""
    return (
        "the server has to renew it where it has expired, and it is to be for the name in "
        f"{setting}; one of an authority of your own is accepted by SSL_CERT_FILE=FILE"
    )


class NotificationError(HintedError):
    """Root of every error of notifications."""


class InvalidSetting(NotificationError):
    """A setting in the environment that cannot be used; `setting` is the name of its field."""

    def __init__(self, setting: str, words: str, *, hint: str) -> None:
        super().__init__(f"PACTWATCH_{setting.upper()}: {words}", hint=hint)
        self.setting = setting


class InvalidAddress(NotificationError):
    """Text that is no mail address."""


class ImplausibleClock(NotificationError):
    """A clock that differs by more than a day from what the database knows of the present."""


class TurnStopped(NotificationError):
    """A turn that was told to stop while it folded: its transaction writes nothing."""


class InvalidSubscription(NotificationError):
    """A cadence, hour, zone or filter that cannot be kept."""


class UnknownSubscription(NotificationError):
    """A subscription id that is not on record."""


class UnknownToken(NotificationError):
    """A code that was never given out, is used up, or has expired."""


class UnknownAlert(NotificationError):
    """An alert key, or the number of a snooze, that is not on record."""


class InvalidMark(NotificationError):
    """An acknowledgement or snooze without reason, or that ends before it begins."""


class UnreadableReport(NotificationError):
    """A file of bounces that cannot be read."""


class MailboxError(NotificationError):
    """A mailbox on a server that cannot be opened, read or marked."""


class UnknownMessage(NotificationError):
    """A message id that is not in the outbox."""


class MessageRefused(NotificationError):
    """A step that the message's state does not allow; nothing was changed."""


class NotDelivered(NotificationError):
    """A sample that has not reached its reader, though it may by a later turn."""


class BrokenTemplate(NotificationError):
    """A template that can not be filled in, with its file and line."""


class MailSetupError(NotificationError):
    """What mail needs in the network and cannot be asked about."""


class TransportError(NotificationError):
    """A message that was not accepted.

    `permanent` when trying again is of no use; `phase` says how far it came, `code` what the
    server answered, if it did. After the final dot nobody knows whether it was taken: that phase
    is `after_data`. `retry_after` is how long the server asks to be left alone. `is_silence` when
    it said nothing at all after it had the whole message.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool,
        phase: Phase,
        code: int | None = None,
        hint: str = "pactwatch outbox list",
    ) -> None:
        super().__init__(message, hint=hint)
        self.permanent = permanent
        self.phase = phase
        self.code = code
        self.retry_after: timedelta | None = None
        self.is_silence = False

    @property
    def of_relay(self) -> bool:
        """Whether it says something of the relay, or a webhook's host, and nothing of a message."""
        if self.phase == "answer":
            return self.code in BUSY
        return self.phase in OF_RELAY or self.code in SIGN_IN_FIRST
