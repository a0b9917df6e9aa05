"""Answers errors: a page to people, JSON to programs, and never a place in the code."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Match, Route

from events.errors import EventStoreError
from tracker.errors import NoRoom
from web.errors import WebError, as_web_error, is_for_programs
from web.model.links import Links
from web.pages.render import error_document, render_error

LOG = logging.getLogger("pactwatch.web")
HTML = "text/html; charset=utf-8"


async def answer_error(request: Request, error: Exception) -> Response:
    """Answers an error of the project, which has a message and a hint of its own."""
    known = logged(error)
    later = {"Retry-After": "60"} if known.status == 503 else {}
    return error_response(request, known, known.status, later)


def logged(error: Exception) -> WebError:
    """What readers get of an error; where it is one of the machine, operators get all of it."""
    if isinstance(error, EventStoreError | NoRoom):
        LOG.error("%s: %s (%s)", type(error).__name__, error, error.hint)
    return as_web_error(error)


async def answer_http_error(request: Request, error: Exception) -> Response:
    """Answers what the router refuses; redirects an address with a slash too many."""
    assert isinstance(error, HTTPException)
    messages = {
        404: "There is no page at this address.",
        405: "This address takes no such request.",
    }
    message = messages.get(error.status_code, HTTPStatus(error.status_code).phrase)
    target = _without_slash(request) if error.status_code == 404 else None
    if target is not None:
        return RedirectResponse(target, 308)
    return error_response(request, WebError(message), error.status_code, error.headers or {})


def log_failure(request: Request, error: Exception) -> WebError:
    """Logs an unexpected error with its traceback; returns the error that the reader gets."""
    LOG.error("%s %s", request.method, request.url.path, exc_info=error)
    known = as_web_error(error)
    known.hint = "It has been logged; the other pages are not touched by it."
    return known


def error_response(
    request: Request, error: WebError, status: int, headers: Mapping[str, str]
) -> Response:
    """Answers with an error page, or JSON to a program."""
    merged = {**headers, "Cache-Control": "no-store"}
    path = request.scope["path"]
    if is_for_programs(path):
        return JSONResponse(error_document(error), status, headers=merged)
    links = Links(path.removeprefix("/"))
    return Response(render_error(error, status, links), status, merged, HTML)


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
    up = Links(request.scope["path"].removeprefix("/")).up
    target = f"{up}{quote(path.lstrip('/'))}"
    return f"{target}?{query}" if query else target
