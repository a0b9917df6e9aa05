"""Asks who is there before anything is answered, where a board is not for everybody."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Iterable
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from web.errors import BadReaders, Busy, NotAdmitted, WebError
from web.serving.error_answers import error_response
from web.serving.readers_file import ReadersFile
from web.settings import Access, Network

LOG = logging.getLogger("pactwatch.web")
UNASKED = ("/u/", "/c/", "/p/", "/a/", "/static/", "/ready")
"""Links in mail, whose token is the right to them, the style sheet of their pages, and what a
balancer asks."""
CHALLENGE = {"WWW-Authenticate": 'Basic realm="pactwatch", charset="UTF-8"'}


class Guard:
    """Answers 401 or 403 to whom neither the proxy nor the file of readers vouches for."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self.access = access
        self.readers = ReadersFile(access.readers) if access.readers else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = None
        if scope["type"] == "http" and not scope["path"].startswith(UNASKED):
            answer = await self._refusal(Request(scope))
        await (answer or self.app)(scope, receive, send)

    async def _refusal(self, request: Request) -> Response | None:
        """What is answered instead of the page; None for those who may read."""
        try:
            if self.access.behind_auth:
                check_vouched(request, self.access)
            credentials = credentials_of(request.headers.get("authorization", ""))
            readers = self.readers
            if readers and not (credentials and await readers.admits(*credentials)):
                error = NotAdmitted("This board is for its readers.", "sign in with your password")
                return error_response(request, error, 401, CHALLENGE)
        except BadReaders as error:
            # Why is for whoever runs it, and each reader asks again: a line, and no traceback.
            LOG.error("%s", error)  # noqa: TRY400
            closed = Busy("The readers of this board cannot be looked up.", "ask who runs it")
            return error_response(request, closed, closed.status, {})
        except WebError as error:
            later = {"Retry-After": "60"} if error.status == 503 else {}
            return error_response(request, error, error.status, later)
        return None


def check_vouched(request: Request, access: Access) -> None:
    """Raises NotAdmitted unless a trusted proxy, or one at our socket, names the reader."""
    peer = request.client.host if request.client else ""
    if peer and not is_within(peer, access.trusted):
        raise NotAdmitted("This board is reached through its proxy.", "use its public address")
    readers = request.headers.getlist(access.behind_auth)
    if len(readers) > 1:
        # A proxy that adds its header to what strangers send lets them write theirs.
        raise NotAdmitted("The proxy named two readers.", "let it overwrite the header")
    if not "".join(readers).strip():
        raise NotAdmitted("The proxy did not say who you are.", "sign in there first")


def is_within(text: str, networks: Iterable[Network]) -> bool:
    """Whether an address lies in one of these networks; IPv4 in IPv6 counts as IPv4."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain in network for network in networks)


def credentials_of(header: str) -> tuple[str, str] | None:
    """Name and password of basic authentication (RFC 7617); None where there are none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    name, colon, password = text.partition(":")
    return (name, password) if colon and "\0" not in text else None
