"""Which addresses a webhook may be sent to: public ones, by everything that they stand for."""

from __future__ import annotations

import pytest

from notifications.addresses.public import is_public, is_within
from notifications.errors import NotificationError
from notifications.setting_forms import parse_networks

PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1",
    "172.31.255.255", "192.168.0.1", "169.254.169.254", "100.64.0.1", "100.127.255.255",
    "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1",
    "2001:db8::1", "100::1", "2001::1", "5f00::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1",
    "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::8.8.8.8", "::ffff:0:127.0.0.1",
    "2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:192.168.0.1",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8", "1.1.1.1", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::200e",
    "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_what_only_insiders_reach_is_not_public(address: str) -> None:
    """Loopback, private, link-local, CGNAT, multicast, documentation, and all that carries them."""
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_anybody_reaches_is_public(address: str) -> None:
    """The internet, and translations of it."""
    assert is_public(address)


def test_networks_of_ones_own_are_let_in_by_name() -> None:
    """Both families, and IPv4 that stands in IPv6."""
    own = parse_networks("10.1.0.0/16, fd00::/8")

    assert [True, True, True, False, False] == [
        is_within(address, own)
        for address in ("10.1.2.3", "fd00::1", "::ffff:10.1.2.3", "10.2.0.1", "fe80::1")
    ]


@pytest.mark.parametrize("text", ["10.1.2.3/8", "office", "10.0.0.0/99"])
def test_what_is_no_network_is_refused_with_the_setting(text: str) -> None:
    """The error names what to mend."""
    with pytest.raises(NotificationError, match="PACTWATCH_HOOK_NETWORKS"):
        parse_networks(text)
