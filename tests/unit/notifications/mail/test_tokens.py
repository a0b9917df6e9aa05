"""Tokens: unguessable, opaque, and known only by their hash."""

from __future__ import annotations

import re

from notifications.mail.tokens import (
    bounce_address,
    bounced_message,
    derived,
    fresh,
    hash_of,
    is_same,
)

SECRET = b"s" * 32
MESSAGE = "<d.mw2a73fgamr44s4nsyobovcizd@desk.example.org>"


def test_a_token_has_at_least_128_bits_and_says_nothing() -> None:
    """32 letters of base32 are 160 bits; no two are the same, and no id shows."""
    drawn = {fresh() for _ in range(1000)}

    assert 1000 == len(drawn)
    assert all(re.fullmatch(r"[a-z2-7]{32}", token) for token in drawn)


def test_the_same_secret_derives_the_same_token_and_no_other_does() -> None:
    """A preview and a retry carry the token of the message; each part changes it."""
    token = derived(SECRET, "unsubscribe", "1", "a@b.org")

    assert token == derived(SECRET, "unsubscribe", "1", "a@b.org")
    assert 32 == len(token)
    assert token not in {
        derived(b"t" * 32, "unsubscribe", "1", "a@b.org"),
        derived(SECRET, "confirm", "1", "a@b.org"),
        derived(SECRET, "unsubscribe", "1a@b.org", ""),
        derived(SECRET, "unsubscribe", "2", "a@b.org"),
    }


def test_a_token_is_known_by_its_hash_alone() -> None:
    """Case and space from copying do no harm; another token is another."""
    token = fresh()

    assert is_same(f" {token.upper()}\n", hash_of(token))
    assert not is_same(fresh(), hash_of(token))
    assert token not in hash_of(token)


def test_a_bounce_address_says_whose_it_is() -> None:
    """It comes back whatever a host did to case, brackets or a display name."""
    address = bounce_address(SECRET, MESSAGE, "bounce.example.org")
    seen = (address, address.upper(), f"<{address}>", f"rfc822; {address}")

    assert {"mw2a73fgamr44s4nsyobovcizd"} == {bounced_message(SECRET, text) for text in seen}
    assert 64 >= len(address.partition("@")[0])


def test_a_bounce_address_that_we_never_signed_is_nobodys() -> None:
    """Another secret, another message under the same signature, or none at all."""
    address = bounce_address(SECRET, MESSAGE, "b.example.org")
    forged = address.replace("mw2a", "mw2b")

    assert [None] * 4 == [
        bounced_message(b"t" * 32, address),
        bounced_message(SECRET, forged),
        bounced_message(SECRET, "b+x@b.example.org"),
        bounced_message(SECRET, "desk@example.org"),
    ]
