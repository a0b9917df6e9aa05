"""What does a reply, or its absence, mean for the message? Depends on how far it had come."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from smtplib import SMTPAuthenticationError, SMTPException, SMTPResponseException

from notifications.errors import OF_RELAY, Phase, TransportError
from notifications.mail.headers import words_of

Reply = tuple[int, bytes]


def expect(reply: Reply, phase: Phase, wanted: tuple[int, ...] = (250, 251)) -> str:
    """The words of an answer that lets us go on; else TransportError."""
    code, text = reply
    if code in wanted:
        return words_of(text)
    raise refused(code, text, phase)


def verdict(reply: Reply) -> str:
    """The answer to the final dot: taken, refused, or words that settle nothing."""
    code, text = reply
    if 200 <= code < 300:
        return words_of(text)
    raise refused(code, text, "data" if 400 <= code < 600 else "after_data")


def refused(code: int, text: bytes | str, phase: Phase) -> TransportError:
    """A refusal: lasting only when it is 5xx and about the message, not about the relay or us.

    Refused while connecting or signing in is a busy relay or a password that ran out: it passes.
    """
    said = f"{code} {words_of(text)}" if code >= 200 else words_of(text)
    answered = code if code >= 200 else None
    error = TransportError(said, permanent=False, phase=phase, code=answered)
    error.permanent = 500 <= code < 600 and not error.of_relay
    return error


@contextmanager
def failing(phase: Phase) -> Iterator[None]:
    """Give a broken conversation the phase it broke in."""
    try:
        yield
    except SMTPAuthenticationError as error:
        raise refused(error.smtp_code, error.smtp_error, "auth") from error
    except SMTPResponseException as error:
        # smtplib's own words, where no reply could be read, come as text and not as bytes.
        if isinstance(error.smtp_error, str):
            raise _broken(error, phase) from error
        raise refused(error.smtp_code, error.smtp_error, phase) from error
    except ssl.SSLError as error:
        raise _broken(error, "tls" if phase in OF_RELAY else phase) from error
    except (SMTPException, OSError, UnicodeError) as error:
        raise _broken(error, phase) from error


def _broken(error: Exception, phase: Phase) -> TransportError:
    words = words_of(f"{type(error).__name__}: {error}")
    return TransportError(words, permanent=False, phase=phase)
