"""Headers on the wire, hostile titles, and addresses."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes

import pytest
from hypothesis import given
from msgspec import structs

from notifications.errors import InvalidAddress
from notifications.mail.headers import checked_address, clean_text, header_words, message_id
from notifications.mail.mime import MimeMessage, to_bytes
from tests.support.any_text import ANY_TEXT

LONG = "<https://pactwatch.example.org/u/" + "x" * 200 + ">"
MESSAGE = MimeMessage(
    sender="Desk <desk@example.org>",
    recipient="reader@example.org",
    subject="a subject",
    message_id="<d.x@example.org>",
    date=datetime(2026, 1, 1, tzinfo=UTC),
    text="x",
)
HOSTILE = [
    "a\r\nBcc: x@example.org",
    "=?utf-8?q?x=0D=0ABcc=3A_a=40b?=",
    "nul\0byte",
    "line\u2028separator",
    "bidi\u202etxt",
    "lone\ud800surrogate",
    "x" * 5000,
    "é" * 300,
]


def test_a_long_machine_header_stays_on_one_line() -> None:
    """The unsubscribe address stands in the raw bytes as it is."""
    message = structs.replace(MESSAGE, machine={"List-Unsubscribe": LONG})

    assert f"List-Unsubscribe: {LONG}\r\n".encode() in to_bytes(message)


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_title_adds_no_header(title: str) -> None:
    """Whatever a title holds, the header set is the one we wrote."""
    read = message_from_bytes(to_bytes(structs.replace(MESSAGE, subject=title)))
    expected = {
        "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted",
        "X-Auto-Response-Suppress", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    }  # fmt: skip

    assert (expected, len(expected)) == (set(read.keys()), len(read.keys()))


@given(ANY_TEXT)
def test_clean_text_is_one_short_printable_line(text: str) -> None:
    """No controls, no line breaks, no encoded words, at most 120 characters."""
    cleaned = clean_text(text)

    assert (True, True, True) == (
        len(cleaned) <= 120,
        "=?" not in cleaned,
        len(cleaned.splitlines()) <= 1,
    )


@pytest.mark.parametrize(
    "text", ["", "nobody", "a@", "@b", "a b@c.org", "a@b\r\nBcc: c@d", "a..b@c.org", "<a@b.org>"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """The error says what was expected."""
    with pytest.raises(InvalidAddress) as caught:
        checked_address(text)

    assert "name@example.org" in caught.value.hint


def test_the_same_digest_has_the_same_message_id() -> None:
    """The id is a function of what the digest is, and safe in a header."""
    assert message_id("example.org", "a", "b") == message_id("example.org", "a", "b")
    assert message_id("example.org", "a", "b") != message_id("example.org", "ab", "")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" a@example.org ", "a@example.org"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("ян@почта.example", "ян@xn--80a1acny.example"),
    ],
)
def test_an_address_is_kept_as_it_goes_over_the_wire(typed: str, stored: str) -> None:
    """A domain in other letters becomes its ASCII form; the name before it stays."""
    assert stored == checked_address(typed)


@pytest.mark.parametrize(
    "text", ["a@b\u2028c", "a\u202e@b.org", "a@-b.org", "a@b..org", "a.@b.org"]
)
def test_an_address_hides_nothing(text: str) -> None:
    """No direction marks, no line ends, no empty parts."""
    with pytest.raises(InvalidAddress):
        checked_address(text)


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (b"=?utf-8?b?R3LDvMOfZQ==?=", "Grüße"),
        (b"=?utf-8?b?R3L=DvM?= x", None),
        (b"=?utf-8?b?A?=", "=?utf-8?b?A?="),
        (b"=?no-such?q?x?=", "=?no-such?q?x?="),
        (b"=?utf\xff8?q?x?=", None),
        (b"=?utf-8?q?=FF?=", None),
    ],
)
def test_a_header_that_arrived_is_read_or_stands_as_it_is(
    subject: bytes, words: str | None
) -> None:
    """Whatever is broken in it, nothing is raised."""
    message = message_from_bytes(b"Subject: " + subject + b"\n\n")
    read = header_words(message, "Subject")

    assert words is None or words == read
