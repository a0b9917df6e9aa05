"""The sign of life: a URL of the operator's that is fetched after each turn that went well.

Whoever watches it notices when it stays away; that needs nothing of ours to be alive.
"""

from __future__ import annotations

import logging
from http.client import HTTPException
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from notifications.errors import NotificationError

SECONDS = 5.0
log = logging.getLogger(__name__)


class _NoRedirect(HTTPRedirectHandler):
    """The operator named one address; no other is fetched."""

    def redirect_request(self, *_arguments: object, **_named: object) -> None:
        return None


def checked(url: str) -> str:
    """The URL, or what is expected instead."""
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return url
    except ValueError:
        pass
    raise NotificationError(
        "PACTWATCH_HEARTBEAT_URL: expected http:// or https:// with a host",
        hint="PACTWATCH_HEARTBEAT_URL=https://health.example.org/ping/name",
    )


def ping(url: str, timeout: float = SECONDS) -> bool:
    """Fetch it; a failure is told and stops nothing."""
    request = Request(checked(url), headers={"User-Agent": "pactwatch"})
    try:
        with build_opener(_NoRedirect).open(request, timeout=timeout) as answer:
            answer.read(1)
    except (OSError, HTTPException, ValueError) as error:
        log.warning("heartbeat failed: %s", error)
        return False
    return True
