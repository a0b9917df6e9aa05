"""Which uncertain messages are sent once more, by the two settings."""

from __future__ import annotations

import pytest

from notifications.outbox.undelivered import ResendPolicy, Undelivered


@pytest.mark.parametrize(
    ("resend", "hold", "again"),
    [
        ("all", "", ["digest", "webhook"]),
        ("", "", ["digest", "webhook"]),
        ("digest", "", ["digest"]),
        ("all", "digest", ["webhook"]),
        ("digest, webhook", "webhook", ["digest"]),
        ("all", "all", []),
        ("digest", "all", []),
    ],
)
def test_all_lists_are_sent_once_more_but_those_that_are_held(
    resend: str, hold: str, again: list[str]
) -> None:
    """Naming only some to be sent again holds the others, as it always did."""
    policy = ResendPolicy.of(resend, hold)

    assert again == [name for name in ("digest", "webhook") if policy.sends_again(name)]


def test_one_is_said_in_the_singular() -> None:
    """What a turn prints reads as a sentence."""
    one = Undelivered("suppressed", 1, None, "")
    two = Undelivered("parked", 2, None, "")

    assert ["1 reader whose address gets no mail", "2 messages refused for good"] == [
        one.words,
        two.words,
    ]
