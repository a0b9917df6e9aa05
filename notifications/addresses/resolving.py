"""Resolves the host of a webhook and refuses addresses that are not public."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from notifications.addresses.public import is_public, is_within
from notifications.addresses.webhook_url import HookUrl
from notifications.errors import Phase, TransportError, connection_words
from notifications.mail.headers import words_of
from notifications.setting_forms import NETWORKS_SETTING, Network, parse_networks

if TYPE_CHECKING:
    from notifications.settings import MailSettings


class HookRules(Struct, frozen=True):
    """Networks of one's own that may be called, by http too, and seconds for one delivery."""

    networks: tuple[Network, ...] = ()
    seconds: float = 20.0
    context: ssl.SSLContext | None = None


def hook_rules(settings: MailSettings) -> HookRules:
    return HookRules(parse_networks(settings.hook_networks), settings.hook_timeout)


def resolve(target: HookUrl, networks: Sequence[Network]) -> list[str]:
    """The addresses of a host; refused for good when one of them may not be called."""
    try:
        answers = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise connection_error("connect", error) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in answers))
    for address in addresses:
        _check(target, address, networks)
    return addresses


def _check(target: HookUrl, address: str, networks: Sequence[Network]) -> None:
    if is_within(address, networks):
        return
    if not is_public(address):
        raise not_to_be_called(target.host, address, "which is not a public address")
    if target.scheme != "https":
        raise not_to_be_called(target.host, address, "where only https:// may go")


def not_to_be_called(host: str, address: str, why: str) -> TransportError:
    """A refusal that says how an address of one's own is allowed."""
    hint = f"{NETWORKS_SETTING}={address}, if that network is your own"
    words = f"{host} is at {address}, {why}"
    return TransportError(words, permanent=True, phase="address", hint=hint)


def connection_error(phase: Phase, error: Exception) -> TransportError:
    """What the system reported, as a failure to try again."""
    words = words_of(connection_words(error))
    return TransportError(words, permanent=False, phase=phase)
