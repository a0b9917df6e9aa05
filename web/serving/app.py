"""The ASGI application: routes, headers, and errors answered without a traceback."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp

from events.errors import EventStoreError
from tracker.errors import TrackerError, UnknownId
from web.errors import WebError
from web.model.links import path_of
from web.pages.render import environment
from web.serving.headers import SAFE, SafeHeaders
from web.serving.routes import HTML, Endpoints, routes
from web.settings import Site

LOG = logging.getLogger("pactwatch.web")
HEADINGS = {
    400: "That cannot be read",
    404: "Not here",
    405: "Not allowed",
    413: "Too much",
    414: "Too long",
    503: "Not now",
}


def application(site: Site) -> ASGIApp:
    """Builds the board of one site."""
    app = Starlette(
        routes=routes(Endpoints(site)),
        middleware=[Middleware(SafeHeaders)],
        exception_handlers={
            WebError: _web_error,
            TrackerError: _tracker_error,
            EventStoreError: _store_error,
            HTTPException: _http_error,
            Exception: _unexpected_error,
        },
    )
    # Its own redirects name scheme and host, which a proxy in front does not share with us.
    app.router.redirect_slashes = False
    return app


async def _web_error(request: Request, error: Any) -> Response:
    later = {"Retry-After": "60"} if error.status == 503 else None
    words = (error.message, error.hint, error.near, error.near_kind)
    return error_response(request, error.status, *words, headers=later)


async def _tracker_error(request: Request, error: Any) -> Response:
    status = 404 if isinstance(error, UnknownId) else 400
    return error_response(request, status, error.message, "" if status == 404 else error.hint)


async def _store_error(request: Request, error: Exception) -> Response:
    LOG.error("%s: %s", type(error).__name__, error)
    return error_response(
        request, 503, "The record cannot be read at the moment.", "try again in a minute"
    )


async def _http_error(request: Request, error: Any) -> Response:
    messages = {
        404: "There is no page at this address.",
        405: "This address takes no such request.",
    }
    message = messages.get(error.status_code, HTTPStatus(error.status_code).phrase)
    target = _without_slash(request) if error.status_code == 404 else None
    if target is not None:
        return RedirectResponse(target, 308)
    return error_response(request, error.status_code, message, headers=error.headers)


async def _unexpected_error(request: Request, error: Exception) -> Response:
    LOG.error("%s %s", request.method, request.url.path, exc_info=error)
    response = error_response(request, 500, "Something went wrong on our side. It has been logged.")
    # Starlette answers it outside the middleware that sets them for every other answer.
    response.headers.update(SAFE)
    return response


def error_response(
    request: Request,
    status: int,
    message: str,
    hint: str = "",
    near: Iterable[str] = (),
    near_kind: str = "",
    headers: Any = None,
) -> Response:
    """Answers with an error page, or JSON to a program; never with a place in the code."""
    merged = {**(headers or {}), "Cache-Control": "no-store"}
    if request.url.path.startswith("/api/") or request.url.path == "/health":
        document = {"error": message, "hint": hint, "near": list(near)}
        return JSONResponse(document, status, headers=merged)
    up = up_from(request.scope["path"])
    facts = {
        "heading": HEADINGS.get(status, "That did not work"),
        "message": message,
        "hint": hint,
        "near": [(name, up + path_of(near_kind, name)) for name in near],
        "up": up,
    }
    page = environment().get_template("error.html.j2").render(facts)
    return Response(page, status, merged, HTML)


def up_from(path: str) -> str:
    """The relative link from any address, existing or not, to the root."""
    return "../" * (path.count("/") - 1)


def _without_slash(request: Request) -> str | None:
    """The page meant by an address with a slash too many, relative so that any prefix works."""
    path = request.scope["path"].rstrip("/")
    if path == request.scope["path"] or not path or request.method not in ("GET", "HEAD"):
        return None
    scope = {**request.scope, "path": path}
    pages = (route for route in request.app.routes if isinstance(route, Route))
    if not any(page.matches(scope)[0] is Match.FULL for page in pages):
        return None
    query = request.scope["query_string"].decode("latin-1")
    target = f"{up_from(request.scope['path'])}{quote(path.lstrip('/'))}"
    return f"{target}?{query}" if query else target
