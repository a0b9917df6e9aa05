"""The transport of mail that settings make, and who signs in by it."""

from __future__ import annotations

from notifications.delivery.lanes import mail_transport
from notifications.delivery.smtp import SmtpTransport
from notifications.settings import MailSettings


def test_a_password_in_a_url_is_read_as_it_is_written_there() -> None:
    """With %40 for an @, as the user beside it."""
    transport = mail_transport(MailSettings(smtp_url="smtp://d%40sk:p%40ss@relay.example.org"))

    assert isinstance(transport, SmtpTransport)
    assert "p@ss" == transport.password
