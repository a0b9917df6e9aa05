"""What reports from real mail systems say: RFC 3464, RFC 5965, and what came before."""

from __future__ import annotations

import pytest

from notifications.delivery.bounce_reports import Report, read_reports, verdict_of
from tests.support.dataset import ROOT

FOLDER = ROOT / "tests" / "samples" / "reports"
OURS = {"bounce_address": "b+x-y@b.example.org", "message_id": "<d.m@desk.example.org>",
        "unique": "u1"}  # fmt: skip


def sample(name: str, **more: str) -> bytes:
    text = (FOLDER / f"{name}.eml").read_text(encoding="utf-8")
    for field, value in (OURS | more).items():
        text = text.replace(f"{{{field}}}", value)
    return text.encode()


def one(name: str) -> Report:
    (report,) = read_reports(sample(name))
    return report


@pytest.mark.parametrize(
    ("name", "status", "verdict"),
    [
        ("postfix", "5.1.1", "stop"),
        ("exim", "5.0.0", "stop"),
        ("gmail", "5.1.1", "stop"),
        ("exchange", "5.1.10", "stop"),
        ("old-exim", "5.1.1", "stop"),
        ("full-mailbox", "4.2.2", "count"),
        ("delayed", "4.4.1", "transient"),
        ("no-route", "5.4.4", "transient"),
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
    assert {"ignored"} == {verdict_of("2.0.0"), verdict_of("5.0.0", "delivered"), verdict_of("")}
