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
        ("PUBLIC_URL", "https://pacts.example.org/?a", "expected http:// or https:// with a host, "
         "and nothing behind a ? or #", "PACTWATCH_PUBLIC_URL=https://pacts.example.org/"),
        ("BOUNCE_DOMAIN", "bounce.example.org>", "expected the name of a domain, found "
         "'bounce.example.org>'", "PACTWATCH_BOUNCE_DOMAIN=bounce.example.org"),
        ("TENANT", "a\nb", "expected letters, digits and - with dots between, found 'a\\nb'",
         "PACTWATCH_TENANT=desk"),
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
        ("IMAP_URL", "imap://desk:hunter2@imap.example.org"),
        ("HEARTBEAT_URL", "file:///hunter2"),
        ("HEARTBEAT_URL", "http://[hunter2"),
        ("HEARTBEAT_URL", "https://health.example.org:99999/hunter2"),
        ("PUBLIC_URL", "pacts.example.org/hunter2"),
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
