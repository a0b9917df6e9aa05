"""What reports from real mail systems say: RFC 3464, RFC 5965, and what came before."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.bounces.reports import Report, read_reports
from notifications.bounces.verdicts import verdict_of
from tests.support.bounce_reports import FOLDER, OURS, sample


def one(name: str) -> Report:
    (report,) = read_reports(sample(name))
    return report


@pytest.mark.parametrize(
    ("name", "status", "verdict"),
    [
        ("postfix", "5.1.1", "stop"),
        ("exim", "5.1.1", "stop"),
        ("gmail", "5.1.1", "stop"),
        ("exchange", "5.1.10", "stop"),
        ("old-exim", "5.1.1", "stop"),
        ("full-mailbox", "4.2.2", "count"),
        ("delayed", "4.4.1", "transient"),
        ("no-route", "5.4.4", "count"),
    ],
)
def test_the_reports_of_mail_systems_are_read(name: str, status: str, verdict: str) -> None:
    """Recipient, status and what follows from it, and the message it is about."""
    report = one(name)

    assert ("bounce", "reader@example.org") == (report.kind, report.recipient)
    assert (status, verdict) == (report.status, report.verdict)
    assert OURS["message_id"] == report.message_id


@pytest.mark.parametrize("name", ["postfix", "gmail", "exchange", "old-exim", "full-mailbox"])
def test_the_address_that_a_report_came_to_is_read(name: str) -> None:
    """Where the envelope sender was signed, that says whose message it was."""
    assert OURS["bounce_address"] in " ".join(one(name).arrived_at)


def test_a_complaint_stops_at_once() -> None:
    """An abuse report names the message by both our address and its Message-ID."""
    report = one("complaint")

    assert ("complaint", "stop") == (report.kind, report.verdict)
    assert OURS["bounce_address"] in " ".join(report.arrived_at)
    assert OURS["message_id"] == report.message_id


def test_not_spam_is_no_complaint() -> None:
    """A reader who takes it back is not punished for it."""
    raw = sample("complaint").replace(b"Feedback-Type: abuse", b"Feedback-Type: not-spam")

    assert ["ignored"] == [report.verdict for report in read_reports(raw)]


def test_an_autoreply_is_no_report() -> None:
    """Numbers in prose do not make a bounce."""
    assert [] == read_reports(sample("vacation"))


@pytest.mark.parametrize("cut", range(0, 3000, 150))
@pytest.mark.parametrize("name", ["postfix", "complaint", "gmail"])
def test_a_torn_report_raises_nothing(name: str, cut: int) -> None:
    """Whatever is left of it is read as far as it goes."""
    assert len(read_reports(sample(name)[:cut])) <= 1


def test_success_is_no_bounce() -> None:
    """Delivered, relayed and expanded reports have no effect, whatever their status."""
    assert {"ignored"} == {
        verdict_of("2.0.0"),
        verdict_of("5.0.0", action="delivered"),
        verdict_of(""),
    }


@pytest.mark.parametrize(
    ("status", "detail", "verdict"),
    [
        ("5.1.1", "550 5.1.1 no such user", "stop"),
        ("5.1.10", "recipient not found by SMTP address lookup", "stop"),
        ("5.2.1", "the account is disabled", "stop"),
        ("5.2.1", "receiving mail at a rate that prevents more", "ours"),
        ("5.2.2", "the mailbox is full", "count"),
        ("5.4.4", "host not found", "count"),
        ("5.0.0", "550 no", "count"),
        ("4.2.2", "over quota", "count"),
        ("5.7.26", "unauthenticated mail is refused by DMARC policy", "ours"),
        ("5.7.1", "relay access denied", "ours"),
        ("5.7.25", "no PTR record", "ours"),
        ("5.3.4", "message too large", "ours"),
        ("5.4.6", "a loop", "ours"),
        ("5.5.2", "syntax error", "ours"),
        ("5.6.0", "content refused", "ours"),
        ("5.1.8", "sender's domain does not exist", "ours"),
        ("5.0.0", "550 blocked using a DNSBL", "ours"),
        ("5.3.0", "554 your IP has a poor reputation", "ours"),
        ("4.7.1", "greylisted", "ours"),
        ("", "", "ignored"),
    ],
)
def test_whose_fault_it_is(status: str, detail: str, verdict: str) -> None:
    """A reader is stopped where the address is gone, and never for a fault of ours."""
    assert verdict == verdict_of(status, detail)


def global_report(fields: str, *, encoding: str = "8bit", kind: str = "global-") -> bytes:
    """A report whose part for machines has these fields."""
    return (
        "From: MAILER-DAEMON@far.test\nTo: b+x@b.example.org\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=global-delivery-status; boundary="q"\n\n'
        f"--q\nContent-Type: message/{kind}delivery-status\n"
        f"Content-Transfer-Encoding: {encoding}\n\n{fields}\n"
        "--q\nContent-Type: message/global\n\nbroken header line\nMessage-ID: <d.m@desk.test>\n"
        "\ntext\n--q--\n"
    ).encode()


PLAIN = """Reporting-MTA: dns; mx.far.test

