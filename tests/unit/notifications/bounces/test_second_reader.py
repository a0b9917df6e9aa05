"""Reports in the standard form as a second, independent reader of bounces reads them."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from itertools import product

from flufl.bounce import all_failures

from notifications.bounces.reports import read_reports
from tests.support.bounce_reports import FOLDER, sample

RECIPIENTS = (
    ("reader@example.org",),
    ("First.Last+tag@mail.far.test",),
    ("a@far.test", "b@far.test", "c@elsewhere.test"),
)
FIELDS = (
    "Final-Recipient: rfc822; {0}\nAction: failed\nStatus: 5.1.1\n",
    "Final-Recipient: RFC822; {0}\nAction: Failed\nStatus: 5.2.2 (mailbox full)\n",
    "Original-Recipient: rfc822; {0}\nFinal-Recipient: rfc822; {0}\nAction: failed\n"
    "Status: 5.7.1\nRemote-MTA: dns; mx.far.test\nDiagnostic-Code: smtp; 550 5.7.1 no\n",
    "Final-Recipient: rfc822;{0}\nAction: failed\nStatus: 5.0.0\n"
    "Diagnostic-Code: smtp; 550-first line\n    550 second line\n",
    "Final-Recipient: rfc822; {0}\nAction: delayed\nStatus: 4.4.1\n"
    "Will-Retry-Until: Fri, 21 Mar 2025 08:00:00 +0000\n",
)
RETURNED = ("message/rfc822", "text/rfc822-headers")
LINE_ENDS = ("\n", "\r\n")
AGREED = 0.98


def standard_reports() -> Iterator[bytes]:
    """Reports of one or several recipients, in the manners of several mail systems."""
    for names, fields, returned, end in product(RECIPIENTS, FIELDS, RETURNED, LINE_ENDS):
        blocks = "\n".join(fields.format(name) for name in names)
        text = (
            "From: MAILER-DAEMON@relay.test\nTo: b+x@bounce.example.org\nSubject: not delivered\n"
            "MIME-Version: 1.0\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="cut"\n\n'
            "--cut\nContent-Type: text/plain\n\nYour mail is not there.\n\n"
            "--cut\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; relay.test\n\n"
            f"{blocks}\n--cut\nContent-Type: {returned}\n\nFrom: desk@example.org\n"
            "Message-ID: <d.m@desk.test>\n\n--cut--\n"
        )
        yield text.replace("\n", end).encode()
    for file in sorted(FOLDER.glob("*.eml")):
        yield sample(file.stem)


def test_the_recipients_are_those_that_a_second_reader_finds() -> None:
    """In 98 of 100 reports that it reads, and it reads most of these."""
    pairs = []
    for raw in standard_reports():
        temporary, permanent = all_failures(message_from_bytes(raw))
        theirs = {name.decode().lower() for name in (*temporary, *permanent)}
        if theirs:
            pairs.append((theirs, {report.recipient.lower() for report in read_reports(raw)}))
    agreed = sum(theirs == ours for theirs, ours in pairs)

    assert len(pairs) >= 60
    assert agreed / len(pairs) >= AGREED
