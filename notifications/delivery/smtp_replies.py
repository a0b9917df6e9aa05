"""What a reply of an SMTP server, or its absence, means for the message.

That depends on how far the conversation had come, so each error carries its phase.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from smtplib import SMTPAuthenticationError, SMTPException, SMTPResponseException

from notifications.errors import OF_RELAY, Phase, TransportError, connection_words
from notifications.mail.headers import words_of

Reply = tuple[int, bytes]


def check_reply(reply: Reply, phase: Phase, expected: tuple[int, ...] = (250, 251)) -> str:
    """The words of a reply with an expected code; raises TransportError for any other."""
    code, text = reply
    if code in expected:
        return words_of(text)
    raise error_of_reply(code, text, phase)


def check_final_reply(reply: Reply) -> str:
    """The words of the reply to the final dot; raises TransportError unless it is 2xx.

    What is neither 2xx, 4xx nor 5xx settles nothing: the message may have been taken.
    """
    code, text = reply
    if 200 <= code < 300:
        return words_of(text)
    raise error_of_reply(code, text, "data" if 400 <= code < 600 else "after_data")


def error_of_reply(code: int, text: bytes | str, phase: Phase) -> TransportError:
    """A refusal: permanent only when it is 5xx and about the message, not about the relay or us.

    Refused while connecting or signing in is a busy relay or a password that ran out: it passes.
    """
    is_reply = code >= 200
    words = f"{code} {words_of(text)}" if is_reply else words_of(text)
    error = TransportError(words, permanent=False, phase=phase, code=code if is_reply else None)
    error.permanent = 500 <= code < 600 and not error.of_relay
    return error


@contextmanager
def in_phase(phase: Phase) -> Iterator[None]:
    """Turns what breaks inside the block into a TransportError of this phase."""
    try:
        yield
    except SMTPAuthenticationError as error:
        raise error_of_reply(error.smtp_code, error.smtp_error, "auth") from error
    except SMTPResponseException as error:
        # smtplib's own words, where no reply could be read, come as text and not as bytes.
        if isinstance(error.smtp_error, str):
            raise _error_of_exception(error, phase) from error
        raise error_of_reply(error.smtp_code, error.smtp_error, phase) from error
    except ssl.SSLError as error:
        raise _error_of_exception(error, "tls" if phase in OF_RELAY else phase) from error
    except (SMTPException, OSError, UnicodeError) as error:
        raise _error_of_exception(error, phase) from error


def _error_of_exception(error: Exception, phase: Phase) -> TransportError:
    words = words_of(connection_words(error))
    failure = TransportError(words, permanent=False, phase=phase)
    failure.is_silence = phase == "after_data"
    return failure
