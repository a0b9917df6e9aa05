"""Settings in the environment that do not fit are named, with what they take."""

from __future__ import annotations

import pytest
from msgspec.structs import fields

from notifications.addresses.channels import APPRISE, WEBHOOK
from notifications.errors import InvalidSetting
from notifications.outbox.enqueue import OutgoingMessage
from notifications.outbox.undelivered import ALL_LISTS
from notifications.settings import LISTS, MailSettings


@pytest.mark.parametrize(
    ("name", "value", "words", "hint"),
    [
        ("OPT_IN", "maybe", "expected 'auto', 'always' or 'never', found 'maybe'",
         "leave it out for auto"),
        ("SMTP_TIMEOUT", "0", "expected greater than 0, found '0'", "leave it out for 30.0"),
        ("MAIL_PER_MINUTE", "many", "expected a valid integer, found 'many'", "leave it out"),
        ("RESEND_UNCERTAIN", "x", "expected digest, webhook, apprise or all, found 'x'",
         "leave it out for all"),
        ("HOLD_UNCERTAIN", "digest,mail", "expected digest, webhook, apprise or all, found "
         "'digest,mail'", "leave it out"),
        ("SMTP_TIMEOUT", "inf", "expected less than or equal to 3600, found 'inf'",
         "leave it out for 30.0"),
        ("PUBLIC_URL", "https://pacts.example.org/?a", "expected http:// or https:// with a host, "
         "no user, and nothing behind a ? or #", "PACTWATCH_PUBLIC_URL=https://pacts.example.org/"),
        ("MAIL_FROM", "a@example.org, b@example.org", "expected one address like Desk "
         "<desk@example.org>, found 'a@example.org, b@example.org'",
         'PACTWATCH_MAIL_FROM="Desk <desk@example.org>"'),
        ("BOUNCE_DOMAIN", "bounce.example.org>", "expected the name of a domain, found "
         "'bounce.example.org>'", "PACTWATCH_BOUNCE_DOMAIN=bounce.example.org"),
        ("TENANT", "a\nb", "expected at most 120 letters, digits and - with dots between, 63 of "
         "them in a row, found 'a\\nb'", "PACTWATCH_TENANT=desk"),
    ],
)  # fmt: skip
def test_a_setting_that_does_not_fit_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str, hint: str
) -> None:
    """By its variable, and not in the words of a library."""
    monkeypatch.setenv(f"PACTWATCH_{name}", value)

    with pytest.raises(InvalidSetting) as refused:
        MailSettings()

    assert (f"PACTWATCH_{name}: {words}", hint) == (refused.value.message, refused.value.hint)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("SMTP_URL", "smtp://desk:hunter2@relay.example.org:port"),
        ("SMTP_URL", "smtp://:hunter2@relay.example.org"),
        ("SMTP_URL", "smtp://relay.example.org/hunter2"),
        ("SMTP_URL", "smtp://relay.example.org?hunter2"),
        ("SMTP_URL", "smtp://relay example.org hunter2"),
        ("IMAP_URL", "imap://desk:hunter2@imap.example.org"),
        ("IMAP_URL", "imaps://desk@imap.example.org/INBOX?hunter2"),
        ("HEARTBEAT_URL", "file:///hunter2"),
        ("HEARTBEAT_URL", "http://[hunter2"),
        ("HEARTBEAT_URL", "https://health.example.org:99999/hunter2"),
        ("HEARTBEAT_URL", "https://desk:hunter2@health.example.org/"),
        ("PUBLIC_URL", "pacts.example.org/hunter2"),
        ("PUBLIC_URL", "https://desk:hunter2@pacts.example.org/"),
    ],
)
def test_no_refusal_quotes_a_url(monkeypatch: pytest.MonkeyPatch, name: str, url: str) -> None:
    """It may hold a password, or be one."""
    monkeypatch.setenv(f"PACTWATCH_{name}", url)
    with pytest.raises(InvalidSetting) as refused:
        MailSettings()

    assert refused.value.message.startswith(f"PACTWATCH_{name}: expected ")
    assert "hunter2" not in refused.value.message + refused.value.hint


def test_a_bounce_domain_is_written_as_it_goes_over_the_wire() -> None:
    assert "xn--bcher-kva.example" == MailSettings(bounce_domain="bücher.example").bounce_domain


def test_a_setting_calls_the_lists_as_messages_do() -> None:
    """What a message says of itself is what the settings go by."""
    mail = {field.name: field.default for field in fields(OutgoingMessage)}["list_name"]

    assert (mail, WEBHOOK, APPRISE, ALL_LISTS) == LISTS
