"""The signature of a webhook, against the published example of the standard."""

from __future__ import annotations

import base64

from notifications.delivery.webhook import secret_text, signature, signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = base64.b64decode(SECRET.removeprefix("whsec_"))
MESSAGE = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_published_example_is_signed_as_published() -> None:
    """Id, timestamp and body, joined by full stops."""
    assert SIGNED == signature(KEY, *MESSAGE)


def test_a_secret_is_shown_as_the_standard_has_it() -> None:
    """Base64 behind a prefix that says what it is."""
    assert SECRET == secret_text(KEY)


def test_two_keys_make_two_signatures_in_one_header() -> None:
    """A receiver that knows either is content."""
    headers = signed_headers([b"new" * 8, KEY], *MESSAGE)

    assert [True, True] == [word.startswith("v1,") for word in headers["webhook-signature"].split()]
    assert SIGNED == headers["webhook-signature"].split()[1]
    assert (MESSAGE[0], "1614265330") == (headers["webhook-id"], headers["webhook-timestamp"])
