"""Messages as they go over the wire: raw bytes, header by header, whatever a title holds."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from notifications.digests.digest import Digest
from notifications.digests.items import Item, Section
from notifications.digests.render import Addressee, Rendered, render
from notifications.mail.mime import MimeMessage, list_headers, to_bytes
from notifications.settings import MailSettings
from tests.support.any_text import ANY_TEXT
from tests.support.profiles import examples

NOW = datetime(2025, 3, 18, 8, tzinfo=UTC)
SETTINGS = MailSettings(smtp_url=None, mail_from="Desk <desk@example.org>", tenant="desk")
URL = "https://pactwatch.example.org/u/" + "x" * 200
EXPECTED = [
    "Date", "From", "To", "Subject", "Message-ID", "References", "In-Reply-To", "Auto-Submitted",
    "X-Auto-Response-Suppress", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
    "MIME-Version", "Content-Type",
]  # fmt: skip
ITEM = Item(
    commitment="c",
    agreement="a",
    title="A title",
    who="RUS -> UKR",
    promise="a promise",
    what="is overdue",
    at="2025-03-18T07:00:00Z",
    local="Tue 18 Mar 2025 07:00 +0000",
    state="overdue, clear",
    readings=("one reading",),
    why="rule T6",
    severity="critical",
)


def digest_of(*items: Item, **more: Any) -> Digest:
    detail = {
        "now": "2025-03-18T08:00:00Z",
        "local_now": "Tue 18 Mar 2025 08:00 +0000",
        "zone": "UTC",
        "since": None,
        "position": 1,
        "sections": (Section("Overdue and lapsed", items, 0),),
        "headline": "overdue and lapsed: 1",
        **more,
    }
    return Digest(**detail)


def rendered(digest: Digest, **more: Any) -> Rendered:
    options: dict[str, Any] = {
        "recipient": "r@example.org", "subscription": "7", "window": "w", "now": NOW,
    }  # fmt: skip
    return render(digest, Addressee(**{**options, "unsubscribe_url": URL, **more}), SETTINGS)


def read(message: bytes) -> EmailMessage:
    parsed = message_from_bytes(message, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


@pytest.mark.parametrize("name", ["Сторож обіцянок міністерства інфраструктури", "約束" * 30])
def test_a_from_name_in_other_letters_is_in_words_of_at_most_75(name: str) -> None:
    """RFC 2047, 2: longer ones are not decoded; name and address come back whole."""
    sender = MailSettings(mail_from=f"{name} <desk@example.org>")
    to = Addressee(recipient="r@example.org", subscription="7", window="w", now=NOW)
    message = render(digest_of(ITEM), to, sender).message
    field = re.search(rb"^From: .*(?:\r\n .*)*", message, re.MULTILINE)
    (address,) = read(message)["From"].addresses

    assert field is not None
    assert [] == [word for word in field[0].split() if len(word) > 75]
    assert [] == [line for line in field[0].splitlines() if len(line) > 78]
    assert "desk@example.org" == address.addr_spec
    # Python's parser leaves spaces between words that RFC 2047, 6.2 joins.
    decoded = "".join(address.display_name.split())
    assert decoded
    assert "".join(name.split()).startswith(decoded)


def test_every_header_stands_once_and_in_order() -> None:
    """One of each, none besides, each line at most 998 octets, CRLF only, seven bits."""
    message = rendered(digest_of(ITEM)).message

    assert EXPECTED == read(message).keys()
    assert message == message.replace(b"\r\n", b"\n").replace(b"\r", b"").replace(b"\n", b"\r\n")
    assert max(map(len, message.split(b"\r\n"))) <= 998
    assert message.isascii()


@pytest.mark.parametrize(
    "line",
    [
        "Date: Tue, 18 Mar 2025 08:00:00 +0000",
        "From: Desk <desk@example.org>",
        "To: r@example.org",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "List-Id: Milestone digest <digest.desk.example.org>",
        f"List-Unsubscribe: <{URL}>, <mailto:desk@example.org?subject=unsubscribe%207>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ],
)
def test_machine_headers_are_on_the_wire_as_programs_read_them(line: str) -> None:
    """Raw bytes: a long address is neither folded nor made into words."""
    assert f"\r\n{line}\r\n".encode() in b"\r\n" + rendered(digest_of(ITEM)).message


def test_ids_have_the_form_that_mail_clients_thread_by() -> None:
    """26 characters of base 32; replies go under a root that is the same all month."""
    first, second = rendered(digest_of(ITEM)), rendered(digest_of(ITEM), window="x")
    roots = {str(read(one.message)["References"]) for one in (first, second)}
    form = re.compile(r"<d\.[a-z2-7]{26}@example\.org>")

    assert [True, True] == [bool(form.fullmatch(one.message_id)) for one in (first, second)]
    assert roots == {str(read(first.message)["In-Reply-To"])}
    assert {first.message_id, second.message_id}.isdisjoint(roots)


def test_the_same_digest_is_the_same_bytes_and_another_content_another_id() -> None:
    """What a receiver drops as known, it has had."""
    other = structs.replace(ITEM, title="Another")

    assert rendered(digest_of(ITEM)) == rendered(digest_of(ITEM))
    assert rendered(digest_of(ITEM)).message_id != rendered(digest_of(other)).message_id


@pytest.mark.parametrize(
    ("url", "offered"), [(None, False), ("http://h/u/t", False), ("https://h/u/t", True)]
)
def test_one_click_is_offered_over_https_alone(url: str | None, offered: bool) -> None:
    """Without an address, or over an open line, only the mail way is offered."""
    headers = list_headers("x <x.example.org>", "mailto:x@example.org", url)

    assert offered == ("List-Unsubscribe-Post" in headers)
    assert headers["List-Unsubscribe"].endswith("<mailto:x@example.org>")


def test_a_message_for_one_reader_needs_no_list() -> None:
    """What someone must get carries no list headers and no thread."""
    letter = MimeMessage(
        "p@example.org", "r@example.org", "s", "<d.x@example.org>", NOW, "t", "<p>t"
    )
    names = read(to_bytes(letter)).keys()

    assert [] == [name for name in names if name.startswith("List-") or name == "References"]


def test_long_and_foreign_subjects_come_back_whole() -> None:
    """Folded or encoded, no line above 78, and read as it was written."""
    for subject in ("word " * 23 + "end", "слово " * 19 + "конец", "x" * 120):
        letter = MimeMessage(
            "p@example.org", "r@example.org", subject, "<d.x@example.org>", NOW, "t", "<p>t"
        )
        message = to_bytes(letter)
        lines = message.partition(b"Subject:")[2].partition(b"Message-ID")[0].split(b"\r\n")

        assert subject == read(message)["Subject"]
        assert max(map(len, lines)) <= (78 if " " in subject else 130)


HOSTILE = st.one_of(
    ANY_TEXT,
    st.sampled_from(
        [
            "a\r\nBcc: x@example.org",
            "\r\n\r\nbody",
            "=?utf-8?q?x=0D=0ABcc=3A_a=40b?=",
            "nul\0byte",
            "line\u2028separator\u2029",
            "next\x85line",
            "bidi\u202etxt\u2066",
            "lone\ud800surrogate",
            "<script>alert(1)</script>",
            "x" * 5000,
            "é" * 300,
            "\r\n.\r\nMAIL FROM:<a@b>",
        ]
    ),
)
NO_TEXT = ("readings", "severity", "by", "ends", "more", "unlisted", "moved")
FIELDS = [name for name in Item.__struct_fields__ if name not in NO_TEXT]


@settings(max_examples=examples(300))
@given(st.dictionaries(st.sampled_from(FIELDS), HOSTILE, max_size=4), HOSTILE, HOSTILE)
def test_hostile_text_in_any_field_adds_no_header_and_stops_no_digest(
    fields: dict[str, str], reading: str, headline: str
) -> None:
    """The header set is the one we wrote, and the other items arrive with it."""
    bad = structs.replace(ITEM, **fields, readings=(reading,), moved=(reading, headline))
    good = structs.replace(ITEM, commitment="the-good-one")
    message = rendered(digest_of(bad, good, headline=headline)).message
    parsed = read(message)
    body = {part.get_content_type(): part.get_content() for part in parsed.iter_parts()}

    assert EXPECTED == parsed.keys()
    assert message.isascii()
    assert b"\r\n.\r\n" not in message
    assert ["text/plain", "text/html"] == list(body)
    assert all("the-good-one" in text for text in body.values())
    assert "<script>alert(1)" not in body["text/html"]
    assert "\0" not in "".join(body.values())


@pytest.mark.parametrize("name", ["П" * 80, "😀" * 80, "x" * 300, "a, b; c " * 20])
def test_a_long_name_of_the_sender_is_clipped(name: str) -> None:
    """The From field stays below 320 octets, and the address in it is whole."""
    settings = MailSettings(smtp_url=None, mail_from=f'"{name}" <{"d" * 60}@desk.example.org>')
    message = wire_of(digest_of(ITEM), settings)
    line = re.search(rb"^From: .*(?:\r\n .*)*", message, re.MULTILINE)

    assert line is not None
    assert 320 > len(line[0])
    assert str(read(message)["From"]).endswith(f"<{'d' * 60}@desk.example.org>")
    assert 10 < len(str(read(message)["From"].addresses[0].display_name))


def wire_of(digest: Digest, settings: MailSettings) -> bytes:
    to = Addressee(recipient="r@example.org", subscription="7", window="w", now=NOW)
    return render(digest, to, settings).message


def test_a_message_without_html_is_one_plain_body() -> None:
    """An opt-in mail: no parts; the address of its reader stands as it is, in whatever letters."""
    message = MimeMessage(
        sender="Desk <desk@example.org>",
        recipient="jö@example.org",
        subject="Please confirm",
        message_id="<d.x@example.org>",
        date=NOW,
        text="größe = 1\n",
    )
    raw = to_bytes(message)

    assert "To: jö@example.org".encode() in raw.split(b"\r\n")
    assert raw.endswith(b"\r\n\r\ngr=C3=B6=C3=9Fe =3D 1\r\n")
    assert ("text/plain", "größe = 1\n") == (
        read(raw).get_content_type(),
        read(raw).get_content().replace("\r\n", "\n"),
    )