Final-Recipient: rfc822; a@far.test
Action: failed
Status: 5.1.1
"""
TWO = """Final-Recipient: rfc822; {0}@far.test
Action: failure
Status: 5.1.1
Diagnostic-Code: smtp; 550
no such mailbox
"""
BASE64 = b64encode(PLAIN.encode()).decode()
QUOTED = PLAIN.replace("@", "=40").replace("5.1.1", "5.1.=\n1")
BENT = {
    "RFC 6533": (global_report(PLAIN.replace("rfc822; a@", "utf-8; нет@")), ["нет"]),
    "base64": (global_report(BASE64, encoding="base64", kind=""), ["a"]),
    "quoted-printable": (global_report(QUOTED, encoding="quoted-printable", kind=""), ["a"]),
    "blank before colon": (global_report(PLAIN.replace(": ", " : "), kind=""), ["a"]),
    "no line between": (global_report(TWO.format("a") + TWO.format("b"), kind=""), ["a", "b"]),
    "both": (global_report("Original-Recipient: rfc822; a@far.test\n" + PLAIN, kind=""), ["a"]),
}


@pytest.mark.parametrize(("raw", "names"), BENT.values(), ids=BENT)
def test_reports_in_bent_forms_are_read(raw: bytes, names: list[str]) -> None:
    """Every recipient with its status; the Message-ID also where what came back is broken."""
    reports = read_reports(raw)

    assert [(f"{name}@far.test", "5.1.1", "stop") for name in names] == [
        (report.recipient, report.status, report.verdict) for report in reports
    ]
    assert {"<d.m@desk.test>"} == {report.message_id for report in reports}


def test_a_returned_message_that_was_cut_is_read() -> None:
    """Its parts never begin, and what is there is not ASCII: Python cannot write such a one."""
    torn = 'Content-Type: multipart/mixed; boundary="i"\nMessage-ID: <d.m@desk.test>\n\nGrüße'
    raw = global_report(PLAIN, kind="").replace(b"message/global\n", b"message/rfc822\n")
    raw = raw.replace(b"broken header line\nMessage-ID: <d.m@desk.test>\n\ntext", torn.encode())
    (report,) = read_reports(raw)

    assert ("a@far.test", "<d.m@desk.test>") == (report.recipient, report.message_id)


def test_a_control_between_two_fields_is_read_over() -> None:
    """To Python it ends a line in one place and none in another, so it refuses to write it."""
    raw = global_report(PLAIN.replace("failed\nStatus", "failed\x1cStatus"), kind="")
    (report,) = read_reports(raw)

    assert ("a@far.test", "5.1.1") == (report.recipient, report.status)


FAMILIES = {
    "qmail": ("Hi. This is the qmail-send program.\n<a@far.test>:\nno mailbox (#5.1.1)", "stop"),
    "Postfix in prose": ("<a@far.test>: host mx said: 550 5.1.1 User unknown", "stop"),
    "DragonFly": ("Error: user unknown: a@far.test", "stop"),
    "Yahoo": ("This user doesn't have a far.test account (a@far.test)", "stop"),
    "Yahoo, disabled": ("It was not delivered: this account has been disabled", "stop"),
    "Amazon WorkMail": ("Technical report: 550 5.1.1 Requested mailbox unavailable", "stop"),
    "sendmail V5": ("Transcript of session follows\n550 a@far.test... User unknown", "stop"),
    "Exchange 2003": ("The e-mail account does not exist at the organization", "stop"),
    "iMail": ("unknown user: a@far.test", "stop"),
    "mFilter": ("These did not receive it: recipient not found", "stop"),
    "GMX": ("SMTP error: a@far.test, RCPT TO: 550 Mailbox unavailable", "stop"),
    "Notes": ("User a (a@far.test) not listed in public Name & Address Book", "stop"),
    "Trend Micro": ("Sent <<< RCPT TO, received >>> 550 5.1.1 no such recipient", "stop"),
    "MX Logic": ("Your message could not be delivered to a@far.test", "count"),
    "OpenSMTPD": ("a@far.test: 550 Invalid recipient", "stop"),
    "Zoho": ("a@far.test, ERROR CODE :550 - 5.1.1 recipient rejected", "stop"),
    "full": ("a@far.test: the mailbox is full, quota exceeded", "count"),
    "a block list": ("Your message was blocked as spam", "ours"),
    "a warning without a reason": ("has not yet been delivered to a@far.test", "transient"),
    "a warning": ("Warning: undelivered for 4 hours; it will be retried", "transient"),
}


@pytest.mark.parametrize(("text", "verdict"), FAMILIES.values(), ids=FAMILIES)
def test_reports_for_people_are_read(text: str, verdict: str) -> None:
    """In each mail system's way; what they say has an effect only at an address that is signed."""
    for kind, body in (("plain", text), ("html", f"<p>{text}</p>")):
        raw = f"To: b+x@b.example.org\nSubject: notice\nContent-Type: text/{kind}\n\n{body}\n"
        (report,) = read_reports(raw.encode())

        assert (verdict, True) == (report.verdict, report.needs_signature)


