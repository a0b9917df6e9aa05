"""The ASGI application: routes, and the security headers and the error pages of every answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from events.errors import HintedError
from web.serving.access import UNASKED, Guard
from web.serving.error_answers import answer_error, answer_http_error, error_response, log_failure
from web.serving.routes import Endpoints, routes
from web.settings import Site

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
CSP = b"content-security-policy"
OWN_FORMS = CSP, f"{POLICY}; form-action 'self'".encode()
FORMS_BY_SIGN_IN = CSP, f"{POLICY}; form-action 'self' https:".encode()
"""Where a proxy signs readers in, a form that is sent after their time is led there first, and
browsers hold the whole way to the policy: a search would come to nothing, without a word."""
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
"""No script, nothing from elsewhere, no frames."""
DOCUMENT = re.compile(r"^/api(/|$)|\.(csv|xml|ics)$")
RAW = [(name.lower().encode(), value.encode()) for name, value in SAFE.items()]
ALLOWED = b"access-control-allow-origin"
RAW_FOR_OTHERS = [pair for pair in RAW if pair[0] != b"cross-origin-resource-policy"]


def application(site: Site) -> ASGIApp:
    """Builds the board of one site."""
    others = [Middleware(DocumentsForOthers, site.cors)] if site.cors else []
    guards = [] if site.access.is_open else [Middleware(Guard, site.access)]
    app = Starlette(
        routes=routes(Endpoints(site)),
        middleware=[Middleware(SafeAnswers, site=site), *others, *guards],
        exception_handlers={HintedError: answer_error, HTTPException: answer_http_error},
    )
    # Its own redirects name scheme and host, which a proxy in front does not share with us.
    app.router.redirect_slashes = False
    return app


class SafeAnswers:
    """Adds the security headers to every answer, and answers an unexpected error with a page.

    A handler for `Exception` would not do: Starlette raises the error again after it, and so has
    the server log it once more.
    """

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app = app
        self.has_others = bool(site.cors)
        self.has_sign_in = bool(site.access.behind_auth)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                headers = message.get("headers", ())
                is_for_others = self.has_others and any(name == ALLOWED for name, _ in headers)
                safe = RAW_FOR_OTHERS if is_for_others else RAW
                message["headers"] = [*headers, self._policy(scope["path"]), *safe]
            await send(message)

        is_http = scope["type"] == "http"
        try:
            await self.app(scope, receive, send_with_headers if is_http else send)
        except ClientDisconnect:
            pass
        except Exception as error:
            if has_begun or not is_http:
                raise
            request = Request(scope)
            known = log_failure(request, error)
            answer = error_response(request, known, known.status, {})
            await answer(scope, receive, send_with_headers)

    def _policy(self, path: str) -> tuple[bytes, bytes]:
        """The links of mails, whose forms act, are signed in to nowhere."""
        is_led_away = self.has_sign_in and not path.startswith(UNASKED)
        return FORMS_BY_SIGN_IN if is_led_away else OWN_FORMS


class DocumentsForOthers:
    """Lets pages of some origins read documents: JSON, CSV, feeds and calendars; nothing else."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self.app = app
        self.shared = CORSMiddleware(
            app, allow_origins=origins, allow_methods=["GET", "HEAD"],
            allow_headers=["If-None-Match"], expose_headers=["ETag"],
        )  # fmt: skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_document = scope["type"] == "http" and DOCUMENT.search(scope["path"])
        await (self.shared if is_document else self.app)(scope, receive, send)
