"""Settings in the environment that do not fit are named, with what they take."""

from __future__ import annotations

import pytest

from notifications.errors import InvalidSetting
from notifications.settings import MailSettings


@pytest.mark.parametrize(
    ("name", "value", "words", "hint"),
    [
        ("OPT_IN", "maybe", "expected 'auto', 'always' or 'never', found 'maybe'",
         "leave it out for auto"),
        ("SMTP_TIMEOUT", "0", "expected greater than 0, found '0'", "leave it out for 30.0"),
        ("MAIL_PER_MINUTE", "many", "expected a valid integer, found 'many'", "leave it out"),
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
