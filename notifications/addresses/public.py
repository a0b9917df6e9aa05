"""Whether an address is on the public internet, or one that only insiders should reach. Pure.

An address that carries another one (IPv4 in IPv6, by translation or tunnel) is only as public as
what it carries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from notifications.setting_forms import Network

Address = IPv4Address | IPv6Address
GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
ISATAP = (0x00005EFE, 0x02005EFE)
"""The third quarter of an IPv6 address whose last quarter is an IPv4 address."""


def is_public(text: str) -> bool:
    """Whether anybody may be called there, by every address that it stands for."""
    return all(
        address.is_global
        and not (address.is_multicast or address.is_reserved)
        and (isinstance(address, IPv4Address) or address in GLOBAL_UNICAST)
        for address in _standing_for(ip_address(text))
    )


def is_within(text: str, networks: Sequence[Network]) -> bool:
    """Whether it lies in one of these networks."""
    address = ip_address(text)
    mapped = getattr(address, "ipv4_mapped", None) or address
    return any(mapped in network for network in networks)


def _standing_for(address: Address) -> Iterator[Address]:
    if isinstance(address, IPv4Address):
        yield address
        return
    last = IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped is not None or address in NAT64:
        yield last
        return
    yield address
    if address.sixtofour is not None:
        yield address.sixtofour
    if (int(address) >> 32) & 0xFFFFFFFF in ISATAP:
        yield last