@pytest.mark.parametrize(
    "letter",
    [
        "Auto-Submitted: auto-replied\nSubject: Out of office\n\nI am away until 5 May, room 550 B",
        "Subject: Re: digest\n\nThank you, that was useful.",
        "Auto-Submitted: auto-replied\nSubject: Away\n\nThis account is unavailable until Monday",
        "Auto-Submitted: auto-generated\nSubject: Automatic reply: Accord\n\nCall 511 550 1234",
        "Subject: =?utf-8?q?Automatische_Antwort=3A_=C3=9Cbersicht?=\n\nBis 5.1.25, Raum 550 B",
        "Subject: Abwesenheitsnotiz\n\nBis 5. Mai nicht im Haus, Telefon 511 550 1234",
    ],
)
def test_what_people_write_is_no_report(letter: str) -> None:
    """Neither a reply nor an answer of a machine for one who is away."""
    assert [] == read_reports(f"To: b+x@b.example.org\n{letter}\n".encode())


def test_a_complaint_by_outlook_is_read() -> None:
    """In no standard form: a subject, and the message that it is about."""
    raw = (
        "From: staff@hotmail.test\nSubject: complaint about message from 192.0.2.1\n"
        "X-HmXmrOriginalRecipient: reader@example.org\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="q"\n\n--q\nContent-Type: message/rfc822\n\n'
        "From: desk@example.org\nMessage-ID: <d.m@desk.test>\n\ntext\n--q--\n"
    )
    (report,) = read_reports(raw.encode())

    assert ("complaint", "stop", "<d.m@desk.test>") == (
        report.kind, report.verdict, report.message_id,
    )  # fmt: skip


@given(cuts=st.lists(st.tuples(st.integers(0, 4000), st.binary(max_size=6)), max_size=12))
def test_a_mutated_report_raises_nothing(cuts: list[tuple[int, bytes]]) -> None:
    """Bytes put in anywhere, in every sample."""
    for path in sorted(FOLDER.glob("*.eml")):
        raw = bytearray(sample(path.stem))
        for at, piece in cuts:
            raw[at % len(raw) : at % len(raw)] = piece

        assert all(report.verdict for report in read_reports(bytes(raw)))
