"""A webhook address: read in one way only, and called by a name that gives nothing away."""

from __future__ import annotations

import pytest

from notifications.addresses.channels import domain_of, name_of
from notifications.addresses.webhook_url import parse_hook
from notifications.errors import InvalidAddress

REFUSED = {
    "another scheme": "ftp://example.org/",
    "no scheme": "example.org/hook",
    "no host": "https:///hook",
    "a port that is none": "https://example.org:99999/",
    "port zero": "https://example.org:0/",
    "a password": "https://desk:secret@example.org/",
    "a host after a password": "https://example.org@127.0.0.1/",
    "decimal": "https://2130706433/",
    "octal": "https://0177.0.0.1/",
    "hexadecimal": "https://0x7f.0.0.1/",
    "short": "https://127.1/",
    "leading zeros": "https://127.0.0.01/",
    "wide digits": "https://１２７.0.0.1/",
    "a backslash": "https://example.org\\@127.0.0.1/",
    "a line break": "https://example.org/\r\nX-More: 1",
    "a blank": "https://example.org/a b",
    "a bad label": "https://-example.org/",
    "too long": "https://example.org/" + "x" * 3000,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_may_mean_another_host_is_refused(name: str) -> None:
    """The error says what is wrong, and never the address, which may be a secret."""
    with pytest.raises(InvalidAddress) as caught:
        parse_hook(REFUSED[name])

    assert "secret" not in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "host", "port", "path", "authority"),
    [
        ("https://Hooks.Example.org", "hooks.example.org", 443, "/", "hooks.example.org"),
        ("https://e.org:8443/a?b=c", "e.org", 8443, "/a?b=c", "e.org:8443"),
        ("https://8.8.8.8/x", "8.8.8.8", 443, "/x", "8.8.8.8"),
        ("https://[2606:4700:0::1]/x", "2606:4700::1", 443, "/x", "[2606:4700::1]"),
        ("http://e.org/#top", "e.org", 80, "/", "e.org"),
    ],
)
def test_an_address_is_taken_apart(
    text: str, host: str, port: int, path: str, authority: str
) -> None:
    """Host in its one form, the usual port left out, the fragment left behind."""
    hook = parse_hook(text)

    assert (host, port, path, authority) == (hook.host, hook.port, hook.path, hook.authority)
    assert hook == parse_hook(hook.text)


def test_the_name_of_an_address_hides_its_path_and_tells_two_apart() -> None:
    """Whoever has the path can post there."""
    first, second = (name_of(f"https://hooks.example.org/T0/{key}") for key in ("abc", "xyz"))

    assert first != second
    assert ("hooks.example.org", False) == (domain_of(first, "webhook"), "T0" in first + second)
