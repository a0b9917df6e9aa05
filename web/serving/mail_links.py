"""Answers the links in mails: GET shows what is set or would happen, POST does it.

A mail program posts `List-Unsubscribe=One-Click` without any page (RFC 8058), so no cookie, login,
redirect or form secret is asked for, and the same again is answered the same.
"""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes
from email.policy import HTTP
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from anyio import to_thread
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from events.database.engine import open_engine, read_snapshot
from notifications.subscriptions import link_actions as links
from notifications.subscriptions.link_actions import (
    ALREADY,
    DONE,
    EXPIRED,
    UNKNOWN,
    LinkOutcome,
    LinkPreferences,
)
from notifications.tables import TokenRow
from web.errors import BadQuery, BodyTooLarge
from web.pages.render import Facts, environment

if TYPE_CHECKING:
    from web.settings import Site

ADDRESSES = ("/u/{token}", "/c/{token}")
"""The links of digests, and those of opt-in mails."""
LONGEST_BODY = 4096
ONE_CLICK = ("List-Unsubscribe", "One-Click")
CONFIRMED = ("act", "confirm")
STATUS = {DONE: 200, ALREADY: 200, UNKNOWN: 404, EXPIRED: 410}
HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


def mail_routes(site: Site) -> list[Route]:
    """Both addresses are answered alike: what a token gives a right to is looked up.

    A standby may not know a token yet that has gone out, so it is never asked.
    """
    engine = open_engine(site.db, read_only=True)

    async def show(request: Request) -> Response:
        outcome = await to_thread.run_sync(_look_up, request.path_params["token"], site, engine)
        return _page(outcome, STATUS[outcome.outcome], is_question=True)

    async def act(request: Request) -> Response:
        fields = fields_of(await _body(request), request.headers.get("content-type", ""))
        if ONE_CLICK not in fields and CONFIRMED not in fields:
            raise BadQuery(
                "this address takes List-Unsubscribe=One-Click", hint="open it in a browser"
            )
        action = links.unsubscribe if ONE_CLICK in fields else links.confirm
        token = request.path_params["token"]
        outcome = await to_thread.run_sync(_act, action, token, site, engine)
        # Nobody can probe for tokens: one that is not known is answered like one that is.
        is_one_click = action is links.unsubscribe
        return _page(outcome, 200 if is_one_click else STATUS[outcome.outcome])

    async def preferences(request: Request) -> Response:
        token = request.path_params["token"]

        def find() -> LinkPreferences | None:
            is_kept = _has_tokens(engine)
            return links.preferences(engine, token, site.clock()) if is_kept else None

        details = await to_thread.run_sync(find)
        facts = {"preferences": details, "token": token}
        return _render("preferences.html.j2", 200 if details else 404, facts)

    return [
        Route("/p/{token}", preferences, methods=["GET"]),
        *(
            Route(path, endpoint, methods=[method])
            for path in ADDRESSES
            for method, endpoint in (("GET", show), ("POST", act))
        ),
    ]


def _look_up(token: str, site: Site, engine: Engine) -> LinkOutcome:
    if not _has_tokens(engine):
        return LinkOutcome(UNKNOWN)
    return links.look_up(engine, token, site.clock())


def _act(action: Callable[..., LinkOutcome], token: str, site: Site, engine: Engine) -> LinkOutcome:
    """Does it. Only here is the database opened to be written, and only for a known token."""
    if _look_up(token, site, engine).outcome == UNKNOWN:
        return LinkOutcome(UNKNOWN)
    return action(open_engine(site.db), token, site.clock())


def _has_tokens(engine: Engine) -> bool:
    with read_snapshot(engine) as connection:
        return connection.dialect.has_table(connection, str(TokenRow.__tablename__))


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            raise BodyTooLarge(f"more than {LONGEST_BODY} bytes", hint="one field is enough")
    return body


def fields_of(body: bytes, content_type: str) -> list[tuple[str, str]]:
    """Reads the fields of a form, urlencoded or multipart; none where it is neither."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return parse_qsl(body.decode("utf-8", "replace"), max_num_fields=10)
    if kind != "multipart/form-data" or not content_type.isascii():
        return []
    head = content_type.replace("\r", "").replace("\n", "")
    parts = message_from_bytes(f"Content-Type: {head}\r\n\r\n".encode() + body, policy=HTTP)
    if not parts.is_multipart():
        return []
    fields = []
    for part in parts.iter_parts():
        content = part.get_payload(decode=True)
        text = content.decode("utf-8", "replace").strip() if isinstance(content, bytes) else ""
        fields.append((str(part.get_param("name", header="content-disposition")), text))
    return fields


def _page(outcome: LinkOutcome, status: int, *, is_question: bool = False) -> Response:
    facts = {"outcome": outcome, "is_question": is_question and outcome.outcome == DONE}
    return _render("mail.html.j2", status, facts)


def _render(template: str, status: int, facts: Facts) -> Response:
    page = environment().get_template(template).render(facts)
    return Response(page, status, HEADERS, "text/html; charset=utf-8")
